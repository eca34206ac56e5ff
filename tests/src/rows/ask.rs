//! A question as a request, and its answer as a verdict.

use std::collections::BTreeSet;

use bailiwick_domain as domain;
use bailiwick_testkit::decisions::{self, Answer, Ask, Kind, Object, Payload, SERVER, World};
use bailiwick_testkit::judge::rules;
use bailiwick_testkit::oracle::Verdict;
use reqwest::Method;
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use super::fit::id_on_server;
use super::plant::instant;
use crate::Actor;

/// A request that carries a question out.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path under the base path.
    pub path: String,
    /// The body.
    pub body: Option<Value>,
    /// Text in the place of a body.
    pub text: Option<&'static str>,
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done,
    /// The caller may, but other objects hang under the one that was to be deleted.
    Dependents,
    /// The denial.
    Denied(Answer),
}

/// The collection of a kind, if it has routes.
pub const fn collection(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::Organization => "organizations",
        Kind::Collaboration => "collaborations",
        Kind::User => "users",
        Kind::Node => "nodes",
        Kind::Run => "runs",
        Kind::Role => "roles",
        Kind::Rule => "rules",
        Kind::Grant => "grants",
        Kind::ApiKey => "api-keys",
        Kind::Project => "projects",
        Kind::Job => "jobs",
        Kind::Task => "tasks",
        Kind::AuditEvent => "audit-events",
        Kind::File => "files",
        Kind::Label => "labels",
        Kind::Source => "sources",
        Kind::Content => "contents",
        _ => return None,
    })
}

/// A world as a row tells it, and as the server holds it.
#[derive(Debug, Clone, Copy)]
pub struct Worlds<'w> {
    /// As the row tells it.
    pub told: &'w World,
    /// As the server holds it.
    pub held: &'w World,
}

impl<'w> Worlds<'w> {
    /// The object of this name, also one that the server has no table for.
    fn find(self, name: &str) -> Option<&'w Object> {
        let of = |world: &'w World| world.objects.iter().find(|object| object.id == name);
        of(self.held).or_else(|| of(self.told))
    }

    /// The id of an object; of what is not there, one that nothing has.
    fn id(self, name: &str) -> Uuid {
        let nothing = || Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes());
        self.find(name).map_or_else(nothing, |object| id_on_server(self.held, object))
    }
}

/// The request that carries out a question other than a list.
///
/// # Errors
/// Why there is none yet.
pub fn request(world: Worlds<'_>, ask: &Ask) -> Result<Request, String> {
    match ask {
        Ask::View { object, kind } => on(world, Method::GET, object, *kind, |_| None),
        Ask::Delete { object, kind } => on(world, Method::DELETE, object, *kind, |_| None),
        Ask::Edit { object, kind, payload } => {
            let payload = payload.clone().unwrap_or_default();
            on(world, Method::PATCH, object, *kind, |found| Some(change(found, &payload)))
        }
        Ask::Create { kind, parent, payload } => {
            create(world, *kind, parent, &payload.clone().unwrap_or_default())
        }
        Ask::Link { object, names } => tie(world, Method::PUT, object, names),
        Ask::Unlink { object, names } => tie(world, Method::DELETE, object, names),
        Ask::List { kind } => Err(no_routes(*kind)),
    }
}

/// Why a kind can't be asked about.
pub fn no_routes(kind: Kind) -> String {
    format!("kind {} has no routes yet", kind.name())
}

fn on(
    world: Worlds<'_>,
    method: Method,
    object: &str,
    kind: Option<Kind>,
    body: impl FnOnce(&Object) -> Option<Value>,
) -> Result<Request, String> {
    let found = world.find(object);
    let kind = kind.or(found.map(|found| found.kind)).unwrap_or(Kind::Project);
    let collection = collection(kind).ok_or_else(|| no_routes(kind))?;
    if method != Method::GET && matches!(kind, Kind::Rule | Kind::AuditEvent) {
        return Err(format!("kind {} is read only", kind.name()));
    }
    let body = body(&Object { kind, ..found.cloned().unwrap_or_default() });
    Ok(Request { method, path: format!("/{collection}/{}", world.id(object)), body, text: None })
}

/// Tying one object to another, or undoing it.
fn tie(world: Worlds<'_>, method: Method, object: &str, names: &str) -> Result<Request, String> {
    let (id, other) = (world.id(object), world.id(names));
    let kind = |name: &str| world.find(name).map(|found| found.kind);
    let path = match (kind(object), kind(names)) {
        (Some(Kind::Project), _) => {
            let body = (method == Method::PUT).then(|| json!({ "collaboration_id": other }));
            let path = format!("/projects/{id}/collaboration");
            return Ok(Request { method, path, body, text: None });
        }
        (Some(Kind::Collaboration), _) => format!("/collaborations/{id}/organizations/{other}"),
        (Some(holder @ (Kind::Job | Kind::Task)), Some(Kind::Label)) => {
            format!("/{}s/{id}/labels/{other}", holder.name())
        }
        (Some(holder @ (Kind::Job | Kind::Task)), _) => {
            format!("/{}s/{id}/files/{other}", holder.name())
        }
        _ => return Err("it holds nothing".to_owned()),
    };
    Ok(Request { method, path, body: None, text: None })
}

/// A change that is one, and nothing that the question does not ask for.
fn change(object: &Object, payload: &Payload) -> Value {
    match object.kind {
        // Its name is not a node's to change, which may edit it all the same.
        Kind::Organization => json!({ "public_key": "another key" }),
        Kind::ApiKey | Kind::Collaboration | Kind::Node => json!({ "name": "another name" }),
        // What may be reported of it, its status says.
        Kind::Run => json!({}),
        Kind::User => json!({ "username": "another name" }),
        Kind::Source => json!({ "license": "another license" }),
        Kind::Content => json!({ "position": 7 }),
        Kind::File => json!({ "name": "another name" }),
        Kind::Grant => match payload.ends {
            Some(ends) => json!({ "expires_at": rfc3339(ends) }),
            None => json!({}),
        },
        Kind::Role if payload.add.is_empty() && payload.remove.is_empty() => {
            json!({ "description": "another description" })
        }
        Kind::Role => {
            let mut after = object.rules.clone();
            after.extend(payload.add.iter().copied());
            after.retain(|rule| !payload.remove.contains(rule));
            json!({ "rules": words(&after) })
        }
        _ => json!({ "description": "another description" }),
    }
}

/// Rules as the API spells them; those that there are.
fn words(of: &[decisions::Rule]) -> Vec<String> {
    rules(of).map(|rule| rule.to_string()).collect()
}

fn rfc3339(moment: i64) -> String {
    instant(moment).format(&Rfc3339).unwrap()
}

fn create(world: Worlds<'_>, kind: Kind, parent: &str, payload: &Payload) -> Result<Request, String> {
    let under = world.find(parent).map(|object| object.kind);
    let at = world.id(parent);
    let post =
        |path: String, body: Value| Ok(Request { method: Method::POST, path, body: Some(body), text: None });
    let name = "made by request";
    match (kind, under) {
        (Kind::Organization, None) if parent == SERVER => {
            post("/organizations".to_owned(), json!({ "name": name }))
        }
        (Kind::Collaboration, None) if parent == SERVER => {
            post("/collaborations".to_owned(), json!({ "name": name }))
        }
        (Kind::Node, Some(Kind::Organization) | None) => {
            let into = world.id(payload.collaboration.as_deref().unwrap_or_default());
            post(format!("/organizations/{at}/nodes"), json!({ "name": name, "collaboration_id": into }))
        }
        (Kind::Grant, _) => post("/grants".to_owned(), grant(world, parent, payload)),
        (Kind::User, Some(Kind::Organization) | None) => {
            post(format!("/organizations/{at}/users"), json!({ "username": name }))
        }
        (Kind::Role, Some(Kind::Organization) | None) => {
            let body = json!({ "name": name, "rules": words(&payload.add) });
            post(format!("/organizations/{at}/roles"), body)
        }
        (Kind::Project, Some(Kind::Organization) | None) => {
            post(format!("/organizations/{at}/projects"), json!({ "name": name }))
        }
        (Kind::ApiKey, Some(Kind::Organization) | None) => {
            post(format!("/organizations/{at}/api-keys"), json!({ "name": name }))
        }
        (Kind::ApiKey, Some(Kind::Project)) => {
            post(format!("/projects/{at}/api-keys"), json!({ "name": name }))
        }
        (Kind::Job, Some(Kind::Project) | None) => {
            post(format!("/projects/{at}/jobs"), json!({ "name": name }))
        }
        (Kind::File, Some(Kind::Project) | None) => {
            let path = format!("/projects/{at}/files?name=made%20by%20request");
            Ok(Request { method: Method::POST, path, body: None, text: Some("words of a file") })
        }
        (Kind::Label, Some(Kind::Project) | None) => {
            post(format!("/projects/{at}/labels"), json!({ "name": name, "shape": "whole" }))
        }
        (Kind::Source, Some(Kind::Project) | None) => {
            let body = json!({ "content_type": "document", "language": "en", "abbreviation": "NEW", "revision": "1" });
            post(format!("/projects/{at}/sources"), body)
        }
        (Kind::Content, Some(Kind::Source) | None) => {
            post(format!("/sources/{at}/contents"), json!({ "body": { "title": name, "text": "" } }))
        }
        (Kind::Task, Some(Kind::Job) | None) => post(format!("/jobs/{at}/tasks"), json!({ "name": name })),
        _ if collection(kind).is_none() => Err(no_routes(kind)),
        _ => Err(format!("nothing makes a {} there", kind.name())),
    }
}

fn grant(world: Worlds<'_>, parent: &str, payload: &Payload) -> Value {
    let principal = payload.principal.as_deref().unwrap_or_default();
    let kind = match world.find(principal).map(|found| found.kind) {
        Some(kind @ (Kind::ApiKey | Kind::Node | Kind::Container)) => kind.name(),
        _ => Kind::User.name(),
    };
    let level = match world.find(parent).map(|found| found.kind) {
        Some(kind @ (Kind::Organization | Kind::Project | Kind::Job | Kind::Task)) => kind.name(),
        None if parent == SERVER => SERVER,
        _ => Kind::Project.name(),
    };
    let anchor = match level {
        SERVER => json!({ "level": level }),
        _ => json!({ "level": level, "id": world.id(parent) }),
    };
    let mut body = json!({
        "principal": { "kind": kind, "id": world.id(principal) },
        "role_id": world.id(payload.role.as_deref().unwrap_or_default()),
        "anchor": anchor,
    });
    if let Some(ends) = payload.ends {
        body["expires_at"] = json!(rfc3339(ends));
    }
    body
}

/// Sends a request and reads what came of it.
///
/// # Errors
/// An answer that is neither success nor denial.
pub async fn send(actor: &Actor, request: &Request, query: &str) -> Result<Outcome, String> {
    // A path may have a query of its own.
    let query = if request.path.contains('?') { query.replacen('?', "&", 1) } else { query.to_owned() };
    let path = format!("{}{query}", request.path);
    let answer = match request.text {
        Some(text) => actor.send_raw(request.method.clone(), &path, "text/plain", text).await,
        None => actor.send(request.method.clone(), &path, request.body.clone()).await,
    };
    Ok(match answer.status.as_u16() {
        // The organization has been asked, and has not entered.
        202 => Outcome::Denied(Answer::Forbidden),
        200..300 => Outcome::Done,
        401 => Outcome::Denied(Answer::Unauthenticated),
        403 => Outcome::Denied(Answer::Forbidden),
        404 => Outcome::Denied(Answer::Hidden),
        409 if answer.body["type"] == "urn:bailiwick:problem:dependents" => Outcome::Dependents,
        409 => Outcome::Denied(Answer::Conflict),
        422 => Outcome::Denied(Answer::Unprocessable),
        status => return Err(format!("{status} to {request:?}: {}", answer.body)),
    })
}

/// The ids of a flat list, over all its pages.
///
/// # Errors
/// The denial.
pub async fn list(actor: &Actor, kind: Kind, limit: usize) -> Result<BTreeSet<Uuid>, Outcome> {
    let collection = collection(kind).unwrap();
    let mut ids = BTreeSet::new();
    let mut cursor = String::new();
    loop {
        let answer = actor.get(&format!("/{collection}?limit={limit}{cursor}")).await;
        match answer.status.as_u16() {
            401 => return Err(Outcome::Denied(Answer::Unauthenticated)),
            _ => drop(answer.clone().is(200)),
        }
        for id in answer.ids() {
            assert!(ids.insert(id.parse().unwrap()), "{id} twice in {collection}");
        }
        match answer.body["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(ids),
        }
    }
}

/// An outcome as a verdict.
impl From<Outcome> for Verdict {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            // Nothing but what hangs under it keeps it: the caller may.
            Outcome::Done | Outcome::Dependents => Self::Allow,
            Outcome::Denied(answer) => Self::Deny(answer),
        }
    }
}

/// A kind of the tables as the domain's.
pub fn kind_of(kind: Kind) -> domain::Kind {
    domain::Kind::from_word(kind.name()).unwrap()
}
