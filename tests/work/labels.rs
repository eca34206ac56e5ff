//! Labels: their schemas, and attributes that are checked by them.

use bailiwick_tests::{Answer, Storage, on_every_storage, on_servers};
use serde_json::{Value, json};

use super::house::{House, wrong};

on_every_storage!(a_schema_is_a_schema, attributes_are_checked_by_their_place, a_label_is_changed_and_goes,);

on_servers!(attributes_are_checked_by_their_place);

async fn make(house: &House, body: Value) -> Answer {
    house.ed.post(&format!("/projects/{}/labels", house.home), body).await
}

async fn a_schema_is_a_schema(storage: Storage) {
    let house = House::set(storage).await;
    let with = |attributes: Value| json!({ "name": "x", "shape": "box", "attributes": attributes });
    for bad in [
        json!(true),
        json!("object"),
        json!([]),
        json!({ "type": "thing" }),
        json!({ "type": 1 }),
        json!({ "properties": [] }),
        json!({ "pattern": "(" }),
        json!({ "properties": { "a": { "minimum": "one" } } }),
        json!({ "$ref": "https://elsewhere.example/schema.json" }),
        json!({ "$ref": "file:///etc/passwd" }),
        json!({ "$ref": "#/nowhere" }),
        // What takes long to prepare, or doubles with every step.
        json!({ "$ref": "#/$defs/a", "$defs": { "a": { "type": "integer" } } }),
        json!({ "properties": { "a": { "$dynamicRef": "#a" } } }),
        json!({ "pattern": "[\\w\\p{L}]{150}" }),
        json!({ "patternProperties": (0..21).map(|n| ("a".repeat(n), json!({}))).collect::<serde_json::Map<_, _>>() }),
        json!({ "allOf": (0..21).map(|n| json!({ "pattern": "a".repeat(n) })).collect::<Vec<_>>() }),
        json!({ "description": "x".repeat(40_000) }),
    ] {
        wrong(make(&house, with(bad.clone())).await, "/attributes");
    }
    for (field, bad) in [("shape", json!("circle")), ("color", json!("red")), ("color", json!("#12345"))] {
        let mut body = json!({ "name": "x", "shape": "box" });
        body[field] = bad;
        wrong(make(&house, body).await, &format!("/{field}"));
    }
    wrong(make(&house, json!({ "name": "x" })).await, "/shape");
    assert!(house.vic.all("/labels").await.is_empty());
    let made = make(&house, json!({ "name": "x", "shape": "box", "color": "#1F77B4" })).await.is(201);
    assert_eq!(made.body["color"], "#1f77b4");
    make(&house, json!({ "name": "x", "shape": "point" })).await.is(409);
    // Who may make none is told that, whatever they send.
    let label = make(&house, with(json!({}))).await;
    assert_eq!(label.status, 409);
    let label = house.label("y").await;
    for (who, status) in
        [(&house.vic, 403), (&house.ann, 404), (&house.nobody, 404), (&house.site.anon(), 401)]
    {
        let path = format!("/projects/{}/labels", house.home);
        for attributes in [json!({}), json!({ "type": "thing" })] {
            who.post(&path, with(attributes.clone())).await.is(status);
            who.patch(&format!("/labels/{label}"), json!({ "attributes": attributes })).await.is(status);
        }
    }
}

async fn attributes_are_checked_by_their_place(storage: Storage) {
    let house = House::set(storage).await;
    let launched = house.launched("work", 1, json!({})).await;
    let schema = json!({
        "type": "object", "additionalProperties": false, "required": ["grade"],
        "properties": {
            "grade": { "type": "integer", "minimum": 1, "maximum": 5 },
            "words": { "type": "array", "items": { "type": "string", "pattern": "^[a-z]+$" } },
            "a/b": { "enum": ["x"] }
        }
    });
    let label =
        make(&house, json!({ "name": "graded", "shape": "whole", "attributes": schema })).await.is(201).id();
    house.ed.tie(&format!("/jobs/{}/labels/{label}", launched.job)).await.is(200);
    let task = launched.take(&house.ann).await;
    let path = format!("/tasks/{task}/annotations");
    let with = |attributes: Value| json!({ "label_id": label, "geometry": { "shape": "whole" }, "attributes": attributes });
    for (bad, pointer) in [
        (json!({}), "/attributes"),
        (json!({ "grade": 6 }), "/attributes/grade"),
        (json!({ "grade": "3" }), "/attributes/grade"),
        (json!({ "grade": 3, "words": ["a", "B"] }), "/attributes/words/1"),
        (json!({ "grade": 3, "a/b": "y" }), "/attributes/a~1b"),
        (json!({ "grade": 3, "colour": "red" }), "/attributes"),
        (json!([]), "/attributes"),
        (json!(null), "/attributes"),
    ] {
        wrong(house.ann.post(&path, with(bad)).await, pointer);
    }
    let two = house.ann.post(&path, with(json!({ "grade": 0, "words": [1] }))).await.is(422);
    assert_eq!(two.body["errors"].as_array().unwrap().len(), 2, "{:#}", two.body);
    assert!(house.root.all("/annotations").await.is_empty());
    let good = house.ann.post(&path, with(json!({ "grade": 3, "words": ["a"], "a/b": "x" }))).await.is(201);
    let annotation = format!("/annotations/{}", good.id());
    let patch = |grade: i64| json!({ "attributes": { "grade": grade } });
    wrong(house.ann.patch(&annotation, patch(9)).await, "/attributes/grade");
    let changed = house.ann.patch(&annotation, patch(4)).await.is(200);
    assert_eq!(changed.body["attributes"], json!({ "grade": 4 }));
    // What the schema says from now on counts from now on.
    let narrow = json!({ "attributes": { "properties": { "grade": { "const": 1 } } } });
    house.ed.patch(&format!("/labels/{label}"), narrow).await.is(200);
    assert_eq!(house.ann.get(&annotation).await.is(200).body["attributes"], json!({ "grade": 4 }));
    wrong(house.ann.patch(&annotation, patch(5)).await, "/attributes/grade");
    // A label that says nothing more takes nothing more.
    let more =
        json!({ "label_id": launched.label, "geometry": { "shape": "whole" }, "attributes": { "a": 1 } });
    wrong(house.ann.post(&path, more).await, "/attributes");
}

async fn a_label_is_changed_and_goes(storage: Storage) {
    let house = House::set(storage).await;
    let launched = house.launched("work", 1, json!({})).await;
    let label = format!("/labels/{}", launched.label);
    house.ed.patch(&label, json!({ "shape": "box" })).await.is(422);
    house.ed.patch(&label, json!({ "attributes": { "type": "thing" } })).await.is(422);
    let changed = house.ed.patch(&label, json!({ "name": "better", "color": "#ABCDEF" })).await.is(200);
    assert_eq!((&changed.body["name"], &changed.body["color"]), (&json!("better"), &json!("#abcdef")));
    house.vic.patch(&label, json!({ "name": "mine" })).await.is(403);
    let task = launched.take(&house.ann).await;
    let said = launched.annotate(&house.ann, &task).await.is(201).id();
    assert_eq!(house.ed.delete(&label).await.is(409).body["guard"], "dependents");
    // Taken from its job, it leaves what was said by it.
    house.ed.delete(&format!("/jobs/{}/labels/{}", launched.job, launched.label)).await.is(200);
    house.ann.get(&format!("/annotations/{said}")).await.is(200);
    wrong(launched.annotate(&house.ann, &task).await, "/label_id");
    house.ed.delete(&format!("/annotations/{said}")).await.is(204);
    house.ed.delete(&label).await.is(204);
    house.ed.get(&label).await.is(404);
}
