//! What sources and contents may say, how it is told, and who opens them to whom.

use bailiwick_tests::{Actor, Storage, on_every_storage, on_servers};
use serde_json::{Value, json};

use super::house::{House, wrong};
use super::sources::{kjv, names, verse};

on_every_storage!(
    what_is_deep_is_told_of_or_refused,
    nobody_opens_more_than_they_hold,
    what_is_wrong_is_told_without_what_stands_there,
    numbers_and_words_are_what_they_mean,
    imports_take_turns,
);
on_servers!(
    what_is_deep_is_told_of_or_refused,
    nobody_opens_more_than_they_hold,
    numbers_and_words_are_what_they_mean,
);

async fn what_is_deep_is_told_of_or_refused(storage: Storage) {
    let house = House::set(storage).await;
    let nested = |levels: usize| (1..levels).fold(json!({}), |inside, _| json!({ "a": inside }));
    let source = house.source("1", json!({ "metadata": nested(64) })).await;
    let path = format!("/sources/{source}");
    assert_eq!(house.ed.get(&path).await.is(200).body["metadata"], nested(64));
    let at = format!("/metadata{}", "/a".repeat(64));
    wrong(house.make_source(kjv("2", json!({ "metadata": nested(65) }))).await, &at);
    wrong(house.ed.patch(&path, json!({ "metadata": nested(65) })).await, &at);
    wrong(house.ed.patch(&path, json!({ "metadata": nested(120) })).await, &at);
    let named = r#"{"metadata": {"$serde_json::private::RawValue": "{}"}}"#;
    let answer = house.ed.send_raw(reqwest::Method::PATCH, &path, "application/json", named).await;
    wrong(answer, "/metadata/$serde_json::private::RawValue");
    house.ed.patch(&path, json!({ "metadata": { "b": 1 } })).await.is(200);
    let logged = house.root.all(&format!("/audit-events?object_id={source}")).await;
    assert!(logged.iter().any(|event| event["after"]["metadata"] == nested(64)), "{logged:#?}");
    let told = house.ed.get(&format!("{path}/history")).await.is(200).body;
    assert_eq!(told["items"][0]["after"]["metadata"], nested(64), "{told:#?}");
}

async fn nobody_opens_more_than_they_hold(storage: Storage) {
    let house = House::set(storage).await;
    let north = house.root.all("/organizations").await;
    let north =
        north.iter().find(|found| found["name"] == "north").unwrap()["id"].as_str().unwrap().to_owned();
    let rules = json!(["source:view:organization", "source:edit:organization"]);
    let half = json!({ "name": "half", "rules": rules });
    let half = house.root.post(&format!("/organizations/{north}/roles"), half).await.is(201).id();
    let roles = house.root.all("/roles").await;
    let worker =
        roles.iter().find(|role| role["name"] == "AgUser").unwrap()["id"].as_str().unwrap().to_owned();
    let give = async |who: &Actor, role: &str| {
        let id = who.get("/whoami").await.is(200).body["principal"]["id"].clone();
        let grant = json!({
            "principal": { "kind": "user", "id": id }, "role_id": role,
            "anchor": { "level": "project", "id": house.home }
        });
        house.root.post("/grants", grant).await.is(201);
    };
    let wes = house.site.user("west/wes").await;
    give(&wes, &worker).await;
    give(&house.nobody, &half).await;
    let anon = house.site.anon();
    let (editable, open, kept) = (
        house.source("1", json!({ "entitlements": ["editable", "research-use"] })).await,
        house.source("2", json!({ "entitlements": ["open-access"] })).await,
        house.source("3", json!({ "entitlements": ["content"] })).await,
    );
    let tags = |tags: Value| json!({ "entitlements": tags });
    // Who may change it by an access rule, and not read it, does not open it to readers.
    let path = format!("/sources/{editable}");
    wes.get(&path).await.is(404);
    wes.patch(&path, json!({ "license": "ours" })).await.is(200);
    wes.patch(&path, tags(json!(["editable", "open-access"]))).await.is(404);
    wes.patch(&path, tags(json!(["editable", "publishable"]))).await.is(404);
    wes.patch(&path, tags(json!(["research-use", "editable"]))).await.is(200);
    // Who may view and change it, but not its contents, neither opens nor closes those.
    for (source, to, operation) in [
        (&editable, json!([]), "delete"),
        (&editable, json!(["editable", "research-use", "open-access"]), "view"),
        (&kept, json!([]), "delete"),
        (&open, json!(["open-access", "editable"]), "delete"),
    ] {
        let refused = house.nobody.patch(&format!("/sources/{source}"), tags(to)).await.is(403);
        assert_eq!(refused.body["missing"]["operation"], operation, "{refused:#?}");
    }
    anon.get(&path).await.is(401);
    let both = json!({ "entitlements": ["open-access"], "license": "ours" });
    house.nobody.patch(&format!("/sources/{open}"), both).await.is(200);
    // Who holds all of it does.
    house.ed.patch(&path, tags(json!(["open-access"]))).await.is(200);
    anon.get(&path).await.is(200);
    house.mia.patch(&path, tags(json!([]))).await.is(200);
    anon.get(&path).await.is(401);
}

async fn what_is_wrong_is_told_without_what_stands_there(storage: Storage) {
    let house = House::set(storage).await;
    let source = house.source("1", json!({})).await;
    let (contents, import) = (format!("/sources/{source}/contents"), format!("/sources/{source}/import"));
    let secret = "nobody reads this aloud. ".repeat(20_000);
    let mut bodies = Vec::new();
    for field in ["book", "chapter", "verse", "text", "notes", "more"] {
        let mut body = verse(1, 1, "x");
        body[field] = if field == "text" { json!({ "of": secret }) } else { json!(secret) };
        let answer = house.ed.post(&contents, json!({ "body": body })).await.is(422);
        assert!(!answer.body.to_string().contains("aloud"), "{field}: {answer:#?}");
        bodies.push(body);
    }
    let answer = house.ed.post(&import, json!({ "bodies": bodies })).await.is(422);
    assert!(!answer.body.to_string().contains("aloud"), "{answer:#?}");
    let mut named = verse(1, 1, "x");
    named[&secret] = json!(1);
    for path in [&contents, &format!("/projects/{}/sources", house.home)] {
        let mut body = json!({ "body": named });
        body[&secret] = json!(1);
        for body in [json!({ "body": named }), body] {
            let answer = house.ed.post(path, body).await.is(422);
            assert!(answer.body.to_string().len() < 10_000, "{} bytes", answer.body.to_string().len());
        }
    }
}

async fn numbers_and_words_are_what_they_mean(storage: Storage) {
    let house = House::set(storage).await;
    let source = house.source("1", json!({ "labels": ["draft"] })).await;
    let contents = format!("/sources/{source}/contents");
    // By JSON Schema, 1.0 is a whole number.
    let body = r#"{"body": {"book": "GEN", "chapter": 1.0, "verse": -0.0, "text": "x"}}"#;
    let made = house.ed.send_raw(reqwest::Method::POST, &contents, "application/json", body).await.is(201);
    assert_eq!(made.body["name"], "GEN 1:0");
    house.ed.post(&contents, json!({ "body": verse(1, 0, "y") })).await.is(409);
    // No numbers that only look like others.
    for revision in ["01", "1.00", "0.01", "00"] {
        wrong(house.make_source(kjv(revision, json!({}))).await, "/revision");
        wrong(
            house.ed.patch(&format!("/sources/{source}"), json!({ "revision": revision })).await,
            "/revision",
        );
    }
    house.source("0.10.0", json!({})).await;
    // A text in which something is written as JSON would write a NUL has none.
    let metadata = json!({ "a": { "b": "as \\u0000 is written" } });
    let kept = house.ed.patch(&format!("/sources/{source}"), json!({ "metadata": metadata })).await.is(200);
    assert_eq!(kept.body["metadata"], metadata);
    for (place, metadata) in
        [("/metadata/a/b", json!({ "a": { "b": "\u{0}" } })), ("/metadata/a", json!({ "a": { "\u{0}": 1 } }))]
    {
        wrong(house.ed.patch(&format!("/sources/{source}"), json!({ "metadata": metadata })).await, place);
    }
    // Words out of a few.
    assert_eq!(names(&house.ed, "/sources?label=draft").await, ["en_KJV_1_scripture"]);
    for label in ["draft%22", "dra%25", "%22draft", "Draft", ""] {
        wrong(house.ed.get(&format!("/sources?latest=all&label={label}")).await, "label");
    }
    // Places have an end.
    house.ed.patch(&format!("/contents/{}", made.id()), json!({ "position": 999_999_999 })).await.is(200);
    let import = format!("/sources/{source}/import");
    wrong(house.ed.post(&import, json!({ "bodies": [verse(2, 1, "x"), verse(2, 2, "x")] })).await, "/bodies");
    house.ed.post(&import, json!({ "bodies": [verse(2, 1, "x")] })).await.is(201);
    wrong(house.ed.post(&import, json!({ "bodies": [verse(2, 3, "x")] })).await, "/bodies");
}

async fn imports_take_turns(storage: Storage) {
    let house = House::set(storage).await;
    let source = house.source("1", json!({})).await;
    let turn = house.site.app.imports.turn().await.unwrap();
    let (ed, path) = (house.ed.clone(), format!("/sources/{source}/import"));
    let asked = tokio::spawn(async move { ed.post(&path, json!({ "bodies": [verse(1, 1, "x")] })).await });
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    // Nobody else waits for it.
    house.ed.patch(&format!("/sources/{source}"), json!({ "license": "ours" })).await.is(200);
    assert!(!asked.is_finished());
    drop(turn);
    asked.await.unwrap().is(201);
}
