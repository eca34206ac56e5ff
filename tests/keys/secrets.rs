//! A new secret without a break.

use bailiwick_tests::{Storage, on_every_storage, on_servers};
use serde_json::{Value, json};
use time::Duration;

use super::office::{OUTSIDE, Office, secret, wrong};

on_every_storage!(
    an_old_secret_is_good_as_long_as_is_said,
    what_ends_a_key_ends_both_its_secrets,
    an_overlap_has_its_bounds,
    the_use_of_either_secret_is_shown,
);

on_servers!(
    an_old_secret_is_good_as_long_as_is_said,
    what_ends_a_key_ends_both_its_secrets,
    the_use_of_either_secret_is_shown,
);

async fn an_old_secret_is_good_as_long_as_is_said(storage: Storage) {
    let office = Office::open(storage).await;
    let key = office.key(json!({ "name": "turns", "addresses": ["10.0.0.0/8"] })).await;
    assert_eq!(office.shown(&key).await["old_secret_expires_at"], Value::Null);
    assert!(office.is_good(&key, &key.secret).await);

    let second = office.renew(&key, json!({ "old_secret_minutes": 5 })).await;
    let end = office.at(5);
    assert_eq!(office.shown(&key).await["old_secret_expires_at"], end);
    for _ in 0..2 {
        assert!(office.is_good(&key, &second).await && office.is_good(&key, &key.secret).await);
    }
    assert_eq!(office.ask(&key, &key.secret, OUTSIDE).await, 401, "addresses bind both");
    assert_eq!(office.ask(&key, &second, OUTSIDE).await, 401);
    office.clock.advance(Duration::minutes(5) - Duration::microseconds(1));
    assert!(office.is_good(&key, &key.secret).await);
    office.clock.advance(Duration::microseconds(1));
    assert!(!office.is_good(&key, &key.secret).await && office.is_good(&key, &second).await);
    assert_eq!(office.shown(&key).await["old_secret_expires_at"], Value::Null);

    // A second renewal within the time ends the first one.
    let third = office.renew(&key, json!({ "old_secret_minutes": 5 })).await;
    let fourth = office.renew(&key, json!({ "old_secret_minutes": 2 })).await;
    assert!(!office.is_good(&key, &second).await);
    assert!(office.is_good(&key, &third).await && office.is_good(&key, &fourth).await);
    assert_eq!(office.shown(&key).await["old_secret_expires_at"], office.at(2));

    // Where nothing is said, the old one ends at once.
    let path = format!("{}/secret", key.path());
    let fifth = secret(&office.root.act(&path).await.is(200));
    assert!(!office.is_good(&key, &third).await && !office.is_good(&key, &fourth).await);
    let sixth = office.renew(&key, json!({ "old_secret_minutes": 0 })).await;
    assert!(!office.is_good(&key, &fifth).await && office.is_good(&key, &sixth).await);
    let last = office.renew(&key, json!({})).await;
    assert!(!office.is_good(&key, &sixth).await && office.is_good(&key, &last).await);
    assert_eq!(office.shown(&key).await["old_secret_expires_at"], Value::Null);
}

async fn what_ends_a_key_ends_both_its_secrets(storage: Storage) {
    let office = Office::open(storage).await;
    let key = office.key(json!({ "name": "ends" })).await;
    let second = office.renew(&key, json!({ "old_secret_minutes": 60 })).await;
    let both = async || (office.is_good(&key, &key.secret).await, office.is_good(&key, &second).await);
    assert_eq!(both().await, (true, true));
    office.root.patch(&key.path(), json!({ "addresses": ["192.0.2.7"] })).await.is(200);
    assert_eq!(both().await, (false, false));
    office.root.patch(&key.path(), json!({ "addresses": [], "expires_at": office.at(2) })).await.is(200);
    assert_eq!(both().await, (true, true));
    office.pass(2);
    assert_eq!(both().await, (false, false));
    office.root.patch(&key.path(), json!({ "expires_at": null })).await.is(200);
    assert_eq!(both().await, (true, true));
    office.root.act(&format!("{}/suspend", key.path())).await.is(200);
    assert_eq!(both().await, (false, false));
    let woken = office.root.act(&format!("{}/wake", key.path())).await.is(200);
    assert_eq!(both().await, (false, true), "an old secret does not come back");
    assert_eq!(woken.body["old_secret_expires_at"], Value::Null);
    let third = office.renew(&key, json!({ "old_secret_minutes": 60 })).await;
    office.root.delete(&key.path()).await.is(204);
    assert!(!office.is_good(&key, &second).await && !office.is_good(&key, &third).await);
}

async fn an_overlap_has_its_bounds(storage: Storage) {
    let office = Office::open(storage).await;
    let key = office.key(json!({ "name": "bounds" })).await;
    let path = format!("{}/secret", key.path());
    for minutes in [json!(-1), json!(10_081), json!(1.5), json!("5"), json!(u64::MAX)] {
        wrong(office.root.post(&path, json!({ "old_secret_minutes": minutes })).await, "/old_secret_minutes");
    }
    wrong(office.root.post(&path, json!({ "minutes": 5 })).await, "/minutes");
    assert!(office.is_good(&key, &key.secret).await, "what was refused has changed nothing");
    office.root.post(&format!("{path}?dry_run=true"), json!({ "old_secret_minutes": 5 })).await.is(200);
    assert_eq!(office.shown(&key).await["old_secret_expires_at"], Value::Null);
    office.renew(&key, json!({ "old_secret_minutes": 10_080 })).await;
    assert_eq!(office.shown(&key).await["old_secret_expires_at"], office.at(10_080));
}

async fn the_use_of_either_secret_is_shown(storage: Storage) {
    let office = Office::open(storage).await;
    let key = office.key(json!({ "name": "used", "addresses": ["10.0.0.0/8"] })).await;
    let second = office.renew(&key, json!({ "old_secret_minutes": 10 })).await;
    for secret in [&key.secret, &second, &key.secret] {
        assert!(office.is_good(&key, secret).await);
        assert_eq!(office.shown(&key).await["last_used_at"], office.at(0));
        office.pass(1);
        assert_eq!(office.ask(&key, secret, OUTSIDE).await, 401);
        assert_eq!(office.shown(&key).await["last_used_at"], office.at(-1), "a refusal is no use");
    }
}
