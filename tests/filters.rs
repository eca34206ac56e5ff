//! A filter tells no more than the view does: what it finds is what the caller's own list shows with that value.

use std::collections::BTreeSet;

use bailiwick_tests::{KINDS, Player, Stage, Storage, collection, on_every_storage, on_servers};
use serde_json::{Value, json};

on_every_storage!(
    filters_find_what_the_view_shows,
    names_are_found_by_what_the_view_shows,
    the_audit_log_tells_nobody_what_was_hidden_from_them,
    who_changes_what_they_may_not_view_is_not_told_of_it,
);

on_servers!(
    filters_find_what_the_view_shows,
    names_are_found_by_what_the_view_shows,
    the_audit_log_tells_nobody_what_was_hidden_from_them,
    who_changes_what_they_may_not_view_is_not_told_of_it,
);

/// The filters by id of each list, with what of a view they speak of.
const FILTERS: &[(&str, &[(&str, &str)])] = &[
    ("user", &[("organization_id", "/organization_id")]),
    ("role", &[("organization_id", "/organization_id")]),
    ("node", &[("organization_id", "/organization_id"), ("collaboration_id", "/collaboration_id")]),
    ("proposal", &[("organization_id", "/organization_id"), ("collaboration_id", "/collaboration_id")]),
    (
        "run",
        &[
            ("project_id", "/project_id"),
            ("job_id", "/job_id"),
            ("task_id", "/task_id"),
            ("executor_id", "/executor_id"),
            ("node_id", "/node_id"),
        ],
    ),
    ("api_key", &[("organization_id", "/organization_id"), ("project_id", "/project_id")]),
    ("project", &[("organization_id", "/organization_id"), ("collaboration_id", "/collaboration_id")]),
    ("job", &[("project_id", "/project_id"), ("organization_id", "/path/0/id")]),
    (
        "task",
        &[
            ("project_id", "/project_id"),
            ("job_id", "/job_id"),
            ("organization_id", "/path/0/id"),
            ("assignee_id", "/assignee_id"),
            ("author_id", "/author_id"),
            ("reviewer_id", "/reviewer_id"),
            ("file_id", "/file_id"),
            ("parent_id", "/parent_id"),
        ],
    ),
    ("file", &[("project_id", "/project_id"), ("organization_id", "/path/0/id")]),
    ("dataset", &[("project_id", "/project_id"), ("organization_id", "/path/0/id")]),
    ("label", &[("project_id", "/project_id"), ("organization_id", "/path/0/id")]),
    (
        "annotation",
        &[
            ("project_id", "/project_id"),
            ("job_id", "/job_id"),
            ("task_id", "/task_id"),
            ("file_id", "/file_id"),
            ("label_id", "/label_id"),
        ],
    ),
    ("comment", &[("project_id", "/project_id"), ("job_id", "/job_id"), ("task_id", "/task_id")]),
    ("export", &[("project_id", "/project_id"), ("job_id", "/job_id")]),
    (
        "grant",
        &[
            ("principal_id", "/principal/id"),
            ("role_id", "/role_id"),
            ("anchor_id", "/anchor/id"),
            ("organization_id", "/path/0/id"),
            ("project_id", "/path/1/id"),
        ],
    ),
];

/// Subtasks, whose parents not everybody sees.
async fn stage(storage: Storage) -> Stage {
    let stage = Stage::set(storage).await;
    let tasks = format!("{}/tasks", stage.ids.address("job", "north/home/workup"));
    for name in ["for annotator", "for manager"] {
        let parent = stage.id("task", &format!("north/home/workup/{name}"));
        let mate = stage.id("user", "north/mate");
        let sub =
            serde_json::json!({ "name": format!("sub {name}"), "parent_id": parent, "assignee_id": mate });
        stage.actor("owner").post(&tasks, sub).await.is(201);
    }
    stage
}

async fn filters_find_what_the_view_shows(storage: Storage) {
    let stage = stage(storage).await;
    // Every id that anything is filtered by, one that nothing has, and the collaboration's, which root is shown.
    let shared = stage.actor("root").get(&stage.ids.address("project", "south/shared")).await.is(200);
    let alliance = shared.body["collaboration_id"].as_str().unwrap().to_owned();
    let mut ids: BTreeSet<String> = stage.ids.all().map(|(_, id)| id.to_owned()).collect();
    ids.extend([alliance, uuid::Uuid::from_u128(1).to_string()]);
    for player in &stage.cast {
        for (kind, filters) in FILTERS {
            let everything = player.actor.all(&format!("/{}?limit=500", collection(kind))).await;
            for (filter, pointer) in *filters {
                let concerned = concerned(&stage, player, filter, &ids);
                for id in concerned {
                    let shown =
                        of(everything.iter().filter(|item| item.pointer(pointer) == Some(&Value::from(id))));
                    let address = format!("/{}?limit=500&count=true&{filter}={id}", collection(kind));
                    let page = player.actor.get(&address).await.is(200);
                    let found = of(page.body["items"].as_array().unwrap().iter());
                    assert_eq!(found, shown, "{}: {kind} by {filter}={id}", player.name);
                    assert_eq!(page.body["total"], found.len(), "{}: {kind} by {filter}={id}", player.name);
                }
            }
        }
    }
}

/// The ids worth asking for: those of the kind that the filter speaks of, and a few others.
fn concerned<'i>(
    stage: &'i Stage,
    player: &'i Player,
    filter: &str,
    ids: &'i BTreeSet<String>,
) -> BTreeSet<&'i str> {
    let kinds: &[&str] = match filter {
        "organization_id" => &["organization"],
        "project_id" => &["project"],
        "job_id" => &["job"],
        "task_id" => &["task"],
        "file_id" => &["file"],
        "label_id" => &["label"],
        "assignee_id" | "author_id" | "reviewer_id" => &["user"],
        "parent_id" => &["task"],
        "role_id" => &["role"],
        "principal_id" => &["user", "api_key"],
        "anchor_id" => &["organization", "project", "job"],
        _ => &[],
    };
    let of_kinds = stage.ids.all().filter(|(kind, _)| kinds.contains(kind)).map(|(_, id)| id);
    let known: BTreeSet<&str> = stage.ids.all().map(|(_, id)| id).collect();
    let others = ids.iter().map(String::as_str).filter(|id| !known.contains(id));
    of_kinds.chain(others).chain(player.id.as_deref()).collect()
}

fn of<'v>(items: impl Iterator<Item = &'v Value>) -> BTreeSet<&'v str> {
    items.map(|item| item["id"].as_str().unwrap()).collect()
}

async fn names_are_found_by_what_the_view_shows(storage: Storage) {
    let stage = stage(storage).await;
    for player in &stage.cast {
        let nameless = ["grant", "invitation", "run", "proposal", "annotation", "comment", "export"];
        for (kind, collection) in KINDS.iter().filter(|(kind, _)| !nameless.contains(kind)) {
            let everything = player.actor.all(&format!("/{collection}?limit=500")).await;
            let name = if *kind == "user" { "username" } else { "name" };
            for part in ["o", "WORK", "for ", "est", "mate@", "nothing has this"] {
                let has = |item: &&Value| {
                    item[name].as_str().unwrap().to_lowercase().contains(&part.to_lowercase())
                };
                let encoded = part.replace(' ', "%20").replace('@', "%40");
                let found = player.actor.all(&format!("/{collection}?limit=500&q={encoded}")).await;
                let shown = of(everything.iter().filter(has));
                assert_eq!(of(found.iter()), shown, "{}: {kind} by q={part}", player.name);
            }
        }
    }
}

async fn the_audit_log_tells_nobody_what_was_hidden_from_them(storage: Storage) {
    let stage = Stage::set(storage).await;
    let (nobody, viewer, root) = (stage.actor("nobody"), stage.actor("viewer"), stage.actor("root"));
    let nothing = uuid::Uuid::from_u128(1).to_string();
    let hidden = stage.id("project", "north/next");
    for actor in [nobody, viewer] {
        for id in [hidden, stage.id("project", "west/far"), &nothing] {
            let project = format!("/projects/{id}");
            actor.get(&project).await.is(404);
            actor.patch(&project, serde_json::json!({ "name": "mine" })).await.is(404);
            actor.post(&format!("{project}/jobs"), serde_json::json!({ "name": "mine" })).await.is(404);
            assert_eq!(actor.all(&format!("/audit-events?object_id={id}")).await, [Value::Null; 0]);
        }
        // Who answers for the object learns who tried.
        let tried =
            stage.actor("owner").all(&format!("/audit-events?object_id={hidden}&decision=denied")).await;
        assert!(tried.len() >= 3 && tried.iter().all(|event| event["reason"]["hidden"] == true));
    }
    // A denial that hid nothing is the caller's own to read.
    let job = stage.ids.address("job", "north/home/workup");
    let denied = viewer.patch(&job, serde_json::json!({ "name": "mine" })).await.is(403);
    let decision = format!("/audit-events/{}", denied.body["decision"].as_str().unwrap());
    assert_eq!(viewer.get(&decision).await.is(200).body["decision"], "denied");
    root.get(&decision).await.is(200);
    nobody.get(&decision).await.is(404);
}

async fn who_changes_what_they_may_not_view_is_not_told_of_it(storage: Storage) {
    let stage = Stage::set(storage).await;
    let (root, blind) = (stage.actor("root"), stage.actor("nobody"));
    let role =
        json!({ "name": "blind", "rules": ["source:edit:organization", "source:create:organization"] });
    let role = root.post(&format!("{}/roles", stage.ids.address("organization", "north")), role).await;
    let user = stage.id("user", "north/nobody");
    let project = stage.id("project", "north/home");
    let grant = json!({
        "principal": { "kind": "user", "id": user }, "role_id": role.is(201).id(),
        "anchor": { "level": "project", "id": project }
    });
    root.post("/grants", grant).await.is(201);
    let source = stage.id("source", "north/home/en_ATLAS_1_document");
    let path = format!("/sources/{source}");
    root.patch(&path, json!({ "metadata": { "note": "for our eyes" } })).await.is(200);
    blind.get(&path).await.is(404);
    let changed = blind.patch(&path, json!({ "license": "mine" })).await.is(200);
    assert_eq!(changed.body.as_object().unwrap().keys().collect::<Vec<_>>(), ["id"]);
    let made =
        json!({ "content_type": "document", "language": "en", "abbreviation": "NEW", "revision": "1" });
    let made = blind.post(&format!("/projects/{project}/sources"), made).await.is(201).id();
    let events = async |who: &str, id: &str| {
        stage.actor(who).all(&format!("/audit-events?object_id={id}&decision=allowed")).await
    };
    for (id, deed) in [(source, "edit_source"), (&made, "create_source")] {
        let own = events("nobody", id).await;
        assert_eq!(own.len(), 1, "{own:#?}");
        assert_eq!(
            (&own[0]["deed"], &own[0]["before"], &own[0]["after"]),
            (&json!(deed), &Value::Null, &Value::Null)
        );
        let one = blind.get(&format!("/audit-events/{}", own[0]["id"].as_str().unwrap())).await.is(200);
        assert!(one.body["before"].is_null() && one.body["after"].is_null());
        // Who may view the events of others there is told all.
        for who in ["root", "owner", "auditor"] {
            let told = events(who, id).await;
            assert!(
                told.iter().any(|event| event["deed"] == deed && event["after"].is_object()),
                "{who}: {told:#?}"
            );
        }
    }
    // Who may view sources there is told of what they did.
    stage.actor("editor").patch(&path, json!({ "license": "ours" })).await.is(200);
    let own = events("editor", source).await;
    assert_eq!((own.len(), &own[0]["before"]["metadata"]["note"]), (1, &json!("for our eyes")), "{own:#?}");
}
