//! Organizations that compute together: what runs go through, what containers may, and what other servers of this kind
//! let slip through.

mod day;
mod escalation;
mod machines;
mod membership;
mod runs;
mod sequences;

use bailiwick_tests::{Actor, Site, Storage};
use serde_json::{Value, json};

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
