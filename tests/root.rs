//! Who holds root at the server is suspended or deleted by root alone, with an organization too; and one root stays.

use std::collections::BTreeSet;

use bailiwick_testkit::decisions::World;
use bailiwick_testkit::judge::id_of;
use bailiwick_tests::rows::{Setting, fit};
use bailiwick_tests::{Storage, on_every_storage};
use serde_json::json;

on_every_storage!(an_organization_with_root_in_it_is_ended_by_root_alone);

/// Two organizations with a root each; in the second also somebody who may do everything to organizations.
fn world() -> World {
    let everything = json!([
        ["organization", "view", "global"],
        ["organization", "edit", "global"],
        ["organization", "delete", "global"],
        ["user", "delete", "global"],
        ["user", "view", "global"],
    ]);
    let grant = |id: &str, principal: &str, role: &str| json!({ "id": id, "kind": "grant", "parent": "server", "principal": principal, "role": role });
    let world = json!({ "objects": [
        { "id": "north", "kind": "organization" },
        { "id": "south", "kind": "organization" },
        { "id": "ada", "kind": "user", "parent": "north" },
        { "id": "bob", "kind": "user", "parent": "south" },
        { "id": "eve", "kind": "user", "parent": "south" },
        { "id": "root", "kind": "role", "builtin": true, "rules": everything },
        { "id": "registrar", "kind": "role", "builtin": true, "rules": everything },
        grant("grant-ada", "ada", "root"),
        grant("grant-bob", "bob", "root"),
        grant("grant-eve", "eve", "registrar"),
    ] });
    serde_json::from_value(world).unwrap()
}

async fn an_organization_with_root_in_it_is_ended_by_root_alone(storage: Storage) {
    let callers = ["bob", "eve"].map(str::to_owned);
    let setting = Setting::of(fit(&world()).unwrap(), storage, &BTreeSet::from(callers)).await;
    let (bob, eve) = (setting.actor(Some("bob")), setting.actor(Some("eve")));
    let path = |name: &str| {
        let organization = setting.world.objects.iter().find(|object| object.id == name).unwrap();
        format!("/organizations/{}", id_of(organization))
    };
    let north = path("north");

    let seen = eve.get(&north).await.is(200).body;
    assert_eq!(seen["links"]["self"]["methods"], json!(["GET", "PATCH"]));
    assert!(seen["links"]["suspend"].is_null(), "{seen:#}");
    for denied in
        [eve.act(&format!("{north}/suspend")).await, eve.delete(&format!("{north}?cascade=true")).await]
    {
        assert_eq!(denied.is(403).body["guard"], "rank");
    }
    bob.act(&format!("{north}/suspend")).await.is(200);

    // Now bob alone holds root: with the other organization the last one would go.
    let south = path("south");
    let seen = bob.get(&south).await.is(200).body;
    assert_eq!(seen["links"]["self"]["methods"], json!(["GET", "PATCH"]));
    assert!(seen["links"]["suspend"].is_null(), "{seen:#}");
    for somebody in [bob, eve] {
        for denied in [somebody.act(&format!("{south}/suspend")).await, somebody.delete(&south).await] {
            assert_eq!(denied.is(409).body["guard"], "root_stays");
        }
    }
    eve.act(&format!("{north}/wake")).await.is(200);
}
