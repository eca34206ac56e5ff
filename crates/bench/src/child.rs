//! The binary `bailiwick`, built for release, as a process of its own over a filled SQLite file.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child as Process, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use bailiwick_app::{Cx, accounts};
use bailiwick_domain::ports::Secret;
use bailiwick_persistence::{Options, SeaStore};
use bailiwick_server::settings::{Flags, Settings};
use bailiwick_server::wire;
use serde_json::{Value, json};
use tokio::runtime;

use crate::database::Database;
use crate::load::{ask, json_of, request, word};
use crate::world::{Person, fill};

/// The password of everybody.
const PASSWORD: &str = "a password that nobody guesses";

/// Makes the schema of an empty database, and so many tasks; everybody who is measured can sign in.
///
/// # Errors
/// The database can't be reached.
pub async fn fill_all(database: &Database, tasks: u64) -> anyhow::Result<()> {
    // Filling takes longer than a statement of a request may.
    let store = SeaStore::connect(database.url(), &Options { statement: None, ..Options::default() }).await?;
    store.migrate().await?;
    let (app, _) = wire::app(&Settings::read(&Flags::default())?, Arc::new(store.clone())).await?;
    fill(store.writer(), tasks).await?;
    let cx = Cx::operator(app, "bench");
    for person in Person::ALL {
        let set = accounts::set_password(&cx, "o0", &person.username(), &Secret::new(PASSWORD)).await?;
        ensure!(set, "{} is not there", person.username());
    }
    Ok(store.close().await?)
}

/// A file of SQLite with so many tasks, in which everybody who is measured can sign in.
///
/// # Errors
/// There is no room for it.
pub fn filled(tasks: u64) -> anyhow::Result<Database> {
    let database = Database::file()?;
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(fill_all(&database, tasks))?;
    Ok(database)
}

/// A server that runs until it is dropped.
pub struct Child {
    process: Process,
    /// Where it listens.
    pub address: SocketAddr,
    /// How long it took from its start until it said that it was ready.
    pub ready: Duration,
}

impl Child {
    /// Starts the binary that was built beside this one, with default settings but for those that `BAILIWICK_` variables
    /// name.
    ///
    /// # Errors
    /// It was not built, or does not start.
    pub fn start(database: &Database) -> anyhow::Result<Self> {
        let binary = std::env::current_exe()?.with_file_name("bailiwick");
        let directory = database.directory().context("the database is no file")?;
        let begun = Instant::now();
        let mut process = Command::new(&binary)
            .args(["serve", "--listen", "127.0.0.1:0", "--database", database.url()])
            .current_dir(directory)
            .env_clear()
            .envs(std::env::vars().filter(|(name, _)| name.starts_with("BAILIWICK_")))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| {
                format!("{} can't be started; `cargo xtask bench` builds it", binary.display())
            })?;
        let mut line = String::new();
        BufReader::new(process.stdout.take().context("no output")?).read_line(&mut line)?;
        let address = line.split("http://").nth(1).and_then(|rest| rest.split_whitespace().next());
        let address = address.context("it does not say where it listens")?.parse()?;
        let mut child = Self { process, address, ready: Duration::ZERO };
        json_of(&ask(child.address, &request("GET", "/health/ready", &[], ""))?)?;
        child.ready = begun.elapsed();
        Ok(child)
    }

    /// Signs somebody in; answers the header that proves who asks.
    ///
    /// # Errors
    /// They can't.
    pub fn bearer(&self, person: Person) -> anyhow::Result<String> {
        let tokens = json_of(&ask(self.address, &login(person))?)?;
        Ok(format!("Bearer {}", word(&tokens, "/access_token")?))
    }

    /// The first tasks that somebody sees, as they are listed.
    ///
    /// # Errors
    /// They are not so many.
    pub fn tasks(&self, bearer: &str, limit: usize) -> anyhow::Result<Vec<Value>> {
        let path = format!("/api/v1/tasks?limit={limit}");
        let page = ask(self.address, &request("GET", &path, &[("Authorization", bearer)], ""))?;
        let items = json_of(&page)?.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
        ensure!(items.len() == limit, "{} tasks", items.len());
        Ok(items)
    }

    /// What the system says of the process's memory, in MiB: `VmRSS` now, `VmHWM` at most so far.
    ///
    /// # Errors
    /// The system says nothing of processes in /proc.
    pub fn memory(&self, name: &str) -> anyhow::Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(name)).context("not told")?;
        let kib: f64 = line.trim_matches([':', ' ', '\t', 'k', 'B']).parse()?;
        Ok(kib / 1_024.0)
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The request by which somebody signs in.
pub fn login(person: Person) -> Vec<u8> {
    let username = format!("o0/{}", person.username());
    let body = json!({ "username": username, "password": PASSWORD }).to_string();
    request("POST", "/api/v1/auth/tokens", &[], &body)
}
