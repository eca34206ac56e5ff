//! A database with a world in it, and servers on it.

use bailiwick_testkit::servers::{Loan, Server as DatabaseServer};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, QueryResult, Statement,
};
use tempfile::TempDir;

use super::client::set_password;
use crate::support::{Server, printed};

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file.
    Sqlite,
    /// A server that `POSTGRES_URL` names.
    Postgres,
    /// A server that `MYSQL_URL` names.
    MySql,
}

/// A database of one test.
pub struct Base {
    pub kind: Kind,
    pub url: String,
    place: TempDir,
    _loan: Option<Loan>,
}

/// Settings of every server in these tests: passwords that cost nothing, tokens that outlive the test, a quiet log.
const SETTINGS: &str = r#"
[passwords]
memory_kib = 8
passes = 1
[sessions]
access_minutes = 600
[log]
filter = "warn"
"#;

impl Base {
    /// A database with the schema.
    pub async fn new(kind: Kind) -> Self {
        let place = tempfile::tempdir().unwrap();
        let (url, loan) = match kind {
            Kind::Sqlite => (format!("sqlite://{}?mode=rwc", place.path().join("data.db").display()), None),
            Kind::Postgres => with_loan(DatabaseServer::Postgres.bare().await),
            Kind::MySql => with_loan(DatabaseServer::MySql.bare().await),
        };
        Self::at(kind, url, place, loan)
    }

    /// A database at an address.
    pub fn over(kind: Kind, url: String) -> Self {
        Self::at(kind, url, tempfile::tempdir().unwrap(), None)
    }

    fn at(kind: Kind, url: String, place: TempDir, loan: Option<Loan>) -> Self {
        let base = Self { kind, url, place, _loan: loan };
        base.configure(&base.place, &base.url, "", "");
        printed(&base.place, &["migrate"]);
        base
    }

    fn configure(&self, place: &TempDir, url: &str, top: &str, sections: &str) {
        let text = format!("database = \"{url}\"\n{top}\n{SETTINGS}\n{sections}\n");
        std::fs::write(place.path().join("bailiwick.toml"), text).unwrap();
    }

    /// Makes a world, and gives these users passwords.
    pub fn fill(&self, world: &str, users: &[&str], password: &str) {
        std::fs::write(self.place.path().join("world.yaml"), world).unwrap();
        printed(&self.place, &["apply", "world.yaml"]);
        for user in users {
            set_password(&self.place, user, password);
        }
    }

    /// Applies a world file, as the operator: a process beside the servers.
    pub fn apply(&self, world: &str) {
        std::fs::write(self.place.path().join("world.yaml"), world).unwrap();
        printed(&self.place, &["apply", "world.yaml"]);
    }

    /// A server on it.
    pub fn serve(&self) -> Running {
        self.serve_through(&self.url, "", "")
    }

    /// A server on it that reaches it at another address, with more settings: some at the top, some in sections.
    pub fn serve_through(&self, url: &str, top: &str, sections: &str) -> Running {
        let place = tempfile::tempdir().unwrap();
        self.configure(&place, url, top, sections);
        Running { server: Server::start(&place, &[]), place }
    }

    /// A connection beside the servers.
    pub async fn look(&self) -> Look {
        let mut options = ConnectOptions::new(&*self.url);
        options.max_connections(1).sqlx_logging(false);
        Look(Database::connect(options).await.unwrap())
    }
}

fn with_loan(loan: Loan) -> (String, Option<Loan>) {
    (loan.url.clone(), Some(loan))
}

/// A running server in a directory of its own, killed when it is dropped.
pub struct Running {
    pub server: Server,
    pub place: TempDir,
}

impl Running {
    pub fn at(&self) -> &str {
        &self.server.address
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.place.path().join("log")).unwrap()
    }
}

/// A connection of the test's own.
pub struct Look(pub DatabaseConnection);

impl Look {
    pub fn backend(&self) -> DbBackend {
        self.0.get_database_backend()
    }

    pub async fn run(&self, statement: &str) {
        let done = self.0.execute_unprepared(statement).await;
        done.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }

    pub async fn rows(&self, query: &str) -> Vec<QueryResult> {
        let rows = self.0.query_all_raw(Statement::from_string(self.backend(), query)).await;
        rows.unwrap_or_else(|error| panic!("{query}: {error}"))
    }

    /// The one number that a query finds.
    pub async fn count(&self, query: &str) -> i64 {
        self.rows(query).await[0].try_get_by_index(0).unwrap()
    }
}
