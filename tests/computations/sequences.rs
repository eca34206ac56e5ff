//! Whatever those who work together call about roles and grants, none of them gains a right that none of them had.

use std::collections::BTreeSet;

use bailiwick_testkit::draws::draws;
use bailiwick_tests::{Actor, Answer, Storage, collection, on_every_storage};
use proptest::prelude::any;
use serde_json::{Value, json};

use super::{Lab, one};

on_every_storage!(no_sequence_of_calls_gives_a_right_that_nobody_had);

/// How many calls are made, one after another.
const CALLS: usize = 200;
/// After how many of them it is looked who may what.
const LOOK_EVERY: usize = 20;
/// What each of those who work together is called.
const TOGETHER: &[&str] = &["north/ann", "north/rita", "north/cole", "south/sam", "south/vera"];
/// What one rule alone decides. Where rank has a say, two who hold a half each may do together what neither could.
const BY_RULE: &[(&str, &[&str])] = &[
    ("organization", &["view", "edit"]),
    ("collaboration", &["view", "edit", "delete"]),
    ("node", &["view", "edit", "delete"]),
    ("project", &["view", "edit", "delete"]),
    ("job", &["view", "edit", "delete"]),
    ("task", &["view", "edit", "delete"]),
    ("run", &["view", "edit"]),
    ("user", &["view"]),
    ("role", &["view"]),
    ("grant", &["view"]),
];
/// What may be made under what.
const MADE: &[(&str, &str)] = &[
    ("user", "organization"),
    ("project", "organization"),
    ("webhook", "organization"),
    ("job", "project"),
    ("task", "job"),
];

struct Together {
    lab: Lab,
    actors: Vec<Actor>,
    ids: Vec<String>,
    rules: Vec<String>,
    questions: Vec<Value>,
}

/// Who calls first, what, and of what: each number is taken modulo how many there are.
type Call = (usize, usize, [usize; 3]);

impl Together {
    async fn on(storage: Storage) -> Self {
        let lab = Lab::set(storage).await;
        lab.compute(&lab.ann, "shared", &["north", "south"]).await;
        lab.compute(&lab.ann, "aside", &["north", "west"]).await;
        let (mut actors, mut ids) = (Vec::new(), Vec::new());
        for name in TOGETHER {
            actors.push(lab.site.user(name).await);
            let (_, username) = name.split_once('/').unwrap();
            ids.push(one(&lab.root, "users", username).await);
        }
        let rules = lab.root.all("/rules?limit=500").await;
        let rules = rules.iter().map(|rule| rule["rule"].as_str().unwrap().to_owned()).collect();
        let mut questions = Vec::new();
        for (kind, operations) in BY_RULE {
            for object in lab.root.all(&format!("/{}?limit=500", collection(kind))).await {
                for operation in *operations {
                    questions.push(json!({ "operation": operation, "kind": kind, "id": object["id"] }));
                }
            }
        }
        for (kind, under) in MADE {
            for parent in lab.root.all(&format!("/{}?limit=500", collection(under))).await {
                let parent = json!({ "kind": under, "id": parent["id"] });
                questions.push(json!({ "operation": "create", "kind": kind, "parent": parent }));
            }
        }
        Self { lab, actors, ids, rules, questions }
    }

    /// What one of them at least may do to what was there from the first.
    async fn rights(&self) -> BTreeSet<String> {
        let mut all = BTreeSet::new();
        for actor in &self.actors {
            for questions in self.questions.chunks(500) {
                let told = actor.post("/authz/check", json!({ "checks": questions })).await.is(200);
                let told = told.body["results"].as_array().unwrap();
                let allowed = questions.iter().zip(told).filter(|(_, told)| told["allowed"] == true);
                all.extend(allowed.map(|(question, _)| question.to_string()));
            }
        }
        all
    }

    /// Whether one of them was allowed a call: each tries, until one is.
    async fn call(&self, number: usize, (who, what, of): Call) -> bool {
        for next in 0..self.actors.len() {
            if self.call_by(pick(&self.actors, (who % self.actors.len()) + next), number, what, of).await {
                return true;
            }
        }
        false
    }

    async fn call_by(&self, actor: &Actor, number: usize, what: usize, of: [usize; 3]) -> bool {
        let answer = match what % 8 {
            0 => self.make_role(actor, number, of).await,
            1 => {
                let Some(role) = self.own_role(of[0]).await else { return false };
                let rules = json!([pick(&self.rules, of[1]), pick(&self.rules, of[2])]);
                actor.patch(&format!("/roles/{role}"), json!({ "rules": rules })).await
            }
            2 => {
                let Some(role) = self.own_role(of[0]).await else { return false };
                let roles = self.roles().await;
                let includes = json!([pick(&roles, of[1])["id"]]);
                actor.patch(&format!("/roles/{role}"), json!({ "includes": includes })).await
            }
            3 => {
                let grants = self.lab.root.all("/grants?limit=500").await;
                actor.delete(&format!("/grants/{}", pick(&grants, of[0])["id"].as_str().unwrap())).await
            }
            _ => self.grant(actor, of).await,
        };
        assert!(!answer.status.is_server_error(), "{:#}", answer.body);
        answer.status.is_success()
    }

    async fn make_role(&self, actor: &Actor, number: usize, of: [usize; 3]) -> Answer {
        let homes = self.lab.root.all("/organizations?limit=500").await;
        let home = pick(&homes, of[0])["id"].as_str().unwrap();
        let rules = json!([pick(&self.rules, of[1]), pick(&self.rules, of[2])]);
        let body = json!({ "name": format!("role-{number}"), "rules": rules });
        actor.post(&format!("/organizations/{home}/roles"), body).await
    }

    async fn grant(&self, actor: &Actor, of: [usize; 3]) -> Answer {
        let mut anchors = vec![json!({ "level": "server" })];
        for level in ["organization", "project", "job"] {
            let found = self.lab.root.all(&format!("/{}?limit=500", collection(level))).await;
            anchors.extend(found.iter().map(|at| json!({ "level": level, "id": at["id"] })));
        }
        let roles = self.roles().await;
        let body = json!({
            "principal": { "kind": "user", "id": pick(&self.ids, of[0]) },
            "role_id": pick(&roles, of[1])["id"],
            "anchor": pick(&anchors, of[2]),
        });
        actor.post("/grants", body).await
    }

    /// The roles that give something by themselves, and those that organizations made. Of the others access rules speak,
    /// and who does not hold one hands it out to nobody.
    async fn roles(&self) -> Vec<Value> {
        let mut roles = self.lab.root.all("/roles?limit=500").await;
        let gives = |role: &Value| role["rules"].as_array().is_some_and(|rules| !rules.is_empty());
        roles.retain(|role| role["organization_id"].is_string() || gives(role));
        roles
    }

    /// A role that an organization made.
    async fn own_role(&self, of: usize) -> Option<String> {
        let mut roles = self.lab.root.all("/roles?limit=500").await;
        roles.retain(|role| role["organization_id"].is_string());
        (!roles.is_empty()).then(|| pick(&roles, of)["id"].as_str().unwrap().to_owned())
    }
}

fn pick<T>(of: &[T], number: usize) -> &T {
    &of[number % of.len()]
}

async fn no_sequence_of_calls_gives_a_right_that_nobody_had(storage: Storage) {
    let together = Together::on(storage).await;
    let before = together.rights().await;
    let mut done = 0;
    let calls = draws((any::<usize>(), any::<usize>(), any::<[usize; 3]>()), 4).take(CALLS);
    for (number, call) in calls.enumerate() {
        done += usize::from(together.call(number, call).await);
        if (number + 1) % LOOK_EVERY == 0 {
            let now = together.rights().await;
            let gained: Vec<&String> = now.difference(&before).collect();
            assert!(gained.is_empty(), "after call {number}: {gained:#?}");
        }
    }
    println!(
        "{storage:?}: {done} of {CALLS} calls were allowed; {} rights looked at",
        together.questions.len()
    );
    assert!(done > CALLS / 10 && done < CALLS, "{done} of {CALLS} calls were allowed");
    // And it would be seen: root gives one of them what none of them had.
    let root = json!({
        "principal": { "kind": "user", "id": together.ids[0] },
        "role_id": one(&together.lab.root, "roles", "owner").await,
        "anchor": { "level": "organization", "id": together.lab.organization("far").await },
    });
    together.lab.root.post("/grants", root).await.is(201);
    assert!(together.rights().await.difference(&before).count() > 0);
}
