//! Suspending, deleting and giving a new key: what was issued before is dead in the next request, on every server.

use bailiwick_app::work::go_on;
use bailiwick_tests::{Actor, Storage, on_every_storage, on_servers};
use serde_json::json;
use time::Duration;

use super::{App, House, app_of, names_the_key, policy};

on_every_storage!(
    what_was_issued_for_a_suspended_app_is_dead,
    a_deleted_app_takes_its_sessions_and_names_its_keys,
    an_old_key_is_good_for_as_long_as_was_said,
    what_is_done_afterwards_is_done_through_the_app,
);
on_servers!(what_was_issued_for_a_suspended_app_is_dead, a_deleted_app_takes_its_sessions_and_names_its_keys);

/// An API key of the app, in north.
async fn api_key(house: &House, app: &App) -> Actor {
    let there = format!("/organizations/{}/api-keys", house.ids.get("organization", "north"));
    let made = house.root.post(&there, json!({ "name": "robot of an app", "client_app_id": app.id })).await;
    let made = made.is(201);
    house.site.anon().api_key(&made.id(), made.body["secret"].as_str().unwrap())
}

async fn what_was_issued_for_a_suspended_app_is_dead(storage: Storage) {
    let house = House::of(storage).await;
    let key = api_key(&house, &house.writer).await;
    let (access, refresh) = house.pair(&house.writer, "north/nobody").await;
    let token = house.site.anon().bearer(&access);
    let other = house.signed_in(&house.reader, "north/viewer").await;
    let plain = house.site.user("north/editor").await;
    for actor in [&key, &token, &other, &plain, &house.through(&house.writer)] {
        actor.get("/whoami").await.is(200);
        actor.get(&house.open()).await.is(200);
    }
    let suspended = house.root.act(&house.writer.path("/suspend")).await.is(200);
    assert_eq!(suspended.body["status"], "suspended");
    for path in ["/whoami".to_owned(), house.open()] {
        names_the_key(house.through(&house.writer).get(&path).await);
        token.get(&path).await.is(401);
        key.get(&path).await.is(401);
        other.get(&path).await.is(200);
        plain.get(&path).await.is(200);
    }
    let login = json!({ "username": "north/nobody", "password": "password of north/nobody" });
    names_the_key(house.through(&house.writer).post("/auth/tokens", login).await);
    let again = json!({ "token": refresh });
    house.site.anon().post("/auth/tokens/refresh", again.clone()).await.is(401);

    house.root.act(&house.writer.path("/wake")).await.is(200);
    assert_eq!(app_of(&house.through(&house.writer)).await, "Writer");
    assert_eq!(house.writes(&key).await, 200);
    // Its sessions have ended, and do not come back.
    token.get("/whoami").await.is(401);
    house.site.anon().post("/auth/tokens/refresh", again).await.is(401);
}

async fn a_deleted_app_takes_its_sessions_and_names_its_keys(storage: Storage) {
    let house = House::of(storage).await;
    let key = api_key(&house, &house.writer).await;
    let token = house.signed_in(&house.writer, "north/nobody").await;
    let refused = house.root.delete(&house.writer.path("")).await.is(409);
    assert_eq!(refused.body["dependents"], json!([{ "kind": "api_key", "count": 1 }]));
    token.get("/whoami").await.is(200);
    house.root.delete(&house.writer.path("?cascade=true")).await.is(204);
    key.get("/whoami").await.is(401);
    token.get("/whoami").await.is(401);
    names_the_key(house.through(&house.writer).get("/whoami").await);
    house.root.get(&house.writer.path("")).await.is(404);
    // Another one of the same name is another one.
    let anew = App::registered(&house.root, json!({ "name": "Writer" })).await;
    assert_eq!(app_of(&house.through(&anew)).await, "Writer");
    token.get("/whoami").await.is(401);
    house.root.delete(&house.reader.path("")).await.is(204);
}

async fn an_old_key_is_good_for_as_long_as_was_said(storage: Storage) {
    let house = House::of(storage).await;
    let renew = async |minutes: Option<i64>| {
        let body = json!({ "old_secret_minutes": minutes });
        let answer = house.root.post(&house.writer.path("/secret"), body).await.is(200);
        let key = answer.body["secret"].as_str().unwrap().to_owned();
        (App { id: house.writer.id.clone(), key }, answer.body)
    };
    let asks = async |app: &App| house.through(app).get(&house.open()).await.status.as_u16();
    let session = house.signed_in(&house.writer, "north/nobody").await;
    assert_eq!(asks(&house.writer).await, 200);
    let (second, told) = renew(Some(10)).await;
    assert!(told["old_secret_expires_at"].is_string(), "{told:#}");
    assert_eq!((asks(&house.writer).await, asks(&second).await), (200, 200));
    let beside = session.clone().with("x-app-key", &house.writer.key);
    beside.get("/whoami").await.is(200);
    house.clock.advance(Duration::minutes(10));
    assert_eq!((asks(&house.writer).await, asks(&second).await), (401, 200));
    beside.get("/whoami").await.is(401);
    session.get("/whoami").await.is(200);
    // At once; of two old ones only the last is kept.
    let (third, told) = renew(None).await;
    assert!(told["old_secret_expires_at"].is_null(), "{told:#}");
    assert_eq!((asks(&second).await, asks(&third).await), (401, 200));
    let (fourth, _) = renew(Some(10)).await;
    let (fifth, _) = renew(Some(10)).await;
    assert_eq!((asks(&third).await, asks(&fourth).await, asks(&fifth).await), (401, 200, 200));
    // Suspending ends the old one for good.
    house.root.act(&house.writer.path("/suspend")).await.is(200);
    house.root.act(&house.writer.path("/wake")).await.is(200);
    assert_eq!((asks(&fourth).await, asks(&fifth).await), (401, 200));
    let too_long = json!({ "old_secret_minutes": 10_081 });
    let refused = house.root.post(&house.writer.path("/secret"), too_long).await.is(422);
    assert_eq!(refused.body["errors"][0]["pointer"], "/old_secret_minutes");
}

async fn what_is_done_afterwards_is_done_through_the_app(storage: Storage) {
    let house = House::of(storage).await;
    let manager = house.signed_in(&house.writer, "north/manager").await;
    let job = house.ids.address("job", "north/home/workup");
    let wish = json!({ "format": "jsonl" });
    let export = async || manager.post(&format!("{job}/exports"), wish.clone()).await.is(201).id();
    let upload = format!("{}/files?name=words", house.ids.address("project", "north/home"));
    let file = manager.send_raw(reqwest::Method::POST, &upload, "text/plain", "words").await.is(201).id();
    let link = manager.act(&format!("/files/{file}/downloads")).await.is(201).body["link"].clone();
    let link = link.as_str().unwrap().strip_prefix("/api/v1").unwrap().to_owned();
    let made = export().await;
    go_on(&house.site.app).await.unwrap();
    let status = async |id: &str| {
        house.root.get(&format!("/exports/{id}")).await.is(200).body["status"].as_str().unwrap().to_owned()
    };
    assert_eq!(status(&made).await, "ready");
    house.site.anon().get(&link).await.is(200);
    // When the app may act no more, nobody acts through it.
    let late = export().await;
    house.root.act(&house.writer.path("/suspend")).await.is(200);
    go_on(&house.site.app).await.unwrap();
    assert_eq!(status(&late).await, "failed");
    house.site.anon().get(&link).await.is(401);
    house.root.act(&house.writer.path("/wake")).await.is(200);
    house.site.anon().get(&link).await.is(200);
}

#[tokio::test]
async fn what_one_server_acknowledges_the_other_honours() {
    let house = House::of(Storage::Sqlite).await;
    let other = house.site.beside(policy(&house.files)).await;
    let (access, _) = house.pair(&house.writer, "north/nobody").await;
    let token = other.anon().bearer(&access);
    let alone = other.anon().with("x-app-key", &house.writer.key);
    // Twice: the second time both are remembered.
    for _ in 0..2 {
        token.get(&house.open()).await.is(200);
        alone.get(&house.open()).await.is(200);
    }
    let renewed = house.root.post(&house.writer.path("/secret"), json!({})).await.is(200);
    names_the_key(alone.get(&house.open()).await);
    let alone = other.anon().with("x-app-key", renewed.body["secret"].as_str().unwrap());
    alone.get(&house.open()).await.is(200);
    token.get(&house.open()).await.is(200);
    let beside = token.clone().with("x-app-key", &house.writer.key);
    beside.get(&house.open()).await.is(401);
    house.root.act(&house.writer.path("/suspend")).await.is(200);
    names_the_key(alone.get(&house.open()).await);
    token.get(&house.open()).await.is(401);
    house.root.act(&house.writer.path("/wake")).await.is(200);
    alone.get(&house.open()).await.is(200);
    house.root.patch(&house.writer.path(""), json!({ "name": "Autographa" })).await.is(200);
    assert_eq!(app_of(&alone).await, "Autographa");
    house.root.delete(&house.writer.path("")).await.is(204);
    names_the_key(alone.get(&house.open()).await);
}
