//! Lists hold exactly what can be shown, and links list exactly the methods that work.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_tests::cases::{About, Case};
use bailiwick_tests::{Actor, Answer, KINDS, Player, Stage, Storage, collection, on_every_storage};
use serde_json::{Value, json};

on_every_storage!(
    lists_hold_what_can_be_shown,
    listed_methods_work_and_no_others,
    views_name_only_what_can_be_viewed,
    the_audit_log_tells_of_grants_to_those_who_may_know_them,
);

/// What a caller may view: kind and id of every object, with its view.
type Seen = BTreeMap<(String, String), Value>;

async fn lists_hold_what_can_be_shown(storage: Storage) {
    let stage = Stage::set(storage).await;
    let others = others(&stage).await;
    for player in &stage.cast {
        let seen = seen(&stage, player, &others).await;
        for kind in KINDS.iter().map(|(kind, _)| *kind).chain(["audit_event", "rule"]) {
            let shown: BTreeSet<&str> = of_kind(&seen, kind).map(|(id, _)| id).collect();
            // The audit log grows while it is read: only what was there before counts. Of the rules, some are tried.
            let listed = player.actor.all(&format!("/{}{}", collection(kind), page(kind))).await;
            let known = |item: &&Value| !["audit_event", "rule"].contains(&kind) || is_known(&others, item);
            let ids: Vec<&str> = listed.iter().filter(known).map(id).collect();
            let distinct: BTreeSet<&str> = ids.iter().copied().collect();
            assert_eq!(ids.len(), distinct.len(), "{} lists a {kind} twice", player.name);
            assert_eq!(distinct, shown, "{}: list and get of {kind} differ", player.name);
            for item in listed.iter().filter(known) {
                let alone = &seen[&(kind.to_owned(), id(item).to_owned())];
                assert_eq!(
                    at_rest(item),
                    at_rest(alone),
                    "{}: a {kind} looks different in its list",
                    player.name
                );
            }
        }
        nested_lists_agree(player, &seen).await;
    }
}

/// A view without the time of the last use, which looking itself moves on.
fn at_rest(view: &Value) -> Value {
    let mut view = view.clone();
    for moves in ["last_used_at", "last_seen_at", "online"] {
        view.as_object_mut().unwrap().remove(moves);
    }
    view
}

/// The list under a parent is the flat list with its filter; without the parent it is not there.
async fn nested_lists_agree(player: &Player, seen: &Seen) {
    let nested = [
        ("organization", "users"),
        ("organization", "nodes"),
        ("collaboration", "proposals"),
        ("organization", "roles"),
        ("organization", "api-keys"),
        ("organization", "projects"),
        ("project", "jobs"),
        ("project", "api-keys"),
        ("project", "files"),
        ("project", "datasets"),
        ("project", "labels"),
        ("project", "sources"),
        ("source", "contents"),
        ("dataset", "files"),
        ("job", "tasks"),
        ("job", "datasets"),
        ("job", "files"),
        ("job", "labels"),
        ("job", "annotations"),
        ("job", "comments"),
        ("job", "exports"),
        ("task", "runs"),
        ("task", "files"),
        ("task", "labels"),
        ("task", "annotations"),
        ("task", "comments"),
    ];
    for (parent, children) in nested {
        for (under, view) in of_kind(seen, parent) {
            let address = format!("/{}/{under}/{children}", collection(parent));
            let list = player.actor.get(&address).await.is(200).body;
            assert_eq!(list["links"]["self"]["methods"], view["links"][children]["methods"], "{address}");
            let inside = player.actor.all(&format!("{address}?limit=3")).await;
            let flat = player.actor.all(&format!("/{children}?{parent}_id={under}")).await;
            let rested = |list: &[Value]| list.iter().map(at_rest).collect::<Vec<_>>();
            assert_eq!(rested(&inside), rested(&flat), "{}: {children} under {parent} {under}", player.name);
        }
    }
}

async fn listed_methods_work_and_no_others(storage: Storage) {
    let stage = Stage::set(storage).await;
    let cases = Case::all();
    for player in &stage.cast {
        let before = stage.dump().await;
        let seen = seen(&stage, player, &[]).await;
        let mut truth = Truth { stage: &stage, player, cases: &cases, known: BTreeMap::new() };
        for ((kind, id), view) in &seen {
            breadcrumb_is_bare(view);
            let links = view["links"].as_object().unwrap();
            assert_eq!(links["self"]["id"], id.as_str());
            let mut listed = BTreeSet::new();
            for (relation, link) in links {
                let address = link["link"].as_str().unwrap().strip_prefix("/api/v1").unwrap();
                let methods: BTreeSet<String> = link["methods"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|m| m.as_str().unwrap().to_owned())
                    .collect();
                let works = truth.at(address).await;
                assert_eq!(methods, works, "{}: {relation} {address} of a {kind}", player.name);
                listed.insert(address.to_owned());
            }
            // What no link leads to does not work either.
            let here = format!("/{}/{id}", collection(kind));
            for address in truth.addresses(kind, id).filter(|address| !listed.contains(address)) {
                let works = truth.at(&address).await;
                assert!(works.is_empty(), "{}: nothing at {here} links to {address}: {works:?}", player.name);
            }
        }
        stage.unchanged(&before, &format!("a dry run of {} changed something", player.name)).await;
    }
}

/// Every id in a view is the caller's, an ancestor's, or of something that the caller may view.
async fn views_name_only_what_can_be_viewed(storage: Storage) {
    let stage = Stage::set(storage).await;
    let collaboration = stage.actor("root").get(&stage.ids.address("project", "south/shared")).await.is(200);
    let collaboration = collaboration.body["collaboration_id"].as_str().unwrap().to_owned();
    for player in &stage.cast {
        let seen = seen(&stage, player, &[]).await;
        for ((kind, id), view) in &seen {
            let mut allowed: BTreeSet<&str> = seen.keys().map(|(_, id)| id.as_str()).collect();
            allowed
                .extend(view["path"].as_array().unwrap().iter().map(|crumb| crumb["id"].as_str().unwrap()));
            allowed.extend(player.id.as_deref());
            if matches!(player.name, "root" | "owner" | "auditor" | "partner" | "wide-key") {
                allowed.insert(&collaboration);
            }
            let mut named = BTreeSet::new();
            ids_in(view, &mut named);
            if kind == "proposal" {
                // Its two sides, and with whom one would be in it.
                let members = view["members"].as_array().into_iter().flatten().map(|member| &member["id"]);
                named.retain(|id| {
                    view["collaboration_id"] != *id && members.clone().all(|member| member != *id)
                });
            }
            let jumped: Vec<_> = named.difference(&allowed).collect();
            assert!(jumped.is_empty(), "{}: {kind} {id} names {jumped:?}: {view:#}", player.name);
        }
    }
}

/// Every id that stands anywhere in a value, addresses apart: what they lead to is tried where links are.
fn ids_in<'v>(value: &'v Value, found: &mut BTreeSet<&'v str>) {
    match value {
        Value::String(text) if text.parse::<uuid::Uuid>().is_ok() => {
            found.insert(text);
        }
        Value::Array(items) => items.iter().for_each(|item| ids_in(item, found)),
        Value::Object(fields) => fields.values().for_each(|field| ids_in(field, found)),
        _ => {}
    }
}

/// Which methods work where, for one caller: tried once each.
struct Truth<'s> {
    stage: &'s Stage,
    player: &'s Player,
    cases: &'s [Case],
    known: BTreeMap<String, BTreeSet<String>>,
}

impl Truth<'_> {
    /// Every address that hangs on an object.
    fn addresses(&self, kind: &str, id: &str) -> impl Iterator<Item = String> + use<> {
        // What names another object in its path has no link.
        let of = self.cases.iter().filter(|case| case.is_of(kind) && !case.path.contains("{other_id}"));
        let found: BTreeSet<String> = of.map(|case| case.path.replace("{id}", id)).collect();
        found.into_iter()
    }

    /// The methods that work at an address.
    async fn at(&mut self, address: &str) -> BTreeSet<String> {
        if let Some(known) = self.known.get(address) {
            return known.clone();
        }
        let id = address.split('/').nth(2).unwrap();
        let pattern = address.replace(id, "{id}");
        let mut works = BTreeSet::new();
        let here = self.cases.iter().filter(|case| case.path == pattern);
        for case in here.filter(|case| matches!(case.about, About::Path(_))) {
            let path = case.dry(id, self.stage);
            let answer = case.send(&self.player.actor, &path, id, self.stage).await;
            if self.works(case, &answer) {
                works.insert(case.method.to_string());
            }
        }
        self.known.insert(address.to_owned(), works.clone());
        works
    }

    /// Whether the caller is authorised: it works, or would if nothing hung under it.
    fn works(&self, case: &Case, answer: &Answer) -> bool {
        let guard = answer.body["guard"].as_str();
        match answer.status.as_u16() {
            // What is on its way in a body is read once it is allowed.
            200 | 201 | 202 | 204 | 415 => true,
            409 if answer.body["type"] == "urn:bailiwick:problem:taken" => true,
            409 => match guard {
                // Of what is over nothing is taken; else it is in already.
                Some("not_active") => case.deed != "take_next_task",
                Some("dependents" | "transition" | "open_runs") => true,
                Some("archived" | "root_stays") => false,
                // It is not lent to the caller now: to give it back, it would have to be.
                Some("lease") => case.deed != "release_task",
                _ => panic!("{} {}: {:#}", self.player.name, case.deed, answer.body),
            },
            401 | 403 | 404 => false,
            // Who may make a node may have named the wrong collaboration, or who annotates another task's file; who may share knows the right one.
            422 if case.deed == "share_project" => false,
            422 if matches!(case.deed, "create_node" | "create_proposal" | "create_annotation") => true,
            _ => panic!("{} {}: {:#}", self.player.name, case.deed, answer.body),
        }
    }
}

/// Level, id and name, and nothing else.
fn breadcrumb_is_bare(view: &Value) {
    for crumb in view["path"].as_array().into_iter().flatten() {
        let fields: Vec<&str> = crumb.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(fields, ["id", "level", "name"], "{crumb:#}");
        let link = view["links"].as_object().unwrap().get(crumb["level"].as_str().unwrap());
        assert_eq!(link.map(|link| &link["id"]), Some(&crumb["id"]), "an ancestor without a link: {view:#}");
    }
}

/// Everything that this caller may view, each found by its id.
async fn seen(stage: &Stage, player: &Player, others: &[(&str, String)]) -> Seen {
    let mut seen = Seen::new();
    let others = others.iter().map(|(kind, id)| (*kind, id.as_str()));
    for (kind, id) in stage.ids.all().chain(others) {
        let answer = player.actor.get(&format!("/{}/{id}", collection(kind))).await;
        match answer.status.as_u16() {
            200 => assert!(seen.insert((kind.to_owned(), id.to_owned()), answer.body).is_none()),
            401 if player.id.is_none() => {}
            404 if player.id.is_some() => {}
            _ => panic!("{} {kind}: {answer:#?}", player.name),
        }
    }
    seen
}

/// Some rules, and all audit events that there are so far.
async fn others(stage: &Stage) -> Vec<(&'static str, String)> {
    let rules = stage.actor("root").all("/rules?limit=500").await;
    let events = stage.actor("root").all("/audit-events?limit=500").await;
    let rules = rules.iter().step_by(40).map(|item| ("rule", id(item).to_owned()));
    rules.chain(events.iter().map(|item| ("audit_event", id(item).to_owned()))).collect()
}

fn is_known(others: &[(&str, String)], item: &Value) -> bool {
    others.iter().any(|(_, known)| known == id(item))
}

fn of_kind<'s>(seen: &'s Seen, kind: &str) -> impl Iterator<Item = (&'s str, &'s Value)> {
    seen.iter().filter(move |((known, _), _)| known == kind).map(|((_, id), view)| (id.as_str(), view))
}

/// Small pages, so that there are many; of the audit log, large ones.
fn page(kind: &str) -> &'static str {
    match kind {
        "rule" | "audit_event" => "?limit=200",
        _ => "?limit=3",
    }
}

fn id(item: &Value) -> &str {
    item["id"].as_str().unwrap()
}

async fn the_audit_log_tells_of_grants_to_those_who_may_know_them(storage: Storage) {
    let stage = Stage::set(storage).await;
    let (root, owner) = (stage.actor("root"), stage.actor("owner"));
    let north = stage.ids.address("organization", "north");
    root.patch(&north, json!({ "public_key": "of root" })).await.is(200);
    owner.patch(&north, json!({ "public_key": "of the owner" })).await.is(200);
    let reasons = async |who: &Actor| {
        let told = who.all(&format!("/audit-events?object_id={}", stage.id("organization", "north"))).await;
        let key = |event: &Value| event["after"]["public_key"].as_str().map(ToOwned::to_owned);
        let find = |wanted: &str| told.iter().find(|event| key(event).as_deref() == Some(wanted)).unwrap();
        [find("of root")["reason"].clone(), find("of the owner")["reason"].clone()]
    };
    let [by_root, by_owner] = reasons(root).await;
    assert_eq!(by_root["anchor"]["level"], "server");
    assert_eq!(by_owner["anchor"]["level"], "organization");
    // The owner may view no grant at the server, but their own.
    assert_eq!(reasons(owner).await, [json!({ "by": "grant" }), by_owner]);
}
