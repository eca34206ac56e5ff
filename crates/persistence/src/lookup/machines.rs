//! Nodes and containers, by a node's id or by a token.

use bailiwick_domain::caller::{Confinement, HeldGrant};
use bailiwick_domain::entities::{RunStatus, Standing};
use bailiwick_domain::ports::{Credential, CredentialKey, Identity, Known, MachineToken, StoreError, Works};
use bailiwick_domain::{Facts, Kind, Level, PrincipalId, PrincipalKind};
use sea_orm::sea_query::{Expr, ExprTrait, JoinType, Query, SelectStatement};
use sea_orm::{ConnectionTrait, DbBackend};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{identity, principals};
use crate::blocks;
use crate::cells::Cells;
use crate::near::join;
use crate::table::read_lineage;
use crate::{run, stamps};

const NODE: &str = "node";
const HOME: &str = "home";
const MAKER: &str = "maker";

/// The columns of a token, in the order in which they are read and written.
pub(crate) const TOKEN: &[&str] =
    &["id", "principal_kind", "principal_id", "secret_hash", "created_at", "expires_at"];
/// Of a run what its container needs.
const RUN: &[&str] = &["executor_id", "node_id", "status"];
const LEVELS: &[Level] = &[Level::Organization, Level::Project, Level::Job, Level::Task];

/// A node by its id. One statement.
pub async fn node(conn: &impl ConnectionTrait, id: Uuid) -> Result<Option<Known>, StoreError> {
    let select = select_known(CredentialKey::Node(id), conn.get_database_backend());
    let Some(row) = run::one(conn, &select).await? else { return Ok(None) };
    let mut cells = Cells::new(&row);
    let credential = Credential::Node { secret_hash: cells.text()? };
    let Some(identity) = identity::node(&mut cells)? else { return Ok(None) };
    let stamps = stamps::read(&row, std::iter::once(identity.principal))?;
    Ok(Some(Known { identity, credential, stamps: Some(stamps) }))
}

/// Whose a token is: one statement for a node, a second one for a container.
pub async fn machine(conn: &impl ConnectionTrait, id: Uuid) -> Result<Option<Known>, StoreError> {
    let select = select_known(CredentialKey::Machine(id), conn.get_database_backend());
    let Some(row) = run::one(conn, &select).await? else { return Ok(None) };
    let mut cells = Cells::new(&row);
    let token = MachineToken {
        id: cells.id()?,
        principal: PrincipalId { kind: cells.word(PrincipalKind::from_word)?, id: cells.id()? },
        secret_hash: cells.text()?,
        created_at: cells.instant()?,
        expires_at: cells.instant()?,
    };
    let (found, remembered) = match token.principal.kind {
        PrincipalKind::Container => (container(conn, token.principal.id).await?, None),
        _ => {
            let last_seen_at = cells.maybe_instant()?;
            (identity::node(&mut cells)?.map(|node| (node, last_seen_at)), Some(token.principal))
        }
    };
    let Some((identity, last_seen_at)) = found else { return Ok(None) };
    // Of a container those of rights and policy alone, and as they were before it was read: nobody remembers it.
    let stamps = stamps::read(&row, remembered.into_iter())?;
    let credential = Credential::Machine { token, last_seen_at };
    Ok(Some(Known { identity, credential, stamps: Some(stamps) }))
}

/// The credential of a machine, and after it the node, if it is one.
pub fn select_known(key: CredentialKey<'_>, backend: DbBackend) -> SelectStatement {
    let mut select = Query::select();
    if let CredentialKey::Node(id) = key {
        select.column((NODE, "secret_hash")).from_as("nodes", NODE);
        select.and_where(Expr::col((NODE, "id")).eq(id));
    } else if let CredentialKey::Machine(id) = key {
        blocks::select(&mut select, "token", TOKEN);
        let is_node = Expr::col(("token", "principal_kind")).eq(PrincipalKind::Node.word());
        let whose = Expr::col((NODE, "id")).equals(("token", "principal_id")).and(is_node);
        select.from_as("machine_tokens", "token").join_as(JoinType::LeftJoin, "nodes", NODE, whose);
        select.and_where(Expr::col(("token", "id")).eq(id)).column((NODE, "last_seen_at"));
    }
    identity::select_node(&mut select, NODE, HOME, backend);
    stamps::select(&mut select);
    stamps::select_joined(&mut select, 0, NODE);
    select
}

/// The nodes of these ids. One statement.
pub async fn nodes(conn: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Vec<Identity>, StoreError> {
    let mut select = Query::select();
    select.from_as("nodes", NODE).and_where(Expr::col((NODE, "id")).is_in(ids.iter().copied()));
    identity::select_node(&mut select, NODE, HOME, conn.get_database_backend());
    let rows = run::all(conn, &select).await?;
    rows.iter().filter_map(|row| identity::node(&mut Cells::new(row)).transpose()).collect()
}

/// The container of a run, with the maker of its task and all grants of the maker; and when its node was last heard of.
/// The run's own rows are called otherwise than those that grants are anchored in.
pub fn select_container(id: Uuid, backend: DbBackend) -> SelectStatement {
    let mut select = Query::select();
    blocks::select(&mut select, "run", RUN);
    select.columns(LEVELS.iter().map(|&level| ("run", crate::table::column(level))));
    select.from_as("runs", "run").and_where(Expr::col(("run", "id")).eq(id));
    join(&mut select, "tasks", "of_task", ("run", "task_id"));
    join(&mut select, "projects", "of_project", ("run", "project_id"));
    join(&mut select, "nodes", NODE, ("run", "node_id"));
    join(&mut select, "organizations", "node_home", (NODE, "organization_id"));
    join(&mut select, "organizations", HOME, ("run", "executor_id"));
    blocks::select(&mut select, "of_task", &["name", "maker_kind", "maker_id"]);
    blocks::select(&mut select, NODE, &["status", "last_seen_at"]);
    select.columns([("node_home", "status"), (HOME, "name"), ("of_project", "collaboration_id")]);
    identity::select_members(&mut select, ("of_project", "collaboration_id"), backend);
    let made = Expr::col((MAKER, "id"))
        .equals(("of_task", "maker_id"))
        .and(Expr::col(("of_task", "maker_kind")).eq(PrincipalKind::User.word()));
    select.join_as(JoinType::LeftJoin, "users", MAKER, made);
    identity::select_user(&mut select, MAKER, "maker_home", backend);
    principals::join_grants_of(&mut select, MAKER);
    select
}

async fn container(
    conn: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Option<(Identity, Option<OffsetDateTime>)>, StoreError> {
    let rows = run::all(conn, &select_container(id, conn.get_database_backend())).await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let mut cells = Cells::new(first);
    let (executor, node, status) =
        (cells.id()?, cells.next::<Option<Uuid>>()?, cells.word(RunStatus::from_word)?);
    let lineage = read_lineage(&mut cells, LEVELS)?;
    let (name, made_by) = (cells.text()?, cells.principal()?);
    let node_status: Option<String> = cells.next()?;
    let last_seen_at = cells.maybe_instant()?;
    let home_status: Option<String> = cells.next()?;
    let home_name: Option<String> = cells.next()?;
    let mut facts = Facts::new(Kind::Container, id, lineage);
    facts.homes = std::iter::once(executor).collect();
    facts.collaboration = cells.next()?;
    let collaborations = identity::working_in(&mut cells, facts.collaboration)?;
    let works = lineage.task.zip(lineage.job).zip(lineage.project).map(|((task, job), project)| Works {
        inside: Confinement {
            node: node.unwrap_or_default(),
            task,
            job,
            project,
            collaboration: facts.collaboration,
        },
        made_by,
    });
    let awake = |status: Option<String>| status.is_some_and(|status| status == Standing::Active.word());
    let principal = PrincipalId::container(id);
    let maker = principals::maybe_user(&rows, cells.read())?;
    let identity = Identity {
        principal,
        name,
        facts,
        home_name: home_name.unwrap_or_default(),
        active: status.is_open() && node.is_some() && awake(node_status) && awake(home_status),
        ends_at: None,
        grants: vec![HeldGrant::by_being(principal)],
        collaborations,
        maker: maker.map(Box::new),
        works,
        app: None,
    };
    Ok(Some((identity, last_seen_at)))
}
