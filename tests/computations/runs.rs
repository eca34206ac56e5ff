//! What runs go through, what is stored of them, and what is not even begun.

use bailiwick_tests::{Storage, on_every_storage};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Lab, one};

on_every_storage!(
    a_run_goes_its_way_once,
    what_came_out_is_stored_once,
    tasks_are_for_organizations_with_a_node_there,
    a_node_runs_what_its_organization_allows,
    plain_text_is_refused_where_ciphertext_is_demanded,
    killing_ends_what_is_open,
    a_task_goes_with_its_runs_or_not_at_all,
    a_task_follows_a_run_that_is_deleted,
);

async fn a_task_follows_a_run_that_is_deleted(storage: Storage) {
    let lab = Lab::set(storage).await;
    let (task, runs) = lab.compute(&lab.ann, "shared", &["north", "south"]).await;
    for status in ["active", "completed"] {
        lab.report(0, &runs[0], status, 200).await;
    }
    lab.report(1, &runs[1], "active", 200).await;
    assert_eq!(lab.status("tasks", &task).await, "active");
    lab.root.delete(&format!("/runs/{}", runs[1])).await.is(204);
    assert_eq!(lab.status("tasks", &task).await, "complete", "all that is left is");
}

async fn a_run_goes_its_way_once(storage: Storage) {
    let lab = Lab::set(storage).await;
    let (task, runs) = lab.compute(&lab.ann, "shared", &["north", "south"]).await;
    assert_eq!(lab.status("tasks", &task).await, "pending");
    lab.report(0, &runs[0], "completed", 409).await;
    lab.report(0, &runs[0], "initializing", 200).await;
    assert_eq!(lab.status("tasks", &task).await, "initializing");
    lab.report(0, &runs[0], "pending", 409).await;
    let active = lab.report(0, &runs[0], "active", 200).await;
    assert!(active["started_at"].is_string());
    // The same report again is answered alike, and is no change.
    assert_eq!(lab.report(0, &runs[0], "active", 200).await["version"], active["version"]);
    assert_eq!(lab.status("tasks", &task).await, "active");
    let done = lab.report(0, &runs[0], "completed", 200).await;
    assert!(done["finished_at"].is_string());
    assert_eq!(lab.status("tasks", &task).await, "pending", "south has not begun");
    for late in ["active", "failed", "killed"] {
        lab.report(0, &runs[0], late, 409).await;
    }
    lab.report(0, &runs[0], "completed", 200).await;
    lab.root.patch(&format!("/runs/{}", runs[0]), json!({ "status": "killed" })).await.is(409);
    lab.root.patch(&format!("/runs/{}", runs[1]), json!({ "status": "active" })).await.is(409);
    lab.report(1, &runs[1], "not_allowed", 200).await;
    assert_eq!(lab.status("tasks", &task).await, "failed");
    // The status of a computation is nobody's to set.
    lab.ann.patch(&format!("/tasks/{task}"), json!({ "status": "complete" })).await.is(422);
    lab.nodes[0].actor.patch(&format!("/runs/{}", runs[0]), json!({ "status": "unheard of" })).await.is(422);
}

async fn what_came_out_is_stored_once(storage: Storage) {
    let lab = Lab::set(storage).await;
    let (_, runs) = lab.compute(&lab.ann, "shared", &["north", "south"]).await;
    let path = format!("/runs/{}", runs[0]);
    let node = &lab.nodes[0].actor;
    let bytes = |count: usize| (0..count).map(|at| u8::try_from(at % 251).unwrap()).collect::<Vec<u8>>();
    let put = async |count: usize| {
        node.send_raw(Method::PUT, &format!("{path}/result"), "application/octet-stream", bytes(count)).await
    };
    node.get(&format!("{path}/result")).await.is(404);
    assert_eq!(lab.ann.get(&format!("{path}/input")).await.is(200).body, "given");
    put((4 << 20) + 1).await.is(422);
    node.send_raw(Method::PUT, &format!("{path}/result"), "text/plain", "no").await.is(415);
    let stored = put(700_000).await.is(200);
    assert_eq!(stored.body["result_bytes"], 700_000);
    put(3).await.is(409);
    let found = lab.ann.get(&format!("{path}/result")).await.is(200);
    assert_eq!(found.headers["content-length"], "700000");
    assert_eq!(found.headers["content-type"], "application/octet-stream");
    assert!(found.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
    node.post(&format!("{path}/log"), json!({ "text": "one\n" })).await.is(200);
    node.post(&format!("{path}/log"), json!({ "text": "two\n" })).await.is(200);
    assert_eq!(lab.ann.get(&format!("{path}/log")).await.is(200).body, "one\ntwo\n");
    lab.report(0, &runs[0], "active", 200).await;
    lab.report(0, &runs[0], "completed", 200).await;
    node.post(&format!("{path}/log"), json!({ "text": "late\n" })).await.is(409);
    // Only the node that executes it stores anything.
    lab.ann.post(&format!("{path}/log"), json!({ "text": "no\n" })).await.is(403);
    let other = format!("/runs/{}/result", runs[1]);
    node.send_raw(Method::PUT, &other, "application/octet-stream", vec![1]).await.is(404);
}

async fn tasks_are_for_organizations_with_a_node_there(storage: Storage) {
    let lab = Lab::set(storage).await;
    let tasks = |job: String| format!("/jobs/{job}/tasks");
    let (shared, inner) = (tasks(lab.job("shared").await), tasks(lab.job("inner").await));
    let refused = async |path: &str, body: Value, pointer: &str| {
        let answer = lab.root.post(path, body).await.is(422);
        assert_eq!(answer.body["errors"][0]["pointer"], pointer, "{:#}", answer.body);
    };
    refused(&shared, lab.asked("no member", &["west"]).await, "/runs/0/organization_id").await;
    refused(&shared, lab.asked("no node", &["north", "far"]).await, "/runs/1/organization_id").await;
    refused(&shared, lab.asked("twice", &["north", "north"]).await, "/runs/1/organization_id").await;
    refused(&inner, lab.asked("not shared", &["north"]).await, "/runs").await;
    refused(&shared, json!({ "name": "no runs", "image": "a" }), "/runs").await;
    let mut plain = lab.asked("no image", &["north"]).await;
    plain.as_object_mut().unwrap().remove("image");
    refused(&shared, plain, "/image").await;
    let nothing = json!({ "name": "x", "image": "a", "runs": [{ "organization_id": bailiwick_tests::cases::NOTHING }] });
    refused(&shared, nothing, "/runs/0/organization_id").await;
    assert!(lab.root.get("/tasks").await.is(200).ids().is_empty(), "nothing half made");
    assert!(lab.root.get("/runs").await.is(200).ids().is_empty());
}

async fn a_node_runs_what_its_organization_allows(storage: Storage) {
    let lab = Lab::set(storage).await;
    let rita = lab.site.user("north/rita").await;
    let node = format!("/nodes/{}", lab.nodes[1].id);
    let tasks = format!("/jobs/{}/tasks", lab.job("shared").await);
    let asked = lab.asked("asked", &["south"]).await;
    let south = lab.organization("south").await;
    for policy in [
        json!({ "images": ["algorithms/sum:*"] }),
        json!({ "organizations": [south] }),
        json!({ "users": [] }),
    ] {
        lab.sam.patch(&node, json!({ "policy": policy })).await.is(200);
        let answer = rita.post(&tasks, asked.clone()).await.is(422);
        assert_eq!(answer.body["errors"][0]["pointer"], "/runs/0/organization_id");
    }
    // Whom a policy names, its maker may view.
    let stranger = json!({ "policy": { "users": [one(&lab.root, "users", "wes").await] } });
    lab.sam.patch(&node, stranger).await.is(422);
    lab.ann.patch(&node, json!({ "policy": null })).await.is(403);
    lab.wes.patch(&node, json!({ "policy": null })).await.is(404);
    lab.sam.patch(&node, json!({ "policy": { "images": ["algorithms/*"] } })).await.is(200);
    rita.post(&tasks, asked).await.is(201);
}

async fn plain_text_is_refused_where_ciphertext_is_demanded(storage: Storage) {
    let lab = Lab::set(storage).await;
    let first = format!("/collaborations/{}", lab.collaboration("first").await);
    lab.root.patch(&first, json!({ "encrypted": true })).await.is(200);
    lab.root.patch(&first, json!({ "encrypted": false })).await.is(422);
    let tasks = format!("/jobs/{}/tasks", lab.job("shared").await);
    let mut asked = lab.asked("asked", &["north"]).await;
    let plain = lab.ann.post(&tasks, asked.clone()).await.is(422);
    assert_eq!(plain.body["errors"][0]["pointer"], "/runs/0/input");
    let sealed = format!("bwe1.{}.{}.{}", "k".repeat(342), "n".repeat(16), "d".repeat(900));
    asked["runs"][0]["input"] = json!(sealed);
    let task = lab.ann.post(&tasks, asked).await.is(201).id();
    let run = lab.root.get(&format!("/tasks/{task}/runs")).await.is(200).ids()[0].clone();
    let put = async |text: String| {
        let path = format!("/runs/{run}/result");
        lab.nodes[0].actor.send_raw(Method::PUT, &path, "application/octet-stream", text).await
    };
    put("the mean is 42".to_owned()).await.is(422);
    for (text, status) in [("the mean is 42", 422), (sealed.as_str(), 200)] {
        let (path, mime) = (format!("/runs/{run}/result?dry_run=true"), "application/octet-stream");
        lab.nodes[0].actor.send_raw(Method::PUT, &path, mime, text.to_owned()).await.is(status);
    }
    put(sealed.clone() + "!").await.is(422);
    put(sealed.clone()).await.is(200);
    assert_eq!(lab.ann.get(&format!("/runs/{run}/result")).await.is(200).body, json!(sealed));
    // A node publishes its organization's key, and no other's.
    let (north, south) = (lab.organization("north").await, lab.organization("south").await);
    let key = json!({ "public_key": "a key" });
    lab.nodes[0].actor.patch(&format!("/organizations/{north}"), key.clone()).await.is(200);
    lab.nodes[0].actor.patch(&format!("/organizations/{south}"), key).await.is(403);
    assert_eq!(lab.sam.get(&format!("/organizations/{south}")).await.is(200).body["public_key"], Value::Null);
    // What people sign in by is not a node's to change.
    let name = json!({ "name": "taken over", "public_key": "another key" });
    let refused = lab.nodes[0].actor.patch(&format!("/organizations/{north}"), name).await.is(403);
    assert_eq!(refused.body["guard"], "key_alone");
    let kept = lab.root.get(&format!("/organizations/{north}")).await.is(200).body;
    assert_eq!([&kept["name"], &kept["public_key"]], ["north", "a key"]);
}

async fn killing_ends_what_is_open(storage: Storage) {
    let lab = Lab::set(storage).await;
    let rita = lab.site.user("north/rita").await;
    let (task, runs) = lab.compute(&rita, "shared", &["north", "south"]).await;
    lab.report(0, &runs[0], "active", 200).await;
    lab.report(0, &runs[0], "completed", 200).await;
    lab.sam.act(&format!("/tasks/{task}/kill")).await.is(404);
    rita.act(&format!("/tasks/{task}/kill")).await.is(403);
    // Asked beforehand, it is as it comes out: killing sends an event about the task.
    for (who, may) in [(&rita, false), (&lab.ann, true)] {
        let parent = json!({ "kind": "task", "id": task });
        let asked = json!([{ "operation": "send", "kind": "event", "parent": parent }]);
        let told = who.post("/authz/check", json!({ "checks": asked })).await.is(200).body;
        assert_eq!(told["results"][0]["allowed"], may);
        let about = format!("operation=send&kind=event&parent_kind=task&parent_id={task}");
        let told = who.get(&format!("/authz/explain?{about}")).await.is(200).body;
        assert_eq!(told["allowed"], may);
        let able = who.get(&format!("/authz/who?{about}")).await.is(200).body["principals"].to_string();
        assert!(able.contains("\"ann\"") && !able.contains("\"rita\""), "{able}");
        let asked = json!([{ "operation": "send", "kind": "event", "id": task }]);
        who.post("/authz/check", json!({ "checks": asked })).await.is(422);
    }
    lab.ann.act(&format!("/tasks/{task}/kill")).await.is(200);
    assert_eq!(lab.status("runs", &runs[0]).await, "completed", "what was done stays done");
    assert_eq!(lab.status("runs", &runs[1]).await, "killed");
    assert_eq!(lab.status("tasks", &task).await, "killed");
    lab.report(1, &runs[1], "active", 409).await;
    let (_, more) = lab.compute(&rita, "shared", &["south"]).await;
    lab.ann.act(&format!("/nodes/{}/kill", lab.nodes[1].id)).await.is(403);
    lab.sam.act(&format!("/nodes/{}/kill", lab.nodes[1].id)).await.is(204);
    assert_eq!(lab.status("runs", &more[0]).await, "killed");
}

async fn a_task_goes_with_its_runs_or_not_at_all(storage: Storage) {
    let lab = Lab::set(storage).await;
    let (task, runs) = lab.compute(&lab.ann, "shared", &["north", "south"]).await;
    let container = lab.container(0, &runs[0]).await;
    let part = json!({
        "name": "part", "parent_id": task, "runs": [{ "organization_id": lab.organization("south").await }]
    });
    container.post(&format!("/jobs/{}/tasks", lab.job("shared").await), part).await.is(201);
    let kept = lab.ann.delete(&format!("/tasks/{task}")).await.is(409);
    assert_eq!(
        kept.body["dependents"],
        json!([{ "kind": "task", "count": 1 }, { "kind": "run", "count": 2 }]),
        "{:#}",
        kept.body
    );
    assert_eq!(lab.root.get("/runs").await.is(200).ids().len(), 3);
    lab.ann.delete(&format!("/tasks/{task}?cascade=true")).await.is(204);
    assert!(lab.root.get("/runs").await.is(200).ids().is_empty(), "no run is left without its task");
    container.get("/whoami").await.is(401);
    lab.report(0, &runs[0], "active", 404).await;
}
