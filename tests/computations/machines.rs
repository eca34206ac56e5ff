//! Nodes and containers: what they may, and when they end.

use bailiwick_tests::{Storage, on_every_storage};
use serde_json::{Value, json};

use super::{Lab, Node, one};

on_every_storage!(
    a_container_ends_with_its_run,
    a_container_makes_only_subtasks_of_its_own_image,
    a_container_does_no_more_than_the_maker_of_its_task,
    a_new_secret_ends_what_the_old_one_proved,
    a_node_touches_its_own_runs_alone,
);

async fn a_container_ends_with_its_run(storage: Storage) {
    let lab = Lab::set(storage).await;
    let (task, runs) = lab.compute(&lab.ann, "shared", &["north", "south"]).await;
    let first = lab.container(0, &runs[0]).await;
    first.get(&format!("/tasks/{task}")).await.is(200);
    let second = lab.container(0, &runs[0]).await;
    first.get("/whoami").await.is(401);
    second.get(&format!("/tasks/{task}")).await.is(200);
    // Another node asks in vain, also one of the same organization elsewhere.
    let asked = json!({ "run_id": runs[0] });
    lab.nodes[1].actor.post("/auth/tokens/container", asked.clone()).await.is(422);
    lab.nodes[2].actor.post("/auth/tokens/container", asked.clone()).await.is(422);
    lab.nodes[3].actor.post("/auth/tokens/container", asked.clone()).await.is(422);
    lab.ann.post("/auth/tokens/container", asked.clone()).await.is(403);
    lab.report(0, &runs[0], "active", 200).await;
    lab.report(0, &runs[0], "completed", 200).await;
    second.get(&format!("/tasks/{task}")).await.is(401);
    lab.nodes[0].actor.post("/auth/tokens/container", asked).await.is(409);
    // Nor does it outlive that its node is suspended.
    let other = lab.container(1, &runs[1]).await;
    other.get("/whoami").await.is(200);
    lab.sam.act(&format!("/nodes/{}/suspend", lab.nodes[1].id)).await.is(200);
    other.get("/whoami").await.is(401);
    lab.nodes[1].actor.get("/whoami").await.is(401);
    assert_eq!(lab.status("runs", &runs[1]).await, "killed");
}

async fn a_container_makes_only_subtasks_of_its_own_image(storage: Storage) {
    let lab = Lab::set(storage).await;
    let (task, runs) = lab.compute(&lab.ann, "shared", &["north"]).await;
    let container = lab.container(0, &runs[0]).await;
    let tasks = format!("/jobs/{}/tasks", lab.job("shared").await);
    let body = |with: Value| {
        let mut body = json!({ "name": "part", "parent_id": task });
        body.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
        body
    };
    let runs_for =
        |ids: &[&str]| json!(ids.iter().map(|id| json!({ "organization_id": id })).collect::<Vec<_>>());
    let south = lab.organization("south").await;
    let runs = runs_for(&[&south]);
    container.post(&tasks, body(json!({ "runs": runs, "image": "algorithms/other:1" }))).await.is(403);
    container.post(&tasks, body(json!({ "runs": runs, "parent_id": null }))).await.is(403);
    let (other, _) = lab.compute(&lab.ann, "shared", &["south"]).await;
    container.post(&tasks, body(json!({ "runs": runs, "parent_id": other }))).await.is(403);
    container
        .post(&format!("/jobs/{}/tasks", lab.job("aside").await), body(json!({ "runs": runs })))
        .await
        .is(404);
    container
        .post(&format!("/jobs/{}/tasks", lab.job("inner").await), body(json!({ "runs": runs })))
        .await
        .is(404);
    let made = container.post(&tasks, body(json!({ "runs": runs }))).await.is(201);
    assert_eq!(made.body["image"], "algorithms/mean:1");
    let seen = lab.root.get(&format!("/tasks/{}", made.id())).await.is(200);
    let maker = one(&lab.root, "users", "ann").await;
    assert_eq!(seen.body["maker_id"], *maker, "it counts as made by who made its task");
    // It has no other doors.
    container.get("/auth/sessions").await.is(403);
    container.delete(&format!("/tasks/{task}")).await.is(403);
    container.post("/organizations", json!({ "name": "new" })).await.is(403);
}

async fn a_container_does_no_more_than_the_maker_of_its_task(storage: Storage) {
    let lab = Lab::set(storage).await;
    let rita = lab.site.user("north/rita").await;
    let (task, runs) = lab.compute(&rita, "shared", &["north", "south"]).await;
    let container = lab.container(0, &runs[0]).await;
    container.get(&format!("/tasks/{task}")).await.is(200);
    assert_eq!(container.get("/organizations").await.is(200).ids().len(), 2);
    let grants =
        lab.root.get(&format!("/grants?principal_id={}", one(&lab.root, "users", "rita").await)).await;
    lab.root.delete(&format!("/grants/{}", grants.is(200).ids()[0])).await.is(204);
    container.get(&format!("/tasks/{task}")).await.is(404);
    assert!(container.get("/organizations").await.is(200).ids().is_empty());
    let user = one(&lab.root, "users", "rita").await;
    lab.root.act(&format!("/users/{user}/suspend")).await.is(200);
    container.get("/whoami").await.is(401);
}

async fn a_new_secret_ends_what_the_old_one_proved(storage: Storage) {
    let lab = Lab::set(storage).await;
    let Node { id, secret, actor } = &lab.nodes[0];
    actor.get("/whoami").await.is(200);
    lab.sam.act(&format!("/nodes/{id}/secret")).await.is(404);
    // North's other node would be this one, with its secret.
    lab.nodes[2].actor.act(&format!("/nodes/{id}/secret")).await.is(403);
    let renewed = lab.ann.act(&format!("/nodes/{id}/secret")).await.is(200);
    actor.get("/whoami").await.is(401);
    let anon = lab.site.anon();
    anon.post("/auth/tokens/node", json!({ "node_id": id, "secret": secret })).await.is(401);
    let new = lab.site.node(id, renewed.body["secret"].as_str().unwrap()).await;
    new.get("/whoami").await.is(200);
    // A secret opens its own node alone.
    let other = json!({ "node_id": lab.nodes[1].id, "secret": renewed.body["secret"] });
    anon.post("/auth/tokens/node", other).await.is(401);
    let view = lab.ann.get(&format!("/nodes/{id}")).await.is(200);
    assert_eq!(view.body["online"], true);
    assert!(view.body.get("secret").is_none() && view.body.get("secret_hash").is_none());
    let token = new.get("/whoami").await.is(200).body["scheme"].clone();
    assert_eq!(token, "bearer");
}

async fn a_node_touches_its_own_runs_alone(storage: Storage) {
    let lab = Lab::set(storage).await;
    let (_, here) = lab.compute(&lab.ann, "shared", &["north", "south"]).await;
    let (_, there) = lab.compute(&lab.ann, "aside", &["north", "west"]).await;
    // Each sees the runs that it executes itself, not those of its organization elsewhere.
    lab.report(2, &here[0], "active", 404).await;
    lab.report(0, &there[0], "active", 404).await;
    lab.report(0, &there[1], "active", 404).await;
    lab.report(1, &there[0], "active", 404).await;
    lab.report(3, &here[0], "active", 404).await;
    lab.report(0, &here[1], "active", 404).await;
    lab.report(1, &here[0], "failed", 404).await;
    for run in here.iter().chain(&there) {
        assert_eq!(lab.status("runs", run).await, "pending");
    }
    lab.report(0, &here[0], "active", 200).await;
    let mine = format!("/runs?node_id={}", lab.nodes[0].id);
    assert_eq!(lab.nodes[0].actor.get(&mine).await.is(200).ids(), &here[..1]);
    // What it is not for, it gets no further than the door.
    lab.nodes[0].actor.get("/auth/sessions").await.is(403);
    lab.nodes[0].actor.post("/auth/password/change", json!({})).await.is(403);
}
