//! What is private is planted everywhere and looked for in every answer, in the log and in the metrics. One test, for it
//! reads what the whole process logs.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "test code")]

use std::fmt::{Debug, Write};
use std::sync::Mutex;

use bailiwick_app::read;
use bailiwick_domain::entities::{Export, File};
use bailiwick_domain::page::Query;
use bailiwick_domain::ports::Secret;
use bailiwick_tests::cases::{About, Case};
use bailiwick_tests::{Stage, Storage};
use reqwest::Method;
use serde_json::json;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber, span};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

/// All that was logged, spans included.
static LOG: Mutex<String> = Mutex::new(String::new());

struct Listen;

struct Written(String);

impl Visit for Written {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        writeln!(self.0, "{}={value:?}", field.name()).unwrap();
    }
}

fn write(record: impl FnOnce(&mut Written)) {
    let mut written = Written(String::new());
    record(&mut written);
    LOG.lock().unwrap().push_str(&written.0);
}

impl<S: Subscriber> Layer<S> for Listen {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        // The driver's own account of statements is off in a server, and holds no values.
        if event.metadata().target() != "sqlx::query" {
            write(|written| event.record(written));
        }
    }

    fn on_new_span(&self, span: &span::Attributes<'_>, _: &span::Id, _: Context<'_, S>) {
        write(|written| span.record(written));
    }
}

/// What nobody may ever read again: passwords, secrets, where bytes lie.
struct Secrets(Vec<String>);

/// What belongs to west, in every column that people fill.
const OF_WEST: &[&str] = &[
    "canary-project",
    "canary-description",
    "canary-job",
    "canary-task",
    "canary-file",
    "canary-dataset",
    "canary-label",
    "canary-comment",
    "canary-attribute",
    "canary-key",
    "canary-user",
    "canary@west.example",
    "canary-role",
];

/// Players who may look into west.
const OF_WEST_THEMSELVES: &[&str] = &["root", "wes", "west-node"];

#[tokio::test]
async fn what_is_private_stays_where_it_is() {
    let registry = tracing_subscriber::registry().with(Listen);
    tracing::subscriber::set_global_default(registry).unwrap();
    let mut stage = Stage::set(Storage::Sqlite).await;
    let secrets = plant(&mut stage).await;
    let mut read = 0;
    for player in &stage.cast {
        for case in Case::all().into_iter().filter(|case| case.method == Method::GET) {
            for id in objects(&stage, &case) {
                let answer = case.send(&player.actor, &case.to(id, &stage), id, &stage).await;
                let text = format!("{:?} {}", answer.headers, answer.body);
                read += 1;
                for secret in &secrets.0 {
                    assert!(!text.contains(secret), "{} as {}: {secret} in {text}", case.deed, player.name);
                }
                if OF_WEST_THEMSELVES.contains(&player.name) {
                    continue;
                }
                for canary in OF_WEST {
                    assert!(!text.contains(canary), "{} as {}: {canary} in {text}", case.deed, player.name);
                }
            }
        }
    }
    assert!(read > 2_000, "only {read} answers");
    // Who may look into west reads all of it, or nothing was planted.
    let wes = stage.actor("wes");
    let mut all = String::new();
    for (_, collection) in bailiwick_tests::KINDS {
        all += &format!("{:?}", wes.all(&format!("/{collection}?limit=500")).await);
    }
    for canary in OF_WEST.iter().filter(|canary| **canary != "canary@west.example") {
        assert!(all.contains(canary), "{canary} was not planted");
    }
    // A link that is as good as a password.
    let file = stage.id("file", "north/home/scan");
    let link =
        stage.actor("root").act(&format!("/files/{file}/downloads")).await.is(201).body["link"].clone();
    let link = link.as_str().unwrap().strip_prefix("/api/v1").unwrap();
    stage.site.anon().get(link).await.is(200);
    let (_, token) = link.rsplit_once('/').unwrap();
    let metrics = stage.site.anon().get("/metrics").await.body.to_string();
    let log = LOG.lock().unwrap();
    assert!(log.contains("show_job") && log.contains("/downloads/"), "nothing was logged");
    assert!(!log.contains(token) && !metrics.contains(token), "a download link in the log or the metrics");
    for private in secrets.0.iter().map(String::as_str).chain(OF_WEST.iter().copied()) {
        assert!(!log.contains(private), "{private} in the log");
        assert!(!metrics.contains(private), "{private} in the metrics");
    }
}

/// Objects that a route may be asked about: of each tenant the first and the last.
fn objects<'s>(stage: &'s Stage, case: &Case) -> Vec<&'s str> {
    let (About::Path(kind) | About::Claim(kind)) = case.about else { return vec![""] };
    let of = |begin: &str| {
        let all: Vec<&str> =
            stage.ids.of_kind(kind).filter(|(path, _)| path.starts_with(begin)).map(|(_, id)| id).collect();
        all.first().copied().into_iter().chain(all.last().copied())
    };
    of("north").chain(of("west")).chain(of("outback")).collect()
}

async fn plant(stage: &mut Stage) -> Secrets {
    let mut secrets = vec!["canary-password-of-wes".to_owned()];
    let mate = "password of north/mate".to_owned();
    stage.site.set_password("north/mate", &mate).await;
    let root = stage.actor("root").clone();
    let west = stage.id("organization", "west").to_owned();
    let under = |what: &str| format!("/organizations/{west}/{what}");
    let user = json!({
        "username": "canary-user", "email": "canary@west.example", "password": "canary-password-of-wes"
    });
    root.post(&under("users"), user).await.is(201);
    let role =
        json!({ "name": "canary-role", "description": "canary-description", "rules": ["job:view:own"] });
    root.post(&under("roles"), role).await.is(201);
    let project = json!({ "name": "canary-project", "description": "canary-description" });
    let project = root.post(&under("projects"), project).await.is(201).id();
    let there = |what: &str| format!("/projects/{project}/{what}");
    let key = root.post(&there("api-keys"), json!({ "name": "canary-key" })).await.is(201);
    secrets.push(key.body["secret"].as_str().unwrap().to_owned());
    let app = root.post("/client-apps", json!({ "name": "Autographa", "registration": true })).await.is(201);
    let key = app.body["secret"].as_str().unwrap().to_owned();
    let through = stage.site.anon().with("x-app-key", &key);
    through.get("/whoami").await.is(200);
    through.with_tokens("north/mate", &mate).await.get("/projects").await.is(200);
    secrets.extend([stage.site.app.auth.hash_secret(&Secret::new(&key)), key]);
    let wrong = "bwp_canary-that-is-no-key".to_owned();
    stage.site.anon().with("x-app-key", &wrong).get("/whoami").await.is(401);
    secrets.push(wrong);
    let job = json!({ "name": "canary-job", "description": "canary-description" });
    let job = root.post(&there("jobs"), job).await.is(201).id();
    let upload = there("files?name=canary-file");
    let file = root.send_raw(Method::POST, &upload, "text/plain", "of no concern").await.is(201).id();
    root.post(&there("datasets"), json!({ "name": "canary-dataset" })).await.is(201);
    let schema = json!({ "type": "object", "properties": { "said": { "type": "string" } } });
    let label = json!({ "name": "canary-label", "shape": "whole", "attributes": schema });
    let label = root.post(&there("labels"), label).await.is(201).id();
    root.tie(&format!("/jobs/{job}/labels/{label}")).await.is(200);
    let task = json!({ "name": "canary-task", "description": "canary-description", "file_id": file });
    let task = root.post(&format!("/jobs/{job}/tasks"), task).await.is(201).id();
    let annotation = json!({
        "label_id": label, "geometry": { "shape": "whole" }, "attributes": { "said": "canary-attribute" }
    });
    root.post(&format!("/tasks/{task}/annotations"), annotation).await.is(201);
    root.post(&format!("/tasks/{task}/comments"), json!({ "text": "canary-comment" })).await.is(201);
    root.post(&format!("/jobs/{job}/exports"), json!({ "format": "jsonl" })).await.is(201);
    bailiwick_app::work::go_on(&stage.site.app).await.unwrap();
    stage.ids = bailiwick_tests::Ids::read(&root).await;

    // Under what bytes are stored, nobody is told.
    let cx = stage.site.operator();
    let query = Query { limit: 500, ..Query::default() };
    for file in read::list::<File>(&cx, query.clone()).await.unwrap().items {
        secrets.push(file.data().stored.to_string());
    }
    for export in read::list::<Export>(&cx, query).await.unwrap().items {
        secrets.extend(export.data().stored.map(|stored| stored.to_string()));
    }
    assert!(secrets.len() > 10, "{secrets:?}");
    Secrets(secrets)
}
