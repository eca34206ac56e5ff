//! Datasets and links: what may be named where, and that a new file becomes a task of launched jobs.

use bailiwick_tests::{Actor, Storage, on_every_storage, on_servers};
use reqwest::Method;
use serde_json::json;

use super::house::{House, NOTHING, alike, one, upload, wrong};

on_every_storage!(
    a_dataset_holds_files,
    nothing_of_another_project_is_named,
    a_new_file_becomes_a_task,
    a_link_needs_edit_and_view,
);

on_servers!(a_dataset_holds_files, nothing_of_another_project_is_named, a_new_file_becomes_a_task);

async fn a_dataset_holds_files(storage: Storage) {
    let house = House::set(storage).await;
    let files = [house.file("a").await, house.file("b").await];
    let dataset = house.dataset("scans", &files).await;
    let held = format!("/datasets/{dataset}/files");
    assert_eq!(house.vic.get(&held).await.is(200).ids(), files);
    // Twice is once, and what is not there is not taken away twice.
    house.ed.tie(&format!("{held}/{}", files[0])).await.is(200);
    assert_eq!(house.vic.get(&held).await.is(200).ids(), files);
    for _ in 0..2 {
        house.ed.delete(&format!("{held}/{}", files[0])).await.is(200);
        assert_eq!(house.vic.get(&held).await.is(200).ids(), files[1..]);
    }
    let flat = house.vic.get(&format!("/files?dataset_id={dataset}")).await.is(200);
    assert_eq!(flat.ids(), files[1..]);
    // It was said in the log, as a change of the dataset.
    let events = house.root.all(&format!("/audit-events?object_id={dataset}")).await;
    let deeds: Vec<_> = events.iter().map(|event| event["operation"].clone()).collect();
    assert!(deeds.len() >= 4, "{deeds:?}");
    // Deleted, it leaves its files; deleted, a file leaves it.
    house.ed.delete(&format!("/files/{}", files[1])).await.is(204);
    assert!(house.vic.get(&held).await.is(200).ids().is_empty());
    house.ed.tie(&format!("{held}/{}", files[0])).await.is(200);
    house.ed.delete(&format!("/datasets/{dataset}")).await.is(204);
    house.vic.get(&format!("/files/{}", files[0])).await.is(200);
    house.ed.get(&held).await.is(404);
}

async fn nothing_of_another_project_is_named(storage: Storage) {
    let house = House::set(storage).await;
    let next = one(&house.root, "projects", "next").await;
    let far = one(&house.root, "projects", "far").await;
    let (dataset, job) = (house.dataset("scans", &[]).await, house.draft("job", json!({})).await);
    let tasks = format!("/jobs/{job}/tasks");
    let task = house.ed.post(&tasks, json!({ "name": "task" })).await.is(201).id();
    for (project, by) in [(next, &house.root), (far, &house.root)] {
        let file = house.file_in(by, &project, "x").await;
        let labels = format!("/projects/{project}/labels");
        let label = by.post(&labels, json!({ "name": "x", "shape": "whole" })).await.is(201).id();
        let datasets = format!("/projects/{project}/datasets");
        let other = by.post(&datasets, json!({ "name": "x" })).await.is(201).id();
        // Who may view both finds no more than who does not.
        for who in [&house.ed, &house.root] {
            for (holder, named) in [
                (format!("/datasets/{dataset}/files"), &file),
                (format!("/jobs/{job}/files"), &file),
                (format!("/jobs/{job}/labels"), &label),
                (format!("/jobs/{job}/datasets"), &other),
                (format!("/tasks/{task}/files"), &file),
                (format!("/tasks/{task}/labels"), &label),
            ] {
                for method in [Method::PUT, Method::DELETE] {
                    let send =
                        async |id: &str| who.send(method.clone(), &format!("{holder}/{id}"), None).await;
                    let (foreign, nothing, wrong) =
                        (send(named).await, send(NOTHING).await, send(&job).await);
                    assert_eq!(foreign.status, 404, "{method} {holder}");
                    alike(&foreign, &nothing);
                    alike(&wrong, &nothing);
                }
            }
            for id in [&file, NOTHING] {
                let body = json!({ "name": "about", "file_id": id });
                let refused = wrong(who.post(&tasks, body).await, "/file_id");
                alike(&refused, &who.post(&tasks, json!({ "name": "about", "file_id": NOTHING })).await);
            }
            let into = |id: &str| format!("/projects/{}/files?name=new&dataset_id={id}", house.home);
            let refused = upload(who, &into(&other), "text/plain", "words").await;
            alike(&wrong(refused, "dataset_id"), &upload(who, &into(NOTHING), "text/plain", "words").await);
        }
        for id in [&file, &label, &other] {
            let list = format!("/files?dataset_id={id}&count=true");
            assert_eq!(house.ed.get(&list).await.is(200).body["total"], 0);
        }
    }
    assert!(house.vic.all("/files").await.is_empty());
}

async fn a_new_file_becomes_a_task(storage: Storage) {
    let house = House::set(storage).await;
    let launched = house.launched("work", 2, json!({})).await;
    let draft = house.draft("later", json!({})).await;
    house.ed.tie(&format!("/jobs/{draft}/datasets/{}", launched.dataset)).await.is(200);
    let tasks = async |job: &str| house.vic.all(&format!("/jobs/{job}/tasks")).await;
    assert_eq!(tasks(&launched.job).await.len(), 2);
    // By a link, and by an upload.
    let linked = house.file("linked").await;
    house.ed.tie(&format!("/datasets/{}/files/{linked}", launched.dataset)).await.is(200);
    let path = format!("/projects/{}/files?name=sent&dataset_id={}", house.home, launched.dataset);
    let sent = upload(&house.ed, &path, "text/plain", "words").await.is(201).id();
    let made = tasks(&launched.job).await;
    let about: Vec<_> = made.iter().map(|task| task["file_id"].as_str().unwrap()).collect();
    assert_eq!(about.len(), 4);
    assert!(about.contains(&linked.as_str()) && about.contains(&sent.as_str()));
    let task = made.iter().find(|task| task["file_id"] == *linked).unwrap();
    assert_eq!((&task["name"], &task["status"]), (&json!("linked"), &json!("available")));
    // Once a file, and never in a job that is no more than a draft.
    house.ed.tie(&format!("/datasets/{}/files/{linked}", launched.dataset)).await.is(200);
    house.ed.delete(&format!("/datasets/{}/files/{linked}", launched.dataset)).await.is(200);
    house.ed.tie(&format!("/datasets/{}/files/{linked}", launched.dataset)).await.is(200);
    assert_eq!(tasks(&launched.job).await.len(), 4);
    assert!(tasks(&draft).await.is_empty());
    // A name that a task has already is no obstacle.
    house.ed.post(&format!("/jobs/{}/tasks", launched.job), json!({ "name": "twin" })).await.is(201);
    let twin = house.file("twin").await;
    house.ed.tie(&format!("/datasets/{}/files/{twin}", launched.dataset)).await.is(200);
    let made = tasks(&launched.job).await;
    assert!(made.iter().any(|task| task["file_id"] == *twin && task["name"] != "twin"));
    // A job that is done takes no more.
    house.ed.patch(&format!("/jobs/{}", launched.job), json!({ "status": "cancelled" })).await.is(200);
    let late = house.file("late").await;
    house.ed.tie(&format!("/datasets/{}/files/{late}", launched.dataset)).await.is(200);
    assert_eq!(tasks(&launched.job).await.len(), made.len());
}

async fn a_link_needs_edit_and_view(storage: Storage) {
    let house = House::set(storage).await;
    let (file, label) = (house.file("x").await, house.label("x").await);
    let (dataset, job) = (house.dataset("scans", &[]).await, house.draft("job", json!({})).await);
    let refused: [(&Actor, u16); 4] =
        [(&house.vic, 403), (&house.rae, 403), (&house.ann, 404), (&house.nobody, 404)];
    for (who, status) in refused {
        for path in [
            format!("/datasets/{dataset}/files/{file}"),
            format!("/jobs/{job}/files/{file}"),
            format!("/jobs/{job}/labels/{label}"),
            format!("/jobs/{job}/datasets/{dataset}"),
        ] {
            who.tie(&path).await.is(status);
            who.delete(&path).await.is(status);
        }
    }
    // Who shapes jobs and views no files names none; what is there may be taken away.
    let sid = house.site.user("north/sid").await;
    let path = format!("/jobs/{job}/files/{file}");
    alike(&sid.tie(&path).await.is(404), &sid.tie(&format!("/jobs/{job}/files/{NOTHING}")).await);
    house.ed.tie(&path).await.is(200);
    sid.delete(&path).await.is(200);
    assert!(house.vic.get(&format!("/jobs/{job}/files")).await.is(200).ids().is_empty());
}
