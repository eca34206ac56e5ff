//! A server with somebody who asks it things, and how long each answer took.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::faults::{Answer, Base, Client, Running};

const WORLD: &str = "
organizations:
  - name: acme
    users: [{ username: ann }]
    projects:
      - name: work
        visibility: private
        jobs:
          - name: job
            tasks: [{ name: task }]
grants: [{ user: acme/ann, role: owner, at: acme }]
";

/// How many changes were asked for.
static EDITS: AtomicU64 = AtomicU64::new(0);

/// Who asks, and what there is to ask about.
#[derive(Clone)]
#[allow(dead_code, reason = "SQLite does not go away")]
pub struct Asked {
    pub at: String,
    pub ann: Client,
    pub by_key: Client,
    pub by_cookie: Client,
    pub job: String,
    pub task: String,
}

/// Makes the world. Done once for a database.
pub fn fill(base: &Base) {
    base.fill(WORLD, &["acme/ann"], "a good password");
}

impl Asked {
    pub async fn of(server: &Running) -> Self {
        let at = server.at().to_owned();
        let (ann, _) = Client::tokens(&at, "acme/ann", "a good password").await;
        let by_cookie = Client::cookie(&at, "acme/ann", "a good password").await;
        let organization = ann.id(&at, "/organizations?q=acme").await;
        let under = format!("/organizations/{organization}");
        let (_, by_key) = ann.new_key(&at, &under, "key", &crate::faults::built_in("owner")).await;
        let (job, task) = (ann.id(&at, "/jobs?q=job").await, ann.id(&at, "/tasks?q=task").await);
        Self { at, ann, by_key, by_cookie, job, task }
    }

    /// Reads the task.
    pub async fn read(&self) -> Timed {
        self.timed(&self.ann, "GET", &format!("/tasks/{}", self.task), None, &[]).await
    }

    /// Changes the task, each time to something else: what changes nothing writes nothing.
    pub async fn edit(&self) -> Timed {
        let body = json!({ "description": format!("changed {}", EDITS.fetch_add(1, Ordering::Relaxed)) });
        self.timed(&self.ann, "PATCH", &format!("/tasks/{}", self.task), Some(&body), &[]).await
    }

    /// Makes a task of this name, under this idempotency key.
    pub async fn make(&self, name: &str) -> Timed {
        let (path, body) = (format!("/jobs/{}/tasks", self.job), json!({ "name": name }));
        self.timed(&self.ann, "POST", &path, Some(&body), &[("idempotency-key", name)]).await
    }

    /// Every sort of request at once: each credential, reading and writing, signing in.
    #[allow(dead_code, reason = "SQLite does not go away")]
    pub async fn every_sort(&self) -> Vec<Timed> {
        let task = format!("/tasks/{}", self.task);
        let (edit, login) = (
            json!({ "description": "changed" }),
            json!({ "username": "acme/ann", "password": "a good password" }),
        );
        let (key, cookie) = (&self.by_key, &self.by_cookie);
        let (a, b, c, d, e, f, g, h) = tokio::join!(
            self.read(),
            self.edit(),
            self.timed(key, "GET", &task, None, &[]),
            self.timed(cookie, "GET", "/tasks", None, &[]),
            self.timed(key, "PATCH", &task, Some(&edit), &[]),
            self.timed(cookie, "DELETE", &task, None, &[("if-match", "\"9999\"")]),
            self.timed(&self.ann, "POST", "/auth/tokens", Some(&login), &[]),
            self.timed(key, "GET", "/audit-events", None, &[]),
        );
        vec![a, b, c, d, e, f, g, h]
    }

    async fn timed(
        &self,
        who: &Client,
        method: &str,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> Timed {
        let begun = Instant::now();
        let answer = who.try_send(&self.at, method, path, body, headers).await;
        let answer = answer.unwrap_or_else(|| panic!("no answer to {method} {path}"));
        Timed { asked: format!("{method} {path}"), answer, took: begun.elapsed() }
    }
}

/// An answer, and how long it took.
#[derive(Debug)]
pub struct Timed {
    asked: String,
    pub answer: Answer,
    pub took: Duration,
}

impl Timed {
    /// The answer, if it has this status and came in time.
    #[track_caller]
    pub fn is(self, status: u16, within: f64) -> Self {
        assert_eq!(self.answer.status, status, "{}: {:#}", self.asked, self.answer.body);
        assert!(self.took.as_secs_f64() <= within, "{} took {:?}", self.asked, self.took);
        self
    }

    /// A 503 that is complete, of one of these sorts, and came in time.
    #[track_caller]
    pub fn fails(self, sorts: &[&str], within: f64) {
        let told = self.is(503, within);
        assert_eq!(told.answer.retry_after.as_deref(), Some("1"), "{}", told.asked);
        let sort = told.answer.body["type"].as_str().unwrap_or_default();
        let sort = sort.strip_prefix("urn:bailiwick:problem:").unwrap_or_default();
        assert!(sorts.contains(&sort), "{}: {:#}", told.asked, told.answer.body);
        assert_eq!(told.answer.body["status"], 503);
        assert!(told.answer.body["instance"].is_string() && told.answer.body["detail"].is_string());
    }
}
