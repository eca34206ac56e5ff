//! A lock that another holds, a statement that takes too long, a pool that is used up: bounded waits.

use futures_util::future::join_all;
use sea_orm::DbBackend;

use crate::asked::{Asked, fill};
use crate::faults::{Base, Kind, Look};

#[cfg(feature = "sqlite")]
#[tokio::test(flavor = "multi_thread")]
async fn waits_are_bounded_on_sqlite() {
    waits_are_bounded(Kind::Sqlite).await;
}

#[cfg(feature = "postgres")]
#[tokio::test(flavor = "multi_thread")]
async fn waits_are_bounded_on_postgres() {
    waits_are_bounded(Kind::Postgres).await;
}

#[cfg(feature = "mysql")]
#[tokio::test(flavor = "multi_thread")]
async fn waits_are_bounded_on_mysql() {
    waits_are_bounded(Kind::MySql).await;
}

/// Within how many seconds a test must have its answer. The waits that are not the one in question are twice as long.
const WITHIN: f64 = 10.0;
/// How many write at once.
const MANY: usize = 6;

async fn waits_are_bounded(kind: Kind) {
    let base = Base::new(kind).await;
    fill(&base);
    let look = base.look().await;

    // A lock: who waits for it is told so in time, and who does not want it is served.
    let server = base.serve_through(&base.url, "", "[storage]\nwait = 1\nstatement = 20\nconnections = 4");
    let asked = Asked::of(&server).await;
    hold(&look).await;
    asked.edit().await.fails(&["busy"], WITHIN);
    asked.read().await.is(200, WITHIN);
    release(&look).await;
    asked.edit().await.is(200, WITHIN);
    drop(server);

    // One connection that many want, the first of whom waits for a lock: nobody waits for more than a connection and
    // then a lock.
    let server = base.serve_through(&base.url, "", "[storage]\nwait = 1\nstatement = 20\nconnections = 1");
    let asked = Asked { at: server.at().to_owned(), ..asked };
    hold(&look).await;
    for late in join_all((0..MANY).map(|_| asked.edit())).await {
        late.fails(&["busy"], WITHIN);
    }
    release(&look).await;
    asked.edit().await.is(200, WITHIN);
    asked.read().await.is(200, WITHIN);
    drop(server);

    // A statement that takes longer than it may, for it waits for a lock, with patience.
    if kind != Kind::Sqlite {
        let server = base.serve_through(&base.url, "", "[storage]\nwait = 20\nstatement = 1");
        let asked = Asked { at: server.at().to_owned(), ..asked.clone() };
        hold(&look).await;
        asked.edit().await.fails(&["busy"], WITHIN);
        release(&look).await;
        asked.edit().await.is(200, WITHIN);
        drop(server);
    }

    // All of it takes longer than the whole may.
    let server = base.serve_through(&base.url, "answer_within = 1", "[storage]\nwait = 20\nstatement = 20");
    let asked = Asked { at: server.at().to_owned(), ..asked };
    hold(&look).await;
    asked.edit().await.fails(&["too-late"], WITHIN);
    release(&look).await;
    asked.edit().await.is(200, WITHIN);
}

/// Takes the lock that a change of the task needs.
async fn hold(look: &Look) {
    let begin = if look.backend() == DbBackend::Sqlite { "BEGIN IMMEDIATE" } else { "START TRANSACTION" };
    look.run(begin).await;
    let lock = "UPDATE tasks SET description = 'held'";
    look.run(lock).await;
}

async fn release(look: &Look) {
    look.run("ROLLBACK").await;
}
