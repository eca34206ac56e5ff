//! From where keys are good.

use bailiwick_tests::{Storage, on_every_storage, on_servers};
use serde_json::{Value, json};

use super::office::{INSIDE, OUTSIDE, Office, wrong};

on_every_storage!(
    a_key_is_good_from_its_addresses_alone,
    a_refusal_does_not_say_what_was_wrong,
    addresses_are_changed_and_shown,
    what_is_no_network_is_refused_by_its_place,
);

on_servers!(a_key_is_good_from_its_addresses_alone, addresses_are_changed_and_shown,);

async fn a_key_is_good_from_its_addresses_alone(storage: Storage) {
    let office = Office::open(storage).await;
    let networks = json!(["10.0.0.0/8", "192.0.2.7", "2001:db8::7"]);
    let key = office.key(json!({ "name": "bound", "addresses": networks })).await;
    let from = async |from: &str| office.ask(&key, &key.secret, from).await;
    // By turns: one who is remembered from one place is asked anew where they come from.
    for _ in 0..2 {
        for inside in [INSIDE, "192.0.2.7", "2001:db8::7", "::ffff:10.0.0.1", "203.0.113.9, 10.0.0.1"] {
            assert_eq!(from(inside).await, 200, "{inside}");
        }
        for outside in [OUTSIDE, "192.0.2.8", "2001:db8::8", "::1", "10.0.0.1, 203.0.113.9"] {
            assert_eq!(from(outside).await, 401, "{outside}");
        }
    }
    // Nobody says for whom they ask: it is the proxy itself that does.
    let plain = office.site.anon().api_key(&key.id, &key.secret);
    plain.get("/projects").await.is(401);
    plain.get("/whoami").await.is(401);
    let free = office.key(json!({ "name": "free" })).await;
    assert_eq!(office.ask(&free, &free.secret, OUTSIDE).await, 200);
    office.site.anon().api_key(&free.id, &free.secret).get("/projects").await.is(200);
}

async fn a_refusal_does_not_say_what_was_wrong(storage: Storage) {
    let office = Office::open(storage).await;
    let key = office.key(json!({ "name": "bound", "addresses": ["10.0.0.0/8"] })).await;
    let other = office.key(json!({ "name": "other" })).await;
    let told = async |secret: &str, from: &str| {
        let actor = office.site.anon().api_key(&key.id, secret).with("x-forwarded-for", from);
        let answer = actor.get("/projects").await.is(401);
        let mut names: Vec<String> = answer.headers.keys().map(ToString::to_string).collect();
        names.sort_unstable();
        let mut body = answer.body;
        // The id of the request.
        assert!(body.as_object_mut().unwrap().remove("instance").is_some());
        (names, body)
    };
    let wrong_place = told(&key.secret, OUTSIDE).await;
    assert_eq!(wrong_place, told(&other.secret, OUTSIDE).await);
    assert_eq!(wrong_place, told(&other.secret, INSIDE).await);
    assert_eq!(office.shown(&key).await["last_used_at"], Value::Null);
}

async fn addresses_are_changed_and_shown(storage: Storage) {
    let office = Office::open(storage).await;
    let key = office.key(json!({ "name": "roams" })).await;
    assert_eq!(office.shown(&key).await["addresses"], json!([]));
    assert_eq!(office.ask(&key, &key.secret, OUTSIDE).await, 200);
    let told = json!(["10.0.0.0/8", "192.0.2.7/32", "2001:DB8:0::/48", "192.0.2.7"]);
    let patched = office.root.patch(&key.path(), json!({ "addresses": told })).await.is(200);
    let meant = json!(["10.0.0.0/8", "192.0.2.7", "2001:db8::/48"]);
    assert_eq!(patched.body["addresses"], meant);
    assert_eq!(office.shown(&key).await["addresses"], meant);
    assert_eq!(office.ask(&key, &key.secret, OUTSIDE).await, 401, "at once, remembered or not");
    assert_eq!(office.ask(&key, &key.secret, INSIDE).await, 200);
    // What else is changed leaves them.
    office.root.patch(&key.path(), json!({ "name": "stays" })).await.is(200);
    assert_eq!(office.ask(&key, &key.secret, OUTSIDE).await, 401);
    let log = office.root.all("/audit-events?limit=500").await;
    assert!(log.iter().any(|event| event.to_string().contains("2001:db8::/48")), "the log tells of it");
    office.root.patch(&key.path(), json!({ "addresses": [] })).await.is(200);
    assert_eq!(office.ask(&key, &key.secret, OUTSIDE).await, 200);
}

async fn what_is_no_network_is_refused_by_its_place(storage: Storage) {
    let office = Office::open(storage).await;
    let key = office.key(json!({ "name": "bound", "addresses": ["10.0.0.0/8"] })).await;
    let many = |count: u32| (0..count).map(|last| format!("192.0.2.{last}")).collect::<Vec<_>>();
    let cases = [
        (json!(["10.0.0.0/8", "north"]), "/addresses/1"),
        (json!(["10.1.2.3/8"]), "/addresses/0"),
        (json!(["10.0.0.0/33"]), "/addresses/0"),
        (json!([7]), "/addresses/0"),
        (json!("10.0.0.0/8"), "/addresses"),
        (json!(many(51)), "/addresses"),
    ];
    for (addresses, pointer) in cases {
        wrong(office.make(json!({ "name": "x", "addresses": addresses })).await, pointer);
        wrong(office.root.patch(&key.path(), json!({ "addresses": addresses })).await, pointer);
    }
    office.root.patch(&key.path(), json!({ "addresses": many(50) })).await.is(200);
    assert_eq!(office.shown(&key).await["addresses"], json!(many(50)));
}
