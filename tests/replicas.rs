//! Two servers on one storage: what one acknowledges, the other honours in the next request.

use std::fs;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bailiwick_domain::Policy;
use bailiwick_domain::ports::{PolicyError, PolicySource, PolicyText};
use bailiwick_policy::FilePolicy;
use bailiwick_tests::{Actor, Site, Storage};
use reqwest::Method;
use serde_json::json;
use tempfile::TempDir;

const WORLD: &str = "
organizations:
- name: north
  users:
  - username: root
  - username: ada
  projects:
  - name: open
    visibility: public
  - name: p
    visibility: private
    jobs:
    - name: j
      tasks:
      - name: t
grants:
- {user: north/root, role: root, at: server}
- {user: north/ada, role: viewer, at: north/p}
";

/// The line that lets viewers see jobs.
const LINE: &str = "p, viewer, job, view, global";

/// The policy files, with one line in the place of another.
fn files(change: impl Fn(String) -> String) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), change);
    directory
}

fn write(directory: &Path, change: impl Fn(String) -> String) {
    for name in ["model.conf", "roles.csv", "access_rules.json"] {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies").join(name));
        fs::write(directory.join(name), change(text.unwrap())).unwrap();
    }
}

fn policy(directory: &TempDir) -> Arc<FilePolicy> {
    Arc::new(FilePolicy::load(directory.path()).unwrap())
}

fn without_line(text: String) -> String {
    text.replace(LINE, "p, viewer, job, view, own")
}

/// Somebody who speaks to two servers with the same credentials.
async fn at_both(one: &Site, other: &Site, user: &str) -> [Actor; 2] {
    let password = format!("password of {user}");
    one.set_password(user, &password).await;
    let body = json!({ "username": user, "password": password });
    let pair = one.anon().post("/auth/tokens", body).await.is(201);
    let token = pair.body["access_token"].as_str().unwrap().to_owned();
    [one.anon().bearer(&token), other.anon().bearer(&token)]
}

/// Two servers on one storage, each with files of its own, and root at the first.
struct Two {
    mine: TempDir,
    _yours: TempDir,
    one: Site,
    other: Site,
    root: Actor,
}

async fn two_servers() -> Two {
    let (mine, yours) = (files(|text| text), files(|text| text));
    let one = Site::start_with(Storage::Sqlite, policy(&mine)).await;
    one.apply(WORLD).await;
    let other = one.beside(policy(&yours)).await;
    let [root, _] = at_both(&one, &other, "north/root").await;
    Two { mine, _yours: yours, one, other, root }
}

async fn id(actor: &Actor, list: &str) -> String {
    actor.get(list).await.is(200).body["items"][0]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_reload_on_one_server_is_in_force_on_all() {
    let two = two_servers().await;
    let Two { mine, one, other, root, .. } = &two;
    let [_, ada] = at_both(one, other, "north/ada").await;
    let job = format!("/jobs/{}", id(root, "/jobs").await);
    ada.get(&job).await.is(200);
    let before = other.app.policies.current().version().to_owned();

    // What one server takes away, the other refuses, though its own files still give it.
    write(mine.path(), without_line);
    root.act("/policy/reload").await.is(200);
    ada.get(&job).await.is(404);
    assert_eq!(ada.get("/jobs").await.is(200).body["items"].as_array().unwrap().len(), 0);
    assert_ne!(other.app.policies.current().version(), before);

    // And what it gives again, the other gives.
    write(mine.path(), |text| text);
    root.act("/policy/reload").await.is(200);
    ada.get(&job).await.is(200);
    assert_eq!(other.app.policies.current().version(), before);
}

#[tokio::test]
async fn what_other_files_would_change_is_told_to_root_alone_and_changes_nothing() {
    let two = two_servers().await;
    let Two { one, root, .. } = &two;
    let before = one.app.policies.current().version().to_owned();
    let same = root.post("/policy/diff", json!({})).await.is(200);
    assert_eq!((&same.body["gains"], &same.body["losses"]), (&json!(0), &json!(0)));
    let text = std::fs::read_to_string(two.mine.path().join("access_rules.json")).unwrap();
    let body = json!({ "access_rules": text.replace("\"everybody\"", "\"registeredUser\"") });
    let told = root.post("/policy/diff", body.clone()).await.is(200);
    assert_eq!((&told.body["old"], &told.body["gains"]), (&json!(before), &json!(0)));
    let anonymous = told.body["principals"].as_array().unwrap();
    assert_eq!(anonymous.len(), 6, "who is not signed in, through six apps: {}", told.body);
    assert!(anonymous.iter().all(|who| who["principal"].is_null() && who["name"] == "anonymous"));
    let bad =
        root.post("/policy/diff", json!({ "roles": "# [a] b\n# c\np, a, job, veiw, own\n" })).await.is(422);
    assert!(bad.body.to_string().contains("`veiw` is no operation"), "{}", bad.body);
    // What a model of one's own would have casbin do has no bounds.
    let model = std::fs::read_to_string(two.mine.path().join("model.conf")).unwrap();
    root.post("/policy/diff", json!({ "model": model })).await.is(200);
    let nested = format!("{}true{}", "(".repeat(3_000), ")".repeat(3_000));
    for matcher in [nested.as_str(), "eval(\"loop {}\")", "true"] {
        let other = format!("{model}\nm2 = {matcher}\n");
        let bad = root.post("/policy/diff", json!({ "model": other })).await.is(422);
        assert_eq!(bad.body["errors"][0]["pointer"], "/model", "{}", bad.body);
    }
    let [ada, _] = at_both(one, &two.other, "north/ada").await;
    ada.post("/policy/diff", body).await.is(403);
    assert_eq!(one.app.policies.current().version(), before);
}

#[tokio::test]
async fn a_reload_reaches_who_has_no_credentials() {
    let two = two_servers().await;
    let Two { mine, other, root, .. } = &two;
    let project = format!("/projects/{}", id(root, "/projects?q=open").await);
    let anonymous = other.anon();
    anonymous.get(&project).await.is(200);
    write(mine.path(), |text| text.replace("\"everybody\"", "\"registeredUser\""));
    root.act("/policy/reload").await.is(200);
    anonymous.get(&project).await.is(401);
    let listed = anonymous.get("/projects").await.is(200);
    assert_eq!(listed.body["items"].as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn files_that_were_replaced_do_not_come_back_with_a_restart() {
    let (mine, yours) = (files(|text| text), files(|text| text));
    let one = Site::start_with(Storage::Sqlite, policy(&mine)).await;
    one.apply(WORLD).await;
    let [root, _] = at_both(&one, &one, "north/root").await;
    write(mine.path(), without_line);
    root.act("/policy/reload").await.is(200);
    let in_force = one.app.policies.current().version().to_owned();

    // Its files were in force before, and have been replaced since.
    let restarted = one.beside(policy(&yours)).await;
    assert_eq!(restarted.app.policies.current().version(), in_force);
    // New files are put in force by a start, for all.
    let newer = files(|text| format!("{}\n", without_line(text)));
    let started = one.beside(policy(&newer)).await;
    let put = started.app.policies.current().version().to_owned();
    assert_ne!(put, in_force);
    root.get("/jobs").await.is(200);
    assert_eq!(one.app.policies.current().version(), put);
    // Whoever wants the old ones says so.
    let [_, root] = at_both(&one, &restarted, "north/root").await;
    root.act("/policy/reload").await.is(200);
    let back = restarted.app.policies.current().version().to_owned();
    assert!(back != put && back != in_force);
}

#[tokio::test]
async fn what_a_principal_loses_at_one_server_it_has_lost_at_the_other() {
    let one = Site::start(Storage::Sqlite).await;
    one.apply(WORLD).await;
    let other = one.beside(Arc::new(FilePolicy::built_in().unwrap())).await;
    let [root, _] = at_both(&one, &other, "north/root").await;
    let [mine, ada] = at_both(&one, &other, "north/ada").await;
    let (job, task) = (id(&root, "/jobs").await, id(&root, "/tasks").await);
    let user = root.get("/users?q=ada").await.is(200).body["items"][0]["id"].as_str().unwrap().to_owned();
    ada.get(&format!("/jobs/{job}")).await.is(200);
    // It is remembered at the other by now. A grant more, a grant less.
    let grants = root.get("/grants?limit=500").await.is(200);
    let grants = grants.body["items"].as_array().unwrap();
    let grant = grants.iter().find(|grant| grant["principal"]["id"] == json!(user)).unwrap();
    root.delete(&format!("/grants/{}", grant["id"].as_str().unwrap())).await.is(204);
    ada.get(&format!("/jobs/{job}")).await.is(404);
    let edit = json!({ "name": "u" });
    ada.patch(&format!("/tasks/{task}"), edit.clone()).await.is(404);
    let again =
        json!({ "principal": grant["principal"], "role_id": grant["role_id"], "anchor": grant["anchor"] });
    root.post("/grants", again).await.is(201);
    ada.get(&format!("/jobs/{job}")).await.is(200);
    // A session less.
    mine.act("/auth/logout").await;
    root.act(&format!("/users/{user}/suspend")).await.is(200);
    ada.get(&format!("/jobs/{job}")).await.is(401);
    ada.patch(&format!("/tasks/{task}"), edit).await.is(401);
    root.act(&format!("/users/{user}/wake")).await.is(200);
}

/// Policy files, and what another server does while this one compiles them for the first time.
struct Meanwhile {
    files: Arc<FilePolicy>,
    deed: Mutex<Option<Pin<Box<dyn Future<Output = ()> + Send>>>>,
}

#[async_trait]
impl PolicySource for Meanwhile {
    fn current(&self) -> Arc<Policy> {
        self.files.current()
    }

    async fn read(&self) -> Result<PolicyText, PolicyError> {
        self.files.read().await
    }

    async fn compile(&self, text: &PolicyText) -> Result<Arc<Policy>, PolicyError> {
        let deed = self.deed.lock().unwrap().take();
        if let Some(deed) = deed {
            deed.await;
        }
        self.files.compile(text).await
    }

    fn enforce(&self, policy: Arc<Policy>) {
        self.files.enforce(policy);
    }
}

/// A server starts with the files that are in force, and while it does, another puts new ones in force.
#[tokio::test]
async fn a_server_that_starts_does_not_undo_a_reload_meanwhile() {
    let (mine, yours) = (files(|text| text), files(|text| text));
    let one = Site::start_with(Storage::Sqlite, policy(&mine)).await;
    one.apply(WORLD).await;
    let [root, ada] = [one.user("north/root").await, one.user("north/ada").await];
    let job = format!("/jobs/{}", id(&root, "/jobs").await);
    ada.get(&job).await.is(200);

    write(mine.path(), without_line);
    let reload = Box::pin(async move {
        root.act("/policy/reload").await.is(200);
    });
    let other =
        one.beside(Arc::new(Meanwhile { files: policy(&yours), deed: Mutex::new(Some(reload)) })).await;
    ada.get(&job).await.is(404);
    assert_eq!(other.app.policies.current().version(), one.app.policies.current().version());
}

/// A link that needs no credentials beside it goes by the policy in force as well, on a server that has not heard of it.
#[tokio::test]
async fn a_download_link_ends_on_all_servers_with_the_rule_behind_it() {
    let two = two_servers().await;
    let Two { mine, one, other, root, .. } = &two;
    let [ada, _] = at_both(one, other, "north/ada").await;
    let upload = format!("/projects/{}/files?name=scan", id(root, "/projects?name=p").await);
    let file = root.send_raw(Method::POST, &upload, "text/plain", "a scan").await.is(201).id();
    let link = ada.act(&format!("/files/{file}/downloads")).await.is(201).body["link"].clone();
    let link = link.as_str().unwrap().strip_prefix("/api/v1").unwrap().to_owned();
    other.anon().get(&link).await.is(200);

    let line = "p, viewer, file, view, global";
    write(mine.path(), |text| text.replace(line, "p, viewer, file, view, own"));
    root.act("/policy/reload").await.is(200);
    other.anon().get(&link).await.is(401);
    one.anon().get(&link).await.is(401);

    write(mine.path(), |text| text);
    root.act("/policy/reload").await.is(200);
    other.anon().get(&link).await.is(200);
}
