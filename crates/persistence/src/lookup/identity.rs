//! A principal in a row: itself, its home, the collaborations of its home.

use std::collections::BTreeMap;

use bailiwick_domain::PrincipalId;
use bailiwick_domain::entities::Standing;
use bailiwick_domain::ports::{Identity, StoreError};
use sea_orm::DbBackend;
use sea_orm::sea_query::{Expr, ExprTrait, Query, QueryStatementBuilder, SelectStatement};
use uuid::Uuid;

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
    select_more(select, person, home, backend);
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
    select_more(select, key, home, backend);
}

fn select_more(
    select: &mut SelectStatement,
    principal: &'static str,
    home: &'static str,
    backend: DbBackend,
) {
    let of_home = Query::select()
        .column("collaboration_id")
        .from("collaboration_members")
        .and_where(Expr::col("organization_id").equals((home, "id")))
        .take();
    let members = Query::select()
        .expr(dialect::pairs(backend, "m.collaboration_id", "m.organization_id"))
        .from_as("collaboration_members", "m")
        .and_where(Expr::col(("m", "collaboration_id")).in_subquery(of_home))
        .take();
    select
        .columns([(principal, "status"), (home, "name"), (home, "status")])
        .expr(Expr::from(members.into_sub_query_statement()));
}

/// The user in the cells of [`select_user`], if there is one; without grants.
pub fn user(cells: &mut Cells<'_>) -> Result<Option<Identity>, StoreError> {
    let found = blocks::user(cells)?;
    read_more(cells, found, PrincipalId::user)
}

/// The API key in the cells of [`select_api_key`], if there is one; without grants and maker.
pub fn api_key(cells: &mut Cells<'_>) -> Result<Option<Identity>, StoreError> {
    let found = blocks::api_key(cells)?;
    read_more(cells, found, PrincipalId::api_key)
}

/// Leaves out a user that is known from another row.
pub const fn skip_user(cells: &mut Cells<'_>) {
    cells.skip(USER_WIDTH + MORE);
}

/// Leaves out an API key that is known from another row.
pub const fn skip_api_key(cells: &mut Cells<'_>) {
    cells.skip(API_KEY_WIDTH + MORE);
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
        grants: Vec::new(),
        collaborations: collaborations(cells.maybe_json()?.unwrap_or_default())?,
        maker: None,
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
