//! Links: relation -> where, and the methods that this caller may use there now.

use std::collections::BTreeMap;

use bailiwick_app::Cx;
use bailiwick_app::methods::Standings;
use bailiwick_app::read::may_make;
use bailiwick_domain::entities::Standing;
use bailiwick_domain::facts::Facts;
use bailiwick_domain::gate::{Suspend, Unarchive};
use bailiwick_domain::guards::Concern;
use bailiwick_domain::kind::{Kind, Operation};
use bailiwick_domain::object::Object;
use bailiwick_domain::view::ShownAt;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::BASE;
use crate::views::Shows;

/// Where a relation leads, and what the caller may do there.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Link {
    /// The object's id; left out for lists and deeds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
    /// The address.
    pub link: String,
    /// The methods that the caller may use there now.
    pub methods: Vec<&'static str>,
}

impl Link {
    /// A link to a list that the caller may read.
    pub(crate) fn to_list(link: String) -> Self {
        Self { id: None, link, methods: vec!["GET"] }
    }
}

// An address tells nothing of what it leads to.
impl<S> ShownAt<S> for Link {}

/// All links of an object.
pub type Links = BTreeMap<String, Link>;

/// The collection of a kind, as it stands in addresses.
pub(crate) const fn collection(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Organization => Some("organizations"),
        Kind::Collaboration => Some("collaborations"),
        Kind::Proposal => Some("proposals"),
        Kind::User => Some("users"),
        Kind::Node => Some("nodes"),
        Kind::Role => Some("roles"),
        Kind::Rule => Some("rules"),
        Kind::Grant => Some("grants"),
        Kind::ApiKey => Some("api-keys"),
        Kind::ClientApp => Some("client-apps"),
        Kind::Project => Some("projects"),
        Kind::Job => Some("jobs"),
        Kind::Task => Some("tasks"),
        Kind::Run => Some("runs"),
        Kind::File => Some("files"),
        Kind::Dataset => Some("datasets"),
        Kind::Label => Some("labels"),
        Kind::Annotation => Some("annotations"),
        Kind::Comment => Some("comments"),
        Kind::Export => Some("exports"),
        Kind::Source => Some("sources"),
        Kind::Content => Some("contents"),
        Kind::AuditEvent => Some("audit-events"),
        _ => None,
    }
}

/// The address of an object, or of something below it.
pub(crate) fn address(collection: &str, id: Uuid, below: Option<&str>) -> String {
    let (slash, below) = below.map_or(("", ""), |below| ("/", below));
    [BASE, "/", collection, "/", id.hyphenated().encode_lower(&mut Uuid::encode_buffer()), slash, below]
        .concat()
}

/// What is made and listed under a kind.
const fn children(kind: Kind) -> &'static [Kind] {
    match kind {
        Kind::Organization => &[Kind::User, Kind::Node, Kind::Role, Kind::ApiKey, Kind::Project],
        Kind::Collaboration => &[Kind::Proposal],
        Kind::Project => &[Kind::Job, Kind::ApiKey, Kind::File, Kind::Dataset, Kind::Label, Kind::Source],
        Kind::Source => &[Kind::Content],
        Kind::Job => &[Kind::Task, Kind::Annotation, Kind::Comment, Kind::Export],
        Kind::Task => &[Kind::Run, Kind::Annotation, Kind::Comment],
        _ => &[],
    }
}

/// The links of an object: itself, its deeds, what hangs under it, its ancestors, and those named objects that the
/// caller may view.
pub fn links<T: Shows>(cx: &Cx, standings: &Standings, object: &Object<T>) -> Links {
    let mut links = Links::new();
    let facts = &object.facts;
    links.extend(to_object(cx, standings, facts).map(|link| ("self".to_owned(), link)));
    for near in &object.near {
        let ancestor = near.relation.level().is_some();
        if ancestor || cx.gate.may_view(&cx.caller, &near.facts) {
            let link = to_object(cx, standings, &near.facts);
            links.extend(link.map(|link| (near.relation.word().to_owned(), link)));
        }
    }
    for (name, link) in below(cx, facts).into_iter().chain(deeds(cx, standings, facts)) {
        links.insert(name.to_owned(), link);
    }
    for (name, methods) in T::deeds(cx, object) {
        links.insert(name.to_owned(), deed(facts, name, methods));
    }
    links
}

fn to_object(cx: &Cx, standings: &Standings, facts: &Facts) -> Option<Link> {
    let collection = collection(facts.kind)?;
    let may = standings.methods(cx, &cx.caller, facts);
    let writable = !matches!(facts.kind, Kind::AuditEvent | Kind::Rule | Kind::Proposal);
    let changes = writable && facts.kind != Kind::Export;
    let methods = [("GET", may.view), ("PATCH", may.edit && changes), ("DELETE", may.delete && writable)];
    Some(Link {
        id: Some(facts.id),
        link: address(collection, facts.id, None),
        methods: methods.into_iter().filter(|(_, may)| *may).map(|(method, _)| method).collect(),
    })
}

fn below(cx: &Cx, facts: &Facts) -> Vec<(&'static str, Link)> {
    let mut found = Vec::new();
    for &kind in children(facts.kind) {
        let (Some(above), Some(name)) = (collection(facts.kind), collection(kind)) else { continue };
        let mut methods = Vec::new();
        if cx.gate.may_view(&cx.caller, facts) {
            methods.push("GET");
        }
        if may_make(cx, kind, facts) {
            methods.push("POST");
        }
        found.push((name, Link { id: None, link: address(above, facts.id, Some(name)), methods }));
    }
    found
}

/// Deeds beside create, edit and delete, each only where the caller may do it.
fn deeds(cx: &Cx, standings: &Standings, facts: &Facts) -> Vec<(&'static str, Link)> {
    let kind = facts.kind;
    let edits = || cx.gate.judge_operation(&cx.caller, Operation::Edit, kind, facts).is_allowed();
    let stands = |to| {
        cx.gate.judge::<Suspend>(&cx.caller, kind, facts).is_allowed()
            && standings.forbids_standing(cx, &cx.caller, to, facts).is_none()
    };
    let (names, method, may): (&[&'static str], &'static str, bool) = match kind {
        Kind::Organization | Kind::User | Kind::ApiKey if stands(Standing::Suspended) => {
            (&["suspend", "wake"], "POST", true)
        }
        Kind::Organization | Kind::User | Kind::ApiKey => (&["wake"], "POST", stands(Standing::Active)),
        // Taking out of the archive what is not in it changes nothing, and is nobody's to refuse who may edit it.
        Kind::Project if edits() => (&["archive", "unarchive"], "POST", true),
        Kind::Project => {
            (&["unarchive"], "POST", cx.gate.judge::<Unarchive>(&cx.caller, kind, facts).is_allowed())
        }
        Kind::Task => {
            let hands_on = || cx.gate.may_view(&cx.caller, facts) && !standings.withholds(facts);
            (&["assignee"], "PUT", edits() && hands_on())
        }
        _ => (&[], "POST", false),
    };
    let link = |name: &'static str, method| (name, deed(facts, name, vec![method]));
    let mut found: Vec<_> = names.iter().filter(|_| may).map(|&name| link(name, method)).collect();
    let renews =
        kind == Kind::ApiKey && edits() && standings.outranks(cx, &cx.caller, facts, Concern::Secret);
    found.extend(renews.then(|| link("secret", "POST")));
    found
}

/// The link to a deed.
fn deed(facts: &Facts, name: &str, methods: Vec<&'static str>) -> Link {
    let collection = collection(facts.kind).unwrap_or_default();
    // Relation `collaboration` is the collaboration itself.
    let name = match name {
        "sharing" => "collaboration",
        "next" => "tasks/next",
        name => name,
    };
    Link { id: None, link: address(collection, facts.id, Some(name)), methods }
}
