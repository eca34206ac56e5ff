//! Grants with their roles and their anchors.

use std::sync::Arc;

use bailiwick_domain::caller::HeldGrant;
use bailiwick_domain::entities::Standing;
use bailiwick_domain::facts::Level;
use bailiwick_domain::guards::Granting;
use bailiwick_domain::ports::StoreError;
use bailiwick_domain::{Facts, Lineage, PrincipalId, PrincipalKind};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query, SelectStatement, UnionType};
use uuid::Uuid;

use crate::blocks;
use crate::cache::{By, Source};
use crate::cells::Cells;
use crate::near::{join, join_ancestors, read_ancestors};
use crate::run;

/// What the grants are called in every statement.
pub const GRANT: &str = "g";

const LEVELS: &[Level] = &[Level::Organization, Level::Project, Level::Job, Level::Task];
const COLUMNS: &[&str] =
    &["id", "principal_kind", "principal_id", "role_id", "level", "starts_at", "expires_at"];
const ROLE: &[&str] = &["name", "active", "live", "full"];

/// How many ids one statement asks for at most.
pub const CHUNK: usize = 500;

/// Selects the grants called [`GRANT`] with what [`read`] needs of their roles and anchors.
pub fn select(select: &mut SelectStatement) {
    blocks::select(select, GRANT, COLUMNS);
    join(select, "roles", "role", (GRANT, "role_id"));
    blocks::select(select, "role", ROLE);
    join(select, "organizations", "role_home", ("role", "organization_id"));
    select.column(("role_home", "status"));
    join_ancestors(select, GRANT, LEVELS, By::Joins);
    select.column(("organization", "status"));
}

/// The grant in the cells of [`select`], if there is one.
pub fn read(cells: &mut Cells<'_>) -> Result<Option<HeldGrant>, StoreError> {
    let Some(grant) = cells.next::<Option<Uuid>>()? else { return Ok(None) };
    let principal = PrincipalId { kind: cells.word(PrincipalKind::from_word)?, id: cells.id()? };
    let role = cells.id()?;
    let level = cells.word(Level::from_word)?;
    let (starts_at, ends_at) = (cells.maybe_instant()?, cells.maybe_instant()?);
    let (role_name, active) = (cells.text()?, cells.next::<bool>()?);
    let (live, full) = (cells.json()?, cells.json()?);
    let role_home: Option<String> = cells.next()?;
    let mut above = read_ancestors(cells, LEVELS, Lineage::default(), &Source::Joined(None))?;
    let at = match (level, above.pop()) {
        (Level::Server, _) => Facts::server(),
        (_, Some(lowest)) => Arc::unwrap_or_clone(lowest.facts),
        (_, None) => return Ok(None),
    };
    let anchor_home: Option<String> = cells.next()?;
    let awake = |home: Option<String>| home.is_none_or(|status| status == Standing::Active.word());
    let in_force = active && awake(role_home) && awake(anchor_home);
    Ok(Some(HeldGrant { grant, principal, role, role_name, at, live, full, in_force, starts_at, ends_at }))
}

/// The grants and invitations of which a column holds one of these ids, by id, each with the home of the principal it
/// names. An invitation counts as the grant that it will be, to somebody who has no id and no home yet.
pub async fn granting(
    conn: &impl ConnectionTrait,
    column: &'static str,
    ids: &[Uuid],
) -> Result<Vec<Granting>, StoreError> {
    let mut found = Vec::new();
    for ids in ids.chunks(CHUNK) {
        let mut statement = Query::select();
        statement.from_subquery(granted_or_invited(column, ids), GRANT);
        select(&mut statement);
        for (table, alias) in [("users", "person"), ("api_keys", "api_key")] {
            join(&mut statement, table, alias, (GRANT, "principal_id"));
            statement.column((alias, "organization_id"));
        }
        statement.order_by((GRANT, "id"), Order::Asc);
        for row in run::all(conn, &statement).await? {
            let mut cells = Cells::new(&row);
            let Some(grant) = read(&mut cells)? else { continue };
            let (user, key): (Option<Uuid>, Option<Uuid>) = (cells.next()?, cells.next()?);
            found.push(Granting { grant, home: user.or(key) });
        }
    }
    Ok(found)
}

/// What [`select`] and its joins need of each.
fn granted_or_invited(column: &'static str, ids: &[Uuid]) -> SelectStatement {
    const PLACE: [&str; 4] = ["organization_id", "project_id", "job_id", "task_id"];
    let these = || Expr::col(column).is_in(ids.iter().copied());
    let invited = Query::select()
        .column("id")
        .expr(Expr::val(PrincipalKind::User.word()))
        .expr(Expr::val(Uuid::nil()))
        .columns(["role_id", "level", "starts_at", "ends_at"])
        .columns(PLACE)
        .from("invitations")
        .and_where(these())
        .take();
    let mut granted = Query::select();
    granted.columns(COLUMNS.iter().copied()).columns(PLACE).from("grants").and_where(these());
    granted.union(UnionType::All, invited).take()
}
