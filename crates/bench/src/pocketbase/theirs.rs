//! PocketBase with the same world: the same tasks in the same projects, the same fifty for who asks.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use sea_orm::{ConnectionTrait, Database};
use serde_json::{Value, json};
use tokio::runtime;

use crate::load::{ask, json_of, request, word};
use crate::world::{ORGANIZATIONS, PROJECTS, Person, TASK_PLACE};

const EMAIL: &str = "somebody@example.org";
const PASSWORD: &str = "a password that nobody guesses";

/// Who is a member of a task's project may view it. Of the ways to say so that its documentation shows, the faster one.
const RULE: &str = "@request.auth.id != '' && project.members_via_project.user ?= @request.auth.id";

/// A server that runs until it is dropped.
pub struct PocketBase {
    process: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

impl PocketBase {
    /// Starts it over a new directory with so many tasks.
    ///
    /// # Errors
    /// It does not start, or takes something amiss.
    pub fn filled(binary: &Path, directory: &Path, tasks: u64) -> anyhow::Result<Self> {
        let directory = directory.join("pb_data");
        let made = Command::new(binary)
            .args(["superuser", "upsert", EMAIL, PASSWORD, "--dir"])
            .arg(&directory)
            .output()?;
        ensure!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let server = Self::start(binary, &directory)?;
        let member = server.collections()?;
        drop(server);
        fill(&directory.join("data.db"), &member, tasks)?;
        Self::start(binary, &directory)
    }

    fn start(binary: &Path, directory: &Path) -> anyhow::Result<Self> {
        // A port that was free a moment ago.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let process = Command::new(binary)
            .args(["serve", "--http", &address.to_string(), "--dir"])
            .arg(directory)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let server = Self { process, address };
        let begun = Instant::now();
        while ask(address, &request("GET", "/api/health", &[], "")).is_err() {
            ensure!(begun.elapsed() < Duration::from_secs(20), "PocketBase does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(server)
    }

    /// Makes the collections and who asks; answers the id of the latter.
    fn collections(&self) -> anyhow::Result<String> {
        let token = self.sign_in("_superusers")?;
        let call = |method, path: &str, body: &str| -> anyhow::Result<Value> {
            json_of(&ask(self.address, &request(method, path, &[("Authorization", &token)], body))?)
        };
        let users = word(&call("GET", "/api/collections/users", "")?, "/id")?;
        let make = |name: &str, fields: Vec<Value>, indexes: Vec<&str>, rule: Option<&str>| {
            let body = json!({
                "name": name, "type": "base", "fields": fields, "indexes": indexes, "listRule": rule, "viewRule": rule
            });
            call("POST", "/api/collections", &body.to_string()).and_then(|made| word(&made, "/id"))
        };
        let organizations = make("organizations", vec![text("name")], vec![], None)?;
        let fields = vec![text("name"), relation("organization", &organizations)];
        let projects = make("projects", fields, vec![], None)?;
        let jobs = make("jobs", vec![text("name"), relation("project", &projects)], vec![], None)?;
        let fields = vec![relation("user", &users), relation("project", &projects)];
        let indexes = vec!["CREATE UNIQUE INDEX ix_members ON members (project, user)"];
        make("members", fields, indexes, None)?;
        let mut fields = vec![text("name"), text("description"), text("status")];
        let relations =
            [("organization", &organizations), ("project", &projects), ("job", &jobs), ("assignee", &users)];
        fields.extend(relations.map(|(name, to)| relation(name, to)));
        fields.push(relation("maker", &users));
        let indexes = vec!["CREATE INDEX ix_tasks_project ON tasks (project, id)"];
        make("tasks", fields, indexes, Some(RULE))?;
        let user = json!({ "email": EMAIL, "password": PASSWORD, "passwordConfirm": PASSWORD });
        word(&call("POST", "/api/collections/users/records", &user.to_string())?, "/id")
    }

    /// Signs in; answers the token.
    ///
    /// # Errors
    /// Nobody of that name is there.
    pub fn sign_in(&self, collection: &str) -> anyhow::Result<String> {
        let body = json!({ "identity": EMAIL, "password": PASSWORD }).to_string();
        let path = format!("/api/collections/{collection}/auth-with-password");
        word(&json_of(&ask(self.address, &request("POST", &path, &[], &body))?)?, "/token")
    }
}

impl Drop for PocketBase {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn text(name: &str) -> Value {
    json!({ "name": name, "type": "text" })
}

fn relation(name: &str, to: &str) -> Value {
    json!({ "name": name, "type": "relation", "collectionId": to, "maxSelect": 1 })
}

/// The id of the nth: fifteen characters, in the order of the numbers.
pub fn id(kind: char, n: u64) -> String {
    format!("{kind}{n:014}")
}

/// Writes the world into its file.
fn fill(file: &Path, member: &str, tasks: u64) -> anyhow::Result<()> {
    let numbers = |to: u64| {
        format!(
            "WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < {})",
            to - 1
        )
    };
    let id = |kind: char, n: &str| format!("printf('{kind}%014d', {n})");
    let mut statements = vec![
        format!(
            "INSERT INTO organizations (id, name) {} SELECT {}, 'o' || n FROM numbers",
            numbers(ORGANIZATIONS),
            id('o', "n")
        ),
        format!(
            "INSERT INTO projects (id, name, organization) {} SELECT {}, 'p' || n, {} FROM numbers",
            numbers(PROJECTS),
            id('p', "n"),
            id('o', &format!("n % {ORGANIZATIONS}"))
        ),
        format!(
            "INSERT INTO jobs (id, name, project) {} SELECT {}, 'j' || n, {} FROM numbers",
            numbers(2 * PROJECTS),
            id('j', "n"),
            id('p', &format!("n % {PROJECTS}"))
        ),
        format!(
            "INSERT INTO tasks (id, name, description, status, organization, project, job) {}, \
             placed AS (SELECT n, {TASK_PLACE} FROM numbers) \
             SELECT {}, 't' || n, 'What there is to do, in a few words.', 'available', {}, {}, {} FROM placed",
            numbers(tasks),
            id('t', "n"),
            id('o', "o"),
            id('p', "p"),
            id('j', "j")
        ),
    ];
    for project in Person::fifty() {
        let project = self::id('p', project);
        statements.push(format!("INSERT INTO members (user, project) VALUES ('{member}', '{project}')"));
    }
    runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let file = file.to_str().context("a directory that is no text")?;
        let db = Database::connect(format!("sqlite://{file}")).await?;
        for statement in statements {
            db.execute_unprepared(&statement).await?;
        }
        Ok(db.close().await?)
    })
}
