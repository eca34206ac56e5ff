//! What was taken away is gone for every request that begins after the change was acknowledged, on every server; what
//! was given is there as soon.
//!
//! Readers ask both servers without pause, as everybody whom the changes concern, so that whatever the servers remember
//! is fresh when it ceases to be true. Each request and each change has its times by the clock of this one process.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

mod faults;
mod support;

#[path = "revocation/credentials.rs"]
mod credentials;
#[path = "revocation/people.rs"]
mod people;
#[path = "revocation/policy.rs"]
mod policy;
#[path = "revocation/rights.rs"]
mod rights;
#[path = "revocation/roles.rs"]
mod roles;
#[path = "revocation/watch.rs"]
mod watch;
#[path = "revocation/world.rs"]
mod world;

use std::sync::Arc;
use std::time::Instant;

use faults::{Kind, tell};
use watch::Tally;
use world::World;

/// How often each thing is taken away and given back.
const ROUNDS: usize = 4;
/// One storage after the other: each keeps every core busy, and its readers wait long enough for themselves.
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

#[cfg(feature = "sqlite")]
#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_away_is_gone_on_sqlite() {
    take_away(Kind::Sqlite, 1).await;
}

#[cfg(feature = "postgres")]
#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_away_is_gone_on_postgres() {
    take_away(Kind::Postgres, 2).await;
}

#[cfg(feature = "mysql")]
#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_away_is_gone_on_mysql() {
    take_away(Kind::MySql, 2).await;
}

/// Everything at once. `REVOCATION_ROUNDS` asks for another number of rounds.
async fn take_away(kind: Kind, servers: usize) {
    let rounds = std::env::var("REVOCATION_ROUNDS").map_or(ROUNDS, |rounds| rounds.parse().unwrap());
    let _turn = TURN.lock().await;
    let world = Arc::new(World::new(kind, servers).await);
    let begun = Instant::now();
    let tally = tokio::task::LocalSet::new().run_until(all_at_once(&world, rounds)).await;
    tell(format_args!("{kind:?}, {servers} servers, {} s: {tally}", begun.elapsed().as_secs()));
    assert!(tally.taken >= (rounds * 20) as u64, "{tally}");
    world.no_panic();
}

async fn all_at_once(world: &Arc<World>, rounds: usize) -> Tally {
    let mut running = tokio::task::JoinSet::new();
    macro_rules! all {
        ($($module:ident::{$($case:ident),* $(,)?})*) => { $($(
            running.spawn_local($module::$case(world.clone(), rounds));
        )*)* };
    }
    all! {
        rights::{a_grant, a_grant_above, a_grant_that_ends, a_task_of_ones_own, a_public_project, a_shared_project}
        roles::{rules, a_standing, an_include, rules_of_an_include, the_role_of_a_key_and_its_maker}
        credentials::{a_session, sessions_by_password, one_of_ones_sessions, a_token, a_family, a_refreshed_token}
        credentials::{a_key, a_secret, a_deleted_key}
        people::{a_user, a_deleted_user, an_organization}
        policy::{a_rule_of_a_built_in_role}
    }
    let mut tally = Tally::default();
    while let Some(done) = running.join_next().await {
        tally.add(done.unwrap());
    }
    tally
}
