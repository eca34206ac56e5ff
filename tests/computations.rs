//! Organizations that compute together: what runs go through, what containers may, and what other servers of this kind
//! let slip through.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "test code")]

use bailiwick_tests::{Actor, Site, Storage, on_every_storage};
use reqwest::Method;
use serde_json::{Value, json};

on_every_storage!(
    an_organization_enters_when_both_sides_want_it,
    a_run_goes_its_way_once,
    what_came_out_is_stored_once,
    a_container_ends_with_its_run,
    a_container_makes_only_subtasks_of_its_own_image,
    a_container_does_no_more_than_the_maker_of_its_task,
    a_new_secret_ends_what_the_old_one_proved,
    one_collaboration_is_not_another,
    a_node_touches_its_own_runs_alone,
    tasks_are_for_organizations_with_a_node_there,
    a_node_runs_what_its_organization_allows,
    plain_text_is_refused_where_ciphertext_is_demanded,
    killing_ends_what_is_open,
    leaving_takes_along_what_was_there,
    a_suspended_organization_computes_no_more,
    a_task_goes_with_its_runs_or_not_at_all,
    an_open_run_keeps_its_project_where_it_is,
    a_collaboration_admin_does_not_become_root,
    roles_lose_no_rule_that_the_caller_lacks,
    fixed_roles_change_in_the_policy_files_alone,
    a_day_played_in_python,
);

const WORLD: &str = "
organizations:
  - name: north
    users: [{ username: root }, { username: ann }, { username: rita }, { username: cole }]
    projects:
      - { name: shared, collaboration: first, jobs: [{ name: job }] }
      - { name: aside, collaboration: second, jobs: [{ name: job }] }
      - { name: inner, jobs: [{ name: job }] }
  - name: south
    users: [{ username: sam }, { username: vera }]
  - name: west
    users: [{ username: wes }]
  - name: far
    users: [{ username: fay, email: fay@far.example }]
collaborations:
  - { name: first, organizations: [north, south] }
  - { name: second, organizations: [north, west] }
grants:
  - { user: north/root, role: root, at: server }
  - { user: far/fay, role: root, at: server }
  - { user: north/ann, role: owner, at: north }
  - { user: north/ann, role: organization_viewer, at: server }
  - { user: north/rita, role: researcher, at: server }
  - { user: north/cole, role: collaboration_admin, at: server }
  - { user: south/sam, role: owner, at: south }
  - { user: south/vera, role: organization_viewer, at: server }
  - { user: west/wes, role: owner, at: west }
";

/// A server with that world, and a node of each member in each collaboration.
struct Lab {
    site: Site,
    root: Actor,
    ann: Actor,
    sam: Actor,
    wes: Actor,
    /// North's and south's in the first collaboration, north's and west's in the second.
    nodes: [Node; 4],
}

struct Node {
    id: String,
    secret: String,
    actor: Actor,
}

impl Lab {
    async fn set(storage: Storage) -> Self {
        let site = Site::start(storage).await;
        site.apply(WORLD).await;
        let root = site.user("north/root").await;
        let (ann, sam, wes) =
            (site.user("north/ann").await, site.user("south/sam").await, site.user("west/wes").await);
        let mut nodes = Vec::new();
        for (by, home, into, name) in [
            (&ann, "north", "first", "one"),
            (&sam, "south", "first", "one"),
            (&ann, "north", "second", "two"),
            (&wes, "west", "second", "two"),
        ] {
            let body = json!({ "name": name, "collaboration_id": one(&root, "collaborations", into).await });
            let under = format!("/organizations/{}/nodes", one(&root, "organizations", home).await);
            let made = by.post(&under, body).await.is(201);
            let secret = made.body["secret"].as_str().unwrap().to_owned();
            let actor = site.node(&made.id(), &secret).await;
            nodes.push(Node { id: made.id(), secret, actor });
        }
        let nodes = nodes.try_into().unwrap_or_else(|_| panic!("four nodes"));
        Self { site, root, ann, sam, wes, nodes }
    }

    async fn organization(&self, name: &str) -> String {
        one(&self.root, "organizations", name).await
    }

    async fn collaboration(&self, name: &str) -> String {
        one(&self.root, "collaborations", name).await
    }

    async fn project(&self, name: &str) -> String {
        one(&self.root, "projects", name).await
    }

    /// The job of a project.
    async fn job(&self, project: &str) -> String {
        let project = self.project(project).await;
        self.root.get(&format!("/projects/{project}/jobs")).await.is(200).ids()[0].clone()
    }

    /// What makes a computation for these organizations.
    async fn asked(&self, name: &str, executors: &[&str]) -> Value {
        let mut runs = Vec::new();
        for executor in executors {
            runs.push(json!({ "organization_id": self.organization(executor).await, "input": "given" }));
        }
        json!({ "name": name, "image": "algorithms/mean:1", "runs": runs })
    }

    /// A computation: the task, and its runs in the order of the organizations.
    async fn compute(&self, by: &Actor, project: &str, executors: &[&str]) -> (String, Vec<String>) {
        let body = self.asked(&executors.join(" and "), executors).await;
        let task = by.post(&format!("/jobs/{}/tasks", self.job(project).await), body).await.is(201).id();
        let found = self.root.get(&format!("/tasks/{task}/runs")).await.is(200);
        let runs = found.body["items"].as_array().unwrap();
        let mut ids = Vec::new();
        for executor in executors {
            let id = self.organization(executor).await;
            let run = runs.iter().find(|run| run["executor_id"] == *id).unwrap();
            ids.push(run["id"].as_str().unwrap().to_owned());
        }
        (task, ids)
    }

    async fn status(&self, kind: &str, id: &str) -> String {
        let found = self.root.get(&format!("/{kind}/{id}")).await.is(200);
        found.body["status"].as_str().unwrap().to_owned()
    }

    /// The container of a run, by its node.
    async fn container(&self, node: usize, run: &str) -> Actor {
        let asked = json!({ "run_id": run });
        let token = self.nodes[node].actor.post("/auth/tokens/container", asked).await.is(201);
        self.site.anon().bearer(token.body["access_token"].as_str().unwrap())
    }

    async fn report(&self, node: usize, run: &str, status: &str, answer: u16) -> Value {
        let path = format!("/runs/{run}");
        self.nodes[node].actor.patch(&path, json!({ "status": status })).await.is(answer).body
    }
}

/// The object of this name.
async fn one(by: &Actor, collection: &str, name: &str) -> String {
    let found = by.get(&format!("/{collection}?q={name}&limit=500")).await.is(200);
    let items = found.body["items"].as_array().unwrap();
    let named = |item: &&Value| item["name"] == name || item["username"] == name;
    items.iter().find(named).unwrap_or_else(|| panic!("no {name}"))["id"].as_str().unwrap().to_owned()
}

async fn an_organization_enters_when_both_sides_want_it(storage: Storage) {
    let lab = Lab::set(storage).await;
    let cole = lab.site.user("north/cole").await;
    let (first, west) = (lab.collaboration("first").await, lab.organization("west").await);
    let door = format!("/collaborations/{first}/organizations/{west}");
    // Nobody of west decides alone, nor anybody of the collaboration.
    lab.wes.send(Method::PUT, &door, None).await.is(404);
    let proposal = cole.send(Method::PUT, &door, None).await.is(202);
    let id = proposal.id();
    assert_eq!(cole.send(Method::PUT, &door, None).await.is(202).id(), id, "asked twice, it is one proposal");
    cole.post(&format!("/collaborations/{first}/proposals"), json!({ "organization_id": west }))
        .await
        .is(409);
    let seen = lab.wes.get(&format!("/proposals/{id}")).await.is(200).body;
    let names: Vec<&str> =
        seen["members"].as_array().unwrap().iter().map(|m| m["name"].as_str().unwrap()).collect();
    assert_eq!(sorted(names), ["north", "south"]);
    assert_eq!(lab.wes.get("/proposals").await.is(200).ids(), [id.clone()]);
    lab.sam.get(&format!("/proposals/{id}")).await.is(404);
    assert!(lab.sam.get("/proposals").await.is(200).ids().is_empty());
    cole.act(&format!("/proposals/{id}/accept")).await.is(403);
    lab.wes.act(&format!("/proposals/{id}/decline")).await.is(200);
    lab.wes.act(&format!("/proposals/{id}/accept")).await.is(409);

    let again = cole.send(Method::PUT, &door, None).await.is(202).id();
    cole.act(&format!("/proposals/{again}/withdraw")).await.is(200);
    let third = cole.send(Method::PUT, &door, None).await.is(202).id();
    lab.wes.act(&format!("/proposals/{third}/accept")).await.is(200);
    let members = lab.root.get(&format!("/collaborations/{first}")).await.is(200);
    assert_eq!(members.body["organization_ids"].as_array().unwrap().len(), 3);
    let told = lab.root.get(&format!("/audit-events?object_id={first}&limit=500")).await.is(200);
    assert!(told.body["items"].as_array().unwrap().iter().any(|event| event["deed"] == "accept_proposal"));
    // Who speaks for both does it in one step; the organization goes when it wants.
    lab.wes.send(Method::DELETE, &door, None).await.is(204);
    lab.root.send(Method::PUT, &door, None).await.is(200);
    lab.wes.send(Method::DELETE, &door, None).await.is(204);
    lab.wes.send(Method::DELETE, &door, None).await.is(404);
}

fn sorted(mut names: Vec<&str>) -> Vec<&str> {
    names.sort_unstable();
    names
}

async fn a_run_goes_its_way_once(storage: Storage) {
    let lab = Lab::set(storage).await;
    let (task, runs) = lab.compute(&lab.ann, "shared", &["north", "south"]).await;
    assert_eq!(lab.status("tasks", &task).await, "pending");
    lab.report(0, &runs[0], "completed", 409).await;
    lab.report(0, &runs[0], "initializing", 200).await;
    assert_eq!(lab.status("tasks", &task).await, "initializing");
    lab.report(0, &runs[0], "pending", 409).await;
    let active = lab.report(0, &runs[0], "active", 200).await;
    assert!(active["started_at"].is_string());
    // The same report again is answered alike, and is no change.
    assert_eq!(lab.report(0, &runs[0], "active", 200).await["version"], active["version"]);
    assert_eq!(lab.status("tasks", &task).await, "active");
    let done = lab.report(0, &runs[0], "completed", 200).await;
    assert!(done["finished_at"].is_string());
    assert_eq!(lab.status("tasks", &task).await, "pending", "south has not begun");
    for late in ["active", "failed", "killed"] {
        lab.report(0, &runs[0], late, 409).await;
    }
    lab.report(0, &runs[0], "completed", 200).await;
    lab.root.patch(&format!("/runs/{}", runs[0]), json!({ "status": "killed" })).await.is(409);
    lab.root.patch(&format!("/runs/{}", runs[1]), json!({ "status": "active" })).await.is(409);
    lab.report(1, &runs[1], "not_allowed", 200).await;
    assert_eq!(lab.status("tasks", &task).await, "failed");
    // The status of a computation is nobody's to set.
    lab.ann.patch(&format!("/tasks/{task}"), json!({ "status": "complete" })).await.is(422);
    lab.nodes[0].actor.patch(&format!("/runs/{}", runs[0]), json!({ "status": "unheard of" })).await.is(422);
}

async fn what_came_out_is_stored_once(storage: Storage) {
    let lab = Lab::set(storage).await;
    let (_, runs) = lab.compute(&lab.ann, "shared", &["north", "south"]).await;
    let path = format!("/runs/{}", runs[0]);
    let node = &lab.nodes[0].actor;
    let bytes = |count: usize| (0..count).map(|at| u8::try_from(at % 251).unwrap()).collect::<Vec<u8>>();
    let put = async |count: usize| {
        node.send_raw(Method::PUT, &format!("{path}/result"), "application/octet-stream", bytes(count)).await
    };
    node.get(&format!("{path}/result")).await.is(404);
    assert_eq!(lab.ann.get(&format!("{path}/input")).await.is(200).body, "given");
    put((4 << 20) + 1).await.is(422);
    node.send_raw(Method::PUT, &format!("{path}/result"), "text/plain", "no").await.is(415);
    let stored = put(700_000).await.is(200);
    assert_eq!(stored.body["result_bytes"], 700_000);
    put(3).await.is(409);
    let found = lab.ann.get(&format!("{path}/result")).await.is(200);
    assert_eq!(found.headers["content-length"], "700000");
    assert_eq!(found.headers["content-type"], "application/octet-stream");
    assert!(found.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
    node.post(&format!("{path}/log"), json!({ "text": "one\n" })).await.is(200);
    node.post(&format!("{path}/log"), json!({ "text": "two\n" })).await.is(200);
    assert_eq!(lab.ann.get(&format!("{path}/log")).await.is(200).body, "one\ntwo\n");
    lab.report(0, &runs[0], "active", 200).await;
    lab.report(0, &runs[0], "completed", 200).await;
    node.post(&format!("{path}/log"), json!({ "text": "late\n" })).await.is(409);
    // Only the node that executes it stores anything.
    lab.ann.post(&format!("{path}/log"), json!({ "text": "no\n" })).await.is(403);
    let other = format!("/runs/{}/result", runs[1]);
    node.send_raw(Method::PUT, &other, "application/octet-stream", vec![1]).await.is(403);
}

async fn a_container_ends_with_its_run(storage: Storage) {
    let lab = Lab::set(storage).await;
    let (task, runs) = lab.compute(&lab.ann, "shared", &["north", "south"]).await;
    let first = lab.container(0, &runs[0]).await;
    first.get(&format!("/tasks/{task}")).await.is(200);
    let second = lab.container(0, &runs[0]).await;
    first.get("/whoami").await.is(401);
    second.get(&format!("/tasks/{task}")).await.is(200);
    // Another node asks in vain, also one of the same organization elsewhere.
    let asked = json!({ "run_id": runs[0] });
    lab.nodes[1].actor.post("/auth/tokens/container", asked.clone()).await.is(403);
    lab.nodes[2].actor.post("/auth/tokens/container", asked.clone()).await.is(403);
    lab.nodes[3].actor.post("/auth/tokens/container", asked.clone()).await.is(422);
    lab.ann.post("/auth/tokens/container", asked.clone()).await.is(403);
    lab.report(0, &runs[0], "active", 200).await;
    lab.report(0, &runs[0], "completed", 200).await;
    second.get(&format!("/tasks/{task}")).await.is(401);
    lab.nodes[0].actor.post("/auth/tokens/container", asked).await.is(409);
    // Nor does it outlive that its node is suspended.
    let other = lab.container(1, &runs[1]).await;
    other.get("/whoami").await.is(200);
    lab.sam.act(&format!("/nodes/{}/suspend", lab.nodes[1].id)).await.is(200);
    other.get("/whoami").await.is(401);
    lab.nodes[1].actor.get("/whoami").await.is(401);
    assert_eq!(lab.status("runs", &runs[1]).await, "killed");
}

async fn a_container_makes_only_subtasks_of_its_own_image(storage: Storage) {
    let lab = Lab::set(storage).await;
    let (task, runs) = lab.compute(&lab.ann, "shared", &["north"]).await;
    let container = lab.container(0, &runs[0]).await;
    let tasks = format!("/jobs/{}/tasks", lab.job("shared").await);
    let body = |with: Value| {
        let mut body = json!({ "name": "part", "parent_id": task });
        body.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
        body
    };
    let runs_for =
        |ids: &[&str]| json!(ids.iter().map(|id| json!({ "organization_id": id })).collect::<Vec<_>>());
    let south = lab.organization("south").await;
    let runs = runs_for(&[&south]);
    container.post(&tasks, body(json!({ "runs": runs, "image": "algorithms/other:1" }))).await.is(403);
    container.post(&tasks, body(json!({ "runs": runs, "parent_id": null }))).await.is(403);
    let (other, _) = lab.compute(&lab.ann, "shared", &["south"]).await;
    container.post(&tasks, body(json!({ "runs": runs, "parent_id": other }))).await.is(403);
    container
        .post(&format!("/jobs/{}/tasks", lab.job("aside").await), body(json!({ "runs": runs })))
        .await
        .is(404);
    container
        .post(&format!("/jobs/{}/tasks", lab.job("inner").await), body(json!({ "runs": runs })))
        .await
        .is(404);
    let made = container.post(&tasks, body(json!({ "runs": runs }))).await.is(201);
    assert_eq!(made.body["image"], "algorithms/mean:1");
    let seen = lab.root.get(&format!("/tasks/{}", made.id())).await.is(200);
    let maker = one(&lab.root, "users", "ann").await;
    assert_eq!(seen.body["maker_id"], *maker, "it counts as made by who made its task");
    // It has no other doors.
    container.get("/auth/sessions").await.is(403);
    container.delete(&format!("/tasks/{task}")).await.is(403);
    container.post("/organizations", json!({ "name": "new" })).await.is(403);
}

async fn a_container_does_no_more_than_the_maker_of_its_task(storage: Storage) {
    let lab = Lab::set(storage).await;
    let rita = lab.site.user("north/rita").await;
    let (task, runs) = lab.compute(&rita, "shared", &["north", "south"]).await;
    let container = lab.container(0, &runs[0]).await;
    container.get(&format!("/tasks/{task}")).await.is(200);
    assert_eq!(container.get("/organizations").await.is(200).ids().len(), 2);
    let grants =
        lab.root.get(&format!("/grants?principal_id={}", one(&lab.root, "users", "rita").await)).await;
    lab.root.delete(&format!("/grants/{}", grants.is(200).ids()[0])).await.is(204);
    container.get(&format!("/tasks/{task}")).await.is(404);
    assert!(container.get("/organizations").await.is(200).ids().is_empty());
    let user = one(&lab.root, "users", "rita").await;
    lab.root.act(&format!("/users/{user}/suspend")).await.is(200);
    container.get("/whoami").await.is(401);
}

async fn a_new_secret_ends_what_the_old_one_proved(storage: Storage) {
    let lab = Lab::set(storage).await;
    let Node { id, secret, actor } = &lab.nodes[0];
    actor.get("/whoami").await.is(200);
    lab.sam.act(&format!("/nodes/{id}/secret")).await.is(404);
    // North's other node would be this one, with its secret.
    lab.nodes[2].actor.act(&format!("/nodes/{id}/secret")).await.is(403);
    let renewed = lab.ann.act(&format!("/nodes/{id}/secret")).await.is(200);
    actor.get("/whoami").await.is(401);
    let anon = lab.site.anon();
    anon.post("/auth/tokens/node", json!({ "node_id": id, "secret": secret })).await.is(401);
    let new = lab.site.node(id, renewed.body["secret"].as_str().unwrap()).await;
    new.get("/whoami").await.is(200);
    // A secret opens its own node alone.
    let other = json!({ "node_id": lab.nodes[1].id, "secret": renewed.body["secret"] });
    anon.post("/auth/tokens/node", other).await.is(401);
    let view = lab.ann.get(&format!("/nodes/{id}")).await.is(200);
    assert_eq!(view.body["online"], true);
    assert!(view.body.get("secret").is_none() && view.body.get("secret_hash").is_none());
    let token = new.get("/whoami").await.is(200).body["scheme"].clone();
    assert_eq!(token, "bearer");
}

async fn one_collaboration_is_not_another(storage: Storage) {
    let lab = Lab::set(storage).await;
    let vera = lab.site.user("south/vera").await;
    let (task, runs) = lab.compute(&lab.ann, "aside", &["north", "west"]).await;
    let (shared, _) = lab.compute(&lab.ann, "shared", &["north"]).await;
    vera.get(&format!("/tasks/{shared}")).await.is(200);
    assert_eq!(vera.get("/tasks").await.is(200).ids(), [shared.clone()]);
    // South shares a collaboration with north, and not this one: by id as little as in a list.
    let south_node = &lab.nodes[1].actor;
    for who in [&vera, &lab.sam, south_node] {
        who.get(&format!("/tasks/{task}")).await.is(404);
        for run in &runs {
            who.get(&format!("/runs/{run}")).await.is(404);
            who.get(&format!("/runs/{run}/result")).await.is(404);
            who.get(&format!("/runs/{run}/input")).await.is(404);
        }
        who.delete(&format!("/tasks/{task}")).await.is(404);
        assert!(!who.get("/runs?limit=500").await.is(200).ids().contains(&runs[0]));
    }
}

async fn a_node_touches_its_own_runs_alone(storage: Storage) {
    let lab = Lab::set(storage).await;
    let (_, here) = lab.compute(&lab.ann, "shared", &["north", "south"]).await;
    let (_, there) = lab.compute(&lab.ann, "aside", &["north", "west"]).await;
    // North's node in the second collaboration sees what is north's, and is not north's node in the first.
    lab.report(2, &here[0], "active", 403).await;
    lab.report(0, &there[0], "active", 403).await;
    lab.report(0, &there[1], "active", 403).await;
    lab.report(1, &there[0], "active", 404).await;
    lab.report(3, &here[0], "active", 404).await;
    lab.report(0, &here[1], "active", 403).await;
    lab.report(1, &here[0], "failed", 403).await;
    for run in here.iter().chain(&there) {
        assert_eq!(lab.status("runs", run).await, "pending");
    }
    lab.report(0, &here[0], "active", 200).await;
    let mine = format!("/runs?node_id={}", lab.nodes[0].id);
    assert_eq!(lab.nodes[0].actor.get(&mine).await.is(200).ids(), [here[0].clone()]);
    // What it is not for, it gets no further than the door.
    lab.nodes[0].actor.get("/auth/sessions").await.is(403);
    lab.nodes[0].actor.post("/auth/password/change", json!({})).await.is(403);
}

async fn tasks_are_for_organizations_with_a_node_there(storage: Storage) {
    let lab = Lab::set(storage).await;
    let tasks = |job: String| format!("/jobs/{job}/tasks");
    let (shared, inner) = (tasks(lab.job("shared").await), tasks(lab.job("inner").await));
    let refused = async |path: &str, body: Value, pointer: &str| {
        let answer = lab.root.post(path, body).await.is(422);
        assert_eq!(answer.body["errors"][0]["pointer"], pointer, "{:#}", answer.body);
    };
    refused(&shared, lab.asked("no member", &["west"]).await, "/runs/0/organization_id").await;
    refused(&shared, lab.asked("no node", &["north", "far"]).await, "/runs/1/organization_id").await;
    refused(&shared, lab.asked("twice", &["north", "north"]).await, "/runs/1/organization_id").await;
    refused(&inner, lab.asked("not shared", &["north"]).await, "/runs").await;
    refused(&shared, json!({ "name": "no runs", "image": "a" }), "/runs").await;
    let mut plain = lab.asked("no image", &["north"]).await;
    plain.as_object_mut().unwrap().remove("image");
    refused(&shared, plain, "/image").await;
    let nothing = json!({ "name": "x", "image": "a", "runs": [{ "organization_id": bailiwick_tests::cases::NOTHING }] });
    refused(&shared, nothing, "/runs/0/organization_id").await;
    assert!(lab.root.get("/tasks").await.is(200).ids().is_empty(), "nothing half made");
    assert!(lab.root.get("/runs").await.is(200).ids().is_empty());
}

async fn a_node_runs_what_its_organization_allows(storage: Storage) {
    let lab = Lab::set(storage).await;
    let rita = lab.site.user("north/rita").await;
    let node = format!("/nodes/{}", lab.nodes[1].id);
    let tasks = format!("/jobs/{}/tasks", lab.job("shared").await);
    let asked = lab.asked("asked", &["south"]).await;
    let south = lab.organization("south").await;
    for policy in [
        json!({ "images": ["algorithms/sum:*"] }),
        json!({ "organizations": [south] }),
        json!({ "users": [] }),
    ] {
        lab.sam.patch(&node, json!({ "policy": policy })).await.is(200);
        let answer = rita.post(&tasks, asked.clone()).await.is(422);
        assert_eq!(answer.body["errors"][0]["pointer"], "/runs/0/organization_id");
    }
    // Whom a policy names, its maker may view.
    let stranger = json!({ "policy": { "users": [one(&lab.root, "users", "wes").await] } });
    lab.sam.patch(&node, stranger).await.is(422);
    lab.ann.patch(&node, json!({ "policy": null })).await.is(403);
    lab.wes.patch(&node, json!({ "policy": null })).await.is(404);
    lab.sam.patch(&node, json!({ "policy": { "images": ["algorithms/*"] } })).await.is(200);
    rita.post(&tasks, asked).await.is(201);
}

async fn plain_text_is_refused_where_ciphertext_is_demanded(storage: Storage) {
    let lab = Lab::set(storage).await;
    let first = format!("/collaborations/{}", lab.collaboration("first").await);
    lab.root.patch(&first, json!({ "encrypted": true })).await.is(200);
    lab.root.patch(&first, json!({ "encrypted": false })).await.is(422);
    let tasks = format!("/jobs/{}/tasks", lab.job("shared").await);
    let mut asked = lab.asked("asked", &["north"]).await;
    let plain = lab.ann.post(&tasks, asked.clone()).await.is(422);
    assert_eq!(plain.body["errors"][0]["pointer"], "/runs/0/input");
    let sealed = format!("bwe1.{}.{}.{}", "k".repeat(342), "n".repeat(16), "d".repeat(900));
    asked["runs"][0]["input"] = json!(sealed);
    let task = lab.ann.post(&tasks, asked).await.is(201).id();
    let run = lab.root.get(&format!("/tasks/{task}/runs")).await.is(200).ids()[0].clone();
    let put = async |text: String| {
        let path = format!("/runs/{run}/result");
        lab.nodes[0].actor.send_raw(Method::PUT, &path, "application/octet-stream", text).await
    };
    put("the mean is 42".to_owned()).await.is(422);
    put(sealed.clone() + "!").await.is(422);
    put(sealed.clone()).await.is(200);
    assert_eq!(lab.ann.get(&format!("/runs/{run}/result")).await.is(200).body, json!(sealed));
    // A node publishes its organization's key, and no other's.
    let (north, south) = (lab.organization("north").await, lab.organization("south").await);
    let key = json!({ "public_key": "a key" });
    lab.nodes[0].actor.patch(&format!("/organizations/{north}"), key.clone()).await.is(200);
    lab.nodes[0].actor.patch(&format!("/organizations/{south}"), key).await.is(403);
    assert_eq!(lab.sam.get(&format!("/organizations/{south}")).await.is(200).body["public_key"], Value::Null);
}

async fn killing_ends_what_is_open(storage: Storage) {
    let lab = Lab::set(storage).await;
    let rita = lab.site.user("north/rita").await;
    let (task, runs) = lab.compute(&rita, "shared", &["north", "south"]).await;
    lab.report(0, &runs[0], "active", 200).await;
    lab.report(0, &runs[0], "completed", 200).await;
    lab.sam.act(&format!("/tasks/{task}/kill")).await.is(404);
    rita.act(&format!("/tasks/{task}/kill")).await.is(403);
    lab.ann.act(&format!("/tasks/{task}/kill")).await.is(200);
    assert_eq!(lab.status("runs", &runs[0]).await, "completed", "what was done stays done");
    assert_eq!(lab.status("runs", &runs[1]).await, "killed");
    assert_eq!(lab.status("tasks", &task).await, "killed");
    lab.report(1, &runs[1], "active", 409).await;
    let (_, more) = lab.compute(&rita, "shared", &["south"]).await;
    lab.ann.act(&format!("/nodes/{}/kill", lab.nodes[1].id)).await.is(403);
    lab.sam.act(&format!("/nodes/{}/kill", lab.nodes[1].id)).await.is(204);
    assert_eq!(lab.status("runs", &more[0]).await, "killed");
}

async fn leaving_takes_along_what_was_there(storage: Storage) {
    let lab = Lab::set(storage).await;
    let (task, runs) = lab.compute(&lab.ann, "shared", &["north", "south"]).await;
    let (_, elsewhere) = lab.compute(&lab.ann, "aside", &["north"]).await;
    let (first, north) = (lab.collaboration("first").await, lab.organization("north").await);
    lab.wes
        .send(Method::DELETE, &format!("/collaborations/{first}/organizations/{north}"), None)
        .await
        .is(404);
    lab.ann
        .send(Method::DELETE, &format!("/collaborations/{first}/organizations/{north}"), None)
        .await
        .is(204);
    let shared = lab.root.get(&format!("/projects/{}", lab.project("shared").await)).await.is(200);
    assert_eq!(shared.body["collaboration_id"], Value::Null);
    assert_eq!(lab.status("tasks", &task).await, "killed");
    for run in &runs {
        assert_eq!(lab.status("runs", run).await, "killed");
    }
    assert_eq!(lab.status("runs", &elsewhere[0]).await, "pending", "of the other one nothing is touched");
    lab.nodes[0].actor.get("/whoami").await.is(401);
    lab.root.get(&format!("/nodes/{}", lab.nodes[0].id)).await.is(404);
    lab.nodes[1].actor.get(&format!("/tasks/{task}")).await.is(404);
    // With its last member gone nothing keeps the collaboration; the other one is kept by what is in it.
    lab.root.delete(&format!("/collaborations/{first}")).await.is(409);
    lab.root.delete(&format!("/collaborations/{first}?cascade=true")).await.is(204);
    lab.nodes[1].actor.get("/whoami").await.is(401);
    let second = lab.collaboration("second").await;
    let kept = lab.root.delete(&format!("/collaborations/{second}")).await.is(409);
    let kinds: Vec<&str> =
        kept.body["dependents"].as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap()).collect();
    assert_eq!(sorted(kinds), ["node", "project"]);
}

async fn a_suspended_organization_computes_no_more(storage: Storage) {
    let lab = Lab::set(storage).await;
    let (_, runs) = lab.compute(&lab.ann, "shared", &["north", "south"]).await;
    let container = lab.container(1, &runs[1]).await;
    let south = lab.organization("south").await;
    lab.root.act(&format!("/organizations/{south}/suspend")).await.is(200);
    lab.nodes[1].actor.get("/whoami").await.is(401);
    container.get("/whoami").await.is(401);
    assert_eq!(lab.status("runs", &runs[1]).await, "killed");
    assert_eq!(lab.status("runs", &runs[0]).await, "pending");
    let secret = json!({ "node_id": lab.nodes[1].id, "secret": lab.nodes[1].secret });
    lab.site.anon().post("/auth/tokens/node", secret.clone()).await.is(401);
    lab.root.act(&format!("/organizations/{south}/wake")).await.is(200);
    lab.nodes[1].actor.get("/whoami").await.is(401);
    lab.site.anon().post("/auth/tokens/node", secret).await.is(201);
}

async fn a_task_goes_with_its_runs_or_not_at_all(storage: Storage) {
    let lab = Lab::set(storage).await;
    let (task, runs) = lab.compute(&lab.ann, "shared", &["north", "south"]).await;
    let container = lab.container(0, &runs[0]).await;
    let part = json!({
        "name": "part", "parent_id": task, "runs": [{ "organization_id": lab.organization("south").await }]
    });
    container.post(&format!("/jobs/{}/tasks", lab.job("shared").await), part).await.is(201);
    let kept = lab.ann.delete(&format!("/tasks/{task}")).await.is(409);
    assert_eq!(
        kept.body["dependents"],
        json!([{ "kind": "task", "count": 1 }, { "kind": "run", "count": 2 }]),
        "{:#}",
        kept.body
    );
    assert_eq!(lab.root.get("/runs").await.is(200).ids().len(), 3);
    lab.ann.delete(&format!("/tasks/{task}?cascade=true")).await.is(204);
    assert!(lab.root.get("/runs").await.is(200).ids().is_empty(), "no run is left without its task");
    container.get("/whoami").await.is(401);
    lab.report(0, &runs[0], "active", 404).await;
}

async fn an_open_run_keeps_its_project_where_it_is(storage: Storage) {
    let lab = Lab::set(storage).await;
    let (task, _) = lab.compute(&lab.ann, "shared", &["north"]).await;
    let project = format!("/projects/{}", lab.project("shared").await);
    let second = json!({ "collaboration_id": lab.collaboration("second").await });
    for answer in [
        lab.ann.put(&format!("{project}/collaboration"), second.clone()).await,
        lab.ann.delete(&format!("{project}/collaboration")).await,
        lab.ann.act(&format!("{project}/archive")).await,
    ] {
        assert_eq!(answer.is(409).body["guard"], "open_runs");
    }
    lab.ann.act(&format!("/tasks/{task}/kill")).await.is(200);
    lab.ann.put(&format!("{project}/collaboration"), second).await.is(200);
    lab.ann.delete(&format!("{project}/collaboration")).await.is(200);
    // Into a collaboration of others nobody shares.
    let foreign = lab.root.post("/collaborations", json!({ "name": "foreign" })).await.is(201).id();
    let into = json!({ "collaboration_id": foreign });
    lab.ann.put(&format!("{project}/collaboration"), into).await.is(422);
}

async fn a_collaboration_admin_does_not_become_root(storage: Storage) {
    let lab = Lab::set(storage).await;
    let cole = lab.site.user("north/cole").await;
    let fay = one(&lab.root, "users", "fay").await;
    let (first, far) = (lab.collaboration("first").await, lab.organization("far").await);
    let address = json!({ "email": "cole@north.example" });
    cole.patch(&format!("/users/{fay}"), address.clone()).await.is(404);
    // Root's organization is asked, not pulled in.
    cole.send(Method::PUT, &format!("/collaborations/{first}/organizations/{far}"), None).await.is(202);
    cole.patch(&format!("/users/{fay}"), address.clone()).await.is(404);
    cole.post(&format!("/organizations/{far}/users"), json!({ "username": "mole" })).await.is(403);
    // And if it had entered: nobody changes the address of who holds more.
    lab.root.send(Method::PUT, &format!("/collaborations/{first}/organizations/{far}"), None).await.is(200);
    let refused = cole.patch(&format!("/users/{fay}"), address).await.is(403);
    assert_eq!(refused.body["guard"], "rank");
    let grant = json!({
        "principal": { "kind": "user", "id": fay },
        "role_id": one(&lab.root, "roles", "owner").await,
        "anchor": { "level": "organization", "id": lab.organization("north").await }
    });
    assert_eq!(cole.post("/grants", grant).await.is(403).body["guard"], "escalation");
}

async fn roles_lose_no_rule_that_the_caller_lacks(storage: Storage) {
    let lab = Lab::set(storage).await;
    let north = lab.organization("north").await;
    let roles = format!("/organizations/{north}/roles");
    let strong =
        json!({ "name": "strong", "rules": ["audit_event:view:organization", "task:view:organization"] });
    let role = lab.root.post(&roles, strong).await.is(201).id();
    // The organization's admin edits roles, and does not hold the first rule.
    let admin = json!({
        "principal": { "kind": "user", "id": one(&lab.root, "users", "rita").await },
        "role_id": one(&lab.root, "roles", "organization_admin").await,
        "anchor": { "level": "server" }
    });
    lab.root.post("/grants", admin).await.is(201);
    let rita = lab.site.user("north/rita").await;
    for rules in [
        json!([]),
        json!(["task:view:organization"]),
        json!(["audit_event:view:organization", "task:view:global"]),
    ] {
        let refused = rita.patch(&format!("/roles/{role}"), json!({ "rules": rules })).await.is(403);
        assert_eq!(refused.body["guard"], "escalation");
    }
    rita.post(&roles, json!({ "name": "new", "rules": ["audit_event:view:own"] })).await.is(403);
    rita.patch(&format!("/roles/{role}"), json!({ "rules": ["audit_event:view:organization"] }))
        .await
        .is(200);
}

async fn fixed_roles_change_in_the_policy_files_alone(storage: Storage) {
    let lab = Lab::set(storage).await;
    for name in ["node", "container", "researcher", "root"] {
        let role = one(&lab.root, "roles", name).await;
        let path = format!("/roles/{role}");
        let edited = lab.root.patch(&path, json!({ "rules": ["task:delete:global"] })).await.is(403);
        assert_eq!(edited.body["guard"], "built_in", "{name}");
        let deleted = lab.root.delete(&path).await;
        let last = name == "root";
        assert_eq!(deleted.body["guard"], if last { "root_stays" } else { "built_in" }, "{name}");
    }
    // Nobody is made a node by a grant.
    let grant = json!({
        "principal": { "kind": "user", "id": one(&lab.root, "users", "rita").await },
        "role_id": one(&lab.root, "roles", "node").await,
        "anchor": { "level": "server" }
    });
    lab.root.post("/grants", grant).await.is(403);
    let node = json!({
        "principal": { "kind": "node", "id": lab.nodes[0].id },
        "role_id": one(&lab.root, "roles", "owner").await,
        "anchor": { "level": "server" }
    });
    lab.root.post("/grants", node).await.is(403);
}

/// docs/computations.md points to it.
async fn a_day_played_in_python(storage: Storage) {
    const DAY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/examples/federated_mean.py");
    let site = Site::start(storage).await;
    site.apply(include_str!("../crates/server/src/demo.yaml")).await;
    for user in
        ["north-clinic/ada", "north-clinic/ben", "south-clinic/dan", "south-clinic/eva", "open-lab/finn"]
    {
        site.set_password(user, "try-bailiwick").await;
    }
    let play = tokio::process::Command::new("python3").args([DAY, &site.origin]).output().await.unwrap();
    let told = format!("{}{}", String::from_utf8_lossy(&play.stdout), String::from_utf8_lossy(&play.stderr));
    assert!(play.status.success() && told.ends_with("done\n"), "{told}");
    assert!(told.contains("the mean of 9 ages in three places: 53.00"), "{told}");
}
