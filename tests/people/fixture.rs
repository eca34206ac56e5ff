//! A server with a clock that is moved by hand, and a postbox.

use std::sync::Arc;

use bailiwick_app::people::settings::People;
use bailiwick_testkit::fixture::FixedClock;
use bailiwick_tests::{Actor, Postbox, Site, Storage};
use serde_json::{Value, json};
use time::Duration;

pub const MATE: &str = "north/mate";
pub const PASSWORD: &str = "password of north/mate";
pub const ADDRESS: &str = "mate@north.example";

/// The world of most tests, with people who get letters.
pub struct Town {
    pub site: Site,
    pub clock: Arc<FixedClock>,
    pub post: Postbox,
}

impl Town {
    pub async fn of(storage: Storage) -> Self {
        Self::with(storage, bailiwick_tests::site::with_mail()).await
    }

    pub async fn with(storage: Storage, people: People) -> Self {
        let clock = Arc::new(FixedClock::default());
        let site = Site::start_for(storage, people, clock.clone()).await;
        site.apply(include_str!("../src/stage.yaml")).await;
        site.set_password(MATE, PASSWORD).await;
        Self { site, clock, post: Postbox::default() }
    }

    /// Carries all letters that are due.
    pub async fn carry(&self) {
        self.site.send_letters(&self.post).await;
    }

    /// Mate, signed in with a bearer token.
    pub async fn mate(&self) -> Actor {
        self.site.anon().with_tokens(MATE, PASSWORD).await
    }

    /// Somebody of the world proves an address, signed in.
    pub async fn prove(&self, actor: &Actor, password: &str, address: &str) {
        let body = json!({ "email": address, "current_password": password });
        actor.post("/auth/email", body).await.is(202);
        self.carry().await;
        let letters = self.post.empty();
        let letter = letters.iter().find(|letter| letter.to == address).unwrap();
        let body = json!({ "token": bailiwick_tests::post::token(&letter.body) });
        actor.post("/auth/email/prove", body).await.is(204);
        self.carry().await;
        self.post.empty();
    }

    /// Mate, with an address that counts.
    pub async fn proved_mate(&self) -> Actor {
        let mate = self.mate().await;
        self.prove(&mate, PASSWORD, ADDRESS).await;
        mate
    }

    /// Asks for a recovery letter, and takes the token out of it.
    pub async fn recovery(&self) -> String {
        self.site.anon().post("/auth/password/recover", json!({ "account": MATE })).await.is(202);
        self.carry().await;
        self.post.token(ADDRESS)
    }

    pub async fn signs_in(&self, user: &str, password: &str) -> u16 {
        let body = json!({ "username": user, "password": password });
        self.site.anon().post("/auth/tokens", body).await.status.as_u16()
    }

    pub fn pass(&self, time: Duration) {
        self.clock.advance(time);
    }
}

/// The audit events of a deed, as root reads them.
pub async fn told(root: &Actor, deed: &str) -> Vec<Value> {
    let all = root.all("/audit-events?limit=500").await;
    all.into_iter().filter(|event| event["deed"] == deed).collect()
}
