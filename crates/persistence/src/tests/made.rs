//! What a page of own tasks costs who made far more than people make on average, by the databases' own account.

use bailiwick_domain::Kind;
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::SelectStatement;

use super::costs::{cost_a_page, frame, id, insert, task, tasks};
use crate::SeaStore;

const MADE: u128 = 10_000;

/// Who they are, as [`cost_a_page`] asks.
const WHO: u128 = 7;

/// Whether a task lies in an organization that is not their home.
fn is_abroad(n: u128) -> bool {
    n % 10 != WHO
}

/// Fills half of a table with tasks of which they made these, and looks at what pages cost.
async fn cost_who_made(
    store: SeaStore,
    analyze: &str,
    read: impl AsyncFn(&SeaStore, &SelectStatement) -> u64,
    which: fn(u128) -> bool,
) {
    frame(&store).await;
    let by_one = |n| {
        let maker = id(Kind::User, if which(n) { WHO } else { WHO + 1 });
        let cells = task(n).into_iter().map(|cell| match cell {
            ("maker_id", _) => ("maker_id", maker.into()),
            cell => cell,
        });
        cells.collect()
    };
    insert(&store, "tasks", (0..MADE).map(by_one)).await;
    tasks(&store, MADE..2 * MADE).await;
    store.writer().execute_unprepared(analyze).await.unwrap();
    cost_a_page(&store, MADE, read).await;
}

/// All of it, most of which lies abroad.
const EVERYTHING: fn(u128) -> bool = |_| true;

/// All that lies abroad, and of what lies at home the last: a page of it is behind everything else that they made.
const ABROAD_FIRST: fn(u128) -> bool = |n| is_abroad(n) || n >= MADE - 300;

#[cfg(feature = "postgres")]
#[tokio::test]
async fn who_made_much_turns_pages_for_as_little_on_postgres() {
    for which in [EVERYTHING, ABROAD_FIRST] {
        let (store, _loan) = super::servers::fresh(bailiwick_testkit::servers::Server::Postgres).await;
        cost_who_made(store, "ANALYZE", super::costs::read_on_postgres, which).await;
    }
}

#[cfg(feature = "mysql")]
#[tokio::test]
async fn who_made_much_turns_pages_for_as_little_on_mysql() {
    for which in [EVERYTHING, ABROAD_FIRST] {
        let (store, _loan) = super::servers::fresh(bailiwick_testkit::servers::Server::MySql).await;
        let analyze = "ANALYZE TABLE tasks, jobs, projects";
        cost_who_made(store, analyze, super::costs::read_on_mysql, which).await;
    }
}
