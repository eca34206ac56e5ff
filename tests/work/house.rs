//! A project with people of every role in it, at a time that stands still.

use std::sync::Arc;

use bailiwick_app::{Settings, work};
use bailiwick_policy::FilePolicy;
use bailiwick_testkit::fixture::FixedClock;
use bailiwick_tests::{Actor, Answer, Site, Storage};
use reqwest::Method;
use serde_json::{Value, json};

const WORLD: &str = r#"
organizations:
  - name: north
    users:
      - username: root
      - username: owen
      - username: mia
      - username: max
      - username: ed
      - username: sid
      - username: rae
      - username: ann
      - username: ben
      - username: vic
      - username: nobody
    roles:
      - name: shaper
        rules: ["job:view:organization", "job:edit:organization"]
    projects:
      - name: home
      - name: next
  - name: west
    users: [{ username: wes }]
    projects: [{ name: far }]
grants:
  - { user: north/root, role: root, at: server }
  - { user: north/owen, role: owner, at: north }
  - { user: north/mia, role: manager, at: north/home }
  - { user: north/max, role: manager, at: north/home }
  - { user: north/ed, role: editor, at: north/home }
  - { user: north/sid, role: north/shaper, at: north/home }
  - { user: north/rae, role: reviewer, at: north/home }
  - { user: north/ann, role: annotator, at: north/home }
  - { user: north/ben, role: annotator, at: north/home }
  - { user: north/vic, role: viewer, at: north/home }
  - { user: west/wes, role: owner, at: west }
"#;

/// An id that nothing has.
pub const NOTHING: &str = "01920000-0000-7000-8000-000000000001";

/// A server with that world.
pub struct House {
    pub site: Site,
    pub clock: Arc<FixedClock>,
    pub root: Actor,
    /// Manages the project.
    pub mia: Actor,
    /// Edits it.
    pub ed: Actor,
    /// Reviews in it.
    pub rae: Actor,
    /// Annotates in it.
    pub ann: Actor,
    /// So does he.
    pub ben: Actor,
    /// Views it.
    pub vic: Actor,
    /// Has nothing there.
    pub nobody: Actor,
    /// The project.
    pub home: String,
}

impl House {
    pub async fn set(storage: Storage) -> Self {
        let clock = Arc::new(FixedClock::default());
        let policies = Arc::new(FilePolicy::built_in().unwrap());
        let site = Site::start_at(storage, policies, clock.clone(), Settings::default()).await;
        site.apply(WORLD).await;
        let user = async |name: &str| site.user(&format!("north/{name}")).await;
        let (root, mia, ed, rae) =
            (user("root").await, user("mia").await, user("ed").await, user("rae").await);
        let (ann, ben, vic) = (user("ann").await, user("ben").await, user("vic").await);
        let nobody = user("nobody").await;
        let home = one(&root, "projects", "home").await;
        Self { site, clock, root, mia, ed, rae, ann, ben, vic, nobody, home }
    }

    /// A file of a project, of one line of text.
    pub async fn file_in(&self, by: &Actor, project: &str, name: &str) -> String {
        upload(by, &format!("/projects/{project}/files?name={name}"), "text/plain", format!("I am {name}."))
            .await
            .is(201)
            .id()
    }

    /// A file of the project.
    pub async fn file(&self, name: &str) -> String {
        self.file_in(&self.ed, &self.home, name).await
    }

    /// A dataset of the project that holds these files.
    pub async fn dataset(&self, name: &str, files: &[String]) -> String {
        let path = format!("/projects/{}/datasets", self.home);
        let dataset = self.ed.post(&path, json!({ "name": name })).await.is(201).id();
        for file in files {
            self.ed.tie(&format!("/datasets/{dataset}/files/{file}")).await.is(200);
        }
        dataset
    }

    /// A label of the project for whole files.
    pub async fn label(&self, name: &str) -> String {
        let path = format!("/projects/{}/labels", self.home);
        self.ed.post(&path, json!({ "name": name, "shape": "whole" })).await.is(201).id()
    }

    /// A draft of a job in the project.
    pub async fn draft(&self, name: &str, terms: Value) -> String {
        let mut body = json!({ "name": name });
        body.as_object_mut().unwrap().extend(terms.as_object().unwrap().clone());
        self.ed.post(&format!("/projects/{}/jobs", self.home), body).await.is(201).id()
    }

    /// A job that has been launched over so many files of its own, with a label of its own.
    pub async fn launched(&self, name: &str, files: usize, terms: Value) -> Launched {
        let mut ids = Vec::new();
        for number in 0..files {
            ids.push(self.file(&format!("{name}-{number}")).await);
        }
        let dataset = self.dataset(name, &ids).await;
        let (label, job) = (self.label(name).await, self.draft(name, terms).await);
        self.ed.tie(&format!("/jobs/{job}/datasets/{dataset}")).await.is(200);
        self.ed.tie(&format!("/jobs/{job}/labels/{label}")).await.is(200);
        self.ed.patch(&format!("/jobs/{job}"), json!({ "status": "launched" })).await.is(200);
        self.go_on().await;
        Launched { job, files: ids, label, dataset }
    }

    /// What the server does after requests.
    pub async fn go_on(&self) {
        work::go_on(&self.site.app).await.unwrap();
    }

    /// The view of an object, as root sees it.
    pub async fn seen(&self, path: &str) -> Value {
        self.root.get(path).await.is(200).body
    }

    /// The id of a user of north.
    pub async fn user(&self, name: &str) -> String {
        one(&self.root, "users", name).await
    }

    /// Grants a built-in role.
    pub async fn grant(&self, principal: (&str, &str), role: &str, anchor: (&str, &str)) -> String {
        let body = json!({
            "principal": { "kind": principal.0, "id": principal.1 },
            "role_id": bailiwick_domain::rule::id_of_name("role", role),
            "anchor": { "level": anchor.0, "id": anchor.1 }
        });
        self.root.post("/grants", body).await.is(201).id()
    }

    /// Takes away every grant that a user has.
    pub async fn revoke_all(&self, user: &str) {
        let id = self.user(user).await;
        for grant in self.root.all(&format!("/grants?principal_id={id}")).await {
            self.root.delete(&format!("/grants/{}", grant["id"].as_str().unwrap())).await.is(204);
        }
    }
}

/// A job with tasks about files.
pub struct Launched {
    pub job: String,
    pub files: Vec<String>,
    pub label: String,
    pub dataset: String,
}

impl Launched {
    /// Asks for the next task; 204 where there is none.
    pub async fn next(&self, by: &Actor) -> Answer {
        by.act(&format!("/jobs/{}/tasks/next", self.job)).await
    }

    /// Takes the next task.
    pub async fn take(&self, by: &Actor) -> String {
        self.next(by).await.is(200).id()
    }

    /// Asks for the next task whose work is to be looked at.
    pub async fn review(&self, by: &Actor) -> Answer {
        by.post(&format!("/jobs/{}/tasks/next", self.job), json!({ "purpose": "review" })).await
    }

    /// Annotates the file that a task is about.
    pub async fn annotate(&self, by: &Actor, task: &str) -> Answer {
        let body = json!({ "label_id": self.label, "geometry": { "shape": "whole" } });
        by.post(&format!("/tasks/{task}/annotations"), body).await
    }
}

/// Sends bytes to be stored.
pub async fn upload(by: &Actor, path: &str, mime: &str, bytes: impl Into<reqwest::Body>) -> Answer {
    by.send_raw(Method::POST, path, mime, bytes).await
}

/// Takes a task to another status.
pub async fn to(by: &Actor, task: &str, status: &str) -> Answer {
    by.patch(&format!("/tasks/{task}"), json!({ "status": status })).await
}

/// Refused by this guard.
#[track_caller]
pub fn guard(answer: Answer, status: u16, guard: &str) {
    let answer = answer.is(status);
    assert_eq!(answer.body["guard"], guard, "{:#}", answer.body);
}

/// Refused because of this field.
#[track_caller]
pub fn wrong(answer: Answer, pointer: &str) -> Answer {
    let answer = answer.is(422);
    assert_eq!(answer.body["errors"][0]["pointer"], pointer, "{:#}", answer.body);
    answer
}

/// Refused alike, but for the request's id.
#[track_caller]
pub fn alike(one: &Answer, other: &Answer) {
    let told = |answer: &Answer| {
        let mut body = answer.body.clone();
        for own in ["instance", "decision"] {
            body.as_object_mut().unwrap().remove(own);
        }
        (answer.status, body)
    };
    assert_eq!(told(one), told(other));
}

/// The object of this name.
pub async fn one(by: &Actor, collection: &str, name: &str) -> String {
    let found = by.all(&format!("/{collection}?q={name}&limit=500")).await;
    let named = |item: &&Value| item["name"] == name || item["username"] == name;
    found.iter().find(named).unwrap_or_else(|| panic!("no {name}"))["id"].as_str().unwrap().to_owned()
}
