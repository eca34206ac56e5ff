//! Taking people out, and closing what was open to everybody.

use bailiwick_tests::{Storage, on_every_storage, on_servers};
use serde_json::{Value, json};

use super::house::{House, NOTHING, alike, guard, one, to};

on_every_storage!(
    who_is_taken_out_leaves_what_they_made,
    taking_out_is_all_or_nothing,
    who_may_take_nobody_out_does_not,
    an_organization_takes_out_of_all_its_projects,
    a_public_project_is_for_everybody_until_it_is_not,
);

on_servers!(who_is_taken_out_leaves_what_they_made, taking_out_is_all_or_nothing);

async fn who_is_taken_out_leaves_what_they_made(storage: Storage) {
    let house = House::set(storage).await;
    let (max, id) = (house.site.user("north/max").await, house.user("max").await);
    let launched = house.launched("work", 4, json!({ "review_percent": 100 })).await;
    let keys = format!("/projects/{}/api-keys", house.home);
    let made = max.post(&keys, json!({ "name": "of max", "role_id": role("viewer") })).await.is(201);
    let key = house.site.anon().api_key(&made.id(), made.body["secret"].as_str().unwrap());
    key.get("/jobs").await.is(200);
    // One task in work, one put off, one done by him, one of another that he looks at.
    let works = launched.take(&max).await;
    let said = launched.annotate(&max, &works).await.is(201).id();
    let off = launched.take(&max).await;
    to(&max, &off, "deferred").await.is(200);
    let done = launched.take(&max).await;
    to(&max, &done, "complete").await.is(200);
    let anns = launched.take(&house.ann).await;
    to(&house.ann, &anns, "complete").await.is(200);
    assert_eq!(launched.review(&max).await.is(200).id(), anns);
    house.grant(("user", &id), "annotator", ("job", &launched.job)).await;
    let file = house.file_in(&max, &house.home, "of-max").await;

    let out = format!("/projects/{}/members/{id}", house.home);
    house.mia.delete(&format!("{out}?dry_run=true")).await.is(204);
    max.get(&format!("/tasks/{works}")).await.is(200);
    house.mia.delete(&out).await.is(204);
    // He and his key are out, of the project and all in it.
    for path in
        [format!("/projects/{}", house.home), format!("/jobs/{}", launched.job), format!("/tasks/{works}")]
    {
        max.get(&path).await.is(404);
    }
    assert_eq!(max.get("/whoami").await.is(200).body["grants"], json!([]));
    key.get("/jobs").await.is(401);
    launched.next(&max).await.is(404);
    // What he worked on is free, what he looked at waits for another, what he did is done.
    for (task, status) in
        [(&works, "available"), (&off, "available"), (&done, "in_review"), (&anns, "in_review")]
    {
        let shown = house.seen(&format!("/tasks/{task}")).await;
        assert_eq!(shown["status"], status, "{shown:#}");
        assert!(
            shown["assignee_id"] != *id && shown["reviewer_id"] != *id && shown["lease_expires_at"].is_null()
        );
    }
    assert_eq!(house.seen(&format!("/tasks/{done}")).await["author_id"], *id);
    assert_eq!(house.seen(&format!("/tasks/{anns}")).await["assignee_id"], *house.user("ann").await);
    assert_eq!(house.seen(&format!("/annotations/{said}")).await["maker_id"], *id);
    assert_eq!(house.seen(&format!("/files/{file}")).await["maker_id"], *id);
    launched.next(&house.ben).await.is(200);
    launched.review(&house.rae).await.is(200);
    // All of it in one request.
    let events = house.root.all("/audit-events?limit=500").await;
    let of: Vec<&Value> = events.iter().filter(|event| event["deed"] == "remove_project_member").collect();
    if let Some(first) = of.first() {
        assert!(of.iter().all(|event| event["request_id"] == first["request_id"]), "{of:#?}");
    }
    // A second time there is nobody.
    house.mia.delete(&out).await.is(404);
}

fn role(name: &str) -> uuid::Uuid {
    bailiwick_domain::rule::id_of_name("role", name)
}

async fn taking_out_is_all_or_nothing(storage: Storage) {
    let house = House::set(storage).await;
    let (max, id) = (house.site.user("north/max").await, house.user("max").await);
    // He holds more there than she does.
    house.grant(("user", &id), "owner", ("project", &house.home)).await;
    let launched = house.launched("work", 1, json!({})).await;
    let works = launched.take(&max).await;
    guard(house.mia.delete(&format!("/projects/{}/members/{id}", house.home)).await, 403, "escalation");
    assert_eq!(max.get("/whoami").await.is(200).body["grants"].as_array().unwrap().len(), 2);
    launched.annotate(&max, &works).await.is(201);
    house.root.delete(&format!("/projects/{}/members/{id}", house.home)).await.is(204);
    launched.annotate(&max, &works).await.is(404);
}

async fn who_may_take_nobody_out_does_not(storage: Storage) {
    let house = House::set(storage).await;
    let ann = house.user("ann").await;
    let out = format!("/projects/{}/members", house.home);
    for (who, status) in
        [(&house.ed, 403), (&house.rae, 403), (&house.vic, 403), (&house.ben, 404), (&house.nobody, 404)]
    {
        who.delete(&format!("{out}/{ann}")).await.is(status);
    }
    house.site.anon().delete(&format!("{out}/{ann}")).await.is(401);
    // Who is no member there is nobody, wherever else they are.
    let nothing = house.mia.delete(&format!("{out}/{NOTHING}")).await.is(404);
    for stranger in
        [house.user("nobody").await, house.user("owen").await, house.user("wes").await, house.home.clone()]
    {
        alike(&house.mia.delete(&format!("{out}/{stranger}")).await, &nothing);
    }
    house.ann.get("/whoami").await.is(200).body["grants"].as_array().unwrap().first().unwrap();
    // Owners stand above the project, and are not taken out of it.
    let owen = house.site.user("north/owen").await;
    owen.get(&format!("/projects/{}", house.home)).await.is(200);
}

async fn an_organization_takes_out_of_all_its_projects(storage: Storage) {
    let house = House::set(storage).await;
    let (ann, north) = (house.user("ann").await, one(&house.root, "organizations", "north").await);
    let next = one(&house.root, "projects", "next").await;
    house.grant(("user", &ann), "viewer", ("project", &next)).await;
    let far = one(&house.root, "projects", "far").await;
    house.grant(("user", &ann), "viewer", ("project", &far)).await;
    let launched = house.launched("work", 1, json!({})).await;
    let task = launched.take(&house.ann).await;
    house.mia.delete(&format!("/organizations/{north}/members/{ann}")).await.is(404);
    let owen = house.site.user("north/owen").await;
    owen.delete(&format!("/organizations/{north}/members/{ann}")).await.is(204);
    house.ann.get(&format!("/tasks/{task}")).await.is(404);
    house.ann.get(&format!("/projects/{next}")).await.is(404);
    // Elsewhere is not the organization's to say.
    house.ann.get(&format!("/projects/{far}")).await.is(200);
    assert_eq!(house.seen(&format!("/tasks/{task}")).await["status"], "available");
}

async fn a_public_project_is_for_everybody_until_it_is_not(storage: Storage) {
    let house = House::set(storage).await;
    let launched = house.launched("work", 1, json!({})).await;
    let task = launched.take(&house.ann).await;
    let said = launched.annotate(&house.ann, &task).await.is(201).id();
    let words = house.ann.post(&format!("/tasks/{task}/comments"), json!({ "text": "x" })).await.is(201).id();
    let anon = house.site.anon();
    let file = &launched.files[0];
    let open = [
        format!("/projects/{}", house.home),
        format!("/jobs/{}", launched.job),
        format!("/tasks/{task}"),
        format!("/files/{file}"),
        format!("/files/{file}/content"),
        format!("/labels/{}", launched.label),
        format!("/datasets/{}", launched.dataset),
        format!("/datasets/{}/files", launched.dataset),
    ];
    let closed = [format!("/annotations/{said}"), format!("/comments/{words}")];
    let sees = async |anonymous: u16, other: u16| {
        for path in &open {
            anon.get(path).await.is(anonymous);
            house.nobody.get(path).await.is(other);
        }
        for path in &closed {
            anon.get(path).await.is(401);
            house.nobody.get(path).await.is(404);
        }
        let listed = usize::from(anonymous == 200);
        for list in ["/projects", "/files", "/labels", "/tasks"] {
            assert_eq!(anon.all(list).await.len(), listed, "{list}");
        }
        assert!(anon.all("/annotations").await.is_empty() && anon.all("/comments").await.is_empty());
    };
    sees(401, 404).await;
    let visible = async |visibility: &str| {
        house
            .mia
            .patch(&format!("/projects/{}", house.home), json!({ "visibility": visibility }))
            .await
            .is(200);
    };
    visible("public").await;
    sees(200, 200).await;
    // Nobody in particular changes nothing, takes nothing and is shown nobody.
    anon.patch(&format!("/files/{file}"), json!({})).await.is(401);
    house.nobody.patch(&format!("/files/{file}"), json!({ "name": "x" })).await.is(403);
    launched.next(&anon).await.is(401);
    launched.next(&house.nobody).await.is(403);
    let shown = anon.get(&format!("/tasks/{task}")).await.is(200).body;
    assert!(shown["assignee_id"].is_null() && shown["maker_id"].is_null(), "{shown:#}");
    let link = anon.act(&format!("/files/{file}/downloads")).await.is(201).body["link"].clone();
    let link = link.as_str().unwrap();
    anon.get(link).await.is(200);
    visible("private").await;
    sees(401, 404).await;
    anon.get(link).await.is(401);
}
