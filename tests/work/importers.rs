//! Imports of files: by whom, of which file, and what is asked twice or not in earnest.

use bailiwick_tests::{Storage, on_every_storage};
use serde_json::json;

use super::house::{House, NOTHING, alike, guard, one, wrong};
use super::imports::{Scripture, step, verses};

on_every_storage!(
    who_may_not_make_contents_imports_nothing,
    a_file_is_named_by_who_may_view_it,
    an_import_is_tried_and_repeated,
);

async fn who_may_not_make_contents_imports_nothing(storage: Storage) {
    let house = House::set(storage).await;
    let anon = house.site.anon();
    let file = house.lines("kjv", verses(3, &[])).await;
    let closed = house.scripture("1", &[]).await;
    let open = house.scripture("2", &["open-access"]).await;
    let known = house.scripture("3", &["publishable"]).await;
    for (who, into, status) in [
        (&house.vic, &closed, 403),
        (&house.nobody, &closed, 404),
        (&anon, &closed, 401),
        // They read these by an access rule, and that is all.
        (&house.nobody, &known, 403),
        (&house.nobody, &open, 403),
        (&anon, &open, 401),
    ] {
        for _ in 0..2 {
            into.ask(who, &file).await.is(status);
            let refused = who.get(&into.import()).await.is(status);
            assert!(!refused.body.to_string().contains(&file));
            into.ask(&house.ed, &file).await;
        }
    }
    let nothing = format!("/sources/{NOTHING}/import");
    alike(&house.ed.get(&nothing).await.is(404), &house.nobody.get(&closed.import()).await);
    for (who, into, methods) in [
        (&house.ed, &closed, json!(["GET", "POST"])),
        (&house.vic, &closed, json!(null)),
        (&anon, &open, json!(null)),
    ] {
        let shown = who.get(&into.path).await.is(200).body;
        assert_eq!(shown["links"]["import"]["methods"], methods);
    }
    house.go_on().await;
    // In the trash there is nothing to import, and something to look at.
    house.ed.act(&format!("{}/trash", closed.path)).await.is(200);
    guard(closed.ask(&house.ed, &file).await, 409, "trashed");
    Scripture::stands(&house.ed.get(&closed.import()).await.is(200).body, "done", Some(3), 3);
}

async fn a_file_is_named_by_who_may_view_it(storage: Storage) {
    let house = House::set(storage).await;
    let into = house.scripture("1", &[]).await;
    let file = house.lines("kjv", verses(3, &[])).await;
    let next = house.lines_in(&one(&house.root, "projects", "next").await, "kjv", verses(3, &[])).await;
    let far = house.lines_in(&one(&house.root, "projects", "far").await, "kjv", verses(3, &[])).await;
    let unknown = wrong(into.ask(&house.ed, NOTHING).await, "/file_id");
    for foreign in [&next, &far] {
        alike(&unknown, &wrong(into.ask(&house.ed, foreign).await, "/file_id"));
        wrong(into.ask(&house.root, foreign).await, "/file_id");
    }
    for (body, pointer) in [
        (json!({}), "/bodies"),
        (json!({ "file_id": null }), "/bodies"),
        (json!({ "file_id": file, "bodies": [] }), "/file_id"),
        (json!({ "file_id": "a file" }), "/file_id"),
    ] {
        wrong(house.ed.post(&into.import(), body).await, pointer);
    }
    // Who may make contents and view no files names none, and is shown none.
    let roles = format!("/organizations/{}/roles", one(&house.root, "organizations", "north").await);
    let mut keys = Vec::new();
    for files in [vec![], vec!["file:view:organization"]] {
        let mut rules =
            vec!["source:view:organization", "content:view:organization", "content:create:organization"];
        rules.extend(files.iter());
        let role = json!({ "name": format!("imports {}", files.len()), "rules": rules });
        let role = house.root.post(&roles, role).await.is(201).id();
        let body = json!({ "name": format!("key {}", files.len()), "role_id": role });
        let made = house.root.post(&format!("/projects/{}/api-keys", house.home), body).await.is(201);
        keys.push(house.site.anon().api_key(&made.id(), made.body["secret"].as_str().unwrap()));
    }
    alike(&unknown, &wrong(into.ask(&keys[0], &file).await, "/file_id"));
    let begun = into.ask(&keys[1], &file).await.is(202).body;
    assert_eq!((&begun["file_id"], &begun["by"]), (&json!(file), &json!(null)));
    let told = keys[0].get(&into.import()).await.is(200).body;
    assert_eq!((&told["status"], &told["file_id"]), (&json!("checking"), &json!(null)));
    house.go_on().await;
    Scripture::stands(&into.progress().await, "done", Some(3), 3);
}

async fn an_import_is_tried_and_repeated(storage: Storage) {
    let house = House::set(storage).await;
    let into = house.scripture("1", &[]).await;
    let file = house.lines("kjv", verses(3, &[])).await;
    let body = json!({ "file_id": file });
    let tried = house.ed.post(&format!("{}?dry_run=true", into.import()), body.clone()).await.is(202);
    Scripture::stands(&tried.body, "checking", None, 0);
    Scripture::stands(&into.progress().await, "none", None, 0);
    assert!(!step(&house.site.app).await);
    let keyed = house.ed.clone().with("idempotency-key", "once");
    let first = keyed.post(&into.import(), body.clone()).await.is(202).body;
    assert_eq!(keyed.post(&into.import(), body.clone()).await.is(202).body, first);
    house.go_on().await;
    Scripture::stands(&keyed.post(&into.import(), body.clone()).await.is(202).body, "done", Some(3), 3);
    assert!(!step(&house.site.app).await);
    let other = house.lines("other", verses(4, &[])).await;
    wrong(into.ask(&keyed, &other).await, "Idempotency-Key");
    // The key stands for who may: they may no more.
    house.revoke_all("ed").await;
    keyed.post(&into.import(), body).await.is(404);
}
