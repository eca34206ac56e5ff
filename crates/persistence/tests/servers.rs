//! The storage ports, held to their suite on database servers: on each whose feature is on. The environment names
//! them: `POSTGRES_URL`, `MYSQL_URL`, each with `{}` where the name of a database goes.

#![cfg(any(feature = "postgres", feature = "mysql"))]
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use bailiwick_persistence::{Options, SeaStore};
use bailiwick_testkit::servers::{Loan, Server};

async fn connect(url: &str) -> SeaStore {
    SeaStore::connect(url, &Options { connections: 4, ..Options::default() }).await.unwrap()
}

/// A database with the schema and nothing in it.
async fn fresh(server: Server) -> (SeaStore, Loan) {
    let migrate = async |url: &str| {
        let store = connect(url).await;
        store.migrate().await.unwrap();
        store.close().await.unwrap();
    };
    let loan = server.fresh(migrate).await;
    (connect(&loan.url).await, loan)
}

#[cfg(feature = "postgres")]
bailiwick_testkit::conformance!(postgres, fresh(Server::Postgres));

#[cfg(feature = "mysql")]
bailiwick_testkit::conformance!(mysql, fresh(Server::MySql));
