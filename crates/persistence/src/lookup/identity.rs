//! A principal in a row: itself, its home, the collaborations of its home.

use std::collections::BTreeMap;

use bailiwick_domain::PrincipalId;
use bailiwick_domain::caller::HeldGrant;
use bailiwick_domain::entities::Standing;
use bailiwick_domain::ports::{Identity, StoreError};
use sea_orm::DbBackend;
use sea_orm::sea_query::{Expr, ExprTrait, Query, QueryStatementBuilder, SelectStatement};
use uuid::Uuid;

use super::apps;
use crate::blocks::{self, API_KEY_WIDTH, USER_WIDTH};
use crate::cells::Cells;
use crate::dialect;
use crate::near::join;

/// How many cells follow those of the principal: its status, its home's name and status, the collaborations.
const MORE: usize = 4;

/// Selects the users called `person`; their homes are joined as `home`.
pub fn select_user(
    select: &mut SelectStatement,
    person: &'static str,
    home: &'static str,
    backend: DbBackend,
) {
    join(select, "organizations", home, (person, "organization_id"));
    blocks::select_user(select, person);
    select_more(select, person, home);
    select_collaborations_of(select, (home, "id"), backend);
}

/// Selects the API keys called `key`; their homes are joined as `home`.
pub fn select_api_key(
    select: &mut SelectStatement,
    key: &'static str,
    home: &'static str,
    backend: DbBackend,
) {
    join(select, "organizations", home, (key, "organization_id"));
    join(select, "projects", "key_project", (key, "project_id"));
    blocks::select_api_key(select, key, "key_project");
    select_more(select, key, home);
    select_collaborations_of(select, (home, "id"), backend);
    select.column((key, "expires_at"));
    apps::select_issued(select, key, "key_app");
}

/// Selects the nodes called `node`; their homes are joined as `home`.
pub fn select_node(select: &mut SelectStatement, node: &'static str, home: &'static str, backend: DbBackend) {
    join(select, "organizations", home, (node, "organization_id"));
    blocks::select_node(select, node);
    select_more(select, node, home);
    select_members(select, (node, "collaboration_id"), backend);
}

fn select_more(select: &mut SelectStatement, principal: &'static str, home: &'static str) {
    select.columns([(principal, "status"), (home, "name"), (home, "status")]);
}

/// The collaborations of an organization, each with its members, as one cell.
fn select_collaborations_of(
    select: &mut SelectStatement,
    organization: (&'static str, &'static str),
    backend: DbBackend,
) {
    let of_home = Query::select()
        .column("collaboration_id")
        .from("collaboration_members")
        .and_where(Expr::col("organization_id").equals(organization))
        .take();
    select_pairs(select, Expr::col(("m", "collaboration_id")).in_subquery(of_home), backend);
}

/// One collaboration with its members, as one cell.
pub fn select_members(
    select: &mut SelectStatement,
    collaboration: (&'static str, &'static str),
    backend: DbBackend,
) {
    select_pairs(select, Expr::col(("m", "collaboration_id")).equals(collaboration), backend);
}

fn select_pairs(select: &mut SelectStatement, which: Expr, backend: DbBackend) {
    let members = Query::select()
        .expr(dialect::pairs(backend, "m.collaboration_id", "m.organization_id"))
        .from_as("collaboration_members", "m")
        .and_where(which)
        .take();
    select.expr(Expr::from(members.into_sub_query_statement()));
}

/// The user in the cells of [`select_user`], if there is one; without grants.
pub fn user(cells: &mut Cells<'_>) -> Result<Option<Identity>, StoreError> {
    let found = blocks::user(cells)?;
    read_more(cells, found, PrincipalId::user)
}

/// The API key in the cells of [`select_api_key`], if there is one; without grants and maker.
pub fn api_key(cells: &mut Cells<'_>) -> Result<Option<Identity>, StoreError> {
    let found = blocks::api_key(cells)?;
    let key = read_more(cells, found, PrincipalId::api_key)?;
    let ends_at = cells.maybe_instant()?;
    let app = apps::issued(cells)?;
    Ok(key.map(|key| Identity { ends_at, app, ..key }))
}

/// The node in the cells of [`select_node`], if there is one, with what it holds.
pub fn node(cells: &mut Cells<'_>) -> Result<Option<Identity>, StoreError> {
    let found = blocks::node(cells)?;
    let Some(mut node) = read_more(cells, found, PrincipalId::node)? else { return Ok(None) };
    node.grants = vec![HeldGrant::by_being(node.principal)];
    include(&mut node.collaborations, node.facts.collaboration);
    Ok(Some(node))
}

/// The one collaboration in the cell of [`select_members`].
pub fn working_in(
    cells: &mut Cells<'_>,
    collaboration: Option<Uuid>,
) -> Result<Vec<(Uuid, Vec<Uuid>)>, StoreError> {
    let mut found = collaborations(cells.maybe_json()?.unwrap_or_default())?;
    include(&mut found, collaboration);
    Ok(found)
}

/// A collaboration that has no members is one all the same.
fn include(collaborations: &mut Vec<(Uuid, Vec<Uuid>)>, collaboration: Option<Uuid>) {
    if let (Some(id), true) = (collaboration, collaborations.is_empty()) {
        collaborations.push((id, Vec::new()));
    }
}

/// Leaves out a user that is known from another row.
pub const fn skip_user(cells: &mut Cells<'_>) {
    cells.skip(USER_WIDTH + MORE);
}

/// Leaves out an API key that is known from another row.
pub const fn skip_api_key(cells: &mut Cells<'_>) {
    cells.skip(API_KEY_WIDTH + MORE + 1 + apps::WIDTH);
}

fn read_more(
    cells: &mut Cells<'_>,
    found: Option<blocks::Named>,
    principal: impl FnOnce(Uuid) -> PrincipalId,
) -> Result<Option<Identity>, StoreError> {
    let Some((name, facts)) = found else {
        cells.skip(MORE);
        return Ok(None);
    };
    let active = |word: String| word == Standing::Active.word();
    let is_active = active(cells.text()?);
    let home_name = cells.text()?;
    Ok(Some(Identity {
        principal: principal(facts.id),
        name,
        facts,
        home_name,
        active: active(cells.text()?) && is_active,
        ends_at: None,
        grants: Vec::new(),
        collaborations: collaborations(cells.maybe_json()?.unwrap_or_default())?,
        maker: None,
        works: None,
        app: None,
    }))
}

/// Collaborations with their members, from `collaboration:member` pairs; both in order.
fn collaborations(pairs: Vec<String>) -> Result<Vec<(Uuid, Vec<Uuid>)>, StoreError> {
    let mut found: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
    for pair in pairs {
        let ids = pair.split_once(':').and_then(|(collaboration, member)| {
            Some((Uuid::try_parse(collaboration).ok()?, Uuid::try_parse(member).ok()?))
        });
        let Some((collaboration, member)) = ids else { return Err(StoreError::Corrupt(pair)) };
        found.entry(collaboration).or_default().push(member);
    }
    for members in found.values_mut() {
        members.sort_unstable();
    }
    Ok(found.into_iter().collect())
}
