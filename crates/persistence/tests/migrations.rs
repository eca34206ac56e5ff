//! The schema goes up, down and up again on each database, is what `docs/schema.md` says, and never changes under a
//! database of a newer version.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests")]

use bailiwick_domain::ports::{Lookup, Store};
use bailiwick_persistence::{MigrateError, Options, SeaStore, Status};
use bailiwick_testkit::databases::{Rows, Schema, connect, dump, schema, told};
use bailiwick_testkit::fixture::{Sample, World};
use sea_orm::ConnectionTrait;

/// Stamps the tests on a database: a future that yields the URL of an empty one, and what it lives in.
macro_rules! migrations {
    ($module:ident, $bare:expr, $($test:ident)*) => {
        mod $module {
            $(
                #[tokio::test]
                async fn $test() {
                    let (url, _place) = $bare.await;
                    super::$test(&url).await;
                }
            )*
        }
    };
}

macro_rules! on_each_database {
    ($($test:ident)*) => {
        #[cfg(feature = "sqlite")]
        migrations!(sqlite, async {
            let place = tempfile::tempdir().unwrap();
            (format!("sqlite://{}?mode=rwc", place.path().join("data.db").display()), place)
        }, $($test)*);
        #[cfg(feature = "postgres")]
        migrations!(postgres, async {
            let loan = bailiwick_testkit::servers::Server::Postgres.bare().await;
            (loan.url.clone(), loan)
        }, $($test)*);
        #[cfg(feature = "mysql")]
        migrations!(mysql, async {
            let loan = bailiwick_testkit::servers::Server::MySql.bare().await;
            (loan.url.clone(), loan)
        }, $($test)*);
    };
}

on_each_database! {
    up_from_nothing_is_up_step_by_step_is_what_the_document_says
    up_down_and_up_again
    what_can_be_kept_is_kept
    servers_that_start_at_once_take_turns
    a_database_of_a_newer_version_is_left_alone
    what_is_stored_is_there_after_a_restart
}

async fn open(url: &str) -> SeaStore {
    SeaStore::connect(url, &Options { connections: 3, ..Options::default() }).await.unwrap()
}

/// The schema, without the table by which migrations are counted.
async fn of(url: &str) -> Schema {
    let db = connect(url).await;
    let mut schema = schema(&db).await;
    db.close().await.unwrap();
    schema.remove("seaql_migrations");
    schema
}

async fn all_rows(url: &str) -> Rows {
    let db = connect(url).await;
    let mut rows = dump(&db).await;
    db.close().await.unwrap();
    rows.remove("seaql_migrations");
    rows
}

async fn up_from_nothing_is_up_step_by_step_is_what_the_document_says(url: &str) {
    let store = open(url).await;
    store.migrate().await.unwrap();
    let at_once = of(url).await;
    let mut document = told(include_str!("../../../docs/schema.md"));
    document.remove("seaql_migrations");
    assert_eq!(at_once.keys().collect::<Vec<_>>(), document.keys().collect::<Vec<_>>());
    for (name, table) in &at_once {
        assert_eq!(table, &document[name], "{name}");
    }
    let all = store.status().await.unwrap().applied;
    store.migrate_down(u32::try_from(all.len()).unwrap()).await.unwrap();
    for step in 1..=all.len() {
        store.migrate_up(1).await.unwrap();
        assert_eq!(store.status().await.unwrap().applied, all[..step]);
    }
    assert_eq!(of(url).await, at_once);
}

async fn up_down_and_up_again(url: &str) {
    let store = open(url).await;
    let before = store.status().await.unwrap();
    assert!(before.applied.is_empty() && !before.is_ready());
    assert!(of(url).await.is_empty(), "asking for the status changes nothing");

    store.migrate().await.unwrap();
    let status = store.status().await.unwrap();
    assert_eq!(status, Status { applied: before.pending.clone(), ..Status::default() });
    assert!(status.is_ready());
    let made = of(url).await;

    store.migrate().await.unwrap();
    assert_eq!(of(url).await, made, "there is nothing left to do");

    store.migrate_down(u32::try_from(before.pending.len()).unwrap()).await.unwrap();
    assert!(of(url).await.is_empty());
    assert_eq!(store.status().await.unwrap(), before);

    store.migrate().await.unwrap();
    assert_eq!(of(url).await, made);
}

/// Only what a migration made goes with it: other tables keep their rows, and their other columns.
async fn what_can_be_kept_is_kept(url: &str) {
    open(url).await.migrate().await.unwrap();
    let world = World::new(open(url).await, ());
    Sample::on(&world).await;
    drop(world);
    let store = open(url).await;
    let all = store.status().await.unwrap().applied;
    assert!(
        all_rows(url).await.values().filter(|rows| !rows.is_empty()).count() > 8,
        "there is much to lose"
    );
    for (left, last) in all.iter().enumerate().rev() {
        let (made, before) = (of(url).await, all_rows(url).await);
        store.migrate_down(1).await.unwrap();
        assert_eq!(store.status().await.unwrap().applied, all[..left]);
        let below = of(url).await;
        assert_kept(&below, &before, &all_rows(url).await);
        store.migrate_up(1).await.unwrap();
        assert_eq!(of(url).await, made, "{last} down and up");
        assert_kept(&below, &before, &all_rows(url).await);
        store.migrate_down(1).await.unwrap();
    }
    assert!(of(url).await.is_empty());
}

/// What these tables and columns held they hold.
fn assert_kept(kept: &Schema, before: &Rows, after: &Rows) {
    for (name, table) in kept {
        let of = |rows: &Rows| {
            let mut narrow = Vec::new();
            for row in &rows[name] {
                let mut row = row.clone();
                row.retain(|column, _| table.columns.contains_key(column));
                narrow.push(row);
            }
            narrow.sort();
            narrow
        };
        assert_eq!(of(after), of(before), "{name}");
    }
}

async fn servers_that_start_at_once_take_turns(url: &str) {
    let start = async || {
        let store = open(url).await;
        store.migrate().await.unwrap();
        assert!(store.status().await.unwrap().is_ready());
        assert!(store.is_empty().await.unwrap());
    };
    tokio::join!(start(), start(), start(), start());
    open(url).await.migrate().await.unwrap();
    assert!(of(url).await.contains_key("tasks"));
}

async fn a_database_of_a_newer_version_is_left_alone(url: &str) {
    let store = open(url).await;
    store.migrate().await.unwrap();
    let made = of(url).await;
    let db = connect(url).await;
    let newer = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_flying_cars', 0)";
    db.execute_unprepared(newer).await.unwrap();
    let status = store.status().await.unwrap();
    assert_eq!(status.unknown, ["m9999_flying_cars"]);
    assert!(!status.is_ready());
    for refused in [store.migrate().await, store.migrate_up(1).await, store.migrate_down(1).await] {
        let error = refused.unwrap_err();
        assert!(matches!(&error, MigrateError::Newer(unknown) if unknown == &status.unknown));
        assert!(error.to_string().contains("newer version of the server (m9999_flying_cars)"), "{error}");
    }
    assert_eq!(of(url).await, made);
}

async fn what_is_stored_is_there_after_a_restart(url: &str) {
    let store = open(url).await;
    store.migrate().await.unwrap();
    let unit = store.begin().await.unwrap();
    unit.set_setting("name", Some(&"value".into())).await.unwrap();
    unit.commit().await.unwrap();
    store.close().await.unwrap();
    let store = open(url).await;
    store.migrate().await.unwrap();
    assert_eq!(store.setting("name").await.unwrap(), Some("value".into()));
}
