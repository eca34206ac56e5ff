//! Client apps: what a credential that was issued for one may do, and that nothing but its key claims one.

mod ends;
mod keys;
mod people;
mod visible;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use bailiwick_app::Settings;
use bailiwick_policy::FilePolicy;
use bailiwick_testkit::fixture::FixedClock;
use bailiwick_tests::cases::NOTHING;
use bailiwick_tests::{Actor, Answer, Ids, Site, Storage, on_every_storage, on_servers};
use serde_json::{Value, json};
use tempfile::TempDir;

on_every_storage!(
    the_action_needed_follows_from_the_app,
    a_header_alone_claims_nothing,
    a_token_of_another_app_is_refused,
    an_app_is_one_of_the_access_rules,
    who_may_says_so_of_an_app,
    a_policy_that_drops_an_app_leaves_grants_alone,
);
on_servers!(the_action_needed_follows_from_the_app, a_token_of_another_app_is_refused);

/// The shipped policy with two apps more: through one, whoever is signed in changes what is public; through the other,
/// public projects are looked at, and nothing below them.
pub(crate) fn files() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let shipped = |name: &str| {
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies").join(name)).unwrap()
    };
    for name in ["model.conf", "roles.csv"] {
        fs::write(directory.path().join(name), shipped(name)).unwrap();
    }
    let mut rules: Value = serde_json::from_str(&shipped("access_rules.json")).unwrap();
    rules["tags"]["write"] = json!("Changing what is shown to the world.");
    rules["apps"]["Writer"] = json!({ "project:view": "read", "project:edit": "write" });
    rules["apps"]["Reader"] = json!({ "project:view": "read" });
    rules["rules"]["public"]["write"] = json!({ "to": ["registeredUser"], "why": "Writers work on it." });
    fs::write(directory.path().join("access_rules.json"), rules.to_string()).unwrap();
    directory
}

pub(crate) fn policy(files: &TempDir) -> Arc<FilePolicy> {
    Arc::new(FilePolicy::load(files.path()).unwrap())
}

/// A client app and its key.
pub(crate) struct App {
    pub(crate) id: String,
    pub(crate) key: String,
}

impl App {
    pub(crate) async fn registered(root: &Actor, body: Value) -> Self {
        let made = root.post("/client-apps", body).await.is(201);
        let key = made.body["secret"].as_str().unwrap().to_owned();
        let again = root.get(&format!("/client-apps/{}", made.id())).await.is(200);
        assert!(again.body.get("secret").is_none() && again.body.to_string().find(&key).is_none());
        Self { id: made.id(), key }
    }

    pub(crate) fn path(&self, deed: &str) -> String {
        format!("/client-apps/{}{deed}", self.id)
    }
}

/// A server with that policy and the world of most tests.
pub(crate) struct House {
    pub(crate) files: TempDir,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) site: Site,
    pub(crate) root: Actor,
    pub(crate) ids: Ids,
    pub(crate) writer: App,
    pub(crate) reader: App,
}

impl House {
    pub(crate) async fn of(storage: Storage) -> Self {
        let (files, clock) = (files(), Arc::new(FixedClock::default()));
        let site = Site::start_at(storage, policy(&files), clock.clone(), Settings::default()).await;
        site.apply(include_str!("src/stage.yaml")).await;
        let root = site.user("north/root").await;
        let writer = App::registered(&root, json!({ "name": "Writer" })).await;
        let reader = App::registered(&root, json!({ "name": "Reader" })).await;
        let ids = Ids::read(&root).await;
        Self { files, clock, site, root, ids, writer, reader }
    }

    /// The public project.
    pub(crate) fn open(&self) -> String {
        self.ids.address("project", "north/open")
    }

    /// Nobody in particular, through an app.
    pub(crate) fn through(&self, app: &App) -> Actor {
        self.site.anon().with("x-app-key", &app.key)
    }

    /// Somebody who has signed in through an app; their requests carry their token alone.
    pub(crate) async fn signed_in(&self, app: &App, user: &str) -> Actor {
        self.site.anon().bearer(&self.pair(app, user).await.0)
    }

    /// The access token and the refresh token of somebody who has signed in through an app.
    pub(crate) async fn pair(&self, app: &App, user: &str) -> (String, String) {
        let password = format!("password of {user}");
        self.site.set_password(user, &password).await;
        let body = json!({ "username": user, "password": password });
        let pair = self.through(app).post("/auth/tokens", body).await.is(201);
        let text = |name: &str| pair.body[name].as_str().unwrap().to_owned();
        (text("access_token"), text("refresh_token"))
    }

    /// Whether somebody may change the public project.
    pub(crate) async fn writes(&self, actor: &Actor) -> u16 {
        actor.patch(&self.open(), json!({ "description": "looked at" })).await.status.as_u16()
    }
}

pub(crate) async fn app_of(actor: &Actor) -> String {
    actor.get("/whoami").await.is(200).body["app"].as_str().unwrap().to_owned()
}

/// A 401 that says where what is wrong stands.
pub(crate) fn names_the_key(answer: Answer) {
    let answer = answer.is(401);
    assert!(answer.body["detail"].as_str().unwrap().starts_with("X-App-Key"), "{:#}", answer.body);
}

async fn the_action_needed_follows_from_the_app(storage: Storage) {
    let house = House::of(storage).await;
    let job = house.ids.address("job", "north/open/workup");
    let plain = house.site.user("north/nobody").await;
    // By the default app, what is public is read, and its work too.
    assert_eq!((app_of(&plain).await.as_str(), house.writes(&plain).await), ("default", 403));
    plain.get(&job).await.is(200);
    let anonymous = house.through(&house.writer);
    assert_eq!((app_of(&anonymous).await.as_str(), house.writes(&anonymous).await), ("Writer", 401));
    anonymous.get(&house.open()).await.is(200);
    anonymous.get(&job).await.is(401);
    house.site.anon().get(&job).await.is(200);

    let writer = house.signed_in(&house.writer, "north/nobody").await;
    assert_eq!((app_of(&writer).await.as_str(), house.writes(&writer).await), ("Writer", 200));
    writer.get(&job).await.is(404);
    let reader = house.signed_in(&house.reader, "north/nobody").await;
    assert_eq!((app_of(&reader).await.as_str(), house.writes(&reader).await), ("Reader", 403));
    // The session of a browser that signed in with the key: its next requests carry the key or do not.
    let browser = house.through(&house.writer).with_cookie("north/nobody", "password of north/nobody").await;
    assert_eq!((app_of(&browser).await.as_str(), house.writes(&browser).await), ("Writer", 200));
    let sessions = plain.get("/auth/sessions").await;
    assert_eq!(sessions.status, 401, "the passwords were set anew");
    let sessions = writer.get("/auth/sessions").await;
    assert_eq!(sessions.status, 401);
    let listed = browser.get("/auth/sessions").await.is(200).body;
    let apps: Vec<&str> =
        listed["items"].as_array().unwrap().iter().map(|item| item["app"].as_str().unwrap()).collect();
    assert_eq!(apps, ["Writer", "Reader"]);
    // Grants count through every app.
    let ann = house.signed_in(&house.reader, "north/editor").await;
    ann.get(&house.ids.address("job", "north/home/workup")).await.is(200);
    // What is decided is what the answers about decisions tell.
    let question = json!({ "checks": [{
        "operation": "edit", "kind": "project", "id": house.ids.get("project", "north/open")
    }] });
    let allowed = async |actor: &Actor| {
        actor.post("/authz/check", question.clone()).await.is(200).body["results"][0]["allowed"].clone()
    };
    assert_eq!((allowed(&browser).await, allowed(&reader).await), (json!(true), json!(false)));
}

async fn a_header_alone_claims_nothing(storage: Storage) {
    let house = House::of(storage).await;
    let (key, id) = (&house.writer.key, &house.writer.id);
    let prefix = house.root.get(&house.writer.path("")).await.is(200).body["prefix"].clone();
    let mut altered = key.clone();
    let last = if altered.pop() == Some('0') { '1' } else { '0' };
    altered.push(last);
    // As the key of another app with the same random digits would be.
    let forged = format!("{}{}", &key[..key.len() - 8], "00000000");
    let claims = [
        "Writer",
        "default",
        "",
        id,
        prefix.as_str().unwrap(),
        &altered,
        &forged,
        &format!("{key} "),
        NOTHING,
    ];
    let plain = house.site.user("north/nobody").await;
    let login = json!({ "username": "north/nobody", "password": "password of north/nobody" });
    for claim in claims.into_iter().filter(|claim| claim.trim() != key) {
        names_the_key(house.site.anon().with("x-app-key", claim).get("/whoami").await);
        names_the_key(house.site.anon().with("x-app-key", claim).get(&house.open()).await);
        names_the_key(plain.clone().with("x-app-key", claim).get("/projects").await);
        names_the_key(house.site.anon().with("x-app-key", claim).post("/auth/tokens", login.clone()).await);
        names_the_key(house.site.anon().with("x-app-key", claim).post("/auth/login", login.clone()).await);
    }
    names_the_key(house.through(&house.writer).with("x-app-key", key).get("/whoami").await);
    for header in ["x-app", "x-app-name", "x-client-app", "app"] {
        let claims = plain.clone().with(header, "Writer");
        assert_eq!((app_of(&claims).await.as_str(), house.writes(&claims).await), ("default", 403));
    }
    let claims =
        json!({ "username": "north/nobody", "password": "password of north/nobody", "client_app": id });
    house.site.anon().post("/auth/tokens", claims).await.is(422);
}

async fn a_token_of_another_app_is_refused(storage: Storage) {
    let house = House::of(storage).await;
    let (access, refresh) = house.pair(&house.writer, "north/nobody").await;
    let token = || house.site.anon().bearer(&access);
    let with = |app: &App| token().with("x-app-key", &app.key);
    with(&house.writer).get("/whoami").await.is(200);
    names_the_key(with(&house.reader).get("/whoami").await);
    names_the_key(with(&house.reader).get(&house.open()).await);
    assert_eq!(house.writes(&with(&house.reader)).await, 401);
    // A credential of the default app is none of an app's, whose key it comes with.
    let plain = house.site.user("north/viewer").await;
    names_the_key(plain.clone().with("x-app-key", &house.writer.key).get("/whoami").await);
    plain.get("/whoami").await.is(200);

    // The next pair is of the same app, whether the request says so or not; the key of another one spends nothing.
    let body = |token: &str| json!({ "token": token });
    names_the_key(house.through(&house.reader).post("/auth/tokens/refresh", body(&refresh)).await);
    let next = house.through(&house.writer).post("/auth/tokens/refresh", body(&refresh)).await.is(201);
    let refresh = next.body["refresh_token"].as_str().unwrap();
    let next = house.site.anon().post("/auth/tokens/refresh", body(refresh)).await.is(201);
    let next = house.site.anon().bearer(next.body["access_token"].as_str().unwrap());
    assert_eq!((app_of(&next).await.as_str(), house.writes(&next).await), ("Writer", 200));
}

async fn an_app_is_one_of_the_access_rules(storage: Storage) {
    let house = House::of(storage).await;
    let refused = async |body: Value, pointer: &str| {
        let answer = house.root.post("/client-apps", body).await.is(422);
        assert_eq!(answer.body["errors"][0]["pointer"], pointer, "{:#}", answer.body);
        answer.body["errors"][0]["detail"].as_str().unwrap().to_owned()
    };
    let told = refused(json!({ "name": "Stranger" }), "/name").await;
    assert!(told.contains("Writer") && told.contains("Reader"), "{told}");
    refused(json!({ "name": "default" }), "/name").await;
    refused(json!({ "name": "writer" }), "/name").await;
    let taken = house.root.post("/client-apps", json!({ "name": "Writer" })).await.is(409);
    assert_eq!(taken.body["errors"][0]["pointer"], "/name");
    let renamed = house.root.patch(&house.writer.path(""), json!({ "name": "Stranger" })).await.is(422);
    assert_eq!(renamed.body["errors"][0]["pointer"], "/name");
    refused(json!({ "name": "Autographa", "secret": "chosen" }), "/secret").await;
    let owner = house.site.user("north/owner").await;
    owner.get("/client-apps").await.is(200);
    assert_eq!(owner.all("/client-apps").await, [] as [Value; 0]);
    owner.get(&house.writer.path("")).await.is(404);
    owner.post(&house.writer.path("/secret"), json!({})).await.is(404);
    let status = owner.post("/client-apps", json!({ "name": "Autographa" })).await.status.as_u16();
    assert!(status == 403 || status == 404, "{status}");
}

async fn who_may_says_so_of_an_app(storage: Storage) {
    let house = House::of(storage).await;
    let open = house.ids.get("project", "north/open");
    let ask = |app: &str| format!("/authz/who?operation=edit&kind=project&id={open}{app}");
    let words = async |app: &str| house.root.get(&ask(app)).await.is(200).body["words"].clone();
    assert_eq!(words("").await, json!([]));
    assert_eq!(words("&app=default").await, json!([]));
    assert_eq!(words("&app=Writer").await, json!(["registeredUser"]));
    assert_eq!(words("&app=Reader").await, json!([]));
    let unknown = house.root.get(&ask("&app=Stranger")).await.is(422);
    assert_eq!(unknown.body["errors"][0]["pointer"], "app");
}

async fn a_policy_that_drops_an_app_leaves_grants_alone(storage: Storage) {
    let house = House::of(storage).await;
    let nobody = house.signed_in(&house.writer, "north/nobody").await;
    let editor = house.signed_in(&house.writer, "north/editor").await;
    assert_eq!(house.writes(&nobody).await, 200);
    let place = house.files.path().join("access_rules.json");
    let mut rules: Value = serde_json::from_str(&fs::read_to_string(&place).unwrap()).unwrap();
    rules["apps"].as_object_mut().unwrap().remove("Writer");
    rules["tags"].as_object_mut().unwrap().remove("write");
    rules["rules"]["public"].as_object_mut().unwrap().remove("write");
    fs::write(&place, rules.to_string()).unwrap();
    house.root.act("/policy/reload").await.is(200);
    assert_eq!((house.writes(&nobody).await, app_of(&nobody).await.as_str()), (404, "Writer"));
    editor.get(&house.ids.address("job", "north/home/workup")).await.is(200);
    let shown = house.root.get(&house.writer.path("")).await.is(200);
    assert_eq!(shown.body["known"], false);
    // It can still be described, suspended and deleted.
    house.root.patch(&house.writer.path(""), json!({ "description": "gone" })).await.is(200);
}
