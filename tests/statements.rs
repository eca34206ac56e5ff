//! How many statements requests cost. One test, for it counts what the whole process says to its database.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "test code")]

use std::fmt::Debug;
use std::sync::Mutex;

use bailiwick_tests::{Actor, Stage, Storage};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

/// What the database was told.
static STATEMENTS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Keeps what the driver says of each statement.
struct Listen;

/// The beginning of a statement.
#[derive(Default)]
struct Summary(String);

impl Visit for Summary {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "summary" {
            self.0 = format!("{value:?}");
        }
    }
}

impl<S: Subscriber> Layer<S> for Listen {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "sqlx::query" {
            let mut summary = Summary::default();
            event.record(&mut summary);
            STATEMENTS.lock().unwrap().push(summary.0);
        }
    }
}

/// The statements of a request that succeeded.
async fn took(actor: &Actor, path: &str) -> Vec<String> {
    STATEMENTS.lock().unwrap().clear();
    actor.get(path).await.is(200);
    std::mem::take(&mut STATEMENTS.lock().unwrap())
}

#[tokio::test]
async fn a_read_takes_one_statement() {
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(Listen)).unwrap();
    let stage = Stage::set(Storage::Sqlite).await;
    let id = |kind, name| stage.id(kind, name).to_owned();
    let (project, job) = (id("project", "north/home"), id("job", "north/home/workup"));
    let task = id("task", "north/home/workup/loose");
    let paths = [
        format!("/projects/{project}"),
        format!("/jobs/{job}"),
        format!("/tasks/{task}"),
        "/projects".to_owned(),
        "/jobs?count=true".to_owned(),
        "/tasks?limit=2".to_owned(),
        format!("/projects/{project}/jobs"),
        format!("/jobs/{job}/tasks?count=true"),
        format!("/tasks?job_id={job}&sort=-name&q=o"),
    ];
    // Whose links lead to people whom the caller may edit or delete: what these hold is a statement more, for a page.
    for (name, people) in [("viewer", 0), ("manager", 0), ("key", 0), ("owner", 1), ("root", 2)] {
        let actor = stage.actor(name);
        // The first request reads who asks, and notes that a key was used.
        actor.get(&paths[0]).await.is(200);
        actor.get(&paths[0]).await.is(200);
        for path in &paths {
            let statements = took(actor, path).await;
            let most = if path.contains("/tasks?") { 1 + people } else { 1 };
            assert!((1..=most).contains(&statements.len()), "{name} GET {path}: {statements:#?}");
        }
    }
    // Links to principals and to what they hold ask what rank and escalation ask: a few more, however many there are.
    let root = stage.actor("root");
    for (path, most) in
        [("/users", 4), ("/grants", 6), ("/roles", 7), ("/organizations", 4), ("/api-keys", 5)]
    {
        let few = took(root, &format!("{path}?limit=3")).await.len();
        let many = took(root, &format!("{path}?limit=500")).await.len();
        assert!(few <= most && many <= most, "GET {path}: {few} for 3, {many} for all");
    }
    // Questions: a statement for each kind, however many there are, and one that confirms who asks.
    for pairs in [3, 999] {
        let ids = [("project", &project), ("job", &job), ("task", &task)].into_iter().cycle();
        let question = |(n, (kind, id)): (usize, (&str, &String))| {
            let nothing = format!("00000000-0000-4000-8000-{n:012}");
            let id = if n < 3 { id } else { &nothing };
            serde_json::json!({ "operation": "view", "kind": kind, "id": id })
        };
        let checks: Vec<_> = ids.take(pairs).enumerate().map(question).collect();
        STATEMENTS.lock().unwrap().clear();
        let body = serde_json::json!({ "checks": checks });
        stage.actor("viewer").post("/authz/check", body).await.is(200);
        let statements = std::mem::take(&mut *STATEMENTS.lock().unwrap());
        assert_eq!(statements.len(), 3 + 1, "{pairs} pairs: {statements:#?}");
    }
    // Through a client app: with its key alone, and with a token that it was signed in for.
    let app = root.post("/client-apps", serde_json::json!({ "name": "Autographa" })).await.is(201);
    let alone = stage.site.anon().with("x-app-key", app.body["secret"].as_str().unwrap());
    let token = stage.site.user("north/mate").await;
    token.get("/whoami").await.is(200);
    let signed_in = alone.clone().with_tokens("north/mate", "password of north/mate").await;
    let open = format!("/projects/{}", id("project", "north/open"));
    for actor in [alone, signed_in] {
        actor.get(&open).await.is(200);
        for path in [open.as_str(), "/projects?limit=2"] {
            let statements = took(&actor, path).await;
            assert_eq!(statements.len(), 1, "GET {path}: {statements:#?}");
        }
    }
    // Who is one too many to sign in is told so before anything is written; nothing is limited here, so nothing is
    // read either.
    let _turns = stage.site.take_password_turns().await;
    STATEMENTS.lock().unwrap().clear();
    let login = serde_json::json!({ "username": "north/mate", "password": "password of north/mate" });
    stage.site.anon().post("/auth/tokens", login).await.is(503);
    let statements = std::mem::take(&mut *STATEMENTS.lock().unwrap());
    assert!(statements.is_empty(), "{statements:#?}");
}
