//! Who is in a collaboration, what goes with whoever leaves, and that one collaboration is not another.

use bailiwick_tests::{Storage, on_every_storage};
use reqwest::Method;
use serde_json::{Value, json};

use super::Lab;

on_every_storage!(
    an_organization_enters_when_both_sides_want_it,
    leaving_takes_along_what_was_there,
    an_open_run_keeps_its_project_where_it_is,
    a_suspended_organization_computes_no_more,
    one_collaboration_is_not_another,
    a_node_does_not_speak_for_its_organization,
);

async fn an_organization_enters_when_both_sides_want_it(storage: Storage) {
    let lab = Lab::set(storage).await;
    let cole = lab.site.user("north/cole").await;
    let (first, west) = (lab.collaboration("first").await, lab.organization("west").await);
    let door = format!("/collaborations/{first}/organizations/{west}");
    // Nobody of west decides alone, nor anybody of the collaboration.
    lab.wes.send(Method::PUT, &door, None).await.is(404);
    let proposal = cole.send(Method::PUT, &door, None).await.is(202);
    let id = proposal.id();
    assert_eq!(cole.send(Method::PUT, &door, None).await.is(202).id(), id, "asked twice, it is one proposal");
    cole.post(&format!("/collaborations/{first}/proposals"), json!({ "organization_id": west }))
        .await
        .is(409);
    let seen = lab.wes.get(&format!("/proposals/{id}")).await.is(200).body;
    let names: Vec<&str> =
        seen["members"].as_array().unwrap().iter().map(|m| m["name"].as_str().unwrap()).collect();
    assert_eq!(sorted(names), ["north", "south"]);
    assert_eq!(lab.wes.get("/proposals").await.is(200).ids(), std::slice::from_ref(&id));
    lab.sam.get(&format!("/proposals/{id}")).await.is(404);
    assert!(lab.sam.get("/proposals").await.is(200).ids().is_empty());
    cole.act(&format!("/proposals/{id}/accept")).await.is(403);
    lab.wes.act(&format!("/proposals/{id}/decline")).await.is(200);
    lab.wes.act(&format!("/proposals/{id}/accept")).await.is(409);
    // Who did not want to enter is told no more of who is in it, nor what it is called.
    let ended = lab.wes.get(&format!("/proposals/{id}")).await.is(200).body;
    assert_eq!([&ended["members"], &ended["collaboration_name"]], [&Value::Null; 2]);
    assert_eq!(ended["collaboration_id"], json!(first));

    let again = cole.send(Method::PUT, &door, None).await.is(202).id();
    cole.act(&format!("/proposals/{again}/withdraw")).await.is(200);
    let third = cole.send(Method::PUT, &door, None).await.is(202).id();
    lab.wes.act(&format!("/proposals/{third}/accept")).await.is(200);
    let members = lab.root.get(&format!("/collaborations/{first}")).await.is(200);
    assert_eq!(members.body["organization_ids"].as_array().unwrap().len(), 3);
    let told = lab.root.get(&format!("/audit-events?object_id={first}&limit=500")).await.is(200);
    assert!(told.body["items"].as_array().unwrap().iter().any(|event| event["deed"] == "accept_proposal"));
    // Who speaks for both does it in one step; the organization goes when it wants.
    lab.wes.send(Method::DELETE, &door, None).await.is(204);
    lab.root.send(Method::PUT, &door, None).await.is(200);
    lab.wes.send(Method::DELETE, &door, None).await.is(204);
    lab.wes.send(Method::DELETE, &door, None).await.is(404);
}

fn sorted(mut names: Vec<&str>) -> Vec<&str> {
    names.sort_unstable();
    names
}

async fn leaving_takes_along_what_was_there(storage: Storage) {
    let lab = Lab::set(storage).await;
    let (task, runs) = lab.compute(&lab.ann, "shared", &["north", "south"]).await;
    let (_, elsewhere) = lab.compute(&lab.ann, "aside", &["north"]).await;
    let (first, north) = (lab.collaboration("first").await, lab.organization("north").await);
    lab.wes
        .send(Method::DELETE, &format!("/collaborations/{first}/organizations/{north}"), None)
        .await
        .is(404);
    lab.ann
        .send(Method::DELETE, &format!("/collaborations/{first}/organizations/{north}"), None)
        .await
        .is(204);
    let shared = lab.root.get(&format!("/projects/{}", lab.project("shared").await)).await.is(200);
    assert_eq!(shared.body["collaboration_id"], Value::Null);
    assert_eq!(lab.status("tasks", &task).await, "killed");
    for run in &runs {
        assert_eq!(lab.status("runs", run).await, "killed");
    }
    assert_eq!(lab.status("runs", &elsewhere[0]).await, "pending", "of the other one nothing is touched");
    lab.nodes[0].actor.get("/whoami").await.is(401);
    lab.root.get(&format!("/nodes/{}", lab.nodes[0].id)).await.is(404);
    lab.nodes[1].actor.get(&format!("/tasks/{task}")).await.is(404);
    // With its last member gone nothing keeps the collaboration; the other one is kept by what is in it.
    lab.root.delete(&format!("/collaborations/{first}")).await.is(409);
    lab.root.delete(&format!("/collaborations/{first}?cascade=true")).await.is(204);
    lab.nodes[1].actor.get("/whoami").await.is(401);
    let second = lab.collaboration("second").await;
    let kept = lab.root.delete(&format!("/collaborations/{second}")).await.is(409);
    let kinds: Vec<&str> =
        kept.body["dependents"].as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap()).collect();
    assert_eq!(sorted(kinds), ["node", "project"]);
}

async fn an_open_run_keeps_its_project_where_it_is(storage: Storage) {
    let lab = Lab::set(storage).await;
    let (task, _) = lab.compute(&lab.ann, "shared", &["north"]).await;
    let project = format!("/projects/{}", lab.project("shared").await);
    let second = json!({ "collaboration_id": lab.collaboration("second").await });
    for answer in [
        lab.ann.put(&format!("{project}/collaboration"), second.clone()).await,
        lab.ann.delete(&format!("{project}/collaboration")).await,
        lab.ann.act(&format!("{project}/archive")).await,
    ] {
        assert_eq!(answer.is(409).body["guard"], "open_runs");
    }
    lab.ann.act(&format!("/tasks/{task}/kill")).await.is(200);
    lab.ann.put(&format!("{project}/collaboration"), second).await.is(200);
    lab.ann.delete(&format!("{project}/collaboration")).await.is(200);
    // Into a collaboration of others nobody shares.
    let foreign = lab.root.post("/collaborations", json!({ "name": "foreign" })).await.is(201).id();
    let into = json!({ "collaboration_id": foreign });
    lab.ann.put(&format!("{project}/collaboration"), into).await.is(422);
}

async fn a_suspended_organization_computes_no_more(storage: Storage) {
    let lab = Lab::set(storage).await;
    let (_, runs) = lab.compute(&lab.ann, "shared", &["north", "south"]).await;
    let container = lab.container(1, &runs[1]).await;
    let south = lab.organization("south").await;
    lab.root.act(&format!("/organizations/{south}/suspend")).await.is(200);
    lab.nodes[1].actor.get("/whoami").await.is(401);
    container.get("/whoami").await.is(401);
    assert_eq!(lab.status("runs", &runs[1]).await, "killed");
    assert_eq!(lab.status("runs", &runs[0]).await, "pending");
    let secret = json!({ "node_id": lab.nodes[1].id, "secret": lab.nodes[1].secret });
    lab.site.anon().post("/auth/tokens/node", secret.clone()).await.is(401);
    lab.root.act(&format!("/organizations/{south}/wake")).await.is(200);
    lab.nodes[1].actor.get("/whoami").await.is(401);
    lab.site.anon().post("/auth/tokens/node", secret).await.is(201);
}

async fn one_collaboration_is_not_another(storage: Storage) {
    let lab = Lab::set(storage).await;
    let vera = lab.site.user("south/vera").await;
    let (task, runs) = lab.compute(&lab.ann, "aside", &["north", "west"]).await;
    let (shared, _) = lab.compute(&lab.ann, "shared", &["north"]).await;
    vera.get(&format!("/tasks/{shared}")).await.is(200);
    assert_eq!(vera.get("/tasks").await.is(200).ids(), std::slice::from_ref(&shared));
    // South shares a collaboration with north, and not this one: by id as little as in a list.
    let south_node = &lab.nodes[1].actor;
    for who in [&vera, &lab.sam, south_node] {
        who.get(&format!("/tasks/{task}")).await.is(404);
        for run in &runs {
            who.get(&format!("/runs/{run}")).await.is(404);
            who.get(&format!("/runs/{run}/result")).await.is(404);
            who.get(&format!("/runs/{run}/input")).await.is(404);
        }
        who.delete(&format!("/tasks/{task}")).await.is(404);
        assert!(!who.get("/runs?limit=500").await.is(200).ids().contains(&runs[0]));
    }
}

async fn a_node_does_not_speak_for_its_organization(storage: Storage) {
    let lab = Lab::set(storage).await;
    let (node, north) = (&lab.nodes[0].actor, lab.organization("north").await);
    let third = lab.root.post("/collaborations", json!({ "name": "third" })).await.is(201).id();
    let asked = json!({ "organization_id": north });
    let proposal = lab.root.post(&format!("/collaborations/{third}/proposals"), asked).await.is(202).id();
    node.get(&format!("/proposals/{proposal}")).await.is(404);
    assert!(node.get("/proposals").await.is(200).ids().is_empty());
    for answer in ["accept", "decline", "withdraw"] {
        node.act(&format!("/proposals/{proposal}/{answer}")).await.is(404);
    }
    assert_eq!(lab.status("proposals", &proposal).await, "open");
    for of in ["first", "second"] {
        let door = format!("/collaborations/{}/organizations/{north}", lab.collaboration(of).await);
        node.send(Method::DELETE, &door, None).await.is(403);
    }
    // Of the other node of its organization it changes nothing, nor makes one.
    let other = &lab.nodes[2].id;
    node.patch(&format!("/nodes/{other}"), json!({ "policy": { "images": null } })).await.is(403);
    node.act(&format!("/nodes/{other}/suspend")).await.is(403);
    lab.ann.act(&format!("/proposals/{proposal}/accept")).await.is(200);
}
