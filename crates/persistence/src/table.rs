//! What a kind's table looks like; everything else about it follows.

use bailiwick_domain::ports::StoreError;
use bailiwick_domain::{Entity, Facts, Level, Lineage, Near, Object, Relation};
use sea_orm::sea_query::{DeleteStatement, Expr, InsertStatement, Query, SelectStatement};
use sea_orm::{DbBackend, Value};
use smallvec::SmallVec;
use uuid::Uuid;

use crate::blocks;
use crate::cache::{By, Source};
use crate::cells::{Cells, micros};
use crate::near::{self, Names};
use crate::row::Row;
use crate::stamps::Concerns;

/// What the object's own row is called in every statement.
pub const SELF: &str = "o";

/// The columns that every table begins with.
const HEAD: &[&str] = &["id", "created_at", "updated_at", "version", "maker_kind", "maker_id"];

/// A column and its value.
pub type Cell = (&'static str, Value);

/// All rows of a table that belong to one object.
pub struct Links {
    /// The table.
    pub table: &'static str,
    /// The column that holds the object's id.
    pub owner: &'static str,
    /// The rows, without that column.
    pub rows: Vec<Vec<Cell>>,
}

/// Rows that are to be there, once for all objects that need them, and stay.
#[derive(PartialEq)]
pub struct Noted {
    /// The table.
    pub table: &'static str,
    /// Its columns.
    pub key: [&'static str; 2],
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
}

/// A kind of object that has a table.
pub trait Table: Entity {
    /// Its table.
    const TABLE: &'static str;
    /// The ancestors that it has a column for, from the top.
    const LEVELS: &'static [Level];
    /// The columns of its own, in the order in which [`Self::read`] reads them.
    const COLUMNS: &'static [&'static str];
    /// The column that holds its name, which is unique within its parent.
    const NAME: Option<&'static str> = Some("name");
    /// The objects that it names.
    const NAMES: &'static [Names];
    /// Whose decisions a change to one may change.
    const CONCERNS: Concerns;
    /// The columns that hold the ids of bytes that are stored apart, and go with it.
    const BLOBS: &'static [&'static str] = &[];

    /// Whether the tasks that it is linked to lend it to those whom they are assigned to.
    const LENT: bool = false;

    /// Selects what is not in a column of its own, to be read after the columns.
    fn select_more(_select: &mut SelectStatement, _backend: DbBackend) {}

    /// Its data, from its own columns.
    fn read(cells: &mut Cells<'_>) -> Result<Self, StoreError>;

    /// The values of its own columns.
    fn row(object: &Object<Self>) -> Vec<Cell>;

    /// What a field of [`Entity::FIELDS`] is compared by.
    fn field(name: &'static str) -> Expr {
        Expr::col((SELF, name))
    }

    /// Whether a field of several ids has this one among them.
    fn has(_name: &'static str, _id: Uuid) -> Option<Expr> {
        None
    }

    /// Whether a field of several words has this one among them.
    fn has_word(_name: &'static str, _word: &str) -> Option<Expr> {
        None
    }

    /// Writes into its facts what follows from the objects near it.
    fn follow(_facts: &mut Facts, _near: &[Near]) {}

    /// What is to be noted of it for good: of a piece of work, who has it; of tags, which go together.
    fn notes(_object: &Object<Self>) -> Option<Noted> {
        None
    }

    /// Rows of another table that belong to it.
    fn links(_object: &Object<Self>) -> Option<Links> {
        None
    }

    /// What goes before objects of these ids can go, beside grants.
    fn clear(_ids: &[Uuid]) -> Vec<DeleteStatement> {
        Vec::new()
    }
}

/// The column of an ancestor's id.
pub const fn column(level: Level) -> &'static str {
    match level {
        Level::Server | Level::Organization => "organization_id",
        Level::Project => "project_id",
        Level::Job => "job_id",
        Level::Task => "task_id",
    }
}

/// The column that holds the id of this level on the lineage, for a kind that goes down that far.
pub fn lineage_column<T: Table>(level: Level) -> Option<&'static str> {
    if T::KIND == level.kind() { Some("id") } else { T::LEVELS.contains(&level).then(|| column(level)) }
}

/// All objects, with all that is near them.
pub fn select<T: Table>(backend: DbBackend) -> SelectStatement {
    let mut select = Query::select();
    select.from_as(T::TABLE, SELF);
    select_object::<T>(&mut select, backend, By::Joins);
    select
}

/// Selects the objects whose rows are called [`SELF`], with what is near them.
pub fn select_object<T: Table>(select: &mut SelectStatement, backend: DbBackend, by: By) {
    for &name in HEAD.iter().chain(T::COLUMNS) {
        select.column((SELF, name));
    }
    T::select_more(select, backend);
    if T::LENT {
        blocks::select_lent(select, SELF, backend);
    }
    for &level in T::LEVELS {
        select.column((SELF, column(level)));
    }
    near::join_ancestors(select, SELF, T::LEVELS, by);
    for name in T::NAMES {
        name.join(select, backend, by);
    }
}

/// The object in a row of [`select`].
pub fn object<T: Table>(row: &Row) -> Result<Object<T>, StoreError> {
    let mut cells = Cells::new(row);
    let id = cells.id()?;
    read_object(&mut cells, id, &Source::Joined(None))
}

/// What [`select_object`] selected; `None` where no row was joined.
pub fn maybe_object<T: Table>(
    cells: &mut Cells<'_>,
    source: &Source<'_>,
) -> Result<Option<Object<T>>, StoreError> {
    cells.next::<Option<Uuid>>()?.map(|id| read_object(cells, id, source)).transpose()
}

fn read_object<T: Table>(
    cells: &mut Cells<'_>,
    id: Uuid,
    source: &Source<'_>,
) -> Result<Object<T>, StoreError> {
    let (created_at, updated_at, version) = (cells.instant()?, cells.instant()?, cells.next()?);
    let maker = cells.principal()?;
    let own = cells.columns(T::COLUMNS);
    let data = T::read(cells)?;
    let lent = if T::LENT { blocks::lent(cells)? } else { SmallVec::new() };
    let above = read_lineage(cells, T::LEVELS)?;
    let mut near = near::read_ancestors(cells, T::LEVELS, above, source)?;
    let mut facts = Facts::new(T::KIND, id, above);
    (facts.maker, facts.lent) = (maker, lent);
    if let Some(project) = near.iter().find(|near| near.relation == Relation::Project) {
        facts.collaboration = project.facts.collaboration;
        facts.entitlements.clone_from(&project.facts.entitlements);
        facts.archived = project.facts.archived;
    }
    for name in T::NAMES {
        let found = name.read(cells, &own, &near, maker, source)?;
        near.extend(found.filter(|near| (near.facts.kind, near.facts.id) != (T::KIND, id)));
    }
    data.settle(&mut facts);
    T::follow(&mut facts, &near);
    Ok(Object { id, created_at, updated_at, version, facts, near, data })
}

/// The ids of ancestors, a cell each.
pub fn read_lineage(cells: &mut Cells<'_>, levels: &[Level]) -> Result<Lineage, StoreError> {
    let mut lineage = Lineage::default();
    for &level in levels {
        if let Some(id) = cells.next::<Option<Uuid>>()? {
            lineage = lineage.with(level, id);
        }
    }
    Ok(lineage)
}

/// All values of a new row.
pub fn new_row<T: Table>(object: &Object<T>) -> Vec<Cell> {
    let mut row = vec![("id", object.id.into()), ("created_at", micros(object.created_at).into())];
    for &level in T::LEVELS {
        row.push((column(level), object.facts.lineage.at(level).into()));
    }
    row.extend(changed_row(object));
    row
}

/// The values of a row that a change may change.
pub fn changed_row<T: Table>(object: &Object<T>) -> Vec<Cell> {
    let maker = object.facts.maker;
    let mut row = vec![
        ("updated_at", micros(object.updated_at).into()),
        ("version", object.version.into()),
        ("maker_kind", maker.map(|maker| maker.kind.word()).into()),
        ("maker_id", maker.map(|maker| maker.id).into()),
    ];
    row.extend(T::row(object));
    row
}

/// An insert of one row.
pub fn insert(table: &'static str, row: Vec<Cell>) -> Result<InsertStatement, StoreError> {
    insert_all(table, vec![row])
}

/// An insert of rows of the same columns.
pub fn insert_all(table: &'static str, rows: Vec<Vec<Cell>>) -> Result<InsertStatement, StoreError> {
    let mut insert = Query::insert();
    insert.into_table(table);
    if let Some(first) = rows.first() {
        insert.columns(first.iter().map(|(name, _)| *name));
    }
    for row in rows {
        let values = row.into_iter().map(|(_, value)| Expr::val(value));
        insert.values(values).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    }
    Ok(insert)
}
