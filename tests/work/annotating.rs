//! Annotations and comments: what is refused, and whose they are.

use bailiwick_tests::{Actor, Storage, on_every_storage, on_servers};
use serde_json::{Value, json};

use super::house::{House, NOTHING, alike, guard, to, wrong};

on_every_storage!(
    an_annotation_is_by_a_label_of_its_job,
    an_annotation_has_the_shape_of_its_label,
    an_annotation_speaks_of_a_file_of_its_task,
    every_version_is_told,
    what_was_taken_back_is_not_named,
    who_says_what_of_whose_work,
    comments_are_said_and_taken_back,
);

on_servers!(an_annotation_is_by_a_label_of_its_job, every_version_is_told);

async fn an_annotation_is_by_a_label_of_its_job(storage: Storage) {
    let house = House::set(storage).await;
    let launched = house.launched("work", 1, json!({})).await;
    let other = house.launched("other", 1, json!({})).await;
    let task = launched.take(&house.ann).await;
    let theirs = other.take(&house.ann).await;
    let path = format!("/tasks/{task}/annotations");
    let by = |label: &str| json!({ "label_id": label, "geometry": { "shape": "whole" } });
    let nothing = wrong(house.ann.post(&path, by(NOTHING)).await, "/label_id");
    // Of another job, which they see because of another task; of no job; of another kind.
    for label in [&other.label, &house.label("unused").await, &launched.files[0]] {
        alike(&house.ann.post(&path, by(label)).await, &nothing);
        alike(&house.ed.post(&path, by(label)).await.is(422), &nothing);
    }
    let said = house.ann.post(&path, by(&launched.label)).await.is(201);
    assert_eq!(
        (&said.body["label_id"], &said.body["file_id"]),
        (&json!(launched.label), &json!(launched.files[0]))
    );
    assert_eq!(said.body["maker_id"], *house.user("ann").await);
    let change = json!({ "label_id": other.label });
    wrong(house.ann.patch(&format!("/annotations/{}", said.id()), change).await, "/label_id");
    // A single task may have more words.
    house.ed.tie(&format!("/tasks/{task}/labels/{}", other.label)).await.is(200);
    house.ann.post(&path, by(&other.label)).await.is(201);
    wrong(house.ann.post(&format!("/tasks/{theirs}/annotations"), by(&launched.label)).await, "/label_id");
}

async fn an_annotation_has_the_shape_of_its_label(storage: Storage) {
    let house = House::set(storage).await;
    let launched = house.launched("work", 1, json!({})).await;
    let task = launched.take(&house.ann).await;
    let path = format!("/tasks/{task}/annotations");
    let mut labels = Vec::new();
    for shape in ["whole", "box", "polygon", "point"] {
        let labels_of = format!("/projects/{}/labels", house.home);
        let label = house.ed.post(&labels_of, json!({ "name": shape, "shape": shape })).await.is(201).id();
        house.ed.tie(&format!("/jobs/{}/labels/{label}", launched.job)).await.is(200);
        labels.push((shape, label));
    }
    let good = |shape: &str| match shape {
        "box" => json!({ "shape": "box", "x": 1, "y": 2.5, "width": 3, "height": 4 }),
        "polygon" => json!({ "shape": "polygon", "points": [[0, 0], [4, 0], [4, 3]] }),
        "point" => json!({ "shape": "point", "x": -1, "y": 2 }),
        _ => json!({ "shape": "whole" }),
    };
    for (shape, label) in &labels {
        for other in ["whole", "box", "polygon", "point"] {
            let answer = house.ann.post(&path, json!({ "label_id": label, "geometry": good(other) })).await;
            if other == *shape {
                // Numbers are the same, written with a point or without.
                let same = |value: &Value| value.to_string().replace(".0", "");
                assert_eq!(same(&answer.is(201).body["geometry"]), same(&good(shape)));
            } else {
                wrong(answer, "/geometry/shape");
            }
        }
    }
    let many: Vec<[f64; 2]> = vec![[0.0, 1.0]; 10_001];
    for (shape, bad, pointer) in [
        ("box", json!({ "shape": "box", "x": 1, "y": 2, "width": 0, "height": 4 }), "/geometry/width"),
        ("box", json!({ "shape": "box", "x": 1, "y": 2, "width": 3, "height": -4 }), "/geometry/width"),
        ("box", json!({ "shape": "box", "x": 1e300, "y": 2, "width": 3, "height": 4 }), "/geometry"),
        ("box", json!({ "shape": "box", "x": 1, "y": 2, "width": 1e10, "height": 4 }), "/geometry/width"),
        ("box", json!({ "shape": "box", "x": 1, "y": 2, "width": 3 }), "/geometry"),
        ("polygon", json!({ "shape": "polygon", "points": [[0, 0], [1, 1]] }), "/geometry/points"),
        ("polygon", json!({ "shape": "polygon", "points": many }), "/geometry/points"),
        ("polygon", json!({ "shape": "polygon", "points": [[0, 0], [1, 1], [2]] }), "/geometry"),
        ("polygon", json!({ "shape": "polygon", "points": [[0, 0], [1, 1], [2, 1e12]] }), "/geometry/points"),
        ("point", json!({ "shape": "point", "x": "1", "y": 2 }), "/geometry"),
        ("whole", json!({ "shape": "circle" }), "/geometry"),
        ("whole", json!({ "shape": "whole", "x": 1 }), "/geometry"),
        ("whole", json!(null), "/geometry"),
    ] {
        let label = &labels.iter().find(|(known, _)| *known == shape).unwrap().1;
        let refused = house.ann.post(&path, json!({ "label_id": label, "geometry": bad })).await.is(422);
        let found = refused.body["errors"][0]["pointer"].as_str().unwrap();
        assert!(found.starts_with(pointer), "{shape}: {:#}", refused.body);
    }
    let raw =
        format!(r#"{{"label_id": "{}", "geometry": {{"shape": "point", "x": 1e999, "y": 1}}}}"#, labels[3].1);
    let infinite = house.ann.send_raw(reqwest::Method::POST, &path, "application/json", raw).await;
    assert!(infinite.status.is_client_error(), "{infinite:?}");
    assert_eq!(house.ann.all(&path).await.len(), labels.len());
}

async fn an_annotation_speaks_of_a_file_of_its_task(storage: Storage) {
    let house = House::set(storage).await;
    let launched = house.launched("work", 2, json!({})).await;
    let task = launched.take(&house.ann).await;
    let other = house.ann.get(&format!("/tasks/{task}")).await.is(200).body["file_id"].clone();
    let apart = launched.files.iter().find(|file| other != **file).unwrap();
    let path = format!("/tasks/{task}/annotations");
    let of =
        |file: &str| json!({ "label_id": launched.label, "file_id": file, "geometry": { "shape": "whole" } });
    let nothing = wrong(house.ed.post(&path, of(NOTHING)).await, "/file_id");
    alike(&house.ed.post(&path, of(apart)).await, &nothing);
    alike(&house.ann.post(&path, of(apart)).await, &nothing);
    house.ed.tie(&format!("/tasks/{task}/files/{apart}")).await.is(200);
    assert_eq!(house.ann.post(&path, of(apart)).await.is(201).body["file_id"], **apart);
    // A task about nothing has to be told.
    let bare =
        house.ed.post(&format!("/jobs/{}/tasks", launched.job), json!({ "name": "bare" })).await.is(201).id();
    wrong(launched.annotate(&house.ed, &bare).await, "/file_id");
}

async fn what_was_taken_back_is_not_named(storage: Storage) {
    let house = House::set(storage).await;
    let launched = house.launched("work", 2, json!({})).await;
    let task = launched.take(&house.ann).await;
    let own = house.ann.get(&format!("/tasks/{task}")).await.is(200).body["file_id"].clone();
    let (label, file) = (&launched.label, launched.files.iter().find(|file| own != ***file).unwrap());
    let (of_task, of_job) =
        (format!("/tasks/{task}/files/{file}"), format!("/jobs/{}/labels/{label}", launched.job));
    house.ed.tie(&of_task).await.is(200);
    let path = format!("/tasks/{task}/annotations");
    let body = json!({ "label_id": label, "file_id": file, "geometry": { "shape": "whole" } });
    let said = house.ann.post(&path, body).await.is(201);
    let named = async |by: &Actor| {
        let one = by.get(&format!("/annotations/{}", said.id())).await.is(200).body;
        let all = by.all(&path).await;
        assert_eq!(
            (all.len(), &all[0]["file_id"], &all[0]["label_id"]),
            (1, &one["file_id"], &one["label_id"])
        );
        (one["file_id"].clone(), one["label_id"].clone())
    };
    let both = (json!(file), json!(label));
    assert_eq!((named(&house.ann).await, named(&house.ed).await), (both.clone(), both.clone()));
    house.ed.delete(&of_task).await.is(200);
    house.ann.get(&format!("/files/{file}")).await.is(404);
    assert_eq!(named(&house.ann).await, (Value::Null, json!(label)));
    house.ed.delete(&of_job).await.is(200);
    house.ann.get(&format!("/labels/{label}")).await.is(404);
    assert_eq!((named(&house.ann).await, named(&house.ed).await), ((Value::Null, Value::Null), both));
}

async fn every_version_is_told(storage: Storage) {
    let house = House::set(storage).await;
    let launched = house.launched("work", 1, json!({ "review_percent": 100 })).await;
    let label = format!("/labels/{}", launched.label);
    house.ed.patch(&label, json!({ "attributes": { "type": "object" } })).await.is(200);
    let task = launched.take(&house.ann).await;
    let said = launched.annotate(&house.ann, &task).await.is(201);
    let path = format!("/annotations/{}", said.id());
    house.ann.patch(&path, json!({ "attributes": { "grade": 1 } })).await.is(200);
    to(&house.ann, &task, "complete").await.is(200);
    launched.review(&house.rae).await.is(200);
    let tag = said.headers["etag"].to_str().unwrap();
    house.rae.clone().with("if-match", tag).patch(&path, json!({ "attributes": {} })).await.is(412);
    house.rae.patch(&path, json!({ "attributes": { "grade": 2 } })).await.is(200);
    let told = house.rae.get(&format!("{path}/history")).await.is(200).body;
    let items = told["items"].as_array().unwrap();
    let versions: Vec<_> = items.iter().map(|deed| &deed["after"]["attributes"]).collect();
    assert_eq!(versions, [&json!({}), &json!({ "grade": 1 }), &json!({ "grade": 2 })]);
    // Of people, each sees whom they may view: themselves.
    let (ann, rae) = (json!(house.user("ann").await), json!(house.user("rae").await));
    let by = async |who: &Actor| -> Vec<Value> {
        let told = who.get(&format!("{path}/history")).await.is(200).body;
        told["items"].as_array().unwrap().iter().map(|deed| deed["by"].clone()).collect()
    };
    assert_eq!(by(&house.root).await, [ann.clone(), ann.clone(), rae.clone()]);
    assert_eq!(by(&house.rae).await, [Value::Null, Value::Null, rae]);
    assert_eq!(by(&house.ann).await, [ann.clone(), ann, Value::Null]);
    let next = format!("{path}/history?after={}", items[1]["id"].as_str().unwrap());
    assert_eq!(house.rae.get(&next).await.is(200).body["items"].as_array().unwrap().len(), 1);
    house.rae.get(&format!("{path}/history?after=none")).await.is(422);
    house.ben.get(&format!("{path}/history")).await.is(404);
}

async fn who_says_what_of_whose_work(storage: Storage) {
    let house = House::set(storage).await;
    let launched = house.launched("work", 2, json!({})).await;
    let task = launched.take(&house.ann).await;
    for (who, status) in [(&house.vic, 403), (&house.rae, 403), (&house.ben, 404), (&house.nobody, 404)] {
        launched.annotate(who, &task).await.is(status);
    }
    let said = format!("/annotations/{}", launched.annotate(&house.ann, &task).await.is(201).id());
    // A reviewer mends, an editor does all, a viewer looks.
    house.rae.patch(&said, json!({})).await.is(200);
    house.rae.delete(&said).await.is(403);
    house.vic.patch(&said, json!({})).await.is(403);
    house.ben.delete(&said).await.is(404);
    house.ed.patch(&said, json!({})).await.is(200);
    house.ann.delete(&said).await.is(204);
    house.ann.get(&said).await.is(404);
    // Assigned, and not taken yet: theirs to see and not to work on.
    let waits = house.vic.all("/tasks?status=available").await[0]["id"].as_str().unwrap().to_owned();
    let ben = json!({ "user_id": house.user("ben").await });
    house.mia.put(&format!("/tasks/{waits}/assignee"), ben).await.is(200);
    guard(launched.annotate(&house.ben, &waits).await, 409, "lease");
    to(&house.ben, &waits, "in_progress").await.is(200);
    launched.annotate(&house.ben, &waits).await.is(201);
}

async fn comments_are_said_and_taken_back(storage: Storage) {
    let house = House::set(storage).await;
    let launched = house.launched("work", 2, json!({})).await;
    let (task, bens) = (launched.take(&house.ann).await, launched.take(&house.ben).await);
    let path = format!("/tasks/{task}/comments");
    let words = |text: &str| json!({ "text": text });
    for bad in ["", " \n", &"x".repeat(100_001)] {
        wrong(house.ann.post(&path, words(bad)).await, "/text");
    }
    let said = format!("/comments/{}", house.ann.post(&path, words("a\nb")).await.is(201).id());
    let answer = format!("/comments/{}", house.rae.post(&path, words("yes")).await.is(201).id());
    for (who, status) in [(&house.vic, 403), (&house.ben, 404), (&house.nobody, 404)] {
        who.post(&path, words("x")).await.is(status);
    }
    house.ben.get(&said).await.is(404);
    house.ann.post(&format!("/tasks/{bens}/comments"), words("x")).await.is(404);
    // A job's comments are those of its tasks too; an annotator sees those of their task.
    let of_job = house.ed.post(&format!("/jobs/{}/comments", launched.job), words("all")).await.is(201).id();
    house.ann.get(&format!("/comments/{of_job}")).await.is(404);
    house.ann.post(&format!("/jobs/{}/comments", launched.job), words("x")).await.is(404);
    assert_eq!(house.vic.all(&format!("/jobs/{}/comments", launched.job)).await.len(), 3);
    assert_eq!(house.ann.all("/comments").await.len(), 2);
    // Everybody's own words are theirs.
    house.ann.patch(&said, words("better")).await.is(200);
    house.ann.patch(&answer, words("mine")).await.is(403);
    house.ed.patch(&answer, words("mine")).await.is(403);
    house.ed.delete(&answer).await.is(403);
    house.mia.delete(&answer).await.is(204);
    house.ann.delete(&said).await.is(204);
    house.ann.get(&said).await.is(404);
}
