//! Collaborations, with their members from a table of their own.

use bailiwick_domain::entities::Collaboration;
use bailiwick_domain::ports::StoreError;
use bailiwick_domain::{Level, Object};
use sea_orm::DbBackend;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use uuid::Uuid;

use crate::blocks;
use crate::cells::Cells;
use crate::near::Names;
use crate::stamps::Concerns;
use crate::table::{Cell, Links, SELF, Table};

impl Table for Collaboration {
    const TABLE: &'static str = "collaborations";
    const LEVELS: &'static [Level] = &[];
    const COLUMNS: &'static [&'static str] = &["name", "encrypted"];
    const NAMES: &'static [Names] = &[Names::Maker];
    const CONCERNS: Concerns = Concerns::Everybody;

    fn read(cells: &mut Cells<'_>) -> Result<Self, StoreError> {
        Ok(Self { name: cells.text()?, encrypted: cells.next()?, members: blocks::members(cells)? })
    }

    fn row(object: &Object<Self>) -> Vec<Cell> {
        vec![("name", object.data.name.as_str().into()), ("encrypted", object.data.encrypted.into())]
    }

    fn select_more(select: &mut SelectStatement, backend: DbBackend) {
        blocks::select_members(select, SELF, backend);
    }

    /// Of its members.
    fn has(_name: &'static str, id: Uuid) -> Option<Expr> {
        let of_member = Query::select()
            .column("collaboration_id")
            .from("collaboration_members")
            .and_where(Expr::col("organization_id").eq(id))
            .take();
        Some(Expr::col((SELF, "id")).in_subquery(of_member))
    }

    fn links(object: &Object<Self>) -> Option<Links> {
        let row = |member: &Uuid| vec![("organization_id", (*member).into())];
        let rows = object.data.members.iter().map(row).collect();
        Some(Links { table: "collaboration_members", owner: "collaboration_id", rows })
    }
}
