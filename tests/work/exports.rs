//! Exports: by whom, what is in them, and for how long.

use bailiwick_tests::{Answer, Storage, on_every_storage, on_servers};
use serde_json::{Value, json};
use time::Duration;

use super::house::{House, Launched, alike, one, wrong};

on_every_storage!(
    exporting_is_a_right_of_its_own,
    an_export_holds_what_was_said,
    an_export_is_made_by_what_its_maker_may_then,
    an_export_goes_when_its_time_is_over,
    a_key_exports_what_it_may_view_itself,
);

on_servers!(an_export_holds_what_was_said, an_export_goes_when_its_time_is_over);

/// A job whose two files have been annotated.
async fn annotated(house: &House) -> Launched {
    let launched = house.launched("work", 2, json!({})).await;
    let path = format!("/projects/{}/labels", house.home);
    let label = house.ed.post(&path, json!({ "name": "spot", "shape": "polygon" })).await.is(201).id();
    house.ed.tie(&format!("/jobs/{}/labels/{label}", launched.job)).await.is(200);
    for _ in 0..2 {
        let task = launched.take(&house.ann).await;
        launched.annotate(&house.ann, &task).await.is(201);
        let points = json!([[1, 1], [5, 1], [5, 4], [1, 4]]);
        let spot = json!({ "label_id": label, "geometry": { "shape": "polygon", "points": points } });
        house.ann.post(&format!("/tasks/{task}/annotations"), spot).await.is(201);
    }
    launched
}

async fn ask(house: &House, job: &str, format: &str) -> Answer {
    house.mia.post(&format!("/jobs/{job}/exports"), json!({ "format": format })).await
}

async fn exporting_is_a_right_of_its_own(storage: Storage) {
    let house = House::set(storage).await;
    let launched = annotated(&house).await;
    let path = format!("/jobs/{}/exports", launched.job);
    for (who, status) in
        [(&house.vic, 403), (&house.rae, 403), (&house.ed, 403), (&house.ann, 404), (&house.nobody, 404)]
    {
        who.post(&path, json!({ "format": "coco" })).await.is(status);
    }
    wrong(ask(&house, &launched.job, "csv").await, "/format");
    let made = ask(&house, &launched.job, "coco").await.is(201);
    assert_eq!((&made.body["status"], &made.body["bytes"]), (&json!("pending"), &json!(null)));
    let export = format!("/exports/{}", made.id());
    assert!(made.body["links"].get("content").is_none());
    house.mia.get(&format!("{export}/content")).await.is(409);
    house.go_on().await;
    let ready = house.mia.get(&export).await.is(200).body;
    assert_eq!((&ready["status"], &ready["annotations"]), (&json!("ready"), &json!(4)));
    assert_eq!(ready["links"]["content"]["methods"], json!(["GET"]));
    for who in [&house.vic, &house.rae, &house.ed, &house.ann, &house.nobody] {
        for path in [export.clone(), format!("{export}/content")] {
            alike(
                &who.get(&path).await.is(404),
                &who.get("/exports/01920000-0000-7000-8000-000000000001").await,
            );
        }
        who.delete(&export).await.is(404);
        assert!(who.all("/exports").await.is_empty());
    }
    house.mia.get(&format!("{export}/content")).await.is(200);
    house.mia.delete(&export).await.is(204);
    house.mia.get(&format!("{export}/content")).await.is(404);
    house.go_on().await;
    let later = house.site.app.clock.now() + Duration::days(30);
    assert!(house.site.app.store.strays(later, 10).await.unwrap().is_empty());
}

async fn an_export_holds_what_was_said(storage: Storage) {
    let house = House::set(storage).await;
    let launched = annotated(&house).await;
    annotated_elsewhere(&house).await;
    let (coco, jsonl) =
        (ask(&house, &launched.job, "coco").await.id(), ask(&house, &launched.job, "jsonl").await.id());
    house.go_on().await;
    let content = async |id: &str| house.mia.get(&format!("/exports/{id}/content")).await.is(200);
    let coco = content(&coco).await;
    assert_eq!(coco.headers["content-disposition"], "attachment; filename*=UTF-8''coco.json");
    assert_eq!(coco.headers["x-content-type-options"], "nosniff");
    let names = |list: &str, name: &str| {
        let mut names: Vec<_> =
            coco.body[list].as_array().unwrap().iter().map(|item| item[name].as_str().unwrap()).collect();
        names.sort_unstable();
        names
    };
    assert_eq!(names("images", "file_name"), ["work-0", "work-1"]);
    assert_eq!(names("categories", "name"), ["spot", "work"]);
    let said = coco.body["annotations"].as_array().unwrap();
    assert_eq!(said.len(), 4);
    let spot = said.iter().find(|said| said["area"] != 0.0).unwrap();
    assert_eq!((&spot["bbox"], &spot["area"]), (&json!([1.0, 1.0, 4.0, 3.0]), &json!(12.0)));
    for said in said {
        for (field, list) in [("image_id", "images"), ("category_id", "categories")] {
            let named = coco.body[list].as_array().unwrap().iter().any(|item| item["id"] == said[field]);
            assert!(named, "{field} names nothing: {said:#}");
        }
    }
    let text = content(&jsonl).await.body;
    let lines: Vec<Value> =
        text.as_str().unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 4);
    assert!(lines.iter().all(|line| line["file"].is_string() && line["label"].is_string()), "{lines:#?}");
    let part = house.mia.clone().with("range", "bytes=0-0");
    assert_eq!(
        part.get(&format!("/exports/{}/content", house.mia.all("/exports").await[1]["id"].as_str().unwrap()))
            .await
            .is(206)
            .body,
        "{"
    );
}

/// What is said in another job, which is not in the export of this one.
async fn annotated_elsewhere(house: &House) {
    let other = house.launched("other", 1, json!({})).await;
    let task = other.take(&house.ben).await;
    other.annotate(&house.ben, &task).await.is(201);
}

async fn an_export_is_made_by_what_its_maker_may_then(storage: Storage) {
    let house = House::set(storage).await;
    let launched = annotated(&house).await;
    let export = ask(&house, &launched.job, "coco").await.is(201).id();
    house.revoke_all("mia").await;
    house.go_on().await;
    let failed = house.seen(&format!("/exports/{export}")).await;
    assert_eq!(failed["status"], "failed", "{failed:#}");
    assert!(failed["detail"].is_string() && failed["bytes"].is_null());
    house.root.get(&format!("/exports/{export}/content")).await.is(409);
}

async fn an_export_goes_when_its_time_is_over(storage: Storage) {
    let house = House::set(storage).await;
    let launched = annotated(&house).await;
    let export = format!("/exports/{}", ask(&house, &launched.job, "jsonl").await.is(201).id());
    house.go_on().await;
    let ready = house.mia.get(&export).await.is(200).body;
    assert_eq!(ready["expires_at"], "2026-03-11T05:06:07.123457Z");
    house.clock.advance(Duration::days(7) - Duration::microseconds(1));
    let mia = house.site.user("north/mia").await;
    mia.get(&format!("{export}/content")).await.is(200);
    house.clock.advance(Duration::microseconds(1));
    // Whether the server has come to it or not.
    mia.get(&format!("{export}/content")).await.is(409);
    house.go_on().await;
    mia.get(&format!("{export}/content")).await.is(409);
    assert_eq!(mia.get(&export).await.is(200).body["status"], "expired");
    let later = house.site.app.clock.now() + Duration::days(30);
    assert!(house.site.app.store.strays(later, 10).await.unwrap().is_empty(), "its bytes have stayed");
}

/// Not what its maker may: a key has its own grants.
async fn a_key_exports_what_it_may_view_itself(storage: Storage) {
    let house = House::set(storage).await;
    let launched = annotated(&house).await;
    let roles = format!("/organizations/{}/roles", one(&house.root, "organizations", "north").await);
    for (rules, annotations) in [
        (json!(["export:create:organization", "export:view:organization"]), 0),
        (
            json!(["export:create:organization", "export:view:organization", "annotation:view:organization"]),
            4,
        ),
    ] {
        let role = json!({ "name": format!("exports {annotations}"), "rules": rules });
        let role = house.root.post(&roles, role).await.is(201).id();
        let body = json!({ "name": format!("key {annotations}"), "role_id": role });
        let made = house.root.post(&format!("/projects/{}/api-keys", house.home), body).await.is(201);
        let key = house.site.anon().api_key(&made.id(), made.body["secret"].as_str().unwrap());
        let path = format!("/jobs/{}/exports", launched.job);
        let export = key.post(&path, json!({ "format": "jsonl" })).await.is(201).id();
        house.go_on().await;
        let shown = key.get(&format!("/exports/{export}")).await.is(200).body;
        assert_eq!((&shown["status"], &shown["annotations"]), (&json!("ready"), &json!(annotations)));
    }
}
