//! The world that most tests play in, with somebody of every role in it.

mod work;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::kinds::{KINDS, collection};
use crate::{Actor, Site, Storage};

/// Somebody of the cast.
pub struct Player {
    /// As test tables name them.
    pub name: &'static str,
    /// `organization/username`; absent for anonymous and keys.
    pub login: Option<&'static str>,
    /// The principal's id; absent for anonymous.
    pub id: Option<String>,
    /// Speaks for them.
    pub actor: Actor,
}

/// A server with the world and the cast.
pub struct Stage {
    /// The server.
    pub site: Site,
    /// Everybody, anonymous first.
    pub cast: Vec<Player>,
    /// Every object by kind and path.
    pub ids: Ids,
}

/// The people of north, by the role that they hold, and the neighbours.
const PEOPLE: &[(&str, &str)] = &[
    ("nobody", "north/nobody"),
    ("viewer", "north/viewer"),
    ("annotator", "north/annotator"),
    ("reviewer", "north/reviewer"),
    ("editor", "north/editor"),
    ("manager", "north/manager"),
    ("owner", "north/owner"),
    ("root", "north/root"),
    ("partner", "north/partner"),
    ("auditor", "north/auditor"),
    ("sue", "south/sue"),
    ("wes", "west/wes"),
];

impl Stage {
    /// The world on a new server, everybody signed in.
    pub async fn set(storage: Storage) -> Self {
        let site = Site::start(storage).await;
        site.apply(include_str!("stage.yaml")).await;
        let mut cast = vec![Player { name: "anonymous", login: None, id: None, actor: site.anon() }];
        for &(name, login) in PEOPLE {
            let actor = site.user(login).await;
            let id = actor.get("/whoami").await.is(200).body["principal"]["id"].as_str().map(str::to_owned);
            cast.push(Player { name, login: Some(login), id, actor });
        }
        let mut stage = Self { site, cast, ids: Ids::default() };
        stage.ids = Ids::read(stage.actor("root")).await;
        stage.make_keys().await;
        stage.make_work().await;
        stage.make_workers().await;
        stage.invite().await;
        let root = stage.actor("root");
        root.act(&format!("/projects/{}/archive", stage.id("project", "north/old"))).await.is(200);
        stage.ids = Ids::read(root).await;
        stage
    }

    /// A key of the manager in their project, one of the owner that was given more than the owner has, and one each
    /// of the neighbours, south's issued for a client app.
    async fn make_keys(&mut self) {
        let manager = format!("/projects/{}/api-keys", self.id("project", "north/home"));
        let role = self.id("role", "manager").to_owned();
        let (id, actor) = self.key("manager", &manager, json!({ "name": "robot", "role_id": role })).await;
        self.cast.push(Player { name: "key", login: None, id: Some(id), actor });

        let owner = format!("/organizations/{}/api-keys", self.id("organization", "north"));
        let (id, actor) = self.key("owner", &owner, json!({ "name": "scout" })).await;
        let viewer = self.id("role", "viewer");
        let grant = json!({
            "principal": { "kind": "api_key", "id": id }, "role_id": viewer, "anchor": { "level": "server" }
        });
        self.actor("root").post("/grants", grant).await.is(201);
        self.cast.push(Player { name: "wide-key", login: None, id: Some(id), actor });

        let app = json!({ "name": "Vachan-online", "description": "for readers" });
        let app = self.actor("root").post("/client-apps", app).await.is(201).id();
        let through = [("wes", "west", Value::Null), ("root", "south", json!(app))];
        for (who, organization, client_app_id) in through {
            let there = format!("/organizations/{}/api-keys", self.id("organization", organization));
            self.key(who, &there, json!({ "name": "robot", "client_app_id": client_app_id })).await;
        }
    }

    /// A node of each organization, a computation in each collaboration that they execute, and the container of north's
    /// run; and that west is asked into the alliance.
    async fn make_workers(&mut self) {
        let mut secrets = Vec::new();
        for (by, organization, collaboration) in
            [("owner", "north", "alliance"), ("root", "south", "alliance"), ("wes", "west", "outback")]
        {
            let body =
                json!({ "name": "worker", "collaboration_id": self.id("collaboration", collaboration) });
            let under = format!("/organizations/{}/nodes", self.id("organization", organization));
            let made = self.actor(by).post(&under, body).await.is(201);
            secrets.push((organization, made.id(), made.body["secret"].as_str().unwrap().to_owned()));
        }
        for (organization, id, secret) in secrets {
            let name = match organization {
                "north" => "node",
                "south" => "south-node",
                _ => "west-node",
            };
            let actor = self.site.node(&id, &secret).await;
            self.cast.push(Player { name, login: None, id: Some(id), actor });
        }
        for (by, job, executors) in
            [("root", "south/shared/workup", &["north", "south"][..]), ("wes", "west/far/workup", &["west"])]
        {
            let run = |of: &&str| json!({ "organization_id": self.id("organization", of), "input": "input" });
            let runs: Vec<Value> = executors.iter().map(run).collect();
            let body = json!({ "name": "compute", "image": "algorithms/mean:1", "runs": runs });
            self.actor(by).post(&format!("/jobs/{}/tasks", self.id("job", job)), body).await.is(201);
        }
        self.ids = Ids::read(self.actor("root")).await;
        let run = self.id("run", "south/shared/workup/compute by north").to_owned();
        self.actor("node").patch(&format!("/runs/{run}"), json!({ "status": "active" })).await.is(200);
        let token = self.actor("node").post("/auth/tokens/container", json!({ "run_id": run })).await.is(201);
        let actor = self.site.anon().bearer(token.body["access_token"].as_str().unwrap());
        self.cast.push(Player { name: "container", login: None, id: Some(run), actor });
        let asked = json!({ "organization_id": self.id("organization", "west") });
        let proposals = format!("/collaborations/{}/proposals", self.id("collaboration", "alliance"));
        self.actor("root").post(&proposals, asked).await.is(202);
    }

    /// A guest for each place that tests speak of.
    async fn invite(&self) {
        for place in ["north/home", "north/next", "south/shared", "west/far"] {
            let invitation = json!({
                "address": "guest@example.org", "role_id": self.id("role", "viewer"),
                "anchor": { "level": "project", "id": self.id("project", place) }
            });
            self.actor("root").post("/invitations", invitation).await.is(201);
        }
    }

    /// A new key, made by somebody of the cast: its id and somebody who speaks with it.
    pub async fn key(&self, by: &str, under: &str, body: Value) -> (String, Actor) {
        let made = self.actor(by).post(under, body).await.is(201);
        let actor = self.site.anon().api_key(&made.id(), made.body["secret"].as_str().unwrap());
        (made.id(), actor)
    }

    /// Somebody of the cast.
    pub fn player(&self, name: &str) -> &Player {
        self.cast
            .iter()
            .find(|player| player.name == name)
            .unwrap_or_else(|| panic!("nobody is called {name}"))
    }

    /// Who speaks for somebody of the cast.
    pub fn actor(&self, name: &str) -> &Actor {
        &self.player(name).actor
    }

    /// The id of an object.
    pub fn id(&self, kind: &str, path: &str) -> &str {
        self.ids.get(kind, path)
    }

    /// The file, the dataset or the label of the project that an object is or lies in, if it is one of the stage.
    pub fn beside(&self, kind: &str, id: &str) -> Option<&str> {
        let mut names = self.ids.path_of(id)?.split('/');
        let (organization, project) = (names.next()?, names.next()?);
        self.ids.find(kind, &format!("{organization}/{project}/{}", work::called(kind)))
    }

    /// Somebody with a grant in an organization or a project of the stage.
    pub fn member(&self, id: &str) -> Option<&str> {
        let member = match self.ids.path_of(id)? {
            "north/home" => "north/viewer",
            place if place.starts_with("north") => "north/mate",
            place if place.starts_with("south") => "south/sue",
            _ => "west/wim",
        };
        self.ids.find("user", member)
    }

    /// Everything that the server holds, as root reads it, but for the audit log and the times of last use: one line
    /// an object.
    pub async fn dump(&self) -> BTreeSet<String> {
        let mut all = BTreeSet::new();
        for (_, collection) in KINDS {
            let unasked = match *collection {
                "sources" => "&status=all&latest=all",
                "contents" => "&status=all",
                _ => "",
            };
            for mut item in self.actor("root").all(&format!("/{collection}?limit=500{unasked}")).await {
                for noted in ["last_used_at", "last_seen_at", "online"] {
                    item.as_object_mut().unwrap().remove(noted);
                }
                all.insert(item.to_string());
            }
        }
        all
    }

    /// Fails when the server holds anything else than before.
    pub async fn unchanged(&self, before: &BTreeSet<String>, because: &str) {
        let now = self.dump().await;
        let changed: Vec<_> = before.symmetric_difference(&now).collect();
        assert!(changed.is_empty(), "{because}: {changed:#?}");
    }
}

/// Every object of a server by kind and path: `organization/project/job/task`, `organization/username`; a built-in
/// role by its name; a grant as `organization/username role at`.
#[derive(Debug, Default)]
pub struct Ids(BTreeMap<(String, String), String>);

impl Ids {
    /// All that this actor may view.
    pub async fn read(root: &Actor) -> Self {
        let mut ids = Self::default();
        let mut called = BTreeMap::new();
        for (kind, collection) in KINDS {
            for item in root.all(&format!("/{collection}")).await {
                let path = path_of(&item, &called);
                let id = item["id"].as_str().unwrap().to_owned();
                called.insert(id.clone(), path.clone());
                assert!(ids.0.insert(((*kind).to_owned(), path), id).is_none(), "two of {kind} {item:#}");
            }
        }
        ids
    }

    /// The id of an object.
    pub fn get(&self, kind: &str, path: &str) -> &str {
        self.find(kind, path).unwrap_or_else(|| panic!("there is no {kind} {path}"))
    }

    /// The id of an object, if there is one.
    pub fn find(&self, kind: &str, path: &str) -> Option<&str> {
        self.0.get(&(kind.to_owned(), path.to_owned())).map(String::as_str)
    }

    /// The path of an object, if there is one.
    pub fn path_of(&self, id: &str) -> Option<&str> {
        self.0.iter().find(|(_, known)| *known == id).map(|((_, path), _)| path.as_str())
    }

    /// Path and id of every object of a kind.
    pub fn of_kind(&self, kind: &str) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .filter(move |((known, _), _)| known == kind)
            .map(|((_, path), id)| (path.as_str(), id.as_str()))
    }

    /// Kind and id of every object.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|((kind, _), id)| (kind.as_str(), id.as_str()))
    }

    /// The address of an object.
    pub fn address(&self, kind: &str, path: &str) -> String {
        format!("/{}/{}", collection(kind), self.get(kind, path))
    }
}

fn path_of(item: &Value, called: &BTreeMap<String, String>) -> String {
    let known = |id: &Value| called.get(id.as_str().unwrap_or_default()).cloned().unwrap_or("?".to_owned());
    if item.get("collaboration_name").is_some() {
        let collaboration = known(&item["collaboration_id"]);
        return format!("{} into {collaboration}", item["path"][0]["name"].as_str().unwrap());
    }
    let names: Vec<&str> =
        item["path"].as_array().unwrap().iter().map(|crumb| crumb["name"].as_str().unwrap()).collect();
    // What has no name is called by what it says, or how it is written.
    for said in ["text", "format"] {
        if let Some(said) = item[said].as_str() {
            return format!("{}: {said}", names.join("/"));
        }
    }
    if item["label_id"].is_string() {
        return format!("{}: {}", names.join("/"), known(&item["label_id"]));
    }
    let own = item["name"].as_str().or(item["username"].as_str());
    match own {
        Some(own) => names.into_iter().chain([own]).collect::<Vec<_>>().join("/"),
        None if item["executor_id"].is_string() => {
            format!("{} by {}", names.join("/"), known(&item["executor_id"]))
        }
        None => {
            let at = if names.is_empty() { "server".to_owned() } else { names.join("/") };
            format!("{} {} {at}", known(&item["principal"]["id"]), known(&item["role_id"]))
        }
    }
}
