//! What clients rely on when they write: creating, changing, deleting, retrying, trying.

use std::sync::Arc;

use bailiwick_app::Settings;
use bailiwick_auth::SystemClock;
use bailiwick_policy::FilePolicy;
use bailiwick_tests::{Actor, Answer, Site, Stage, Storage, on_every_storage, on_servers};
use reqwest::Method;
use serde_json::{Value, json};

on_every_storage!(
    what_is_made_is_where_location_says,
    a_change_names_the_version_that_it_saw,
    a_server_may_require_the_version,
    a_patch_changes_what_it_names,
    the_same_request_twice_is_carried_out_once,
    a_repeated_request_is_authorised_anew,
    a_dry_run_answers_and_changes_nothing,
    a_delete_names_what_hangs_under_it,
    a_cascade_takes_all_or_nothing,
    an_archived_project_rests,
    a_name_is_taken_once,
);

on_servers!(
    what_is_made_is_where_location_says,
    a_change_names_the_version_that_it_saw,
    a_server_may_require_the_version,
    a_patch_changes_what_it_names,
    the_same_request_twice_is_carried_out_once,
    a_repeated_request_is_authorised_anew,
    a_dry_run_answers_and_changes_nothing,
    a_delete_names_what_hangs_under_it,
    a_cascade_takes_all_or_nothing,
    an_archived_project_rests,
    a_name_is_taken_once,
);

async fn what_is_made_is_where_location_says(storage: Storage) {
    let stage = Stage::set(storage).await;
    let root = stage.actor("root");
    let of = |kind: &str, path: &str| stage.ids.address(kind, path);
    let grant = json!({
        "principal": { "kind": "user", "id": stage.id("user", "north/mate") },
        "role_id": stage.id("role", "viewer"),
        "anchor": { "level": "job", "id": stage.id("job", "north/home/workup") },
        "starts_at": "2026-01-01T00:00:00Z", "expires_at": "2099-01-01T00:00:00.123456Z"
    });
    let making = [
        ("/organizations".to_owned(), "organizations", json!({ "name": "new" })),
        (
            of("organization", "north") + "/users",
            "users",
            json!({ "username": "new", "email": "a@b.example" }),
        ),
        (
            of("organization", "north") + "/roles",
            "roles",
            json!({ "name": "new", "rules": ["task:view:own"] }),
        ),
        (of("organization", "north") + "/api-keys", "api-keys", json!({ "name": "new" })),
        (
            of("organization", "north") + "/projects",
            "projects",
            json!({ "name": "new", "visibility": "public" }),
        ),
        (of("project", "north/home") + "/api-keys", "api-keys", json!({ "name": "new" })),
        (of("project", "north/home") + "/jobs", "jobs", json!({ "name": "new", "description": "é\n" })),
        (
            of("job", "north/home/workup") + "/tasks",
            "tasks",
            json!({
                "name": "new", "assignee_id": stage.id("user", "north/mate"),
                "parent_id": stage.id("task", "north/home/workup/loose")
            }),
        ),
        ("/grants".to_owned(), "grants", grant),
    ];
    for (under, collection, body) in making {
        let made = root.post(&under, body.clone()).await.is(201);
        let location = made.headers["location"].to_str().unwrap();
        assert_eq!(location, format!("/api/v1/{collection}/{}", made.id()));
        let shown = root.get(location).await.is(200);
        let mut answered = made.body.clone();
        answered.as_object_mut().unwrap().remove("secret");
        assert_eq!(answered, shown.body);
        assert_eq!(made.headers["etag"], shown.headers["etag"]);
        assert_eq!(shown.body["version"], 1);
        for (field, value) in body.as_object().unwrap() {
            assert_eq!(shown.body[field], *value, "{field}");
        }
        let id: uuid::Uuid = made.id().parse().unwrap();
        assert_eq!(id.get_version_num(), 7);
        for time in ["created_at", "updated_at"] {
            let text = shown.body[time].as_str().unwrap();
            assert!(text.ends_with('Z'), "{time} is not in UTC: {text}");
        }
    }
}

async fn job(stage: &Stage) -> String {
    stage.ids.address("job", "north/home/workup")
}

async fn change(actor: &Actor, path: &str, tag: &str, name: &str) -> Answer {
    actor.clone().with("if-match", tag).patch(path, json!({ "name": name })).await
}

async fn a_change_names_the_version_that_it_saw(storage: Storage) {
    let stage = Stage::set(storage).await;
    let (editor, job) = (stage.actor("editor"), job(&stage).await);
    let seen = editor.get(&job).await.is(200);
    let tag = seen.headers["etag"].to_str().unwrap().to_owned();
    assert!(tag.starts_with('"') && tag.ends_with('"'), "{tag}");
    let changed = change(editor, &job, &tag, "second").await.is(200);
    assert_eq!(changed.body["version"], seen.body["version"].as_i64().unwrap() + 1);
    assert_ne!(changed.headers["etag"], seen.headers["etag"]);
    for stale in [tag.as_str(), "\"0\"", "\"-1\"", "\"none\"", "W/\"x\"", "\"99999999999999999999\""] {
        let refused = change(editor, &job, stale, "third").await.is(412);
        assert_eq!(refused.body["type"], "urn:bailiwick:problem:version-mismatch");
        let del = editor.clone().with("if-match", stale).delete(&job).await;
        del.is(412);
    }
    // What is no tag at all could be sent again and again: it is told what a tag looks like.
    for bare in ["", "1", "\"1", "99999999999999999999"] {
        let refused = change(editor, &job, bare, "third").await.is(422);
        assert_eq!(refused.body["errors"][0]["pointer"], "If-Match", "{:#}", refused.body);
    }
    assert_eq!(editor.get(&job).await.body["name"], "second");
    change(editor, &job, "*", "third").await.is(200);
    editor.patch(&job, json!({ "name": "fourth" })).await.is(200);
    // Who may not edit learns nothing of versions.
    change(stage.actor("viewer"), &job, &tag, "fifth").await.is(403);
    change(stage.actor("nobody"), &job, &tag, "fifth").await.is(404);
    // What changes nothing makes no new version.
    let before = editor.get(&job).await;
    assert_eq!(editor.patch(&job, json!({})).await.is(200).body["version"], before.body["version"]);
    assert_eq!(editor.patch(&job, json!({ "name": "fourth" })).await.is(200).body, before.body);
}

async fn a_server_may_require_the_version(storage: Storage) {
    let policies = Arc::new(FilePolicy::built_in().unwrap());
    let settings = Settings { require_if_match: true };
    let site = Site::start_at(storage, policies, Arc::new(SystemClock), settings).await;
    site.apply(include_str!("src/stage.yaml")).await;
    let root = site.user("north/root").await;
    let made = root.post("/organizations", json!({ "name": "new" })).await.is(201);
    let address = format!("/organizations/{}", made.id());
    for refused in [
        root.patch(&address, json!({ "name": "newer" })).await,
        root.act(&format!("{address}/suspend")).await,
        root.delete(&address).await,
    ] {
        assert_eq!(refused.is(428).body["type"], "urn:bailiwick:problem:version-required");
    }
    let tag = made.headers["etag"].to_str().unwrap();
    let changed = change(&root, &address, tag, "newer").await.is(200);
    let root = root.with("if-match", changed.headers["etag"].to_str().unwrap());
    root.delete(&address).await.is(204);
}

async fn a_patch_changes_what_it_names(storage: Storage) {
    let stage = Stage::set(storage).await;
    let root = stage.actor("root");
    let mate = stage.ids.address("user", "north/mate");
    assert_eq!(
        root.patch(&mate, json!({ "username": "m" })).await.is(200).body["email"],
        "mate@north.example"
    );
    let emptied = root.patch(&mate, json!({ "email": null })).await.is(200);
    assert!(emptied.body.get("email").is_none_or(Value::is_null));
    let task = stage.ids.address("task", "north/home/workup/loose");
    let assign = |user: Value| json!({ "user_id": user });
    let put = async |body| root.put(&format!("{task}/assignee"), body).await;
    assert!(
        put(assign(json!(stage.id("user", "north/nobody")))).await.is(200).body["assignee_id"].is_string()
    );
    assert!(root.patch(&task, json!({ "status": "done" })).await.status.is_client_error());
    assert!(root.patch(&task, json!({ "description": "d" })).await.is(200).body["assignee_id"].is_string());
    assert!(put(assign(Value::Null)).await.is(200).body["assignee_id"].is_null());
}

fn with_key(actor: &Actor, key: &str) -> Actor {
    actor.clone().with("idempotency-key", key)
}

async fn the_same_request_twice_is_carried_out_once(storage: Storage) {
    let stage = Stage::set(storage).await;
    let editor = stage.actor("editor");
    let jobs = format!("{}/jobs", stage.ids.address("project", "north/home"));
    let body = json!({ "name": "once" });
    let first = with_key(editor, "k1").post(&jobs, body.clone()).await.is(201);
    let again = with_key(editor, "k1").post(&jobs, body.clone()).await.is(201);
    assert_eq!((first.body.clone(), &first.headers["location"]), (again.body, &again.headers["location"]));
    let other = with_key(editor, "k1").post(&jobs, json!({ "name": "twice" })).await.is(422);
    assert_eq!(other.body["errors"][0]["pointer"], "Idempotency-Key");
    let elsewhere = format!("{}/tasks", stage.ids.address("job", "north/home/workup"));
    with_key(editor, "k1").post(&elsewhere, body.clone()).await.is(422);
    // Another caller's key is another key; without one, the name is taken.
    with_key(stage.actor("manager"), "k1").post(&jobs, body.clone()).await.is(409);
    with_key(editor, "k2").post(&jobs, body.clone()).await.is(409);
    // A request that failed is carried out when it comes again and may.
    with_key(editor, "k2").post(&jobs, json!({ "name": "thrice" })).await.is(201);
    for bad in ["", "x".repeat(201).as_str()] {
        with_key(editor, bad).post(&jobs, json!({ "name": "never" })).await.is(422);
    }
    // A dry run stands for nothing.
    let dry = format!("{jobs}?dry_run=true");
    with_key(editor, "k3").post(&dry, json!({ "name": "later" })).await.is(201);
    with_key(editor, "k3").post(&jobs, json!({ "name": "later" })).await.is(201);
    let names: Vec<_> = editor.all(&jobs).await.iter().map(|job| job["name"].clone()).collect();
    assert_eq!(names.iter().filter(|name| **name == "once").count(), 1);
    assert!(!names.contains(&json!("never")) && names.contains(&json!("later")));
    // A key's secret is shown once.
    let keys = format!("{}/api-keys", stage.ids.address("project", "north/home"));
    let manager = with_key(stage.actor("manager"), "k4");
    let made = manager.post(&keys, body.clone()).await.is(201);
    assert!(made.body["secret"].is_string());
    let again = manager.post(&keys, body).await.is(201);
    assert_eq!(again.id(), made.id());
    assert!(again.body["secret"].is_null());
}

async fn a_repeated_request_is_authorised_anew(storage: Storage) {
    let stage = Stage::set(storage).await;
    let (editor, root) = (with_key(stage.actor("editor"), "k"), stage.actor("root"));
    let jobs = format!("{}/jobs", stage.ids.address("project", "north/home"));
    let body = json!({ "name": "once" });
    editor.post(&jobs, body.clone()).await.is(201);
    root.delete(&stage.ids.address("grant", "north/editor editor north/home")).await.is(204);
    editor.post(&jobs, body.clone()).await.is(404);
    let again = json!({
        "principal": { "kind": "user", "id": stage.id("user", "north/editor") },
        "role_id": stage.id("role", "viewer"),
        "anchor": { "level": "project", "id": stage.id("project", "north/home") },
    });
    root.post("/grants", again).await.is(201);
    editor.post(&jobs, body).await.is(403);
}

async fn a_dry_run_answers_and_changes_nothing(storage: Storage) {
    let stage = Stage::set(storage).await;
    let root = stage.actor("root");
    let before = stage.dump().await;
    let events = root.all("/audit-events?limit=500").await.len();
    let work = job(&stage).await;
    let dry = [
        (Method::POST, "/organizations".to_owned(), Some(json!({ "name": "new" })), 201),
        (
            Method::POST,
            stage.ids.address("organization", "north") + "/users",
            Some(json!({ "username": "new", "password": "a good password" })),
            201,
        ),
        (Method::POST, "/organizations".to_owned(), Some(json!({ "name": "north" })), 409),
        (Method::PATCH, work.clone(), Some(json!({ "name": "other" })), 200),
        (Method::PATCH, work.clone(), Some(json!({ "name": "empty" })), 409),
        (Method::DELETE, work.clone(), None, 409),
        (Method::POST, stage.ids.address("user", "north/mate") + "/suspend", None, 200),
        (Method::POST, stage.ids.address("project", "north/home") + "/archive", None, 200),
    ];
    for (method, path, body, status) in dry {
        let answer = root.send(method, &format!("{path}?dry_run=true"), body).await.is(status);
        assert_eq!(answer.headers.contains_key("dry-run"), status < 300);
    }
    let cascade = root.delete(&format!("{work}?dry_run=true&cascade=true")).await.is(204);
    assert_eq!(cascade.headers["dry-run"], "true");
    stage.unchanged(&before, "something was written").await;
    assert_eq!(root.all("/audit-events?limit=500").await.len(), events);
    let named = root.patch(&format!("{work}?dry_run=true"), json!({ "name": "other" })).await.is(200);
    assert_eq!(named.body["name"], "other");
    assert_eq!(root.get(&work).await.body["name"], "workup");
    stage.site.anon().with_tokens("north/viewer", "password of north/viewer").await;
}

async fn a_delete_names_what_hangs_under_it(storage: Storage) {
    let stage = Stage::set(storage).await;
    let owner = stage.actor("owner");
    let refused = owner.delete(&stage.ids.address("project", "north/next")).await.is(409);
    assert_eq!(refused.body["guard"], "dependents");
    let counted: Vec<(String, u64)> = refused.body["dependents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|found| (found["kind"].as_str().unwrap().to_owned(), found["count"].as_u64().unwrap()))
        .collect();
    let expected = ["job", "file", "dataset", "label", "source"].map(|kind| (kind.to_owned(), 1));
    assert_eq!(counted, expected);
    owner.delete(&stage.ids.address("job", "north/home/empty")).await.is(204);
    owner.delete(&stage.ids.address("job", "north/home/empty")).await.is(404);
    owner.get(&stage.ids.address("job", "north/home/empty")).await.is(404);
}

async fn a_cascade_takes_all_or_nothing(storage: Storage) {
    let stage = Stage::set(storage).await;
    let (owner, editor) = (stage.actor("owner"), stage.actor("editor"));
    let parent = stage.id("task", "north/home/workup/loose");
    let tasks = format!("{}/tasks", stage.ids.address("job", "north/home/workup"));
    let sub = editor.post(&tasks, json!({ "name": "sub", "parent_id": parent })).await.is(201);
    let loose = stage.ids.address("task", "north/home/workup/loose");
    editor.delete(&loose).await.is(409);
    // What others said of it is not an editor's to delete.
    editor.delete(&format!("{loose}?cascade=true")).await.is(409);
    owner.delete(&format!("{loose}?cascade=true")).await.is(204);
    editor.get(&format!("/tasks/{}", sub.id())).await.is(404);
    // A role that may delete jobs and no tasks.
    let role = json!({ "name": "half", "rules": ["job:view:organization", "job:delete:organization"] });
    let roles = format!("{}/roles", stage.ids.address("organization", "north"));
    let role = owner.post(&roles, role).await.is(201).id();
    let half = json!({
        "principal": { "kind": "user", "id": stage.id("user", "north/nobody") }, "role_id": role,
        "anchor": { "level": "organization", "id": stage.id("organization", "north") }
    });
    owner.post("/grants", half).await.is(201);
    let before = stage.dump().await;
    let work = job(&stage).await;
    let refused = stage.actor("nobody").delete(&format!("{work}?cascade=true")).await.is(409);
    assert_eq!(refused.body["dependents"][0]["kind"], "task");
    stage.unchanged(&before, "something was written").await;
    let project = stage.ids.address("project", "north/home");
    owner.delete(&format!("{project}?cascade=true")).await.is(204);
    for (kind, path) in [("job", "workup"), ("task", "workup/for manager"), ("api_key", "robot")] {
        owner.get(&stage.ids.address(kind, &format!("north/home/{path}"))).await.is(404);
    }
    stage.actor("key").get("/jobs").await.is(401);
    let viewer = stage.actor("viewer").get("/whoami").await.is(200);
    assert_eq!(viewer.body["grants"], json!([]));
}

async fn an_archived_project_rests(storage: Storage) {
    let stage = Stage::set(storage).await;
    let owner = stage.actor("owner");
    let (project, job, task) = (
        stage.ids.address("project", "north/old"),
        stage.ids.address("job", "north/old/workup"),
        stage.ids.address("task", "north/old/workup/loose"),
    );
    let resting = |answer: Answer| assert_eq!(answer.is(409).body["guard"], "archived");
    resting(owner.patch(&project, json!({ "name": "x" })).await);
    resting(owner.act(&format!("{project}/archive")).await);
    resting(owner.post(&format!("{project}/jobs"), json!({ "name": "x" })).await);
    resting(owner.post(&format!("{project}/api-keys"), json!({ "name": "x" })).await);
    resting(owner.patch(&job, json!({ "name": "x" })).await);
    resting(owner.post(&format!("{job}/tasks"), json!({ "name": "x" })).await);
    resting(owner.put(&format!("{task}/assignee"), json!({ "user_id": null })).await);
    resting(stage.actor("annotator").patch(&task, json!({ "name": "x" })).await);
    let grant = json!({
        "principal": { "kind": "user", "id": stage.id("user", "north/mate") },
        "role_id": stage.id("role", "viewer"),
        "anchor": { "level": "project", "id": stage.id("project", "north/old") },
    });
    resting(owner.post("/grants", grant.clone()).await);
    assert!(owner.get(&project).await.is(200).body["archived_at"].is_string());
    owner.delete(&stage.ids.address("grant", "north/annotator annotator north/old")).await.is(204);
    owner.delete(&format!("{task}?cascade=true")).await.is(204);
    let awake = owner.act(&format!("{project}/unarchive")).await.is(200);
    assert!(awake.body["archived_at"].is_null());
    owner.post("/grants", grant).await.is(201);
    owner.patch(&job, json!({ "name": "x" })).await.is(200);
}

async fn a_name_is_taken_once(storage: Storage) {
    let stage = Stage::set(storage).await;
    let owner = stage.actor("owner");
    let north = stage.ids.address("organization", "north");
    let users = format!("{north}/users");
    let taken = owner.post(&users, json!({ "username": "mate" })).await.is(409);
    assert_eq!(taken.body["type"], "urn:bailiwick:problem:taken");
    assert_eq!(taken.body["errors"][0]["pointer"], "/username");
    // Names are compared byte by byte, and within their parent.
    owner.post(&users, json!({ "username": "Mate" })).await.is(201);
    owner.post(&users, json!({ "username": "sam" })).await.is(201);
    owner.post(&users, json!({ "username": "mate\u{301}" })).await.is(201);
    let renamed =
        owner.patch(&stage.ids.address("user", "north/mate"), json!({ "username": "Mate" })).await.is(409);
    assert_eq!(renamed.body["errors"][0]["pointer"], "/username");
    let projects = format!("{north}/projects");
    owner.post(&projects, json!({ "name": "home" })).await.is(409);
    // That a name is taken elsewhere is nobody's to learn.
    owner.post("/organizations", json!({ "name": "west" })).await.is(403);
}
