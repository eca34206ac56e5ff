//! What to send to every route: a route without a case fails the tests that go over all routes.

mod table;

use bailiwick_http::{Registered, routes};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{Actor, Answer, Stage, collection};
use table::TABLE;

/// An id that nothing has.
pub const NOTHING: &str = "01920000-0000-7000-8000-000000000001";

/// What a route is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// An object of this kind, named by the path.
    Path(&'static str),
    /// An object of this kind, named by body or query.
    Claim(&'static str),
    /// No object in particular.
    Nothing,
}

/// A route with what to send to it.
pub struct Case {
    /// The operation id.
    pub deed: &'static str,
    /// The method.
    pub method: Method,
    /// The path, with `{id}`.
    pub path: String,
    /// What it is about.
    pub about: About,
    /// Whether it can be sent without effect.
    pub dry_run: bool,
    body: Option<Value>,
    text: Option<&'static str>,
    query: &'static str,
}

impl Case {
    /// Every route of the server.
    pub fn all() -> Vec<Self> {
        let all: Vec<_> = routes().iter().map(Self::of).collect();
        for (deed, ..) in TABLE {
            assert!(all.iter().any(|case| case.deed == *deed), "{deed} has a case and no route");
        }
        all
    }

    fn of(route: &Registered) -> Self {
        let found = TABLE.iter().find(|(deed, ..)| *deed == route.deed);
        let &(deed, about, body, query) = found.unwrap_or_else(|| panic!("{} has no case", route.deed));
        Self {
            deed,
            method: route.method.as_str().parse().unwrap(),
            path: route.path.clone(),
            about,
            dry_run: route.rule.takes.dry_run,
            body: body.starts_with('{').then(|| serde_json::from_str(body).unwrap()),
            text: (!body.is_empty() && !body.starts_with('{')).then_some(body),
            query,
        }
    }

    /// The path to an object; where it names another one, that is one of the stage.
    pub fn to(&self, id: &str, stage: &Stage) -> String {
        let other = match self.path.rsplit('/').nth(1) {
            Some("datasets") => stage.beside("dataset", id),
            Some("files") => stage.beside("file", id),
            Some("labels") => stage.beside("label", id),
            Some("members") => stage.member(id),
            _ => None,
        };
        let path = self.path.replace("{id}", id).replace("{other_id}", other.unwrap_or(NOTHING));
        format!("{}{}", path.replace("{token}", "none"), self.query.replace("ID", id))
    }

    /// [`Self::to`], without effect if the route can do that.
    pub fn dry(&self, id: &str, stage: &Stage) -> String {
        let path = self.to(id, stage);
        match (self.dry_run, path.contains('?')) {
            (false, _) => path,
            (true, false) => format!("{path}?dry_run=true"),
            (true, true) => format!("{path}&dry_run=true"),
        }
    }

    /// The body, about an object; it names others of the stage.
    pub fn body(&self, id: &str, stage: &Stage) -> Option<Value> {
        self.body.as_ref().map(|body| filled(body, id, stage))
    }

    /// Sends it to a path, with its body about an object.
    pub async fn send(&self, actor: &Actor, path: &str, id: &str, stage: &Stage) -> Answer {
        match self.text {
            Some(text) => actor.send_raw(self.method.clone(), path, "text/plain", text).await,
            None => actor.send(self.method.clone(), path, self.body(id, stage)).await,
        }
    }

    /// Whether it hangs on one object of this kind: its own methods, its deeds, what hangs under it.
    pub fn is_of(&self, kind: &str) -> bool {
        self.about == About::Path(match_kind(kind))
            && self.path.starts_with(&format!("/{}/", collection(kind)))
    }
}

fn match_kind(kind: &str) -> &'static str {
    let paths = TABLE.iter().filter_map(|(_, about, ..)| match about {
        About::Path(known) => Some(*known),
        _ => None,
    });
    paths.into_iter().find(|known| *known == kind).unwrap_or("")
}

fn filled(body: &Value, id: &str, stage: &Stage) -> Value {
    match body {
        Value::String(text) => match text.as_str() {
            "ID" => json!(id),
            "NOTHING" => json!(NOTHING),
            "PRINCIPAL" => json!(stage.id("user", "north/mate")),
            // One that the organization of the project is in.
            "COLLABORATION" if id == stage.id("project", "west/far") => {
                json!(stage.id("collaboration", "outback"))
            }
            "COLLABORATION" => json!(stage.id("collaboration", "alliance")),
            "FILE" => json!(stage.beside("file", id).unwrap_or(NOTHING)),
            "LABEL" => json!(stage.beside("label", id).unwrap_or(NOTHING)),
            "ASKED" => json!(stage.id("organization", "west")),
            "VIEWER" => json!(bailiwick_domain::rule::id_of_name("role", "viewer")),
            _ => body.clone(),
        },
        Value::Array(items) => items.iter().map(|item| filled(item, id, stage)).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), filled(value, id, stage))).collect()
        }
        other => other.clone(),
    }
}
