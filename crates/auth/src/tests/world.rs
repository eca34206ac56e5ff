//! A small world: two organizations with one person each, and a key that one of them made.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bailiwick_domain::entities::{Addresses, ApiKey, Organization, Standing, User};
use bailiwick_domain::guards::{self, Concern};
use bailiwick_domain::ports::{
    AuthError, Authenticated, Authenticator, CredentialKey, Freshness, Login, Presented, Proved, Random,
    Read, Secret, SignedIn, Store, TokenPair,
};
use bailiwick_domain::{Caller, Edit, Gate, Policy, PrincipalId};
use bailiwick_memory::MemoryStore;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};
use uuid::{Builder, Uuid};

use crate::{Auth, AuthConfig, CookieKey, PasswordCost};

/// When everything begins.
pub(super) const NOW: OffsetDateTime = datetime!(2026-11-01 12:00 UTC);
pub(super) const PASSWORD: &str = "correct horse";

/// Bytes that differ each time, and are the same in each run.
#[derive(Default)]
pub(super) struct Counted(AtomicU64);

impl Random for Counted {
    fn id(&self, now: OffsetDateTime) -> Uuid {
        let mut bytes = [0; 10];
        self.fill(&mut bytes);
        Builder::from_unix_timestamp_millis(u64::try_from(now.unix_timestamp()).unwrap() * 1000, &bytes)
            .into_uuid()
    }

    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            let count = self.0.fetch_add(1, Ordering::Relaxed);
            *byte = (count.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u8;
        }
    }
}

pub(super) fn key(byte: u8) -> CookieKey {
    CookieKey::from_bytes(&[byte; 32]).unwrap()
}

/// Passwords that cost nothing, cookies over TLS.
pub(super) fn config() -> AuthConfig {
    let mut config = AuthConfig::new(key(1));
    config.password_cost = PasswordCost { memory: 8, passes: 1, lanes: 1 };
    config
}

pub(super) struct World {
    pub store: Arc<dyn Store>,
    pub random: Arc<Counted>,
    pub auth: Auth,
    pub policy: Arc<Policy>,
    pub ada: Uuid,
    pub bob: Uuid,
    /// A key that Ada made, and its secret.
    pub key: Uuid,
    pub secret: Secret,
}

impl World {
    pub(super) async fn new() -> Self {
        Self::with(config()).await
    }

    pub(super) async fn with(config: AuthConfig) -> Self {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let random = Arc::new(Counted::default());
        let auth = Auth::new(store.clone(), random.clone(), config).unwrap();
        let nobody = Uuid::nil();
        let mut world = Self {
            store,
            random,
            auth,
            policy: Arc::new(Policy::default()),
            ada: nobody,
            bob: nobody,
            key: nobody,
            secret: Secret::new(""),
        };
        world.ada = world.add_person("north", "ada").await;
        world.bob = world.add_person("south", "bob").await;
        let hash = world.auth.hash_password(&Secret::new(PASSWORD), &[]).await.unwrap();
        let unit = world.store.begin().await.unwrap();
        unit.set_password(world.ada, &hash).await.unwrap();
        unit.commit().await.unwrap();
        (world.key, world.secret) = world.add_key(None).await;
        world
    }

    /// The same world, seen by a server with another configuration.
    pub(super) fn restarted(&self, config: AuthConfig) -> Auth {
        Auth::new(self.store.clone(), self.random.clone(), config).unwrap()
    }

    fn gate(&self) -> Gate {
        Gate::new(self.policy.clone(), NOW)
    }

    async fn add_person(&self, home: &str, name: &str) -> Uuid {
        let (gate, operator) = (self.gate(), Caller::operator());
        let unit = self.store.begin().await.unwrap();
        let data = Organization { name: home.to_owned(), status: Standing::Active, public_key: None };
        let permit = gate.create_at_server::<Organization>(&operator).unwrap();
        let organization = permit.make(self.random.id(NOW), NOW, data);
        unit.add(&organization).await.unwrap();
        let sealed = Read::<Organization>::find(&*unit, organization.object().id).await.unwrap();
        let permit = gate.create::<User, Organization>(&operator, sealed).unwrap();
        let data = User {
            username: name.to_owned(),
            email: None,
            email_verified_at: None,
            status: Standing::Active,
        };
        let user = guards::make_user(&gate, permit, self.random.id(NOW), data);
        unit.add(&user).await.unwrap();
        unit.commit().await.unwrap();
        user.object().id
    }

    /// A change of a key of Ada's, as one server stores it that another one does not hear of.
    pub(super) async fn change_key(&self, key: Uuid, change: impl FnOnce(&mut ApiKey)) {
        let (gate, operator) = (self.gate(), Caller::operator());
        let identity = self.store.known(CredentialKey::ApiKey(key)).await.unwrap().unwrap().identity;
        let unit = self.store.begin().await.unwrap();
        let sealed = Read::<ApiKey>::find(&*unit, key).await.unwrap();
        let granted = gate.open::<Edit, ApiKey>(&operator, sealed).unwrap();
        let changed = guards::change_api_key(&gate, granted, &identity.standing(), Concern::Edit, change);
        unit.save(&changed.unwrap()).await.unwrap();
        unit.commit().await.unwrap();
    }

    /// A new secret for a key, and how long the old one lasts.
    pub(super) async fn renew(&self, key: Uuid, until: Option<OffsetDateTime>) -> Secret {
        let new = self.auth.new_api_key_secret();
        self.change_key(key, |key| key.renew(&new.hash, &new.prefix, until)).await;
        new.secret
    }

    /// A key of Ada's.
    pub(super) async fn add_key(&self, expires_at: Option<OffsetDateTime>) -> (Uuid, Secret) {
        let gate = self.gate();
        let identity = self.store.known(CredentialKey::User(self.ada)).await.unwrap().unwrap().identity;
        let mut maker = Caller::new(PrincipalId::user(self.ada), identity.home().unwrap());
        maker.grants = Caller::operator().grants;
        let unit = self.store.begin().await.unwrap();
        let sealed = Read::<Organization>::find(&*unit, identity.home().unwrap()).await.unwrap();
        let permit = gate.create::<ApiKey, Organization>(&maker, sealed).unwrap();
        let new = self.auth.new_api_key_secret();
        let id = self.random.id(NOW);
        let data = ApiKey {
            name: id.to_string(),
            status: Standing::Active,
            prefix: new.prefix,
            secret_hash: new.hash,
            old_secret: None,
            addresses: Addresses::EVERYWHERE,
            client_app_id: None,
            expires_at,
            last_used_at: None,
        };
        unit.add(&guards::make_api_key(&gate, permit, None, id, data).unwrap()).await.unwrap();
        unit.commit().await.unwrap();
        (id, new.secret)
    }

    pub(super) async fn suspend_ada(&self) {
        let (gate, operator) = (self.gate(), Caller::operator());
        let standing =
            self.store.known(CredentialKey::User(self.ada)).await.unwrap().unwrap().identity.standing();
        let unit = self.store.begin().await.unwrap();
        let sealed = Read::<User>::find(&*unit, self.ada).await.unwrap();
        let granted = gate.open::<Edit, User>(&operator, sealed).unwrap();
        let changed = guards::change_user(&gate, granted, &standing, Concern::Standing, |user| {
            user.status = Standing::Suspended;
        });
        unit.save(&changed.unwrap()).await.unwrap();
        unit.commit().await.unwrap();
    }

    pub(super) async fn end(&self, session: Uuid) {
        let unit = self.store.begin().await.unwrap();
        unit.end_session(session).await.unwrap();
        unit.commit().await.unwrap();
    }

    pub(super) async fn authenticate(
        &self,
        presented: &Presented,
        now: OffsetDateTime,
    ) -> Result<Authenticated, AuthError> {
        self.auth.authenticate(presented, &self.policy, now, Freshness::Presumed).await
    }

    pub(super) async fn sign_in(&self, presented: &Presented) -> SignedIn {
        self.try_sign_in(&self.auth, &login("north/ada", PASSWORD), presented).await.unwrap()
    }

    pub(super) async fn try_sign_in(
        &self,
        auth: &Auth,
        login: &Login,
        presented: &Presented,
    ) -> Result<SignedIn, AuthError> {
        let (proved, unit) = (self.prove(auth, login).await?, self.store.begin().await?);
        let signed_in = auth.sign_in(&*unit, &proved, presented, &self.policy, NOW).await?;
        unit.commit().await?;
        Ok(signed_in)
    }

    pub(super) async fn tokens(&self) -> TokenPair {
        self.try_tokens(&self.auth, &login("north/ada", PASSWORD)).await.unwrap()
    }

    pub(super) async fn try_tokens(&self, auth: &Auth, login: &Login) -> Result<TokenPair, AuthError> {
        let (proved, unit) = (self.prove(auth, login).await?, self.store.begin().await?);
        let pair = auth.issue_tokens(&*unit, &proved, &Presented::default(), &self.policy, NOW).await?;
        unit.commit().await?;
        Ok(pair)
    }

    async fn prove(&self, auth: &Auth, login: &Login) -> Result<Proved, AuthError> {
        auth.prove(&auth.password_turn(&login.username).await?, login, &self.policy, NOW).await
    }

    pub(super) async fn refresh(&self, token: &Secret, now: OffsetDateTime) -> Result<TokenPair, AuthError> {
        self.auth.refresh_tokens(token, None, &self.policy, now).await
    }

    /// Whether these credentials are Ada's, or good for nothing. Everything else fails the test.
    pub(super) async fn is_ada(&self, presented: &Presented, now: OffsetDateTime) -> bool {
        match self.authenticate(presented, now).await {
            Ok(who) => {
                assert_eq!(who.caller.principal, Some(PrincipalId::user(self.ada)));
                assert_eq!(who.identity.unwrap().principal, PrincipalId::user(self.ada));
                true
            }
            Err(AuthError::NotGood) => false,
            Err(other) => panic!("{other:?}"),
        }
    }
}

pub(super) fn login(username: &str, password: &str) -> Login {
    Login { username: username.to_owned(), password: Secret::new(password), otp: None, client_app: None }
}

/// What a browser sends after it got these `Set-Cookie` values.
pub(super) fn browser(set_cookies: &[String]) -> Presented {
    let pairs: Vec<&str> = set_cookies.iter().map(|cookie| cookie.split(';').next().unwrap()).collect();
    Presented { cookies: vec![pairs.join("; ")], ..Presented::default() }
}

pub(super) fn bearer(token: &Secret) -> Presented {
    authorization(format!("Bearer {}", token.reveal()))
}

pub(super) fn authorization(header: impl Into<String>) -> Presented {
    Presented { authorization: vec![header.into()], ..Presented::default() }
}

/// A text with one character replaced by another that could stand there.
pub(super) fn altered(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    for (at, char) in text.char_indices() {
        for bit in 0..7 {
            let other = (u8::try_from(char).unwrap() ^ (1 << bit)) as char;
            if other.is_ascii_graphic() && !matches!(other, ';' | ',' | '"') {
                let mut text = text.to_owned();
                text.replace_range(at..=at, &other.to_string());
                all.push(text);
            }
        }
    }
    all
}

pub(super) const fn seconds(count: i64) -> Duration {
    Duration::seconds(count)
}
