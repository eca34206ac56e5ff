//! A world to take things away in, and one or more servers on its database.

use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::faults::{Answer, Base, Client, Kind, Running, built_in};

const WORLD: &str = "
organizations:
  - name: acme
    users: [{ username: root }]
    projects:
      - name: shared
        visibility: private
        collaboration: joint
        jobs: [{ name: shared, tasks: [{ name: shared }] }]
  - name: partner
    roles:
      - name: partner
        rules: ['task:view:collaboration']
collaborations:
  - name: joint
    organizations: [acme, partner]
grants:
  - { user: acme/root, role: root, at: server }
";

pub const PASSWORD: &str = "a good password";

pub struct World {
    pub base: Base,
    pub servers: Vec<Running>,
    /// May do everything.
    pub root: Client,
    /// The organization `acme`.
    pub acme: String,
    /// The directory of the policy files, the same for all servers.
    pub policies: TempDir,
}

/// A project with a job and a task.
pub struct Place {
    pub project: String,
    pub job: String,
    pub task: String,
}

/// A user, and who signs in as it.
pub struct User {
    pub id: String,
    pub login: String,
    pub client: Client,
}

impl World {
    pub async fn new(kind: Kind, servers: usize) -> Self {
        let base = Base::new(kind).await;
        base.fill(WORLD, &["acme/root"], PASSWORD);
        let policies = tempfile::tempdir().unwrap();
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies");
        for name in ["model.conf", "roles.csv", "access_rules.json"] {
            std::fs::copy(shipped.join(name), policies.path().join(name)).unwrap();
        }
        // A machine that is slow is no fault here.
        let top = format!("policies = \"{}\"\nanswer_within = 55", policies.path().display());
        let patient = "[storage]\nwait = 50\nstatement = 50\nconnections = 4";
        let servers: Vec<_> = (0..servers).map(|_| base.serve_through(&base.url, &top, patient)).collect();
        let (root, _) = Client::tokens(servers[0].at(), "acme/root", PASSWORD).await;
        let acme = root.id(servers[0].at(), "/organizations?q=acme").await;
        Self { base, servers, root, acme, policies }
    }

    /// One of the servers; they take turns.
    pub fn at(&self, turn: usize) -> &str {
        self.servers[turn % self.servers.len()].at()
    }

    /// Fails if a server panicked.
    pub fn no_panic(&self) {
        for server in &self.servers {
            assert!(!server.log().contains("panicked"), "{}", server.log());
        }
    }

    /// Does something as root, again where others came between.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        for _ in 0..20 {
            let answer = self.root.post(self.at(0), path, body.clone()).await;
            if answer.body["type"] != "urn:bailiwick:problem:contention" {
                return answer.is(201);
            }
        }
        panic!("others come between without end: {path}")
    }

    /// A new organization.
    pub async fn organization(&self, name: &str) -> String {
        self.post("/organizations", json!({ "name": name })).await.id()
    }

    /// A new user of an organization, signed in with a token.
    pub async fn user_of(&self, organization: (&str, &str), name: &str) -> User {
        let (organization_name, organization) = organization;
        let body = json!({ "username": name, "password": PASSWORD });
        let id = self.post(&format!("/organizations/{organization}/users"), body).await.id();
        let login = format!("{organization_name}/{name}");
        let (client, _) = Client::tokens(self.at(0), &login, PASSWORD).await;
        User { id, login, client }
    }

    /// A new user of acme, signed in with a token.
    pub async fn user(&self, name: &str) -> User {
        self.user_of(("acme", &self.acme), name).await
    }

    /// A new private project of acme with a job and a task.
    pub async fn place(&self, name: &str) -> Place {
        let body = json!({ "name": name, "visibility": "private" });
        let project = self.post(&format!("/organizations/{}/projects", self.acme), body).await.id();
        let job = self.post(&format!("/projects/{project}/jobs"), json!({ "name": name })).await.id();
        let task = self.post(&format!("/jobs/{job}/tasks"), json!({ "name": name })).await.id();
        Place { project, job, task }
    }

    /// A role of acme.
    pub async fn role(&self, name: &str, rules: &[&str], includes: &[&str]) -> String {
        let body = json!({ "name": name, "rules": rules, "includes": includes });
        self.post(&format!("/organizations/{}/roles", self.acme), body).await.id()
    }

    /// A grant to a user.
    pub async fn grant(&self, user: &str, role: &str, level: &str, at: &str) -> String {
        self.post("/grants", grant_of(("user", user), role, level, at)).await.id()
    }

    /// A user who views a place of its own name.
    pub async fn viewer(&self, name: &str) -> (User, Place) {
        let (user, place) = (self.user(name).await, self.place(name).await);
        self.grant(&user.id, &built_in("viewer"), "project", &place.project).await;
        (user, place)
    }
}

/// The body of a grant.
pub fn grant_of(principal: (&str, &str), role: &str, level: &str, at: &str) -> Value {
    let principal = json!({ "kind": principal.0, "id": principal.1 });
    json!({ "principal": principal, "role_id": role, "anchor": { "level": level, "id": at } })
}

impl Place {
    /// The address of the task.
    pub fn task(&self) -> String {
        format!("/tasks/{}", self.task)
    }

    /// The address of the job's tasks.
    pub fn tasks(&self) -> String {
        format!("/tasks?job_id={}", self.job)
    }
}
