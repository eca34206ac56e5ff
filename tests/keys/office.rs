//! Where these tests play: an organization, and keys that root makes in it.

use std::sync::Arc;

use bailiwick_app::Settings;
use bailiwick_domain::ports::Clock;
use bailiwick_policy::FilePolicy;
use bailiwick_testkit::fixture::FixedClock;
use bailiwick_tests::{Actor, Answer, Site, Storage};
use serde_json::{Value, json};
use time::Duration;
use time::format_description::well_known::Rfc3339;

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

/// An address in the networks that keys are bound to here, and one outside of them.
pub const INSIDE: &str = "10.1.2.3";
pub const OUTSIDE: &str = "203.0.113.9";

/// A server whose clock stands, with root signed in.
pub struct Office {
    pub site: Site,
    pub clock: Arc<FixedClock>,
    pub root: Actor,
    pub north: String,
}

/// A key as it was made, and its secret.
pub struct Key {
    pub id: String,
    pub secret: String,
}

impl Office {
    pub async fn open(storage: Storage) -> Self {
        let clock = Arc::new(FixedClock::default());
        let policies = Arc::new(FilePolicy::built_in().unwrap());
        let site = Site::start_at(storage, policies, clock.clone(), Settings::default()).await;
        site.apply(WORLD).await;
        let root = site.user("north/root").await;
        let north = root.get("/organizations").await.ids().remove(0);
        Self { site, clock, root, north }
    }

    pub fn at(&self, minutes: i64) -> Value {
        json!((self.clock.now() + Duration::minutes(minutes)).format(&Rfc3339).unwrap())
    }

    pub fn pass(&self, minutes: i64) {
        self.clock.advance(Duration::minutes(minutes));
    }

    pub async fn make(&self, body: Value) -> Answer {
        self.root.post(&format!("/organizations/{}/api-keys", self.north), body).await
    }

    pub async fn key(&self, body: Value) -> Key {
        let made = self.make(body).await.is(201);
        Key { id: made.id(), secret: secret(&made) }
    }

    /// What a request by this key gets, and the same one again, by then remembered where there is memory.
    pub async fn ask(&self, key: &Key, secret: &str, from: &str) -> u16 {
        let actor = self.site.anon().api_key(&key.id, secret).with("x-forwarded-for", from);
        let first = actor.get("/projects").await.status.as_u16();
        assert_eq!(actor.get("/projects").await.status.as_u16(), first);
        assert_eq!(actor.get("/whoami").await.status.as_u16(), first);
        first
    }

    pub async fn is_good(&self, key: &Key, secret: &str) -> bool {
        match self.ask(key, secret, INSIDE).await {
            200 => true,
            401 => false,
            other => panic!("{other}"),
        }
    }

    pub async fn renew(&self, key: &Key, body: Value) -> String {
        secret(&self.root.post(&format!("{}/secret", key.path()), body).await.is(200))
    }

    pub async fn shown(&self, key: &Key) -> Value {
        self.root.get(&key.path()).await.is(200).body
    }
}

impl Key {
    pub fn path(&self) -> String {
        format!("/api-keys/{}", self.id)
    }
}

pub fn secret(answer: &Answer) -> String {
    answer.body["secret"].as_str().unwrap().to_owned()
}

#[track_caller]
pub fn guard(answer: Answer, guard: &str) {
    let answer = answer.is(403);
    assert_eq!(answer.body["guard"], guard, "{:#}", answer.body);
}

#[track_caller]
pub fn wrong(answer: Answer, pointer: &str) {
    let answer = answer.is(422);
    assert_eq!(answer.body["errors"][0]["pointer"], pointer, "{:#}", answer.body);
}
