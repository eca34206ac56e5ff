//! Jobs: from status to status, and the tasks that they are made of.

use bailiwick_tests::{Storage, on_every_storage, on_servers};
use serde_json::{Value, json};

use super::house::{House, guard, one, to, wrong};

on_every_storage!(
    a_job_goes_where_the_table_says,
    launching_makes_a_task_of_each_file,
    who_may_launch_no_more_has_launched_in_vain,
    a_job_is_complete_when_its_tasks_are,
    a_job_has_its_terms,
    names_that_meet_hold_no_job_up,
    nobody_works_on_what_is_over,
    numbers_of_tasks_are_for_who_sees_them_all,
);

on_servers!(launching_makes_a_task_of_each_file, a_job_is_complete_when_its_tasks_are);

const STATUSES: [&str; 6] = ["draft", "launched", "active", "complete", "cancelled", "archived"];

/// From, to, and whether it needs the right to delete the job.
const TABLE: [(&str, &str, bool); 12] = [
    ("draft", "launched", false),
    ("draft", "active", false),
    ("draft", "cancelled", true),
    ("launched", "cancelled", true),
    ("active", "launched", false),
    ("active", "complete", false),
    ("active", "cancelled", true),
    ("complete", "active", false),
    ("complete", "archived", true),
    ("cancelled", "draft", false),
    ("cancelled", "archived", true),
    ("archived", "complete", true),
];

/// The way from a draft to each status.
fn way(status: &str) -> &'static [&'static str] {
    match status {
        "launched" => &["launched"],
        "active" => &["active"],
        "complete" => &["active", "complete"],
        "cancelled" => &["cancelled"],
        "archived" => &["cancelled", "archived"],
        _ => &[],
    }
}

async fn a_job_goes_where_the_table_says(storage: Storage) {
    let house = House::set(storage).await;
    let sid = house.site.user("north/sid").await;
    for from in STATUSES {
        let job = format!("/jobs/{}", house.draft(from, json!({})).await);
        for status in way(from) {
            let there = house.ed.patch(&job, json!({ "status": status })).await.is(200);
            assert_eq!(there.body["status"], *status);
        }
        let goes = |deletes: bool| {
            let here = TABLE.iter().filter(move |(at, _, needs)| *at == from && (deletes || !needs));
            here.map(|(_, to, _)| *to).collect::<Vec<_>>()
        };
        for (who, may) in [(&house.ed, goes(true)), (&sid, goes(false)), (&house.vic, vec![])] {
            let shown = who.get(&job).await.is(200);
            assert_eq!(shown.body["may_become"], json!(may), "{from}");
            for status in STATUSES {
                let dry = who.patch(&format!("{job}?dry_run=true"), json!({ "status": status })).await;
                let expected = match (may.contains(&status), goes(true).contains(&status)) {
                    (true, _) => 200,
                    // It goes there, and not for them.
                    (false, true) => 403,
                    (false, false) if may.is_empty() && goes(true) == goes(false) => dry.status.as_u16(),
                    (false, false) => 409,
                };
                let editor = !std::ptr::eq(who, &house.vic);
                let expected = if editor { expected } else { 403 };
                assert_eq!(dry.status, expected, "{from} to {status}: {:#}", dry.body);
                if expected == 409 {
                    assert_eq!(dry.body["guard"], "transition");
                }
            }
        }
        for (who, status) in [(&house.ann, 404), (&house.nobody, 404)] {
            who.patch(&job, json!({ "status": "active" })).await.is(status);
        }
    }
    wrong(
        house
            .ed
            .post(&format!("/projects/{}/jobs", house.home), json!({ "name": "x", "status": "active" }))
            .await,
        "/status",
    );
}

async fn launching_makes_a_task_of_each_file(storage: Storage) {
    let house = House::set(storage).await;
    let files = [house.file("a").await, house.file("b").await, house.file("c").await];
    house.file("of no dataset").await;
    let one = house.dataset("one", &files[..2]).await;
    let other = house.dataset("other", &files[1..]).await;
    let job = house.draft("job", json!({})).await;
    for dataset in [&one, &other] {
        house.ed.tie(&format!("/jobs/{job}/datasets/{dataset}")).await.is(200);
    }
    // One of them has a task already.
    let tasks = format!("/jobs/{job}/tasks");
    house.ed.post(&tasks, json!({ "name": "by hand", "file_id": files[0] })).await.is(201);
    let again = house.ed.post(&tasks, json!({ "name": "by hand again", "file_id": files[0] })).await;
    assert_eq!(again.status, 409, "two tasks of a job about one file: {:#}", again.body);
    let launched = house.ed.patch(&format!("/jobs/{job}"), json!({ "status": "launched" })).await.is(200);
    assert_eq!(launched.body["status"], "launched");
    let progress = async || house.vic.get(&format!("/jobs/{job}/progress")).await.is(200).body;
    let before = progress().await;
    assert_eq!((&before["launch_files"], &before["launch_done"]), (&json!(3), &json!(0)));
    house.go_on().await;
    assert_eq!(house.vic.get(&format!("/jobs/{job}")).await.is(200).body["status"], "active");
    let made = house.vic.all(&tasks).await;
    let mut about: Vec<_> = made.iter().map(|task| task["file_id"].as_str().unwrap()).collect();
    about.sort_unstable();
    let mut expected: Vec<_> = files.iter().map(String::as_str).collect();
    expected.sort_unstable();
    assert_eq!(about, expected);
    // They count as made by who launched it.
    let ed = house.user("ed").await;
    assert!(house.root.all(&tasks).await.iter().all(|task| task["maker_id"] == *ed));
    let after = progress().await;
    assert_eq!(
        (&after["launch_files"], &after["launch_done"], &after["tasks"]),
        (&json!(3), &json!(3), &json!(3))
    );
    assert_eq!(after["by_status"], json!({ "available": 3 }));
    let task = house.ann.act(&format!("/jobs/{job}/tasks/next")).await.is(200).id();
    let counted = progress().await;
    assert_eq!(counted["by_status"], json!({ "available": 2, "in_progress": 1 }));
    let counted = house.seen(&format!("/jobs/{job}/progress")).await;
    let hers = json!({ "assignee_id": house.user("ann").await, "status": "in_progress", "tasks": 1 });
    assert!(counted["by_person"].as_array().unwrap().contains(&hers), "{counted:#}");
    // Once more: what has a task keeps it.
    house.ed.patch(&format!("/jobs/{job}"), json!({ "status": "launched" })).await.is(200);
    house.go_on().await;
    assert_eq!(house.vic.all(&tasks).await.len(), 3);
    house.ann.get(&format!("/tasks/{task}")).await.is(200);
    // Its tasks are shown to nobody whom the job is not.
    house.ann.get(&format!("/jobs/{job}/progress")).await.is(404);
    let told = house.vic.get(&format!("/jobs/{job}/history")).await.is(200).body;
    let statuses: Vec<&Value> =
        told["items"].as_array().unwrap().iter().map(|deed| &deed["after"]["status"]).collect();
    assert!(statuses.contains(&&json!("launched")) && statuses.contains(&&json!("active")), "{told:#}");
}

async fn who_may_launch_no_more_has_launched_in_vain(storage: Storage) {
    let house = House::set(storage).await;
    let dataset = house.dataset("scans", &[house.file("a").await]).await;
    let job = house.draft("job", json!({})).await;
    house.ed.tie(&format!("/jobs/{job}/datasets/{dataset}")).await.is(200);
    house.ed.patch(&format!("/jobs/{job}"), json!({ "status": "launched" })).await.is(200);
    house.revoke_all("ed").await;
    house.go_on().await;
    assert_eq!(house.seen(&format!("/jobs/{job}")).await["status"], "draft");
    assert!(house.root.all(&format!("/jobs/{job}/tasks")).await.is_empty());
}

async fn a_job_is_complete_when_its_tasks_are(storage: Storage) {
    let house = House::set(storage).await;
    let launched = house.launched("work", 2, json!({})).await;
    let job = format!("/jobs/{}", launched.job);
    let done = json!({ "status": "complete" });
    guard(house.ed.patch(&job, done.clone()).await, 409, "open_tasks");
    let task = launched.take(&house.ann).await;
    guard(house.ed.patch(&job, done.clone()).await, 409, "open_tasks");
    to(&house.ann, &task, "complete").await.is(200);
    guard(house.ed.patch(&job, done.clone()).await, 409, "open_tasks");
    let other = launched.take(&house.ben).await;
    to(&house.ed, &other, "archived").await.is(200);
    house.ed.patch(&job, done.clone()).await.is(200);
    // Nobody takes anything of it then.
    guard(launched.next(&house.ann).await, 409, "not_active");
    house.vic.patch(&job, done).await.is(403);
    house.ed.patch(&job, json!({ "status": "active" })).await.is(200);
    launched.next(&house.ann).await.is(204);
}

async fn a_job_has_its_terms(storage: Storage) {
    let house = House::set(storage).await;
    let path = format!("/projects/{}/jobs", house.home);
    for (field, bad) in [
        ("review_percent", json!(-1)),
        ("review_percent", json!(101)),
        ("review_percent", json!(1.5)),
        ("lease_minutes", json!(0)),
        ("lease_minutes", json!(10_081)),
        ("lease_minutes", json!(i64::MAX)),
    ] {
        let mut body = json!({ "name": "x" });
        body[field] = bad;
        wrong(house.ed.post(&path, body).await, &format!("/{field}"));
    }
    let job = house.draft("x", json!({ "review_percent": 100, "lease_minutes": 1 })).await;
    let shown = house.vic.get(&format!("/jobs/{job}")).await.is(200).body;
    assert_eq!((&shown["review_percent"], &shown["lease_minutes"]), (&json!(100), &json!(1)));
    wrong(house.ed.patch(&format!("/jobs/{job}"), json!({ "lease_minutes": 0 })).await, "/lease_minutes");
    let changed = house.ed.patch(&format!("/jobs/{job}"), json!({ "lease_minutes": 7 })).await.is(200);
    assert_eq!((&changed.body["review_percent"], &changed.body["lease_minutes"]), (&json!(100), &json!(7)));
}

/// A file may be named as another file's id is, and a task as a file is.
async fn names_that_meet_hold_no_job_up(storage: Storage) {
    let house = House::set(storage).await;
    let first = house.file("x").await;
    let second = house.file(&first).await;
    let dataset = house.dataset("both", &[first.clone(), second.clone()]).await;
    let job = house.draft("job", json!({})).await;
    house.ed.tie(&format!("/jobs/{job}/datasets/{dataset}")).await.is(200);
    house.ed.post(&format!("/jobs/{job}/tasks"), json!({ "name": "x" })).await.is(201);
    house.ed.patch(&format!("/jobs/{job}"), json!({ "status": "launched" })).await.is(200);
    house.go_on().await;
    assert_eq!(house.seen(&format!("/jobs/{job}")).await["status"], "active");
    let made = house.root.all(&format!("/jobs/{job}/tasks")).await;
    let about = |file: &str| made.iter().filter(|task| task["file_id"] == *file).count();
    assert_eq!((made.len(), about(&first), about(&second)), (3, 1, 1));
}

/// Of what has been cancelled or archived nothing is done or added, until it is opened again.
async fn nobody_works_on_what_is_over(storage: Storage) {
    let house = House::set(storage).await;
    let launched = house.launched("work", 2, json!({})).await;
    let task = launched.take(&house.ann).await;
    let said = launched.annotate(&house.ann, &task).await.is(201).id();
    let (job, tasks) = (format!("/jobs/{}", launched.job), format!("/jobs/{}/tasks", launched.job));
    for status in ["cancelled", "archived"] {
        house.root.patch(&job, json!({ "status": status })).await.is(200);
        guard(launched.next(&house.ann).await, 409, "not_active");
        guard(launched.annotate(&house.ann, &task).await, 409, "not_active");
        let label = json!({ "attributes": {} });
        guard(house.ann.patch(&format!("/annotations/{said}"), label).await, 409, "not_active");
        guard(to(&house.ann, &task, "complete").await, 409, "not_active");
        guard(house.ed.post(&tasks, json!({ "name": "more" })).await, 409, "not_active");
    }
    for status in ["complete", "active"] {
        house.root.patch(&job, json!({ "status": status })).await.is(200);
    }
    launched.annotate(&house.ann, &task).await.is(201);
}

async fn numbers_of_tasks_are_for_who_sees_them_all(storage: Storage) {
    let house = House::set(storage).await;
    let launched = house.launched("work", 2, json!({})).await;
    let roles = format!("/organizations/{}/roles", one(&house.root, "organizations", "north").await);
    let role = json!({ "name": "looks at jobs", "rules": ["job:view:organization"] });
    let role = house.root.post(&roles, role).await.is(201).id();
    let grant = json!({
        "principal": { "kind": "user", "id": house.user("nobody").await }, "role_id": role,
        "anchor": { "level": "job", "id": launched.job }
    });
    house.root.post("/grants", grant).await.is(201);
    let progress = format!("/jobs/{}/progress", launched.job);
    house.nobody.get(&format!("/jobs/{}", launched.job)).await.is(200);
    let refused = house.nobody.get(&progress).await.is(403);
    assert_eq!(refused.body["missing"]["kind"], "task");
    assert_eq!(house.vic.get(&progress).await.is(200).body["tasks"], 2);
}
