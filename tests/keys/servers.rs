//! Two servers on one storage.

use std::sync::Arc;

use bailiwick_policy::FilePolicy;
use bailiwick_tests::Storage;
use serde_json::json;

use super::office::{INSIDE, OUTSIDE, Office};

/// What one server acknowledges is so on another one that remembers the key.
#[tokio::test]
async fn a_change_is_in_force_on_every_server_at_once() {
    let office = Office::open(Storage::Sqlite).await;
    let other = office.site.beside(Arc::new(FilePolicy::built_in().unwrap())).await;
    let key = office.key(json!({ "name": "shared" })).await;
    let ask = async |secret: &str, from: &str| {
        let actor = other.anon().api_key(&key.id, secret).with("x-forwarded-for", from);
        actor.get("/projects").await.status.as_u16()
    };
    let remembered = async |secret: &str| {
        for _ in 0..3 {
            assert_eq!(ask(secret, INSIDE).await, 200);
        }
    };
    remembered(&key.secret).await;
    let second = office.renew(&key, json!({})).await;
    assert_eq!(ask(&key.secret, INSIDE).await, 401);
    remembered(&second).await;
    let third = office.renew(&key, json!({ "old_secret_minutes": 5 })).await;
    remembered(&third).await;
    remembered(&second).await;
    let fourth = office.renew(&key, json!({ "old_secret_minutes": 5 })).await;
    assert_eq!(ask(&second, INSIDE).await, 401);
    remembered(&third).await;
    remembered(&fourth).await;
    assert_eq!(ask(&fourth, OUTSIDE).await, 200);
    office.root.patch(&key.path(), json!({ "addresses": ["10.0.0.0/8"] })).await.is(200);
    assert_eq!(ask(&fourth, OUTSIDE).await, 401);
    remembered(&fourth).await;
    office.root.patch(&key.path(), json!({ "expires_at": office.at(2) })).await.is(200);
    remembered(&fourth).await;
    office.pass(2);
    assert_eq!(ask(&fourth, INSIDE).await, 401);
    office.root.patch(&key.path(), json!({ "expires_at": null })).await.is(200);
    remembered(&third).await;
    office.root.act(&format!("{}/suspend", key.path())).await.is(200);
    assert_eq!((ask(&third, INSIDE).await, ask(&fourth, INSIDE).await), (401, 401));
}
