//! Databases on servers, for what only the inside of the crate can show of them.

use bailiwick_testkit::servers::{Loan, Server};
use sea_orm::{ConnectionTrait, Statement};

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

/// Connects with one more word in the address, and answers whether the connection is encrypted, or why there is none.
async fn encrypted(url: &str, word: &str, asked: &str) -> Result<bool, String> {
    let url = format!("{url}{}{word}", if url.contains('?') { '&' } else { '?' });
    let options =
        Options { connections: 1, patience: std::time::Duration::from_secs(2), ..Options::default() };
    let store = SeaStore::connect(&url, &options).await.map_err(|error| {
        let error: &dyn std::error::Error = &error;
        std::iter::successors(Some(error), |error| error.source())
            .map(ToString::to_string)
            .collect::<String>()
    })?;
    let db = store.conn();
    let asked = Statement::from_string(db.get_database_backend(), asked);
    let row = db.query_one_raw(asked).await.unwrap();
    let encrypted = row.is_some_and(|row| row.try_get_by_index(0).unwrap());
    store.close().await.unwrap();
    Ok(encrypted)
}

/// What is demanded of a connection it is, or there is none; a certificate that nobody vouches for is not taken where it counts.
async fn keeps_its_word(server: Server, offers: &str, asked: &str, words: [&str; 3]) {
    let (store, loan) = fresh(server).await;
    let (db, [plain, demanded, verified]) = (store.conn(), words);
    let offers = Statement::from_string(db.get_database_backend(), offers);
    let offers: bool = db.query_one_raw(offers).await.unwrap().unwrap().try_get_by_index(0).unwrap();
    store.close().await.unwrap();
    assert_eq!(encrypted(&loan.url, plain, asked).await, Ok(false));
    match encrypted(&loan.url, demanded, asked).await {
        Ok(encrypted) => assert!(offers && encrypted, "it was demanded"),
        Err(error) => assert!(!offers, "{error}"),
    }
    let error = encrypted(&loan.url, verified, asked).await.unwrap_err();
    assert!(!offers || error.contains("certificate"), "{error}");
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn connections_to_postgres_are_as_encrypted_as_is_demanded() {
    let offers = "SELECT current_setting('ssl') = 'on'";
    let asked = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    let words = ["sslmode=disable", "sslmode=require", "sslmode=verify-full"];
    keeps_its_word(Server::Postgres, offers, asked, words).await;
}

#[cfg(feature = "mysql")]
#[tokio::test]
async fn connections_to_mysql_are_as_encrypted_as_is_demanded() {
    let offers = "SELECT @@have_ssl = 'YES'";
    let asked = "SELECT variable_value <> '' FROM information_schema.session_status \
                 WHERE variable_name = 'Ssl_cipher'";
    let words = ["ssl-mode=DISABLED", "ssl-mode=REQUIRED", "ssl-mode=VERIFY_IDENTITY"];
    keeps_its_word(Server::MySql, offers, asked, words).await;
}
