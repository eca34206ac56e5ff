//! When keys end, and who says so.

use bailiwick_tests::{Storage, on_every_storage, on_servers};
use serde_json::{Value, json};
use time::Duration;

use super::office::{Key, Office, guard, wrong};

on_every_storage!(
    the_end_of_a_key_is_changed,
    an_end_is_no_later_than_that_of_the_key_that_asks,
    who_holds_less_does_not_edit_a_key,
);

on_servers!(the_end_of_a_key_is_changed,);

async fn the_end_of_a_key_is_changed(storage: Storage) {
    let office = Office::open(storage).await;
    let key = office.key(json!({ "name": "short" })).await;
    let to = async |end: Value| office.root.patch(&key.path(), json!({ "expires_at": end })).await;
    let is_good = async || office.is_good(&key, &key.secret).await;
    // Whether it may do what every key may, as others are told who ask about it.
    let may_act = async || {
        let check = json!({ "operation": "view", "kind": "api_key", "id": key.id });
        let body = json!({ "principal": { "kind": "api_key", "id": key.id }, "checks": [check] });
        office.root.post("/authz/check", body).await.is(200).body.to_string().contains("\"allowed\":true")
    };
    assert!(is_good().await && may_act().await);
    to(office.at(2)).await.is(200);
    assert_eq!(office.shown(&key).await["expires_at"], office.at(2));
    office.clock.advance(Duration::minutes(2) - Duration::microseconds(1));
    assert!(is_good().await && may_act().await);
    office.clock.advance(Duration::microseconds(1));
    assert!(!is_good().await && !may_act().await, "also where it is remembered from just before");
    wrong(to(office.at(0)).await, "/expires_at");
    wrong(to(office.at(-1)).await, "/expires_at");
    wrong(to(json!("soon")).await, "/expires_at");
    assert!(!is_good().await);
    to(office.at(2)).await.is(200);
    assert!(is_good().await);
    to(Value::Null).await.is(200);
    office.pass(2);
    assert!(is_good().await);
    assert_eq!(office.shown(&key).await["expires_at"], Value::Null);
    office.root.patch(&key.path(), json!({ "name": "long" })).await.is(200);
    assert!(is_good().await);
}

async fn an_end_is_no_later_than_that_of_the_key_that_asks(storage: Storage) {
    let office = Office::open(storage).await;
    let manager = office.root.get("/roles?name=manager").await.ids().remove(0);
    let end = office.at(10);
    let made = json!({ "name": "short", "role_id": manager, "expires_at": end });
    let short = office.key(made).await;
    let other = office.key(json!({ "name": "other", "expires_at": office.at(5) })).await;
    let asks = office.site.anon().api_key(&short.id, &short.secret);
    let to = async |key: &Key, end: Value| asks.patch(&key.path(), json!({ "expires_at": end })).await;
    guard(to(&other, office.at(11)).await, "escalation");
    guard(to(&other, Value::Null).await, "escalation");
    to(&other, end.clone()).await.is(200);
    to(&other, office.at(4)).await.is(200);
    let keys = format!("/organizations/{}/api-keys", office.north);
    guard(asks.post(&keys, json!({ "name": "longer" })).await, "escalation");
    guard(asks.post(&keys, json!({ "name": "longer", "expires_at": office.at(11) })).await, "escalation");
    asks.post(&keys, json!({ "name": "as long", "expires_at": end })).await.is(201);
    // Nor does it prolong itself.
    guard(to(&short, office.at(11)).await, "escalation");
    guard(to(&short, Value::Null).await, "escalation");
    assert_eq!(office.shown(&short).await["expires_at"], end);
    assert_eq!(office.shown(&other).await["expires_at"], office.at(4));
    // What ends later already may be changed otherwise.
    let endless = office.key(json!({ "name": "endless" })).await;
    asks.patch(&endless.path(), json!({ "name": "without end" })).await.is(200);
}

async fn who_holds_less_does_not_edit_a_key(storage: Storage) {
    let office = Office::open(storage).await;
    let owner = office.root.get("/roles?name=owner").await.ids().remove(0);
    let key = office.key(json!({ "name": "high", "role_id": owner, "addresses": ["10.0.0.0/8"] })).await;
    let (ada, mid) = (office.site.user("north/ada").await, office.site.user("north/mid").await);
    let before = office.shown(&key).await;
    for body in
        [json!({ "addresses": [] }), json!({ "expires_at": office.at(5) }), json!({ "expires_at": null })]
    {
        guard(mid.patch(&key.path(), body).await, "rank");
    }
    guard(mid.post(&format!("{}/secret", key.path()), json!({ "old_secret_minutes": 5 })).await, "rank");
    assert_eq!(office.shown(&key).await, before);
    ada.patch(&key.path(), json!({ "addresses": ["192.0.2.7"], "expires_at": office.at(5) })).await.is(200);
    assert!(!office.is_good(&key, &key.secret).await);
}
