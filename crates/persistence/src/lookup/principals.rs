//! Principals with all that their decisions need, a row for each of their grants.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use bailiwick_domain::caller::HeldGrant;
use bailiwick_domain::ports::{Credential, CredentialKey, Identity, Known, StoreError};
use bailiwick_domain::{PrincipalId, PrincipalKind};
use sea_orm::sea_query::{Expr, ExprTrait, JoinType, Order, Query, SelectStatement};
use sea_orm::{ConnectionTrait, DbBackend};
use uuid::Uuid;

use super::apps;
use super::held::{self, CHUNK, GRANT};
use super::identity;
use super::machines;
use super::sessions::{self, SESSION};
use crate::blocks;
use crate::cells::Cells;
use crate::near::join;
use crate::row::Row;
use crate::tables::api_key;
use crate::{run, stamps};

const USER: &str = "person";
const KEY: &str = "api_key";
const MAKER: &str = "maker";
/// What an API key is proved by.
const SECRET: &[&str] =
    &["secret_hash", "old_secret_hash", "old_secret_expires_at", "addresses", "last_used_at"];

/// The principal that a credential finds. One statement; two for a container.
pub async fn known(conn: &impl ConnectionTrait, key: CredentialKey<'_>) -> Result<Option<Known>, StoreError> {
    match key {
        CredentialKey::Node(id) => return machines::node(conn, id).await,
        CredentialKey::Machine(id) => return machines::machine(conn, id).await,
        _ => {}
    }
    let rows = run::all(conn, &select_known(key, conn.get_database_backend())).await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let mut cells = Cells::new(first);
    let mut app = None;
    let (credential, width) = match key {
        CredentialKey::Session(_) => {
            let session = sessions::read(&mut cells)?;
            app = apps::issued(&mut cells)?;
            (Credential::Session(session), SESSION.len() + apps::WIDTH)
        }
        CredentialKey::ApiKey(_) => {
            let (secret_hash, old_secret) = (cells.text()?, api_key::old_secret(&mut cells)?);
            let (addresses, last_used_at) = (cells.json()?, cells.maybe_instant()?);
            (Credential::ApiKey { secret_hash, old_secret, addresses, last_used_at }, SECRET.len())
        }
        _ => (Credential::Password(cells.next()?), 1),
    };
    let found = match key {
        CredentialKey::ApiKey(_) => read_keys(&rows, width)?,
        _ => read_users(&rows, width)?,
    };
    let Some(mut identity) = found.into_values().next() else { return Ok(None) };
    identity.app = app.or(identity.app);
    let principals =
        std::iter::once(identity.principal).chain(identity.maker.iter().map(|maker| maker.principal));
    let stamps = stamps::read(first, principals)?;
    Ok(Some(Known { identity, credential, stamps: Some(stamps) }))
}

/// The credential, and after it the principal with its grants.
pub fn select_known(key: CredentialKey<'_>, backend: DbBackend) -> SelectStatement {
    let mut select = Query::select();
    match key {
        CredentialKey::Session(id) => {
            blocks::select(&mut select, "session", SESSION);
            select.from_as("sessions", "session").and_where(Expr::col(("session", "id")).eq(id));
            apps::select_issued(&mut select, "session", "session_app");
            join(&mut select, "users", USER, ("session", "user_id"));
        }
        CredentialKey::ApiKey(id) => {
            blocks::select(&mut select, KEY, SECRET);
            select.from_as("api_keys", KEY).and_where(Expr::col((KEY, "id")).eq(id));
            select_keys(&mut select, backend);
            stamps::select(&mut select);
            stamps::select_joined(&mut select, 0, KEY);
            stamps::select_joined(&mut select, 1, MAKER);
            return select;
        }
        CredentialKey::User(id) => {
            select.column((USER, "password_hash")).from_as("users", USER);
            select.and_where(Expr::col((USER, "id")).eq(id));
        }
        CredentialKey::Login { organization, username } => {
            select.column((USER, "password_hash")).from_as("users", USER);
            select.and_where(Expr::col(("home", "name")).eq(organization));
            select.and_where(Expr::col((USER, "username")).eq(username));
        }
        CredentialKey::Node(_) | CredentialKey::Machine(_) => return machines::select_known(key, backend),
    }
    select_users(&mut select, backend);
    stamps::select(&mut select);
    stamps::select_joined(&mut select, 0, USER);
    select
}

/// Principals by id, in the order asked for; containers are left out. At most three statements for each few hundred.
pub async fn identities(
    conn: &impl ConnectionTrait,
    principals: &[PrincipalId],
) -> Result<Vec<Identity>, StoreError> {
    let backend = conn.get_database_backend();
    let ids_of =
        |kind| principals.iter().filter(move |principal| principal.kind == kind).map(|found| found.id);
    let mut found: HashMap<Uuid, Identity> = HashMap::new();
    let users: Vec<Uuid> = ids_of(PrincipalKind::User).collect();
    for ids in users.chunks(CHUNK) {
        let mut select = Query::select();
        select.from_as("users", USER).and_where(Expr::col((USER, "id")).is_in(ids.iter().copied()));
        select_users(&mut select, backend);
        found.extend(read_users(&run::all(conn, &select).await?, 0)?);
    }
    let keys: Vec<Uuid> = ids_of(PrincipalKind::ApiKey).collect();
    for ids in keys.chunks(CHUNK) {
        let mut select = Query::select();
        select.from_as("api_keys", KEY).and_where(Expr::col((KEY, "id")).is_in(ids.iter().copied()));
        select_keys(&mut select, backend);
        found.extend(read_keys(&run::all(conn, &select).await?, 0)?);
    }
    let nodes: Vec<Uuid> = ids_of(PrincipalKind::Node).collect();
    for ids in nodes.chunks(CHUNK) {
        found.extend(machines::nodes(conn, ids).await?.into_iter().map(|node| (node.principal.id, node)));
    }
    Ok(principals
        .iter()
        .filter_map(|principal| {
            found.get(&principal.id).filter(|found| found.principal == *principal).cloned()
        })
        .collect())
}

fn select_users(select: &mut SelectStatement, backend: DbBackend) {
    identity::select_user(select, USER, "home", backend);
    join_grants_of(select, USER);
}

/// Joins the grants of the users called `user`.
pub fn join_grants_of(select: &mut SelectStatement, user: &'static str) {
    join_grants(select, Expr::col((GRANT, "principal_id")).equals((user, "id")));
}

/// API keys, each with its maker, and the grants of both.
fn select_keys(select: &mut SelectStatement, backend: DbBackend) {
    identity::select_api_key(select, KEY, "home", backend);
    let made = Expr::col((MAKER, "id"))
        .equals((KEY, "maker_id"))
        .and(Expr::col((KEY, "maker_kind")).eq(PrincipalKind::User.word()));
    select.join_as(JoinType::LeftJoin, "users", MAKER, made);
    identity::select_user(select, MAKER, "maker_home", backend);
    let names = Expr::col((GRANT, "principal_id")).is_in([Expr::col((KEY, "id")), Expr::col((MAKER, "id"))]);
    join_grants(select, names);
}

fn join_grants(select: &mut SelectStatement, on: Expr) {
    select.join_as(JoinType::LeftJoin, "grants", GRANT, on);
    held::select(select);
    select.order_by((GRANT, "id"), Order::Asc);
}

fn read_users(rows: &[Row], skip: usize) -> Result<HashMap<Uuid, Identity>, StoreError> {
    let mut found = HashMap::new();
    for row in rows {
        let mut cells = Cells::new(row);
        cells.skip(skip);
        let user = match found.entry(cells.peek_id()?) {
            Entry::Occupied(known) => {
                identity::skip_user(&mut cells);
                known.into_mut()
            }
            Entry::Vacant(new) => {
                let Some(user) = identity::user(&mut cells)? else { continue };
                new.insert(user)
            }
        };
        give(user, held::read(&mut cells)?);
    }
    Ok(found)
}

/// The user in rows of one user at most, after so many cells.
pub fn maybe_user(rows: &[Row], skip: usize) -> Result<Option<Identity>, StoreError> {
    let Some(first) = rows.first() else { return Ok(None) };
    let mut cells = Cells::new(first);
    cells.skip(skip);
    if cells.next::<Option<Uuid>>()?.is_none() {
        return Ok(None);
    }
    Ok(read_users(rows, skip)?.into_values().next())
}

fn read_keys(rows: &[Row], skip: usize) -> Result<HashMap<Uuid, Identity>, StoreError> {
    let mut found = HashMap::new();
    for row in rows {
        let mut cells = Cells::new(row);
        cells.skip(skip);
        let key = match found.entry(cells.peek_id()?) {
            Entry::Occupied(known) => {
                identity::skip_api_key(&mut cells);
                identity::skip_user(&mut cells);
                known.into_mut()
            }
            Entry::Vacant(new) => {
                let Some(mut key) = identity::api_key(&mut cells)? else { continue };
                key.maker = identity::user(&mut cells)?.map(Box::new);
                new.insert(key)
            }
        };
        give(key, held::read(&mut cells)?);
    }
    Ok(found)
}

/// Adds a grant to the principal that it names, or to its maker.
fn give(principal: &mut Identity, grant: Option<HeldGrant>) {
    let Some(grant) = grant else { return };
    if grant.principal == principal.principal {
        principal.grants.push(grant);
    } else if let Some(maker) =
        principal.maker.as_deref_mut().filter(|maker| maker.principal == grant.principal)
    {
        maker.grants.push(grant);
    }
}
