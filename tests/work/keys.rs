//! API keys that do the tasks of who made them.

use bailiwick_tests::{Actor, Storage, on_every_storage, on_servers};
use serde_json::json;

use super::house::{House, guard, to};

on_every_storage!(a_key_does_the_work_of_its_maker, a_key_reaches_no_further_than_its_job);

on_servers!(a_key_does_the_work_of_its_maker);

/// A key of the manager that annotates in a job.
async fn machine(house: &House, job: &str) -> (String, Actor) {
    let keys = format!("/projects/{}/api-keys", house.home);
    let made = house.mia.post(&keys, json!({ "name": "machine" })).await.is(201);
    let grant = json!({
        "principal": { "kind": "api_key", "id": made.id() },
        "role_id": bailiwick_domain::rule::id_of_name("role", "annotator"),
        "anchor": { "level": "job", "id": job }
    });
    house.mia.post("/grants", grant).await.is(201);
    (made.id(), house.site.anon().api_key(&made.id(), made.body["secret"].as_str().unwrap()))
}

async fn a_key_does_the_work_of_its_maker(storage: Storage) {
    let house = House::set(storage).await;
    let launched = house.launched("work", 2, json!({})).await;
    let (id, key) = machine(&house, &launched.job).await;
    let mia = house.user("mia").await;
    let task = launched.take(&key).await;
    let shown = house.seen(&format!("/tasks/{task}")).await;
    assert_eq!((&shown["status"], &shown["assignee_id"]), (&json!("in_progress"), &json!(mia)));
    // What its task needs, it sees.
    let file = key.get(&format!("/tasks/{task}")).await.is(200).body["file_id"].as_str().unwrap().to_owned();
    key.get(&format!("/files/{file}/content")).await.is(200);
    let said = launched.annotate(&key, &task).await.is(201).id();
    assert_eq!(house.seen(&format!("/annotations/{said}")).await["maker_id"], *mia);
    key.patch(&format!("/annotations/{said}"), json!({ "attributes": {} })).await.is(200);
    key.post(&format!("/tasks/{task}/comments"), json!({ "text": "by a machine" })).await.is(201);
    assert_eq!(to(&key, &task, "complete").await.is(200).body["status"], "complete");
    guard(to(&key, &task, "complete").await, 409, "transition");
    assert_eq!(house.seen(&format!("/tasks/{task}")).await["author_id"], *mia);
    // What its maker has taken, it goes on with, and gives back.
    let other = launched.take(&house.mia).await;
    launched.annotate(&key, &other).await.is(201);
    key.act(&format!("/tasks/{other}/release")).await.is(200);
    assert_eq!(launched.take(&house.ann).await, other);
    launched.annotate(&key, &other).await.is(404);
    launched.next(&key).await.is(204);
    // It does no more than its maker may.
    house.revoke_all("mia").await;
    launched.next(&key).await.is(404);
    key.get(&format!("/tasks/{task}")).await.is(404);
    house.root.act(&format!("/api-keys/{id}/suspend")).await.is(200);
    launched.next(&key).await.is(401);
}

async fn a_key_reaches_no_further_than_its_job(storage: Storage) {
    let house = House::set(storage).await;
    let launched = house.launched("work", 1, json!({})).await;
    let other = house.launched("other", 1, json!({})).await;
    let (_, key) = machine(&house, &launched.job).await;
    other.next(&key).await.is(404);
    let theirs = other.take(&house.mia).await;
    // Its maker's, and not in its job.
    key.get(&format!("/tasks/{theirs}")).await.is(404);
    other.annotate(&key, &theirs).await.is(404);
    let task = launched.take(&key).await;
    assert_eq!(key.all("/tasks").await.len(), 1);
    assert_eq!(key.all("/files").await.len(), 1);
    assert_eq!(key.all("/labels").await.len(), 1);
    for path in [
        format!("/projects/{}", house.home),
        format!("/jobs/{}", launched.job),
        format!("/files/{}", other.files[0]),
    ] {
        key.get(&path).await.is(404);
    }
    launched.review(&key).await.is(404);
    key.delete(&format!("/tasks/{task}")).await.is(403);
}
