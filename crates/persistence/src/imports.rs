//! Imports of files into sources.

use async_trait::async_trait;
use bailiwick_domain::ports::{Import, ImportLookup, ImportRecord, ImportStatus, StoreError};
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query, SelectStatement};
use uuid::Uuid;

use crate::cells::{Cells, micros, to_json};
use crate::row::Row;
use crate::run;
use crate::store::{Place, Sea, SeaUnit};
use crate::table::{Cell, insert};
use crate::write::delete_where;

const TABLE: &str = "imports";
const COLUMNS: &[&str] = &[
    "source_id",
    "import_id",
    "file_id",
    "asked_by_kind",
    "asked_by_id",
    "client_app_id",
    "status",
    "began_at",
    "updated_at",
    "version",
    "contents",
    "done",
    "first_position",
    "lines_read",
    "bytes_read",
    "faults",
    "detail",
];

#[async_trait]
impl<P: Place> ImportLookup for Sea<P> {
    async fn import_of(&self, source: Uuid) -> Result<Option<Import>, StoreError> {
        let select = select().and_where(Expr::col("source_id").eq(source)).take();
        run::one(self.conn(), &select).await?.as_ref().map(read).transpose()
    }

    async fn due_import(&self) -> Result<Option<Import>, StoreError> {
        run::one(self.conn(), &select_due()).await?.as_ref().map(read).transpose()
    }
}

fn select() -> SelectStatement {
    Query::select().columns(COLUMNS.iter().copied()).from(TABLE).take()
}

/// Few are under way at any time, so that these are found by their status and then put in order.
pub fn select_due() -> SelectStatement {
    let under_way =
        ImportStatus::ALL.iter().filter(|status| status.is_under_way()).map(|status| status.word());
    select()
        .and_where(Expr::col("status").is_in(under_way))
        .order_by("updated_at", Order::Asc)
        .order_by("source_id", Order::Asc)
        .limit(1)
        .take()
}

#[async_trait]
impl ImportRecord for SeaUnit {
    async fn begin_import(&self, import: &Import) -> Result<(), StoreError> {
        run::write(self.conn(), &delete_where(TABLE, "source_id", &[import.source_id])).await?;
        match run::write(self.conn(), &insert(TABLE, row(import))?).await {
            // Somebody else has begun one since this unit looked.
            Err(StoreError::Taken(_)) => Err(StoreError::Retry),
            outcome => outcome.map(drop),
        }
    }

    async fn save_import(&self, import: &Import) -> Result<(), StoreError> {
        let next = Import { version: import.version + 1, ..import.clone() };
        let values = row(&next).into_iter().map(|(name, value)| (name, Expr::val(value)));
        let update = Query::update()
            .table(TABLE)
            .values(values)
            .and_where(Expr::col("source_id").eq(import.source_id))
            .and_where(Expr::col("import_id").eq(import.id))
            .and_where(Expr::col("version").eq(import.version))
            .take();
        run::touch(self.conn(), &update).await
    }
}

fn row(import: &Import) -> Vec<Cell> {
    let values = [
        import.source_id.into(),
        import.id.into(),
        import.file_id.into(),
        import.by.map(|by| by.kind.word()).into(),
        import.by.map(|by| by.id).into(),
        import.client_app_id.into(),
        import.status.word().into(),
        micros(import.began_at).into(),
        micros(import.updated_at).into(),
        import.version.into(),
        import.contents.into(),
        import.done.into(),
        import.first_position.into(),
        import.lines_read.into(),
        import.bytes_read.into(),
        to_json(&import.faults),
        import.detail.as_deref().into(),
    ];
    COLUMNS.iter().copied().zip(values).collect()
}

fn read(row: &Row) -> Result<Import, StoreError> {
    let mut cells = Cells::new(row);
    let (source_id, id, file_id) = (cells.id()?, cells.id()?, cells.id()?);
    Ok(Import {
        id,
        source_id,
        file_id,
        by: cells.principal()?,
        client_app_id: cells.next()?,
        status: cells.word(ImportStatus::from_word)?,
        began_at: cells.instant()?,
        updated_at: cells.instant()?,
        version: cells.next()?,
        contents: cells.next()?,
        done: cells.next()?,
        first_position: cells.next()?,
        lines_read: cells.next()?,
        bytes_read: cells.next()?,
        faults: cells.json()?,
        detail: cells.next()?,
    })
}
