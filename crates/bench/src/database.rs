//! Databases for one run.

use anyhow::ensure;
use sea_orm::{ConnectionTrait, Database as Connect};
use tempfile::TempDir;
use tokio::runtime;

/// The kinds of databases, each with the variable that names its server; SQLite needs none.
const SERVERS: [(&str, &str, &str); 2] =
    [("Postgres", "POSTGRES_URL", "postgres"), ("MariaDB", "MYSQL_URL", "mysql")];

/// What the kinds of databases are called.
pub const NAMES: [&str; 3] = ["SQLite", "Postgres", "MariaDB"];

/// An empty database that goes when it is dropped.
pub struct Database {
    url: String,
    /// The directory of a file.
    directory: Option<TempDir>,
    /// What drops a database on a server: the address to connect to, and the statement.
    drop: Option<(String, String)>,
}

impl Database {
    /// A fresh one of a kind; `None` where the environment names no such server.
    ///
    /// # Errors
    /// The server can't be reached.
    pub fn fresh(kind: &str, purpose: &str) -> anyhow::Result<Option<Self>> {
        let Some((_, variable, home)) = SERVERS.iter().find(|(name, ..)| *name == kind) else {
            return Self::file().map(Some);
        };
        let Ok(server) = std::env::var(variable) else {
            eprintln!("{variable} names no {kind}: its rows are left out");
            return Ok(None);
        };
        ensure!(server.contains("{}"), "{variable} has {{}} where the name of a database goes");
        let name = format!("bailiwick_bench_{purpose}");
        // Connections that nobody uses any more are no reason to keep it.
        let force = if *home == "postgres" { " WITH (FORCE)" } else { "" };
        let (home, drop) = (server.replace("{}", home), format!("DROP DATABASE IF EXISTS {name}{force}"));
        execute(&home, &[&drop, &format!("CREATE DATABASE {name}")])?;
        Ok(Some(Self { url: server.replace("{}", &name), directory: None, drop: Some((home, drop)) }))
    }

    /// A file of SQLite.
    ///
    /// # Errors
    /// There is no room for it.
    pub fn file() -> anyhow::Result<Self> {
        let directory = tempfile::tempdir()?;
        let url = format!("sqlite://{}?mode=rwc", directory.path().join("bench.db").display());
        Ok(Self { url, directory: Some(directory), drop: None })
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where a file of SQLite lies, and where others may lie beside it.
    pub fn directory(&self) -> Option<&std::path::Path> {
        self.directory.as_ref().map(TempDir::path)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some((home, drop)) = &self.drop
            && let Err(error) = execute(home, &[drop])
        {
            // The next run begins by dropping it.
            eprintln!("a database stays behind: {error:#}");
        }
    }
}

fn execute(url: &str, statements: &[&str]) -> anyhow::Result<()> {
    runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let connection = Connect::connect(url).await?;
        for statement in statements {
            connection.execute_unprepared(statement).await?;
        }
        Ok(connection.close().await?)
    })
}
