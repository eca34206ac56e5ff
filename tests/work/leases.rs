//! Taking tasks: to one worker at a time, for a while.

use std::collections::BTreeSet;

use bailiwick_tests::{Storage, on_every_storage, on_servers};
use serde_json::json;
use time::Duration;

use super::house::{House, guard, to};

on_every_storage!(
    two_workers_never_get_the_same,
    a_lease_ends,
    work_renews_a_lease,
    a_task_is_given_back,
    what_is_assigned_comes_first,
    work_is_done_once,
    who_may_take_none_gets_none,
    what_is_handed_on_is_taken_anew,
    what_was_begun_comes_before_what_was_not,
);

on_servers!(two_workers_never_get_the_same, a_lease_ends, work_renews_a_lease, work_is_done_once);

async fn two_workers_never_get_the_same(storage: Storage) {
    const TASKS: usize = 10;
    let house = House::set(storage).await;
    let launched = house.launched("work", TASKS, json!({})).await;
    let mut asking = Vec::new();
    for number in 0..TASKS + 4 {
        let who = [&house.ann, &house.ben][number % 2].clone();
        let path = format!("/jobs/{}/tasks/next", launched.job);
        asking.push(tokio::spawn(async move { who.act(&path).await }));
    }
    let (mut taken, mut none) = (BTreeSet::new(), 0);
    for one in asking {
        let answer = one.await.unwrap();
        match answer.status.as_u16() {
            200 => assert!(taken.insert(answer.id()), "two got {}", answer.id()),
            204 => none += 1,
            _ => panic!("{answer:#?}"),
        }
    }
    assert_eq!((taken.len(), none), (TASKS, 4));
    let (ann, ben) = (house.user("ann").await, house.user("ben").await);
    for task in &taken {
        let shown = house.seen(&format!("/tasks/{task}")).await;
        assert_eq!(shown["status"], "in_progress");
        assert!(shown["assignee_id"] == *ann || shown["assignee_id"] == *ben);
    }
}

async fn a_lease_ends(storage: Storage) {
    let house = House::set(storage).await;
    let launched = house.launched("work", 1, json!({ "lease_minutes": 2 })).await;
    let task = launched.take(&house.ann).await;
    let lent = house.ann.get(&format!("/tasks/{task}")).await.is(200);
    assert_eq!(lent.body["lease_expires_at"], "2026-03-04T05:08:07.123457Z");
    launched.next(&house.ben).await.is(204);
    // Who has it does not get it again.
    launched.next(&house.ann).await.is(204);
    house.clock.advance(Duration::minutes(2) - Duration::microseconds(1));
    launched.next(&house.ben).await.is(204);
    launched.annotate(&house.ann, &task).await.is(201);
    // That was work on it: two more minutes.
    house.clock.advance(Duration::minutes(2));
    guard(launched.annotate(&house.ann, &task).await, 409, "lease");
    guard(to(&house.ann, &task, "complete").await, 409, "lease");
    let said = house.ann.all(&format!("/tasks/{task}/annotations")).await;
    let said = format!("/annotations/{}", said[0]["id"].as_str().unwrap());
    guard(house.ann.patch(&said, json!({ "geometry": { "shape": "whole" } })).await, 409, "lease");
    guard(house.ann.delete(&said).await, 409, "lease");
    guard(house.ann.act(&format!("/tasks/{task}/release")).await, 409, "lease");
    assert_eq!(launched.take(&house.ben).await, task);
    // It is another's now.
    for path in [format!("/tasks/{task}"), said.clone()] {
        house.ann.get(&path).await.is(if path == said { 200 } else { 404 });
    }
    to(&house.ann, &task, "complete").await.is(404);
    launched.annotate(&house.ann, &task).await.is(404);
    launched.annotate(&house.ben, &task).await.is(201);
    to(&house.ben, &task, "complete").await.is(200);
    assert_eq!(house.seen(&format!("/tasks/{task}")).await["author_id"], *house.user("ben").await);
}

async fn work_renews_a_lease(storage: Storage) {
    let house = House::set(storage).await;
    let launched = house.launched("work", 1, json!({ "lease_minutes": 2 })).await;
    let task = launched.take(&house.ann).await;
    for _ in 0..4 {
        house.clock.advance(Duration::seconds(90));
        launched.next(&house.ben).await.is(204);
        let said = launched.annotate(&house.ann, &task).await.is(201).id();
        house.clock.advance(Duration::seconds(90));
        house.ann.patch(&format!("/annotations/{said}"), json!({ "attributes": {} })).await.is(200);
    }
    to(&house.ann, &task, "complete").await.is(200);
    assert!(house.seen(&format!("/tasks/{task}")).await["lease_expires_at"].is_null());
    // Nor does what is refused renew it.
    let other = house.launched("other", 1, json!({ "lease_minutes": 2 })).await;
    let ann = house.site.user("north/ann").await;
    let task = other.take(&ann).await;
    house.clock.advance(Duration::seconds(90));
    let wrong = json!({ "label_id": other.label, "geometry": { "shape": "box" } });
    ann.post(&format!("/tasks/{task}/annotations"), wrong).await.is(422);
    house.clock.advance(Duration::seconds(30));
    other.next(&house.site.user("north/ben").await).await.is(200);
}

async fn a_task_is_given_back(storage: Storage) {
    let house = House::set(storage).await;
    let launched = house.launched("work", 1, json!({})).await;
    let task = launched.take(&house.ann).await;
    let release = format!("/tasks/{task}/release");
    let links = house.ann.get(&format!("/tasks/{task}")).await.is(200).body["links"].clone();
    assert_eq!(links["release"]["methods"], json!(["POST"]));
    house.ben.act(&release).await.is(404);
    guard(house.ed.act(&release).await, 409, "lease");
    house.vic.act(&release).await.is(403);
    house.ann.act(&release).await.is(200);
    let back = house.seen(&format!("/tasks/{task}")).await;
    assert_eq!((&back["status"], &back["assignee_id"]), (&json!("available"), &json!(null)));
    assert!(back["lease_expires_at"].is_null() && back["author_id"].is_null());
    house.ann.act(&release).await.is(404);
    assert_eq!(launched.take(&house.ben).await, task);
    // A lead takes it back from whom it is lent to.
    to(&house.ed, &task, "available").await.is(200);
    house.ben.get(&format!("/tasks/{task}")).await.is(404);
    assert_eq!(launched.take(&house.ann).await, task);
}

async fn what_is_assigned_comes_first(storage: Storage) {
    let house = House::set(storage).await;
    let launched = house.launched("work", 3, json!({})).await;
    let tasks = house.vic.get(&format!("/jobs/{}/tasks?sort=id", launched.job)).await.is(200).ids();
    let ann = house.user("ann").await;
    let assign = json!({ "user_id": ann });
    house.mia.put(&format!("/tasks/{}/assignee", tasks[2]), assign).await.is(200);
    assert_eq!(launched.take(&house.ann).await, tasks[2]);
    assert_eq!(launched.take(&house.ben).await, tasks[0]);
    // What is put off waits until there is nothing else, and is nobody else's.
    to(&house.ann, &tasks[2], "deferred").await.is(200);
    assert!(house.seen(&format!("/tasks/{}", tasks[2])).await["lease_expires_at"].is_null());
    assert_eq!(launched.take(&house.ben).await, tasks[1]);
    launched.next(&house.ben).await.is(204);
    to(&house.ann, &tasks[2], "in_progress").await.is(200);
    launched.annotate(&house.ann, &tasks[2]).await.is(201);
    to(&house.ann, &tasks[2], "complete").await.is(200);
}

async fn work_is_done_once(storage: Storage) {
    let house = House::set(storage).await;
    let launched = house.launched("work", 1, json!({})).await;
    let task = launched.take(&house.ann).await;
    let path = format!("/tasks/{task}");
    // Nobody else's to say.
    guard(to(&house.ed, &task, "complete").await, 409, "lease");
    guard(to(&house.rae, &task, "complete").await, 409, "lease");
    to(&house.vic, &task, "complete").await.is(403);
    to(&house.ben, &task, "complete").await.is(404);
    let mut asking = Vec::new();
    for _ in 0..6 {
        let (ann, path) = (house.ann.clone(), path.clone());
        asking.push(tokio::spawn(async move { ann.patch(&path, json!({ "status": "complete" })).await }));
    }
    let mut done = 0;
    for one in asking {
        let answer = one.await.unwrap();
        match answer.status.as_u16() {
            200 => done += 1,
            _ => guard(answer, 409, "transition"),
        }
    }
    assert_eq!(done, 1);
    guard(to(&house.ann, &task, "complete").await, 409, "transition");
    guard(launched.annotate(&house.ann, &task).await, 409, "lease");
    let shown = house.ann.get(&path).await.is(200).body;
    assert_eq!(shown["status"], "complete");
    assert_eq!(shown["may_become"], json!([]));
    assert_eq!(shown["author_id"], *house.user("ann").await);
    let told = house.vic.get(&format!("{path}/history")).await.is(200).body;
    let statuses: Vec<_> =
        told["items"].as_array().unwrap().iter().map(|deed| &deed["after"]["status"]).collect();
    assert_eq!(statuses, [&json!("available"), &json!("in_progress"), &json!("complete")]);
    // A lead opens it again, to anybody.
    to(&house.ed, &task, "available").await.is(200);
    assert_eq!(launched.take(&house.ben).await, task);
}

async fn who_may_take_none_gets_none(storage: Storage) {
    let house = House::set(storage).await;
    let launched = house.launched("work", 1, json!({})).await;
    launched.next(&house.vic).await.is(403);
    launched.next(&house.nobody).await.is(404);
    launched.next(&house.site.anon()).await.is(401);
    launched.review(&house.ann).await.is(404);
    let path = format!("/jobs/{}/tasks/next", launched.job);
    house.ann.post(&path, json!({ "purpose": "fun" })).await.is(422);
    house.ann.post(&path, json!({ "task_id": launched.job })).await.is(422);
    // Dry, nothing is taken.
    house.ann.act(&format!("{path}?dry_run=true")).await.is(200);
    assert_eq!(house.vic.all("/tasks?status=available").await.len(), 1);
    // In an archived project nobody takes any.
    house.root.act(&format!("/projects/{}/archive", house.home)).await.is(200);
    guard(launched.next(&house.ann).await, 409, "archived");
    house.root.act(&format!("/projects/{}/unarchive", house.home)).await.is(200);
    // Nor in a draft.
    let draft = house.draft("draft", json!({})).await;
    guard(house.ed.act(&format!("/jobs/{draft}/tasks/next")).await, 409, "not_active");
    launched.next(&house.ann).await.is(200);
}

/// To somebody else, or to nobody: who had it has it no longer, and nobody else does before they take it.
async fn what_is_handed_on_is_taken_anew(storage: Storage) {
    let house = House::set(storage).await;
    let launched = house.launched("work", 1, json!({})).await;
    let task = launched.take(&house.ann).await;
    let path = format!("/tasks/{task}/assignee");
    for (to_whom, by) in [(json!(house.user("ben").await), &house.mia), (json!(null), &house.mia)] {
        let same = json!({ "user_id": house.user("ann").await });
        house.mia.put(&path, same).await.is(200);
        assert_eq!(house.seen(&format!("/tasks/{task}")).await["status"], "in_progress");
        by.put(&path, json!({ "user_id": to_whom })).await.is(200);
        let shown = house.seen(&format!("/tasks/{task}")).await;
        assert_eq!((&shown["status"], &shown["lease_expires_at"]), (&json!("available"), &json!(null)));
        assert_eq!(shown["assignee_id"], to_whom);
        if !to_whom.is_null() {
            guard(to(&house.ben, &task, "complete").await, 409, "lease");
            assert_eq!(launched.take(&house.ben).await, task);
            house.ben.act(&format!("/tasks/{task}/release")).await.is(200);
        }
        assert_eq!(launched.take(&house.ann).await, task);
    }
}

async fn what_was_begun_comes_before_what_was_not(storage: Storage) {
    let house = House::set(storage).await;
    let launched = house.launched("work", 4, json!({ "lease_minutes": 1, "review_percent": 100 })).await;
    let (mine, other) = (launched.take(&house.ann).await, launched.take(&house.ben).await);
    house.clock.advance(Duration::minutes(1));
    assert_eq!(launched.take(&house.ben).await, other, "their own first");
    assert_eq!(launched.take(&house.ben).await, mine);
    // What is sent back to somebody who is gone is anybody's.
    to(&house.ben, &other, "complete").await.is(200);
    house.root.delete(&format!("/projects/{}/members/{}", house.home, house.user("ben").await)).await.is(204);
    assert_eq!(launched.review(&house.rae).await.is(200).id(), other);
    to(&house.rae, &other, "changes_requested").await.is(200);
    let sent_back = [launched.take(&house.ann).await, launched.take(&house.ann).await];
    assert!(sent_back.contains(&other), "{sent_back:?}");
}
