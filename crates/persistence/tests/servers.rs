//! The storage ports, held to their suite on database servers: on each whose feature is on, and whose URL the
//! environment names: `POSTGRES_URL`, `MYSQL_URL`, each with `{}` where the name of a database goes.

#![cfg(any(feature = "postgres", feature = "mysql"))]
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::env;
use std::sync::atomic::{AtomicUsize, Ordering};

use bailiwick_persistence::{Options, SeaStore};
use sea_orm::{ConnectionTrait, Database};

/// How many databases this process has made.
static MADE: AtomicUsize = AtomicUsize::new(0);

/// A new database on a server, with the schema and nothing in it. It stays behind; the server is thrown away.
async fn fresh(variable: &str, maintenance: &str) -> (SeaStore, ()) {
    let url = env::var(variable).unwrap_or_else(|_| panic!("{variable} names no server to test on"));
    let name = format!("test_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
    let server = Database::connect(url.replace("{}", maintenance)).await.unwrap();
    server.execute_unprepared(&format!("DROP DATABASE IF EXISTS {name}")).await.unwrap();
    server.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
    server.close().await.unwrap();
    let options = Options { connections: 4, ..Options::default() };
    let store = SeaStore::connect(&url.replace("{}", &name), &options).await.unwrap();
    store.migrate().await.unwrap();
    (store, ())
}

#[cfg(feature = "postgres")]
bailiwick_testkit::conformance!(postgres, fresh("POSTGRES_URL", "postgres"));

#[cfg(feature = "mysql")]
bailiwick_testkit::conformance!(mysql, fresh("MYSQL_URL", "mysql"));
