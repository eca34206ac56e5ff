//! Databases on servers, for tests: each test has one of its own, with the schema and nothing else in it.
//!
//! The environment names the servers: `POSTGRES_URL`, `MYSQL_URL`, each with `{}` where the name of a database goes.
//! A database is made and migrated once, and lent to one test after another, emptied in between: that costs a few
//! milliseconds, where making one costs a hundred. Databases stay behind; the server is thrown away.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a database that can't be had fails its test")]

use std::env;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};

use crate::databases::{connect, rows};

/// A kind of database server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Server {
    /// Postgres.
    Postgres,
    /// MySQL or MariaDB.
    MySql,
}

/// A database that is this test's alone, until it is dropped.
#[derive(Debug)]
pub struct Loan {
    /// Where it is.
    pub url: String,
    server: Server,
    name: String,
    /// Whether others may have it after this test.
    reused: bool,
}

/// How many databases this process has made.
static MADE: AtomicUsize = AtomicUsize::new(0);
/// Migrated databases that no test uses.
static FREE: Mutex<Vec<(Server, String)>> = Mutex::new(Vec::new());

impl Server {
    /// The variable that names it.
    pub const fn variable(self) -> &'static str {
        match self {
            Self::Postgres => "POSTGRES_URL",
            Self::MySql => "MYSQL_URL",
        }
    }

    /// Where a database of this name is.
    pub fn url(self, database: &str) -> String {
        let variable = self.variable();
        let url = env::var(variable).unwrap_or_else(|_| panic!("{variable} names no server to test on"));
        url.replace("{}", database)
    }

    /// The same for a test that does not ask what a power failure would leave: commits do not wait for the disk.
    fn hasty(self, database: &str) -> String {
        let url = self.url(database);
        match self {
            Self::Postgres if url.contains('?') => format!("{url}&options[synchronous_commit]=off"),
            Self::Postgres => format!("{url}?options[synchronous_commit]=off"),
            Self::MySql => url,
        }
    }

    /// A new database with nothing in it, not even a schema.
    pub async fn bare(self) -> Loan {
        let name = format!("test_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let maintenance = match self {
            Self::Postgres => "postgres",
            Self::MySql => "mysql",
        };
        let server = connect(&self.url(maintenance)).await;
        run(&server, &format!("DROP DATABASE IF EXISTS {name}")).await;
        run(&server, &format!("CREATE DATABASE {name}")).await;
        server.close().await.unwrap();
        Loan { url: self.url(&name), server: self, name, reused: false }
    }

    /// A database with the schema that `migrate` makes at a URL, and nothing in it.
    pub async fn fresh(self, migrate: impl AsyncFnOnce(&str)) -> Loan {
        let free = {
            let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
            let at = free.iter().position(|(server, _)| *server == self);
            at.map(|at| free.swap_remove(at).1)
        };
        if let Some(name) = free {
            let loan = Loan { url: self.hasty(&name), server: self, name, reused: true };
            self.empty(&loan.url).await;
            return loan;
        }
        let mut loan = self.bare().await;
        loan.url = self.hasty(&loan.name);
        migrate(&loan.url).await;
        self.keep_seeds(&loan.url).await;
        loan.reused = true;
        loan
    }

    /// Every table, what refers to others before what it refers to.
    async fn tables(self, db: &DatabaseConnection) -> Vec<String> {
        // On Postgres a table is younger than those that it refers to.
        let all = match self {
            Self::Postgres => {
                "SELECT relname::text FROM pg_class WHERE relkind = 'r' \
                 AND relnamespace = 'public'::regnamespace ORDER BY oid DESC"
            }
            Self::MySql => {
                "SELECT CAST(table_name AS CHAR) FROM information_schema.tables \
                 WHERE table_schema = DATABASE() ORDER BY table_name"
            }
        };
        let rows = rows(db, all).await;
        let tables: Vec<String> = rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
        tables.into_iter().filter(|table| table != "seaql_migrations").collect()
    }

    /// Copies what the migrations themselves put into tables.
    async fn keep_seeds(self, url: &str) {
        let db = connect(url).await;
        for table in self.tables(&db).await {
            run(&db, &format!("CREATE TABLE seed_{table} AS SELECT * FROM {table}")).await;
            let count = format!("SELECT COUNT(*) FROM seed_{table}");
            let count = Statement::from_string(db.get_database_backend(), count);
            let count: i64 = db.query_one_raw(count).await.unwrap().unwrap().try_get_by_index(0).unwrap();
            if count == 0 {
                run(&db, &format!("DROP TABLE seed_{table}")).await;
            }
        }
        db.close().await.unwrap();
    }

    /// Makes a database what it was after its migrations.
    async fn empty(self, url: &str) {
        let db = connect(url).await;
        self.end_others(&db).await;
        let (seeds, tables): (Vec<_>, Vec<_>) =
            self.tables(&db).await.into_iter().partition(|table| table.starts_with("seed_"));
        let mut all = match self {
            Self::Postgres => "BEGIN;".to_owned(),
            Self::MySql => "SET FOREIGN_KEY_CHECKS = 0; START TRANSACTION;".to_owned(),
        };
        for table in tables {
            all.push_str(&format!("DELETE FROM {table};"));
        }
        for seed in seeds {
            all.push_str(&format!("INSERT INTO {} SELECT * FROM {seed};", seed.replacen("seed_", "", 1)));
        }
        run(&db, &format!("{all}COMMIT")).await;
        db.close().await.unwrap();
    }

    /// Ends what the test before may have left open.
    async fn end_others(self, db: &DatabaseConnection) {
        let others = match self {
            Self::Postgres => {
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity \
                 WHERE datname = current_database() AND pid <> pg_backend_pid()"
            }
            Self::MySql => {
                "SELECT CAST(id AS CHAR) FROM information_schema.processlist \
                 WHERE db = DATABASE() AND id <> CONNECTION_ID()"
            }
        };
        let rows = rows(db, others).await;
        if self == Self::MySql {
            for row in rows {
                let id: String = row.try_get_by_index(0).unwrap();
                // It may have ended since.
                let _ended = db.execute_unprepared(&format!("KILL {id}")).await;
            }
        }
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        if self.reused {
            let name = std::mem::take(&mut self.name);
            FREE.lock().unwrap_or_else(PoisonError::into_inner).push((self.server, name));
        }
    }
}

async fn run(db: &DatabaseConnection, statement: &str) {
    db.execute_unprepared(statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
}
