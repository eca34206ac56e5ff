//! Registration through a client app, and the role that it gives.

use std::sync::Arc;

use bailiwick_app::people::settings::{People, Registration};
use bailiwick_domain::rule::id_of_name;
use bailiwick_testkit::fixture::FixedClock;
use bailiwick_tests::{Actor, Postbox, Site, Storage, on_every_storage, on_servers};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{App, app_of};

on_every_storage!(
    who_registers_through_an_app_gets_its_role,
    registration_is_let_in_by_each_app,
    a_role_is_handed_out_by_who_may_grant_it,
);
on_servers!(who_registers_through_an_app_gets_its_role);

/// A server where people register into west, as viewers of its project.
struct Town {
    site: Site,
    post: Postbox,
    root: Actor,
}

fn role(name: &str) -> Uuid {
    id_of_name("role", name)
}

impl Town {
    async fn of(storage: Storage) -> Self {
        let registration = Registration {
            organization: "west".to_owned(),
            role: Some("viewer".to_owned()),
            at: Some("west/far".to_owned()),
        };
        let people = People { registration: Some(registration), ..bailiwick_tests::site::with_mail() };
        let site = Site::start_for(storage, people, Arc::new(FixedClock::default())).await;
        site.apply(include_str!("../src/stage.yaml")).await;
        let root = site.user("north/root").await;
        Self { site, post: Postbox::default(), root }
    }

    fn through(&self, app: &App) -> Actor {
        self.site.anon().with("x-app-key", &app.key)
    }

    /// The token of a link that was mailed to somebody who asked for an account.
    async fn token(&self, asks: &Actor, address: &str) -> String {
        asks.post("/auth/register", json!({ "email": address })).await.is(202);
        self.site.send_letters(&self.post).await;
        self.post.token(address)
    }

    async fn app(&self, body: Value) -> App {
        App::registered(&self.root, body).await
    }
}

fn account(token: &str, name: &str) -> Value {
    json!({ "token": token, "username": name, "password": "a word of the guest" })
}

async fn who_registers_through_an_app_gets_its_role(storage: Storage) {
    let town = Town::of(storage).await;
    let body = json!({ "name": "Autographa", "registration": true, "default_role_id": role("annotator") });
    let writer = town.app(body).await;
    let bare = town.app(json!({ "name": "Vachan-online", "registration": true })).await;
    let holds = async |by: &Actor, asks: &Actor, name: &str| {
        let token = town.token(asks, &format!("{name}@example.org")).await;
        by.post("/auth/register/prove", account(&token, name)).await.is(201);
        let login = format!("west/{name}");
        let guest =
            by.clone().with_tokens(&login, "a word of the guest").await.get("/whoami").await.is(200).body;
        assert_eq!(guest["grants"].as_array().unwrap().len(), 1, "{guest:#}");
        guest["grants"][0]["role_name"].as_str().unwrap().to_owned()
    };
    let (anon, through) = (town.site.anon(), town.through(&writer));
    assert_eq!(holds(&through, &through, "one").await, "annotator");
    assert_eq!(holds(&anon, &through, "two").await, "annotator", "the link is of the app");
    assert_eq!(holds(&anon, &anon, "three").await, "viewer");
    assert_eq!(holds(&town.through(&bare), &town.through(&bare), "four").await, "viewer", "the operator's");
    let token = town.site.anon().with("x-app-key", &writer.key);
    assert_eq!(app_of(&token).await, "Autographa");
    // Nobody names a role.
    for (name, value) in
        [("role", json!("root")), ("role_id", json!(role("root"))), ("default_role_id", json!(role("root")))]
    {
        let mut body = json!({ "email": "five@example.org" });
        body[name] = value.clone();
        let refused = through.post("/auth/register", body).await.is(422);
        assert_eq!(refused.body["errors"][0]["pointer"], format!("/{name}"));
        let mut body = account("none", "five");
        body[name] = value;
        through.post("/auth/register/prove", body).await.is(422);
    }
}

async fn registration_is_let_in_by_each_app(storage: Storage) {
    let town = Town::of(storage).await;
    let open = town.app(json!({ "name": "Autographa", "registration": true })).await;
    let shut = town.app(json!({ "name": "Vachan-online" })).await;
    let ask = json!({ "email": "guest@example.org" });
    town.through(&shut).post("/auth/register", ask.clone()).await.is(403);
    town.site.anon().with("x-app-key", "Autographa").post("/auth/register", ask).await.is(401);
    let token = town.token(&town.through(&open), "guest@example.org").await;
    // The link of an app is not for another one, and the default app's for none.
    town.through(&shut).post("/auth/register/prove", account(&token, "guest")).await.is(401);
    let plain = town.token(&town.site.anon(), "plain@example.org").await;
    town.through(&open).post("/auth/register/prove", account(&plain, "plain")).await.is(401);
    // What has been closed since, or is suspended, lets nobody in; the link stays good.
    let prove = async || town.through(&open).post("/auth/register/prove", account(&token, "guest")).await;
    town.root.patch(&open.path(""), json!({ "registration": false })).await.is(200);
    prove().await.is(403);
    town.root.patch(&open.path(""), json!({ "registration": true })).await.is(200);
    town.root.act(&open.path("/suspend")).await.is(200);
    prove().await.is(401);
    town.site.anon().post("/auth/register/prove", account(&token, "guest")).await.is(403);
    town.root.act(&open.path("/wake")).await.is(200);
    prove().await.is(201);
}

async fn a_role_is_handed_out_by_who_may_grant_it(storage: Storage) {
    let town = Town::of(storage).await;
    let root = &town.root;
    let north = root.all("/organizations?limit=500").await;
    let north =
        north.iter().find(|found| found["name"] == "north").unwrap()["id"].as_str().unwrap().to_owned();
    let rules: Vec<String> =
        ["view", "create", "edit"].map(|deed| format!("client_app:{deed}:global")).into();
    let rules = [rules, vec!["grant:create:global".to_owned()]].concat();
    let role_made = json!({ "name": "registrar", "rules": rules });
    let registrar = root.post(&format!("/organizations/{north}/roles"), role_made).await.is(201).id();
    let mate = town.site.user("north/mate").await;
    let id = mate.get("/whoami").await.is(200).body["principal"]["id"].clone();
    let grant = json!({
        "principal": { "kind": "user", "id": id }, "role_id": registrar, "anchor": { "level": "server" }
    });
    root.post("/grants", grant).await.is(201);

    let guard = async |answer: bailiwick_tests::Answer, guard: &str| {
        assert_eq!(answer.is(403).body["guard"], guard);
    };
    let app = |role: Value| json!({ "name": "Autographa", "registration": true, "default_role_id": role });
    for name in ["root", "owner", "viewer"] {
        guard(mate.post("/client-apps", app(json!(role(name)))).await, "escalation").await;
    }
    guard(root.post("/client-apps", app(json!(role("node")))).await, "built_in").await;
    for unknown in [json!(registrar), json!(role("nothing of this name"))] {
        let refused = root.post("/client-apps", app(unknown)).await.is(422);
        assert_eq!(refused.body["errors"][0]["pointer"], "/default_role_id");
    }
    // Without a role it gives what the operator has set, and who may register apps may register it.
    let mine = App::registered(&mate, app(Value::Null)).await;
    let role_of = |name: &str| json!({ "default_role_id": role(name) });
    guard(mate.patch(&mine.path(""), role_of("viewer")).await, "escalation").await;
    root.patch(&mine.path(""), role_of("viewer")).await.is(200);
    // What somebody else has set, they may describe, and close; not open again.
    mate.patch(&mine.path(""), json!({ "description": "mine", "registration": true })).await.is(200);
    mate.patch(&mine.path(""), json!({ "registration": false })).await.is(200);
    guard(mate.patch(&mine.path(""), json!({ "registration": true })).await, "escalation").await;
    mate.patch(&mine.path(""), json!({ "default_role_id": null, "registration": true })).await.is(200);
}
