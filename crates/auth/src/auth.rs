//! The adapter: everything of [`Authenticator`], each deed in a file of its own.

use std::sync::Arc;

use async_trait::async_trait;
use bailiwick_domain::ports::{
    AuthError, Authenticated, Authenticator, Credential, CredentialKey, Freshness, Known, Login, MachinePair,
    MachineToken, NewFactor, NewSecret, PasswordTurn, Presented, Proved, Random, SecondFactor, Secret,
    SignedIn, Store, TokenPair, Unit,
};
use bailiwick_domain::{Policy, PrincipalId};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::apps::AppKey;
use crate::authenticate::At;
use crate::config::{AuthConfig, BadConfig};
use crate::cookies::Cookies;
use crate::passwords::Passwords;
use crate::remembered::Memory;
use crate::{second_factor, secrets, strength};

/// Proves who asks, against a store.
pub struct Auth {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) config: AuthConfig,
    pub(crate) cookies: Cookies,
    pub(crate) passwords: Passwords,
    pub(crate) remembered: Memory,
}

impl Auth {
    /// Hashes one password, so it takes as long as a sign-in.
    ///
    /// # Errors
    /// The configuration can't be used.
    pub fn new(
        store: Arc<dyn Store>,
        random: Arc<dyn Random>,
        config: AuthConfig,
    ) -> Result<Self, BadConfig> {
        if config.cookie_keys.is_empty() {
            return Err(BadConfig::NoKey);
        }
        let passwords = Passwords::new(&config, random.clone())?;
        let cookies = Cookies::new(&config);
        Ok(Self { store, random, cookies, passwords, remembered: Memory::new(), config })
    }

    /// The name of the session cookie, for documents.
    pub const fn cookie_name(&self) -> &'static str {
        self.cookies.session_name()
    }
}

#[async_trait]
impl Authenticator for Auth {
    async fn authenticate(
        &self,
        presented: &Presented,
        policy: &Policy,
        now: OffsetDateTime,
        freshness: Freshness,
    ) -> Result<Authenticated, AuthError> {
        let key = AppKey::read(&presented.app_keys)?;
        self.caller(presented, At { policy, now, freshness, app_key: key.as_ref() }).await
    }

    async fn password_turn(&self, account: &str) -> Result<PasswordTurn, AuthError> {
        self.passwords.turn(account).await
    }

    async fn prove(
        &self,
        turn: &PasswordTurn,
        login: &Login,
        policy: &Policy,
        now: OffsetDateTime,
    ) -> Result<Proved, AuthError> {
        self.who(turn, login, policy, now).await
    }

    async fn sign_in(
        &self,
        unit: &dyn Unit,
        proved: &Proved,
        presented: &Presented,
        policy: &Policy,
        now: OffsetDateTime,
    ) -> Result<SignedIn, AuthError> {
        self.begin_session(unit, proved, presented, policy, now).await
    }

    fn forget_cookies(&self) -> Vec<String> {
        self.cookies.forget()
    }

    async fn issue_tokens(
        &self,
        unit: &dyn Unit,
        proved: &Proved,
        presented: &Presented,
        policy: &Policy,
        now: OffsetDateTime,
    ) -> Result<TokenPair, AuthError> {
        self.begin_family(unit, proved, presented, policy, now).await
    }

    async fn refresh_tokens(
        &self,
        refresh: &Secret,
        through: Option<Uuid>,
        policy: &Policy,
        now: OffsetDateTime,
    ) -> Result<TokenPair, AuthError> {
        self.next_pair(refresh, through, policy, now).await
    }

    async fn session_of_token(&self, token: &Secret) -> Result<Option<Uuid>, AuthError> {
        self.family_of(token).await
    }

    async fn verify_password(
        &self,
        turn: &PasswordTurn,
        user: Uuid,
        password: &Secret,
    ) -> Result<bool, AuthError> {
        let stored = match self.store.known(CredentialKey::User(user)).await? {
            Some(Known { credential: Credential::Password(hash), .. }) => hash,
            _ => None,
        };
        Ok(self.passwords.verify(turn, stored, password).await?.matches)
    }

    async fn hash_password(&self, password: &Secret, context: &[&str]) -> Result<String, AuthError> {
        strength::check(password, context)?;
        self.passwords.hash_new(password).await
    }

    async fn issue_node_token(
        &self,
        node: Uuid,
        secret: &Secret,
        policy: &Policy,
        now: OffsetDateTime,
    ) -> Result<MachinePair, AuthError> {
        self.node_token(node, secret, policy, now).await
    }

    fn new_container_token(&self, run: Uuid, now: OffsetDateTime) -> (Secret, MachineToken) {
        self.container_token(run, now)
    }

    async fn machine_of_token(&self, token: &Secret) -> Result<Option<PrincipalId>, AuthError> {
        Ok(self.machine_of(token).await?)
    }

    fn new_node_secret(&self) -> NewSecret {
        secrets::generate(secrets::NODE, &*self.random)
    }

    fn new_api_key_secret(&self) -> NewSecret {
        secrets::generate(secrets::API_KEY, &*self.random)
    }

    fn new_app_key(&self, id: Uuid) -> NewSecret {
        secrets::generate_for(secrets::APP_KEY, id, &*self.random)
    }

    fn new_one_time_secret(&self) -> NewSecret {
        secrets::generate(secrets::ONE_TIME, &*self.random)
    }

    fn new_second_factor(&self, account: &str) -> Result<NewFactor, AuthError> {
        second_factor::generate(account, &*self.random)
    }

    fn take_code(&self, factor: &mut SecondFactor, code: &Secret, now: OffsetDateTime) -> bool {
        second_factor::take(factor, code, now)
    }

    fn renew_recovery_codes(&self, factor: &mut SecondFactor) -> Vec<Secret> {
        second_factor::renew_recovery(factor, &*self.random)
    }

    fn hash_secret(&self, secret: &Secret) -> String {
        secrets::hash(secret.reveal())
    }
}
