//! Rows that are read beside another row: the columns of each kind that tell its name and its facts.

use std::sync::Arc;

use bailiwick_domain::access::Entitlement;
use bailiwick_domain::entities::{Shelf, Visibility, carry};
use bailiwick_domain::ports::StoreError;
use bailiwick_domain::{Facts, Kind, Lent, Lineage, PrincipalId};
use sea_orm::DbBackend;
use sea_orm::sea_query::{Expr, ExprTrait, JoinType, Query, QueryStatementBuilder, SelectStatement};
use smallvec::SmallVec;
use uuid::Uuid;

use crate::cells::Cells;
use crate::dialect;

/// A name and the facts of what has it.
pub type Named = (String, Facts);
/// The same, for as many objects as it stands near.
pub type Shared = (Arc<str>, Arc<Facts>);

/// Makes one of what was read.
pub fn shared((name, facts): Named) -> Shared {
    (name.into(), Arc::new(facts))
}

const ORGANIZATION: &[&str] = &["id", "name", "maker_kind", "maker_id"];
const PROJECT: &[&str] = &[
    "id",
    "name",
    "maker_kind",
    "maker_id",
    "organization_id",
    "visibility",
    "archived_at",
    "collaboration_id",
];
const JOB: &[&str] = &["id", "name", "maker_kind", "maker_id"];
const SOURCE: &[&str] = &["id", "name", "maker_kind", "maker_id", "entitlements", "status"];
const TASK: &[&str] = &["id", "name", "maker_kind", "maker_id", "assignee_id"];
const ROLE: &[&str] = &["id", "name", "maker_kind", "maker_id", "organization_id", "built_in"];
const CLIENT_APP: &[&str] = &["id", "name", "maker_kind", "maker_id"];
const COLLABORATION: &[&str] = &["id", "name", "maker_kind", "maker_id"];
const API_KEY: &[&str] = &["id", "name", "maker_kind", "maker_id", "organization_id", "project_id"];
/// What a project hands down to all that hangs under it.
const HANDED_DOWN: &[&str] = &["visibility", "archived_at", "collaboration_id"];
const NODE: &[&str] = &["id", "name", "maker_kind", "maker_id", "organization_id", "collaboration_id"];
const USER: &[&str] = &["id", "username", "maker_kind", "maker_id", "organization_id"];

/// How many cells a user takes.
pub const USER_WIDTH: usize = USER.len();
/// How many cells an API key takes.
pub const API_KEY_WIDTH: usize = API_KEY.len() + HANDED_DOWN.len();

/// Selects these columns of a joined table.
pub fn select(select: &mut SelectStatement, alias: &'static str, columns: &[&'static str]) {
    for &column in columns {
        select.column((alias, column));
    }
}

pub fn select_organization(statement: &mut SelectStatement, alias: &'static str) {
    select(statement, alias, ORGANIZATION);
}

pub fn select_project(statement: &mut SelectStatement, alias: &'static str) {
    select(statement, alias, PROJECT);
}

pub fn select_job(statement: &mut SelectStatement, alias: &'static str) {
    select(statement, alias, JOB);
}

pub fn select_task(statement: &mut SelectStatement, alias: &'static str) {
    select(statement, alias, TASK);
}

pub fn select_role(statement: &mut SelectStatement, alias: &'static str) {
    select(statement, alias, ROLE);
}

pub fn select_user(statement: &mut SelectStatement, alias: &'static str) {
    select(statement, alias, USER);
}

pub fn select_client_app(statement: &mut SelectStatement, alias: &'static str) {
    select(statement, alias, CLIENT_APP);
}

pub fn select_node(statement: &mut SelectStatement, alias: &'static str) {
    select(statement, alias, NODE);
}

/// An API key and what it has from its project, which is joined as `project`.
pub fn select_api_key(statement: &mut SelectStatement, alias: &'static str, project: &'static str) {
    select(statement, alias, API_KEY);
    select(statement, project, HANDED_DOWN);
}

pub fn select_collaboration(statement: &mut SelectStatement, alias: &'static str, backend: DbBackend) {
    select(statement, alias, COLLABORATION);
    select_members(statement, alias, backend);
}

/// What hangs under a project and is no place: a file, a label, a dataset.
pub fn select_thing(statement: &mut SelectStatement, alias: &'static str) {
    select(statement, alias, JOB);
}

pub fn thing(cells: &mut Cells<'_>, kind: Kind, project: &Facts) -> Result<Option<Named>, StoreError> {
    cells.joined(JOB.len(), |cells, id| {
        let (name, maker) = (cells.text()?, cells.principal()?);
        Ok((name, project.child(kind, id, maker)))
    })
}

pub fn select_source(statement: &mut SelectStatement, alias: &'static str) {
    select(statement, alias, SOURCE);
}

pub fn source(cells: &mut Cells<'_>, project: &Facts) -> Result<Option<Named>, StoreError> {
    cells.joined(SOURCE.len(), |cells, id| {
        let (name, maker) = (cells.text()?, cells.principal()?);
        let mut facts = project.child(Kind::Source, id, maker);
        let own: Vec<Entitlement> = cells.json()?;
        carry(&mut facts, cells.word(Shelf::from_word)?, &own);
        Ok((name, facts))
    })
}

/// To whom a file or a label is lent, by which task of which job, in three cells: by tasks that are about it, by tasks that
/// link to it, and by jobs that do, to whoever has a task of them.
pub fn select_lent(statement: &mut SelectStatement, alias: &'static str, backend: DbBackend) {
    let assigned = Expr::col(("t", "assignee_id")).is_not_null();
    let of_task = dialect::triples(backend, "t.assignee_id", "t.job_id", "t.id");
    let about = Query::select()
        .expr(of_task.clone())
        .from_as("tasks", "t")
        .and_where(Expr::col(("t", "file_id")).equals((alias, "id")))
        .and_where(assigned.clone())
        .take();
    let linked = Query::select()
        .expr(of_task)
        .from_as("links", "l")
        .join_as(JoinType::InnerJoin, "tasks", "t", Expr::col(("t", "id")).equals(("l", "holder_id")))
        .and_where(Expr::col(("l", "target_id")).equals((alias, "id")))
        .and_where(assigned)
        .take();
    // One value for each worker: of EXISTS, Postgres makes a join that goes through all tasks that the worker has anywhere.
    let has_one = Query::select()
        .column(("t", "id"))
        .from_as("tasks", "t")
        .and_where(Expr::col(("t", "job_id")).equals(("w", "job_id")))
        .and_where(Expr::col(("t", "assignee_id")).equals(("w", "user_id")))
        .take();
    let has_one = dialect::row_after(backend, has_one, 0);
    let workers = Expr::col(("w", "job_id")).equals(("l", "holder_id"));
    let in_job = Query::select()
        .expr(dialect::pairs(backend, "w.user_id", "w.job_id"))
        .from_as("links", "l")
        .join_as(JoinType::InnerJoin, "job_workers", "w", workers)
        .and_where(Expr::col(("l", "target_id")).equals((alias, "id")))
        .and_where(has_one.is_not_null())
        .take();
    for lent in [about, linked, in_job] {
        statement.expr(Expr::from(lent.into_sub_query_statement()));
    }
}

/// What [`select_lent`] selects, sorted.
pub fn lent(cells: &mut Cells<'_>) -> Result<SmallVec<[Lent; 1]>, StoreError> {
    let mut found = Vec::new();
    for _ in 0..3 {
        for text in cells.maybe_json::<Vec<String>>()?.unwrap_or_default() {
            let mut ids = text.split(':').map(Uuid::try_parse);
            let (Some(Ok(user)), Some(Ok(job)), task) = (ids.next(), ids.next(), ids.next()) else {
                return Err(StoreError::Corrupt(text));
            };
            found.push(Lent { to: PrincipalId::user(user), job, task: task.and_then(Result::ok) });
        }
    }
    found.sort_unstable();
    found.dedup();
    Ok(found.into())
}

/// The members of a collaboration, as one cell.
pub fn select_members(statement: &mut SelectStatement, alias: &'static str, backend: DbBackend) {
    let members = Query::select()
        .expr(dialect::ids(backend, "m.organization_id"))
        .from_as("collaboration_members", "m")
        .and_where(Expr::col(("m", "collaboration_id")).equals((alias, "id")))
        .take();
    statement.expr(Expr::from(members.into_sub_query_statement()));
}

pub fn organization(cells: &mut Cells<'_>) -> Result<Option<Named>, StoreError> {
    cells.joined(ORGANIZATION.len(), |cells, id| {
        let (name, maker) = (cells.text()?, cells.principal()?);
        Ok((name, made(Kind::Organization, id, Lineage::default(), maker)))
    })
}

pub fn client_app(cells: &mut Cells<'_>) -> Result<Option<Named>, StoreError> {
    cells.joined(CLIENT_APP.len(), |cells, id| {
        let (name, maker) = (cells.text()?, cells.principal()?);
        Ok((name, made(Kind::ClientApp, id, Lineage::default(), maker)))
    })
}

pub fn project(cells: &mut Cells<'_>) -> Result<Option<Named>, StoreError> {
    cells.joined(PROJECT.len(), |cells, id| {
        let (name, maker) = (cells.text()?, cells.principal()?);
        let above = Lineage { organization: cells.next()?, ..Lineage::default() };
        let mut facts = made(Kind::Project, id, above, maker);
        hand_down(cells, &mut facts)?;
        Ok((name, facts))
    })
}

pub fn job(cells: &mut Cells<'_>, project: &Facts) -> Result<Option<Named>, StoreError> {
    cells.joined(JOB.len(), |cells, id| {
        let (name, maker) = (cells.text()?, cells.principal()?);
        Ok((name, project.child(Kind::Job, id, maker)))
    })
}

pub fn task(cells: &mut Cells<'_>, job: &Facts) -> Result<Option<Named>, StoreError> {
    cells.joined(TASK.len(), |cells, id| {
        let (name, maker) = (cells.text()?, cells.principal()?);
        let mut facts = job.child(Kind::Task, id, maker);
        facts.assignee = cells.next::<Option<Uuid>>()?.map(PrincipalId::user);
        Ok((name, facts))
    })
}

pub fn role(cells: &mut Cells<'_>) -> Result<Option<Named>, StoreError> {
    cells.joined(ROLE.len(), |cells, id| {
        let (name, maker) = (cells.text()?, cells.principal()?);
        let above = Lineage { organization: cells.next()?, ..Lineage::default() };
        let mut facts = made(Kind::Role, id, above, maker);
        facts.built_in = cells.next()?;
        Ok((name, facts))
    })
}

pub fn user(cells: &mut Cells<'_>) -> Result<Option<Named>, StoreError> {
    cells.joined(USER_WIDTH, |cells, id| {
        let (name, maker) = (cells.text()?, cells.principal()?);
        let above = Lineage { organization: cells.next()?, ..Lineage::default() };
        Ok((name, made(Kind::User, id, above, maker)))
    })
}

pub fn node(cells: &mut Cells<'_>) -> Result<Option<Named>, StoreError> {
    cells.joined(NODE.len(), |cells, id| {
        let (name, maker) = (cells.text()?, cells.principal()?);
        let above = Lineage { organization: cells.next()?, ..Lineage::default() };
        let mut facts = made(Kind::Node, id, above, maker);
        facts.collaboration = cells.next()?;
        Ok((name, facts))
    })
}

pub fn api_key(cells: &mut Cells<'_>) -> Result<Option<Named>, StoreError> {
    cells.joined(API_KEY_WIDTH, |cells, id| {
        let (name, maker) = (cells.text()?, cells.principal()?);
        let above = Lineage { organization: cells.next()?, project: cells.next()?, ..Lineage::default() };
        let mut facts = made(Kind::ApiKey, id, above, maker);
        if above.project.is_some() {
            hand_down(cells, &mut facts)?;
        }
        Ok((name, facts))
    })
}

pub fn collaboration(cells: &mut Cells<'_>) -> Result<Option<Named>, StoreError> {
    cells.joined(COLLABORATION.len() + 1, |cells, id| {
        let (name, maker) = (cells.text()?, cells.principal()?);
        let mut facts = made(Kind::Collaboration, id, Lineage::default(), maker);
        facts.homes = members(cells)?.into_iter().collect();
        facts.collaboration = Some(id);
        Ok((name, facts))
    })
}

/// Ids, each with a text, as [`dialect::labelled`] has them, sorted by id.
pub fn labelled(cells: &mut Cells<'_>) -> Result<Vec<(Uuid, String)>, StoreError> {
    let pairs: Vec<String> = cells.maybe_json()?.unwrap_or_default();
    let mut found = Vec::with_capacity(pairs.len());
    for pair in pairs {
        let labelled = pair.split_once(':').and_then(|(id, text)| Some((Uuid::try_parse(id).ok()?, text)));
        let Some((id, text)) = labelled else { return Err(StoreError::Corrupt(pair)) };
        found.push((id, text.to_owned()));
    }
    found.sort_unstable();
    Ok(found)
}

/// What [`select_members`] selects, sorted.
pub fn members(cells: &mut Cells<'_>) -> Result<Vec<Uuid>, StoreError> {
    let mut members: Vec<Uuid> = cells.maybe_json()?.unwrap_or_default();
    members.sort_unstable();
    Ok(members)
}

fn made(kind: Kind, id: Uuid, above: Lineage, maker: Option<PrincipalId>) -> Facts {
    let mut facts = Facts::new(kind, id, above);
    facts.maker = maker;
    facts
}

fn hand_down(cells: &mut Cells<'_>, facts: &mut Facts) -> Result<(), StoreError> {
    facts.entitlements.push(cells.word(Visibility::from_word)?.entitlement());
    facts.archived = cells.next::<Option<i64>>()?.is_some();
    facts.collaboration = cells.next()?;
    Ok(())
}
