//! Looking at the work of others: how much of it, by whom, and what comes back.

use bailiwick_tests::{Storage, on_every_storage, on_servers};
use serde_json::json;
use time::Duration;

use super::house::{House, guard, to};

on_every_storage!(
    a_hundred_percent_are_looked_at_and_none_of_nought,
    work_is_accepted_or_comes_back,
    nobody_looks_at_their_own_work,
    looking_is_lent_for_a_while,
    a_sample_is_about_as_large_as_wished,
);

on_servers!(work_is_accepted_or_comes_back, nobody_looks_at_their_own_work, looking_is_lent_for_a_while);

async fn a_hundred_percent_are_looked_at_and_none_of_nought(storage: Storage) {
    let house = House::set(storage).await;
    for (percent, status) in [(100, "in_review"), (0, "complete")] {
        let launched = house.launched(status, 8, json!({ "review_percent": percent })).await;
        for _ in 0..8 {
            let task = launched.take(&house.ann).await;
            assert_eq!(to(&house.ann, &task, "complete").await.is(200).body["status"], status);
        }
        let progress = house.vic.get(&format!("/jobs/{}/progress", launched.job)).await.is(200).body;
        assert_eq!(progress["by_status"], json!({ status: 8 }));
        launched.review(&house.rae).await.is(if percent == 0 { 204 } else { 200 });
    }
}

async fn a_sample_is_about_as_large_as_wished(storage: Storage) {
    let house = House::set(storage).await;
    let launched = house.launched("work", 40, json!({ "review_percent": 50 })).await;
    for _ in 0..40 {
        let task = launched.take(&house.ann).await;
        to(&house.ann, &task, "complete").await.is(200);
    }
    let drawn = house.vic.all("/tasks?status=in_review").await.len();
    // Less than one in a million draws lies outside.
    assert!((4..=36).contains(&drawn), "{drawn} of 40");
}

async fn work_is_accepted_or_comes_back(storage: Storage) {
    let house = House::set(storage).await;
    let launched = house.launched("work", 2, json!({ "review_percent": 100 })).await;
    let task = launched.take(&house.ann).await;
    launched.annotate(&house.ann, &task).await.is(201);
    to(&house.ann, &task, "complete").await.is(200);
    // Done is done: the author changes nothing now.
    guard(launched.annotate(&house.ann, &task).await, 409, "lease");
    guard(to(&house.ann, &task, "in_progress").await, 409, "transition");
    // Nobody judges it who has not taken it.
    guard(to(&house.rae, &task, "complete").await, 409, "lease");
    let taken = launched.review(&house.rae).await.is(200);
    assert_eq!(taken.id(), task);
    assert_eq!(taken.body["reviewer_id"], *house.user("rae").await);
    assert_eq!(taken.body["may_become"], json!(["complete", "changes_requested", "available", "archived"]));
    guard(to(&house.ed, &task, "complete").await, 409, "lease");
    house.rae.post(&format!("/tasks/{task}/comments"), json!({ "text": "look again" })).await.is(201);
    to(&house.rae, &task, "changes_requested").await.is(200);
    // It comes back to who did it, before anything else.
    assert_eq!(house.ann.all(&format!("/tasks/{task}/comments")).await[0]["text"], "look again");
    launched.next(&house.ben).await.is(200);
    assert_eq!(launched.take(&house.ann).await, task);
    launched.annotate(&house.ann, &task).await.is(201);
    assert_eq!(to(&house.ann, &task, "complete").await.is(200).body["status"], "in_review");
    assert_eq!(launched.review(&house.rae).await.is(200).id(), task);
    // Who looks at it mends what is nearly right.
    let said = house.rae.all(&format!("/tasks/{task}/annotations")).await;
    let said = format!("/annotations/{}", said[0]["id"].as_str().unwrap());
    house.rae.patch(&said, json!({ "attributes": {} })).await.is(200);
    let done = to(&house.rae, &task, "complete").await.is(200).body;
    assert_eq!(done["status"], "complete");
    // Who did it, is told to those who may view them.
    assert!(done["author_id"].is_null());
    assert_eq!(house.seen(&format!("/tasks/{task}")).await["author_id"], *house.user("ann").await);
    guard(to(&house.rae, &task, "complete").await, 409, "transition");
    // A lead sends it back even then.
    to(&house.ed, &task, "changes_requested").await.is(200);
    assert_eq!(launched.take(&house.ann).await, task);
}

async fn nobody_looks_at_their_own_work(storage: Storage) {
    let house = House::set(storage).await;
    let launched = house.launched("work", 1, json!({ "review_percent": 100 })).await;
    // An editor may do both, but not to one task.
    let task = launched.take(&house.ed).await;
    to(&house.ed, &task, "complete").await.is(200);
    launched.review(&house.ed).await.is(204);
    guard(to(&house.ed, &task, "complete").await, 403, "own_work");
    guard(to(&house.ed, &task, "changes_requested").await, 403, "own_work");
    let may = house.ed.get(&format!("/tasks/{task}")).await.is(200).body["may_become"].clone();
    assert_eq!(may, json!([]));
    guard(to(&house.ed, &task, "available").await, 403, "own_work");
    // Nor by saying of what nobody has taken that it is done: then it is theirs.
    to(&house.mia, &task, "available").await.is(200);
    assert_eq!(to(&house.ed, &task, "complete").await.is(200).body["status"], "in_review");
    assert_eq!(house.seen(&format!("/tasks/{task}")).await["author_id"], *house.user("ed").await);
    guard(to(&house.ed, &task, "complete").await, 403, "own_work");
    // Not by their key, either, nor once it is assigned to somebody else.
    let ben = json!({ "user_id": house.user("ben").await });
    house.mia.put(&format!("/tasks/{task}/assignee"), ben).await.is(200);
    launched.review(&house.ed).await.is(204);
    let keys = format!("/projects/{}/api-keys", house.home);
    let mias = house.launched("mias", 1, json!({ "review_percent": 100 })).await;
    let work = mias.take(&house.mia).await;
    to(&house.mia, &work, "complete").await.is(200);
    let role = bailiwick_domain::rule::id_of_name("role", "manager");
    let made = house.mia.post(&keys, json!({ "name": "key", "role_id": role })).await.is(201);
    let key = house.site.anon().api_key(&made.id(), made.body["secret"].as_str().unwrap());
    mias.review(&key).await.is(204);
    guard(to(&key, &work, "complete").await, 403, "own_work");
    assert_eq!(mias.review(&house.rae).await.is(200).id(), work);
    to(&house.rae, &work, "complete").await.is(200);
}

async fn looking_is_lent_for_a_while(storage: Storage) {
    let house = House::set(storage).await;
    let launched = house.launched("work", 1, json!({ "review_percent": 100, "lease_minutes": 2 })).await;
    let task = launched.take(&house.ann).await;
    to(&house.ann, &task, "complete").await.is(200);
    assert_eq!(launched.review(&house.rae).await.is(200).id(), task);
    launched.review(&house.ed).await.is(204);
    house.rae.act(&format!("/tasks/{task}/release")).await.is(200);
    let waits = house.seen(&format!("/tasks/{task}")).await;
    assert_eq!((&waits["status"], &waits["reviewer_id"]), (&json!("in_review"), &json!(null)));
    assert_eq!(waits["author_id"], *house.user("ann").await);
    assert_eq!(launched.review(&house.ed).await.is(200).id(), task);
    house.clock.advance(Duration::minutes(2));
    guard(to(&house.ed, &task, "complete").await, 409, "lease");
    assert_eq!(launched.review(&house.rae).await.is(200).id(), task);
    to(&house.rae, &task, "complete").await.is(200);
}
