//! API keys over HTTP: from where they are good, how they get a new secret without a break, when they end.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "test code")]

use std::sync::Arc;

use bailiwick_app::Settings;
use bailiwick_domain::ports::Clock;
use bailiwick_policy::FilePolicy;
use bailiwick_testkit::fixture::FixedClock;
use bailiwick_tests::{Actor, Answer, Site, Storage, on_every_storage, on_servers};
use serde_json::{Value, json};
use time::Duration;
use time::format_description::well_known::Rfc3339;

on_every_storage!(
    a_key_is_good_from_its_addresses_alone,
    a_refusal_does_not_say_what_was_wrong,
    addresses_are_changed_and_shown,
    what_is_no_network_is_refused_by_its_place,
    an_old_secret_is_good_as_long_as_is_said,
    what_ends_a_key_ends_both_its_secrets,
    an_overlap_has_its_bounds,
    the_end_of_a_key_is_changed,
    an_end_is_no_later_than_that_of_the_key_that_asks,
    who_holds_less_does_not_edit_a_key,
    the_use_of_either_secret_is_shown,
);

on_servers!(
    a_key_is_good_from_its_addresses_alone,
    addresses_are_changed_and_shown,
    an_old_secret_is_good_as_long_as_is_said,
    what_ends_a_key_ends_both_its_secrets,
    the_end_of_a_key_is_changed,
    the_use_of_either_secret_is_shown,
);

const WORLD: &str = "
organizations:
- name: north
  users: [{username: root}, {username: ada}, {username: mid}]
  projects: [{name: work, visibility: private}]
grants:
- {user: north/root, role: root, at: server}
- {user: north/ada, role: owner, at: north}
- {user: north/mid, role: manager, at: north}
";

/// From where requests come that are good.
const INSIDE: &str = "10.1.2.3";
const OUTSIDE: &str = "203.0.113.9";

struct Office {
    site: Site,
    clock: Arc<FixedClock>,
    root: Actor,
    north: String,
}

/// A key as it was made, and its secret.
struct Key {
    id: String,
    secret: String,
}

impl Office {
    async fn open(storage: Storage) -> Self {
        let clock = Arc::new(FixedClock::default());
        let policies = Arc::new(FilePolicy::built_in().unwrap());
        let site = Site::start_at(storage, policies, clock.clone(), Settings::default()).await;
        site.apply(WORLD).await;
        let root = site.user("north/root").await;
        let north = root.get("/organizations").await.ids().remove(0);
        Self { site, clock, root, north }
    }

    fn at(&self, minutes: i64) -> Value {
        json!((self.clock.now() + Duration::minutes(minutes)).format(&Rfc3339).unwrap())
    }

    fn pass(&self, minutes: i64) {
        self.clock.advance(Duration::minutes(minutes));
    }

    async fn make(&self, body: Value) -> Answer {
        self.root.post(&format!("/organizations/{}/api-keys", self.north), body).await
    }

    async fn key(&self, body: Value) -> Key {
        let made = self.make(body).await.is(201);
        Key { id: made.id(), secret: secret(&made) }
    }

    /// What a request by this key gets, and the same one again, by then remembered where there is memory.
    async fn ask(&self, key: &Key, secret: &str, from: &str) -> u16 {
        let actor = self.site.anon().api_key(&key.id, secret).with("x-forwarded-for", from);
        let first = actor.get("/projects").await.status.as_u16();
        assert_eq!(actor.get("/projects").await.status.as_u16(), first);
        assert_eq!(actor.get("/whoami").await.status.as_u16(), first);
        first
    }

    async fn is_good(&self, key: &Key, secret: &str) -> bool {
        match self.ask(key, secret, INSIDE).await {
            200 => true,
            401 => false,
            other => panic!("{other}"),
        }
    }

    async fn renew(&self, key: &Key, body: Value) -> String {
        secret(&self.root.post(&format!("{}/secret", key.path()), body).await.is(200))
    }

    async fn shown(&self, key: &Key) -> Value {
        self.root.get(&key.path()).await.is(200).body
    }
}

impl Key {
    fn path(&self) -> String {
        format!("/api-keys/{}", self.id)
    }
}

fn secret(answer: &Answer) -> String {
    answer.body["secret"].as_str().unwrap().to_owned()
}

#[track_caller]
fn guard(answer: Answer, guard: &str) {
    let answer = answer.is(403);
    assert_eq!(answer.body["guard"], guard, "{:#}", answer.body);
}

#[track_caller]
fn wrong(answer: Answer, pointer: &str) {
    let answer = answer.is(422);
    assert_eq!(answer.body["errors"][0]["pointer"], pointer, "{:#}", answer.body);
}

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
