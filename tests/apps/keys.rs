//! API keys of a client app: who may have one, and what it may do.

use bailiwick_tests::cases::NOTHING;
use bailiwick_tests::{Actor, Storage, on_every_storage, on_servers};
use serde_json::{Value, json};

use super::{House, app_of};

on_every_storage!(a_key_is_of_its_app, an_id_of_an_app_is_no_proof, a_key_made_through_an_app_is_of_it);
on_servers!(a_key_is_of_its_app);

fn under(house: &House) -> String {
    format!("/organizations/{}/api-keys", house.ids.get("organization", "north"))
}

fn speaks(house: &House, made: &bailiwick_tests::Answer) -> Actor {
    house.site.anon().api_key(made.body["id"].as_str().unwrap(), made.body["secret"].as_str().unwrap())
}

async fn a_key_is_of_its_app(storage: Storage) {
    let house = House::of(storage).await;
    let body = json!({ "name": "robot", "client_app_id": house.writer.id });
    let made = house.root.post(&under(&house), body).await.is(201);
    let app = json!({ "id": house.writer.id, "name": "Writer" });
    assert_eq!(made.body["client_app"], app);
    let key = speaks(&house, &made);
    assert_eq!((app_of(&key).await.as_str(), house.writes(&key).await), ("Writer", 200));
    key.clone().with("x-app-key", &house.writer.key).get("/whoami").await.is(200);
    key.clone().with("x-app-key", &house.reader.key).get("/whoami").await.is(401);
    let plain = house.root.post(&under(&house), json!({ "name": "plain" })).await.is(201);
    assert_eq!(plain.body["client_app"], Value::Null);
    let plain = speaks(&house, &plain);
    assert_eq!((app_of(&plain).await.as_str(), house.writes(&plain).await), ("default", 403));
    plain.clone().with("x-app-key", &house.writer.key).get("/whoami").await.is(401);
    // It never changes.
    let patch = json!({ "client_app_id": house.reader.id });
    house.root.patch(&format!("/api-keys/{}", made.id()), patch).await.is(422);
    // Who may view the key and not the app reads its name.
    let owner = house.site.user("north/owner").await;
    let seen = owner.get(&format!("/api-keys/{}", made.id())).await.is(200);
    assert_eq!(seen.body["client_app"], app);
    assert!(seen.body["links"].get("client_app").is_none() && seen.body["links"].get("secret").is_none());
}

async fn an_id_of_an_app_is_no_proof(storage: Storage) {
    let house = House::of(storage).await;
    let owner = house.site.user("north/owner").await;
    let ask = |id: &str| json!({ "name": "robot", "client_app_id": id });
    let theirs = owner.post(&under(&house), ask(&house.writer.id)).await.is(422);
    let nothing = owner.post(&under(&house), ask(NOTHING)).await.is(422);
    assert_eq!(theirs.body["errors"], nothing.body["errors"]);
    assert_eq!(theirs.body["errors"][0]["pointer"], "/client_app_id");
    owner.post(&under(&house), ask(house.ids.get("organization", "north"))).await.is(422);
    house.root.post(&under(&house), ask(NOTHING)).await.is(422);
    // Nor does somebody come by a credential of an app by giving a key of it a new secret.
    let through = house.signed_in(&house.writer, "north/owner").await;
    let key = through.post(&under(&house), ask(&house.writer.id)).await.is(201).id();
    let plain = house.site.anon().with_tokens("north/owner", "password of north/owner").await;
    let refused = plain.post(&format!("/api-keys/{key}/secret"), json!({})).await.is(403);
    assert_eq!(refused.body["guard"], "escalation");
    let reader = house.through(&house.reader);
    let login = json!({ "username": "north/owner", "password": "password of north/owner" });
    let token = reader.post("/auth/tokens", login).await.is(201).body["access_token"].clone();
    let reader = house.site.anon().bearer(token.as_str().unwrap());
    reader.post(&format!("/api-keys/{key}/secret"), json!({})).await.is(403);
    through.post(&format!("/api-keys/{key}/secret"), json!({})).await.is(200);
}

async fn a_key_made_through_an_app_is_of_it(storage: Storage) {
    let house = House::of(storage).await;
    let through = house.signed_in(&house.reader, "north/owner").await;
    let made = through.post(&under(&house), json!({ "name": "one" })).await.is(201);
    assert_eq!(made.body["client_app"]["name"], "Reader");
    assert_eq!(app_of(&speaks(&house, &made)).await, "Reader");
    let named = json!({ "name": "two", "client_app_id": house.reader.id });
    through.post(&under(&house), named).await.is(201);
    let other = json!({ "name": "three", "client_app_id": house.writer.id });
    through.post(&under(&house), other).await.is(422);
    // A key of the default app is not taken over through an app: it would open what the app does not.
    let plain = house.site.anon().with_tokens("north/owner", "password of north/owner").await;
    let plain = plain.post(&under(&house), json!({ "name": "plain" })).await.is(201).id();
    through.post(&format!("/api-keys/{plain}/secret"), json!({})).await.is(403);
}
