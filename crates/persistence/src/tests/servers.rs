//! Databases on servers, for what only the inside of the crate can show of them.

use bailiwick_testkit::servers::{Loan, Server};

use crate::{Options, SeaStore};

/// An empty database with the schema, behind one connection.
pub async fn fresh(server: Server) -> (SeaStore, Loan) {
    let options = Options { connections: 1, ..Options::default() };
    let migrate = async |url: &str| {
        let store = SeaStore::connect(url, &Options { connections: 1, ..Options::default() }).await.unwrap();
        store.migrate().await.unwrap();
        store.close().await.unwrap();
    };
    let loan = server.fresh(migrate).await;
    (SeaStore::connect(&loan.url, &options).await.unwrap(), loan)
}
