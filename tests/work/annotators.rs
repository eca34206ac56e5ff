//! What an annotator sees: own tasks and what they need, and nothing else of the project.

use std::collections::BTreeSet;

use bailiwick_tests::{KINDS, Storage, collection, on_every_storage, on_servers};
use serde_json::{Value, json};

use super::house::{House, NOTHING, alike, to};

on_every_storage!(an_annotator_sees_what_a_task_needs, what_a_task_lends_goes_with_it);

on_servers!(an_annotator_sees_what_a_task_needs, what_a_task_lends_goes_with_it);

fn ids(items: &[Value]) -> BTreeSet<String> {
    items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

fn set(ids: &[&String]) -> BTreeSet<String> {
    ids.iter().map(|id| (*id).clone()).collect()
}

async fn an_annotator_sees_what_a_task_needs(storage: Storage) {
    let house = House::set(storage).await;
    let launched = house.launched("work", 3, json!({})).await;
    let other = house.launched("other", 2, json!({})).await;
    let (guide, apart) = (house.file("guide").await, house.file("apart").await);
    let (extra, unused) = (house.label("extra").await, house.label("unused").await);
    house.ed.tie(&format!("/jobs/{}/files/{guide}", launched.job)).await.is(200);
    house.ed.post(&format!("/jobs/{}/comments", launched.job), json!({ "text": "of the job" })).await.is(201);
    // Before a task is theirs, there is nothing.
    for list in
        ["/tasks", "/files", "/labels", "/jobs", "/projects", "/datasets", "/annotations", "/comments"]
    {
        assert!(house.ann.all(list).await.is_empty(), "{list}");
    }
    let task = launched.take(&house.ann).await;
    house.ed.tie(&format!("/tasks/{task}/labels/{extra}")).await.is(200);
    let about = house.ann.get(&format!("/tasks/{task}")).await.is(200).body["file_id"].clone();
    let about = about.as_str().unwrap().to_owned();
    // Somebody else works beside them.
    let bens = launched.take(&house.ben).await;
    let said = launched.annotate(&house.ben, &bens).await.is(201).id();
    house.ben.post(&format!("/tasks/{bens}/comments"), json!({ "text": "of another" })).await.is(201);
    let own = launched.annotate(&house.ann, &task).await.is(201).id();
    let by_lead = launched.annotate(&house.ed, &task).await.is(201).id();
    let words =
        house.ed.post(&format!("/tasks/{task}/comments"), json!({ "text": "of this" })).await.is(201).id();
    let seen = async |list: &str| ids(&house.ann.all(list).await);
    assert_eq!(seen("/tasks").await, set(&[&task]));
    assert_eq!(seen("/files").await, set(&[&about, &guide]));
    assert_eq!(seen("/labels").await, set(&[&launched.label, &extra]));
    assert_eq!(seen("/annotations").await, set(&[&own, &by_lead]));
    assert_eq!(seen("/comments").await, set(&[&words]));
    for list in [
        "/jobs",
        "/projects",
        "/datasets",
        "/exports",
        "/api-keys",
        "/audit-events?decision=allowed&object_id=",
        "/runs",
    ] {
        let list = list.replace("object_id=", &format!("object_id={}", launched.job));
        assert!(seen(&list).await.is_empty(), "{list}");
    }
    assert_eq!(house.ann.get(&format!("/files/{guide}/content")).await.is(200).body, "I am guide.");
    house.ann.act(&format!("/files/{about}/downloads")).await.is(201);
    // The rest of the project is not there, to look at or to change.
    for (kind, id) in [
        ("project", &house.home),
        ("job", &launched.job),
        ("dataset", &launched.dataset),
        ("task", &bens),
        ("annotation", &said),
        ("label", &unused),
        ("label", &other.label),
        ("file", &apart),
        ("file", &other.files[0]),
    ] {
        let at = |id: &str| format!("/{}/{id}", collection(kind));
        alike(&house.ann.get(&at(id)).await.is(404), &house.ann.get(&at(NOTHING)).await);
        house.ann.patch(&at(id), json!({})).await.is(404);
        house.ann.delete(&at(id)).await.is(404);
    }
    for path in [
        format!("/projects/{}/files", house.home),
        format!("/projects/{}/labels", house.home),
        format!("/jobs/{}/tasks", launched.job),
        format!("/jobs/{}/files", launched.job),
        format!("/jobs/{}/annotations", launched.job),
        format!("/jobs/{}/comments", launched.job),
        format!("/jobs/{}/progress", launched.job),
        format!("/datasets/{}/files", launched.dataset),
        format!("/files/{apart}/content"),
        format!("/tasks/{bens}/annotations"),
    ] {
        house.ann.get(&path).await.is(404);
    }
    // No view names anything beside what they see, but for ancestors.
    let mut known = set(&[&task, &about, &guide, &launched.label, &extra, &own, &by_lead, &words]);
    known.insert(house.user("ann").await);
    for (_, list) in KINDS.iter().filter(|(kind, _)| !matches!(*kind, "grant" | "user" | "role")) {
        for mut item in house.ann.all(&format!("/{list}")).await {
            let view = item.as_object_mut().unwrap();
            for ancestors in ["path", "links", "project_id", "job_id", "task_id"] {
                view.remove(ancestors);
            }
            for id in
                view.values().filter_map(Value::as_str).filter(|text| text.parse::<uuid::Uuid>().is_ok())
            {
                assert!(known.contains(id), "{list} names {id}");
            }
        }
    }
}

async fn what_a_task_lends_goes_with_it(storage: Storage) {
    let house = House::set(storage).await;
    let launched = house.launched("work", 1, json!({})).await;
    let guide = house.file("guide").await;
    house.ed.tie(&format!("/jobs/{}/files/{guide}", launched.job)).await.is(200);
    let task = launched.take(&house.ann).await;
    let about = &launched.files[0];
    let sees = async |status: u16| {
        for path in [
            format!("/files/{guide}"),
            format!("/files/{guide}/content"),
            format!("/files/{about}"),
            format!("/labels/{}", launched.label),
            format!("/tasks/{task}"),
        ] {
            house.ann.get(&path).await.is(status);
        }
    };
    sees(200).await;
    // What they see is not theirs to change.
    house.ann.patch(&format!("/files/{about}"), json!({ "name": "mine" })).await.is(403);
    house.ann.delete(&format!("/files/{guide}")).await.is(403);
    house.ann.patch(&format!("/labels/{}", launched.label), json!({ "name": "mine" })).await.is(403);
    house.ann.act(&format!("/tasks/{task}/release")).await.is(200);
    sees(404).await;
    launched.take(&house.ann).await;
    sees(200).await;
    // Done, it is still theirs to look back at.
    to(&house.ann, &task, "complete").await.is(200);
    sees(200).await;
    // A link that goes takes along what it lent.
    house.ed.delete(&format!("/jobs/{}/files/{guide}", launched.job)).await.is(200);
    house.ann.get(&format!("/files/{guide}")).await.is(404);
    house.ann.get(&format!("/files/{about}")).await.is(200);
    house.mia.put(&format!("/tasks/{task}/assignee"), json!({ "user_id": null })).await.is(200);
    house.ann.get(&format!("/files/{about}")).await.is(404);
    // A grant that ends takes all of it.
    let ben = house.user("ben").await;
    house.mia.put(&format!("/tasks/{task}/assignee"), json!({ "user_id": ben })).await.is(200);
    house.ben.get(&format!("/files/{about}")).await.is(200);
    house.revoke_all("ben").await;
    house.ben.get(&format!("/files/{about}")).await.is(404);
    house.ben.get(&format!("/tasks/{task}")).await.is(404);
}
