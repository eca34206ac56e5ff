//! What lets others become more than they are.

use bailiwick_tests::{Storage, on_every_storage};
use reqwest::Method;
use serde_json::json;

use super::{Lab, one};

on_every_storage!(
    a_collaboration_admin_does_not_become_root,
    roles_lose_no_rule_that_the_caller_lacks,
    fixed_roles_change_in_the_policy_files_alone,
);

async fn a_collaboration_admin_does_not_become_root(storage: Storage) {
    let lab = Lab::set(storage).await;
    let cole = lab.site.user("north/cole").await;
    let fay = one(&lab.root, "users", "fay").await;
    let (first, far) = (lab.collaboration("first").await, lab.organization("far").await);
    let address = json!({ "email": "cole@north.example" });
    cole.patch(&format!("/users/{fay}"), address.clone()).await.is(404);
    // Root's organization is asked, not pulled in.
    cole.send(Method::PUT, &format!("/collaborations/{first}/organizations/{far}"), None).await.is(202);
    cole.patch(&format!("/users/{fay}"), address.clone()).await.is(404);
    cole.post(&format!("/organizations/{far}/users"), json!({ "username": "mole" })).await.is(403);
    // And if it had entered: nobody changes the address of who holds more.
    lab.root.send(Method::PUT, &format!("/collaborations/{first}/organizations/{far}"), None).await.is(200);
    let refused = cole.patch(&format!("/users/{fay}"), address).await.is(403);
    assert_eq!(refused.body["guard"], "rank");
    let grant = json!({
        "principal": { "kind": "user", "id": fay },
        "role_id": one(&lab.root, "roles", "owner").await,
        "anchor": { "level": "organization", "id": lab.organization("north").await }
    });
    assert_eq!(cole.post("/grants", grant).await.is(403).body["guard"], "escalation");
}

async fn roles_lose_no_rule_that_the_caller_lacks(storage: Storage) {
    let lab = Lab::set(storage).await;
    let north = lab.organization("north").await;
    let roles = format!("/organizations/{north}/roles");
    let strong =
        json!({ "name": "strong", "rules": ["audit_event:view:organization", "task:view:organization"] });
    let role = lab.root.post(&roles, strong).await.is(201).id();
    // The organization's admin edits roles, and does not hold the first rule.
    let admin = json!({
        "principal": { "kind": "user", "id": one(&lab.root, "users", "rita").await },
        "role_id": one(&lab.root, "roles", "organization_admin").await,
        "anchor": { "level": "server" }
    });
    lab.root.post("/grants", admin).await.is(201);
    let rita = lab.site.user("north/rita").await;
    for rules in [
        json!([]),
        json!(["task:view:organization"]),
        json!(["audit_event:view:organization", "task:view:global"]),
    ] {
        let refused = rita.patch(&format!("/roles/{role}"), json!({ "rules": rules })).await.is(403);
        assert_eq!(refused.body["guard"], "escalation");
    }
    rita.post(&roles, json!({ "name": "new", "rules": ["audit_event:view:own"] })).await.is(403);
    rita.patch(&format!("/roles/{role}"), json!({ "rules": ["audit_event:view:organization"] }))
        .await
        .is(200);
}

async fn fixed_roles_change_in_the_policy_files_alone(storage: Storage) {
    let lab = Lab::set(storage).await;
    for name in ["node", "container", "researcher", "root"] {
        let role = one(&lab.root, "roles", name).await;
        let path = format!("/roles/{role}");
        let edited = lab.root.patch(&path, json!({ "rules": ["task:delete:global"] })).await.is(403);
        assert_eq!(edited.body["guard"], "built_in", "{name}");
        let deleted = lab.root.delete(&path).await;
        let last = name == "root";
        assert_eq!(deleted.body["guard"], if last { "root_stays" } else { "built_in" }, "{name}");
    }
    // Nobody is made a node by a grant.
    let grant = json!({
        "principal": { "kind": "user", "id": one(&lab.root, "users", "rita").await },
        "role_id": one(&lab.root, "roles", "node").await,
        "anchor": { "level": "server" }
    });
    lab.root.post("/grants", grant).await.is(403);
    let node = json!({
        "principal": { "kind": "node", "id": lab.nodes[0].id },
        "role_id": one(&lab.root, "roles", "owner").await,
        "anchor": { "level": "server" }
    });
    lab.root.post("/grants", node).await.is(403);
}
