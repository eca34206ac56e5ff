//! All that may be asked of a world through `/authz`.

use bailiwick_domain::{Caller, Facts, Operation};
use bailiwick_testkit::decisions::{Ask, Kind, SERVER, World};
use bailiwick_testkit::judge::Scene;
use bailiwick_testkit::oracle::Verdict;
use serde_json::{Value, json};
use uuid::Uuid;

use super::ask::kind_of;
use super::fit::id_on_server;

/// A question: as `/authz` takes it, and as the tables ask it.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Its kind; of create, the new object's.
    pub kind: Kind,
    /// The name of the object; for create, of the parent.
    pub name: String,
    /// The id of that.
    pub id: Uuid,
    /// As `/authz/check` takes it.
    pub body: Value,
    /// As the tables ask it.
    pub ask: Ask,
}

impl Asked {
    /// Whether it is about making something.
    pub const fn is_create(&self) -> bool {
        matches!(self.ask, Ask::Create { .. })
    }

    /// Whether it is about viewing something.
    pub const fn is_view(&self) -> bool {
        matches!(self.ask, Ask::View { .. })
    }

    /// As `/authz/explain` and `/authz/who` take it.
    pub fn query(&self) -> String {
        let word = |name: &str| self.body[name].as_str().unwrap_or_default();
        let mut query = format!("operation={}&kind={}", word("operation"), word("kind"));
        match &self.body["parent"] {
            Value::Null => query.push_str(&format!("&id={}", self.id)),
            parent => {
                query.push_str(&format!("&parent_kind={}", parent["kind"].as_str().unwrap()));
                if let Some(id) = parent["id"].as_str() {
                    query.push_str(&format!("&parent_id={id}"));
                }
            }
        }
        query
    }

    /// What the gate says. Whether something may be made is asked of the rules and of what the parent forbids: the
    /// question does not say what the new object would hold.
    pub fn judged(&self, scene: &Scene<'_>, caller: &Caller) -> bool {
        if !self.is_create() {
            return scene.answer_to(caller, &self.ask) == Verdict::Allow;
        }
        let server = Facts::server();
        let at = scene.facts_of(&self.name).unwrap_or(&server);
        scene.gate().judge_operation(caller, Operation::Create, kind_of(self.kind), at).is_allowed()
    }
}

/// View, edit and delete of every object, and every creation under every object.
pub fn questions(world: &World) -> Vec<Asked> {
    let mut all = Vec::new();
    for object in &world.objects {
        let (id, name, kind) = (id_on_server(world, object), object.id.clone(), object.kind);
        let named = || (name.clone(), Some(kind));
        let of = |operation: &str, ask: Ask| Asked {
            kind,
            name: name.clone(),
            id,
            body: json!({ "operation": operation, "kind": kind.name(), "id": id }),
            ask,
        };
        let (object, kind) = named();
        all.push(of("view", Ask::View { object, kind }));
        let (object, kind) = named();
        all.push(of("edit", Ask::Edit { object, kind, payload: None }));
        let (object, kind) = named();
        all.push(of("delete", Ask::Delete { object, kind }));
    }
    for &kind in Kind::ALL {
        let of = |parent: &str, id: Uuid, reference: Value| Asked {
            kind,
            name: parent.to_owned(),
            id,
            body: json!({ "operation": "create", "kind": kind.name(), "parent": reference }),
            ask: Ask::Create { kind, parent: parent.to_owned(), payload: None },
        };
        if kind_of(kind).hangs_under(bailiwick_domain::Kind::Server) {
            all.push(of(SERVER, Uuid::nil(), json!({ "kind": SERVER })));
        }
        for parent in world.objects.iter().filter(|parent| kind_of(kind).hangs_under(kind_of(parent.kind))) {
            let id = id_on_server(world, parent);
            all.push(of(&parent.id, id, json!({ "kind": parent.kind.name(), "id": id })));
        }
    }
    all
}
