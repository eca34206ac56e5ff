//! Every id that a request claims, in its path, its query or its body, nested or in lists: one of another tenant and one
//! that nothing has are refused alike, by whoever asks, and nothing has changed.
//!
//! Which ids there are, the OpenAPI document says: a route that takes one more is tried without a word here.

mod slots;

use std::collections::BTreeSet;

use bailiwick_tests::cases::{About, Case, NOTHING};
use bailiwick_tests::{Answer, Player, Stage, Storage, on_every_storage};
use serde_json::{Value, json};
use slots::{Slot, complete, of_document, put};

on_every_storage!(foreign_ids_are_refused_as_ids_of_nothing,);

/// Who asks: everybody but those who may look into west.
const STRANGERS: &[&str] =
    &["anonymous", "annotator", "editor", "manager", "owner", "partner", "sue", "key", "node", "container"];

/// What a body or a query may name of west.
const FOREIGN: &[&str] = &[
    "organization",
    "user",
    "project",
    "job",
    "task",
    "file",
    "dataset",
    "label",
    "api_key",
    "node",
    "collaboration",
    "role",
    "grant",
    "annotation",
];

/// Places that never say what was wrong with an id: sign-ins, where one 401 stands for all.
const SILENT: &[&str] = &["issue_node_token /node_id"];

async fn foreign_ids_are_refused_as_ids_of_nothing(storage: Storage) {
    let stage = Stage::set(storage).await;
    let document = stage.actor("root").get("/openapi.json").await.is(200).body;
    let before = stage.dump().await;
    let (mut told, mut slots): (BTreeSet<String>, BTreeSet<String>) = (BTreeSet::new(), BTreeSet::new());
    let mut asked = 0;
    for case in Case::all() {
        for slot in of_document(&document, case.deed) {
            let name = format!("{} {slot}", case.deed);
            let foreign = foreign(&stage, &case, &slot);
            for player in stage.cast.iter().filter(|player| STRANGERS.contains(&player.name)) {
                for (kind, id) in &foreign {
                    let theirs = ask(&stage, &case, &slot, player, id).await;
                    let nothing = ask(&stage, &case, &slot, player, NOTHING).await;
                    asked += 2;
                    let place = format!("{name} of a {kind}, as {}", player.name);
                    assert!(!theirs.status.is_server_error(), "{place}: {:#}", theirs.body);
                    assert_eq!(plain(&theirs, id), plain(&nothing, NOTHING), "{place}");
                    if slot.is_told(&theirs) {
                        told.insert(name.clone());
                    }
                }
            }
            slots.insert(name);
        }
    }
    assert!(asked > 2_000, "only {asked} requests");
    stage.unchanged(&before, "ids of others were claimed").await;
    // Each was refused for its own sake at least once: by its name, or by not being there.
    let silent: Vec<&String> =
        slots.difference(&told).filter(|slot| !SILENT.contains(&slot.as_str())).collect();
    assert!(silent.is_empty(), "never refused for its own sake: {silent:#?}");
}

/// Objects of the other tenant that may be claimed there, each with its kind.
fn foreign<'s>(stage: &'s Stage, case: &Case, slot: &Slot) -> Vec<(&'static str, &'s str)> {
    let of_west = |kind: &'static str| {
        let mut all =
            stage.ids.of_kind(kind).filter(|(path, _)| path.starts_with("west") || *path == "outback");
        all.next().map(|(_, id)| (kind, id))
    };
    let about = match (slot, case.about) {
        (Slot::Path(name), About::Path(kind)) if name == "id" => of_west(kind),
        _ => None,
    };
    match about {
        Some(one) => vec![one],
        None => FOREIGN.iter().filter(|kind| slot.may_be(kind)).filter_map(|kind| of_west(kind)).collect(),
    }
}

/// An object of north that a route is about.
fn own<'s>(stage: &'s Stage, case: &Case) -> &'s str {
    let (About::Path(kind) | About::Claim(kind)) = case.about else { return NOTHING };
    let of_north = |begin: &str| stage.ids.of_kind(kind).find(|(path, _)| path.starts_with(begin));
    of_north("north/home").or_else(|| of_north("north")).map_or(NOTHING, |(_, id)| id)
}

async fn ask(stage: &Stage, case: &Case, slot: &Slot, player: &Player, id: &str) -> Answer {
    let own = own(stage, case);
    match slot {
        Slot::Path(name) => {
            let path = match name.as_str() {
                "id" => case.to(id, stage),
                _ => case.path.replace(&format!("{{{name}}}"), id).replace("{id}", own),
            };
            case.send(&player.actor, &path.replace("{other_id}", NOTHING), own, stage).await
        }
        Slot::Query(name) => {
            let path = case.to(own, stage);
            let with = if path.contains('?') { '&' } else { '?' };
            case.send(&player.actor, &format!("{path}{with}{name}={id}"), own, stage).await
        }
        Slot::Body(pointer) => {
            let mut body = case.body(own, stage).unwrap_or_else(|| json!({}));
            complete(case.deed, pointer, &mut body);
            put(&mut body, pointer, id);
            player.actor.send(case.method.clone(), &case.to(own, stage), Some(body)).await
        }
    }
}

/// Status and body of an answer, without what no two answers share.
fn plain(answer: &Answer, id: &str) -> String {
    let mut body = answer.body.clone();
    if let Value::Object(fields) = &mut body {
        fields.remove("instance");
        fields.remove("decision");
    }
    format!("{} {body}", answer.status).replace(id, "ID")
}
