//! Credentials: who asks, and how that is proved. Adapters know no web framework: they take header values.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use time::OffsetDateTime;
use uuid::Uuid;

use super::identity::Identity;
use super::people::SecondFactor;
use super::presumption::Presumption;
use super::sign_in::{Login, PasswordTurn, Proved, SignedIn, TokenPair};
use super::store::{Store, StoreError, Unit};
use crate::caller::Caller;
use crate::kind::words;
use crate::policy::Policy;
use crate::principal::PrincipalId;

/// Text that no log line prints.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// The secret itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl<'de> serde::Deserialize<'de> for Secret {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(Self)
    }
}

words! {
    /// How a request proved who asks.
    Scheme {
        /// It did not.
        Anonymous = "anonymous",
        /// A session cookie.
        Cookie = "cookie",
        /// HTTP Basic with an API key.
        Basic = "basic",
        /// A bearer token.
        Bearer = "bearer",
    }
}

/// A cookie session, or a family of bearer tokens. Ending it ends all that hangs on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Which one.
    pub id: Uuid,
    /// Whose.
    pub user_id: Uuid,
    /// [`Scheme::Cookie`] or [`Scheme::Bearer`].
    pub scheme: Scheme,
    /// SHA-256 of the cookie's or access token's secret, hexadecimal.
    pub secret_hash: String,
    /// SHA-256 of the CSRF token; empty for bearer.
    pub csrf_hash: String,
    /// When it began.
    pub created_at: OffsetDateTime,
    /// When it was last used, to the minute.
    pub last_seen_at: OffsetDateTime,
    /// When the cookie falls idle, or the access token ends.
    pub idle_at: OffsetDateTime,
    /// When it ends whatever happens.
    pub expires_at: OffsetDateTime,
    /// The user agent that it was made by, for its owner to tell sessions apart.
    pub user_agent: String,
    /// The client app that it was issued for, and stays with.
    pub client_app_id: Option<Uuid>,
}

/// A refresh token: good once. A second use ends its session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshToken {
    /// SHA-256 of the token, hexadecimal.
    pub hash: String,
    /// The session that it renews.
    pub session_id: Uuid,
    /// Whether it was used.
    pub used: bool,
    /// Until when it may be used.
    pub expires_at: OffsetDateTime,
}

/// A bearer token of a node, or of a container for one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachineToken {
    /// Which one.
    pub id: Uuid,
    /// Whose: a node, or the container of the run with this id.
    pub principal: PrincipalId,
    /// SHA-256 of the token, hexadecimal.
    pub secret_hash: String,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When it ends whatever happens.
    pub expires_at: OffsetDateTime,
}

/// The credentials of a request, as its headers hold them.
#[derive(Debug, Clone, Default)]
pub struct Presented {
    /// Every `Authorization` header.
    pub authorization: Vec<String>,
    /// Every `Cookie` header.
    pub cookies: Vec<String>,
    /// Every header with the key of a client app.
    pub app_keys: Vec<String>,
    /// The CSRF token header.
    pub csrf: Option<String>,
    /// Whether the method changes anything, so that a cookie needs the CSRF token.
    pub changes: bool,
    /// The user agent.
    pub user_agent: String,
    /// The network address that it came from, as far as slowing guesses goes; empty where there is none.
    pub address: String,
    /// The same address in full; absent where it is not known.
    pub from: Option<IpAddr>,
}

/// What a request goes by until storage has confirmed it.
#[derive(Clone)]
pub struct Presumed {
    /// What is to be confirmed.
    pub presumption: Arc<Presumption>,
    /// Storage that confirms it with the first read, and commits nothing before.
    pub store: Arc<dyn Store>,
}

impl Presumed {
    /// `None` where storage keeps no stamps.
    pub fn by(store: &dyn Store, presumption: Presumption) -> Option<Self> {
        let presumption = Arc::new(presumption);
        let store = store.presuming(Arc::clone(&presumption))?;
        Some(Self { presumption, store })
    }
}

impl fmt::Debug for Presumed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.presumption.fmt(f)
    }
}

/// Whether a principal that is remembered may be taken as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// It may, where storage confirms that with the request's first read.
    Presumed,
    /// It is read for this request.
    Read,
}

/// Who asks.
#[derive(Debug)]
pub struct Authenticated {
    /// The caller; anonymous when there are no credentials.
    pub caller: Arc<Caller>,
    /// The principal's own data; absent for anonymous.
    pub identity: Option<Arc<Identity>>,
    /// By which scheme.
    pub scheme: Scheme,
    /// The session that it belongs to.
    pub session: Option<Session>,
    /// `Set-Cookie` values to send with the answer (a cookie signed with an old key is signed anew).
    pub set_cookies: Vec<String>,
    /// What is taken for granted of the caller or of the policy, so that all that follows is done by this storage;
    /// absent where nothing is.
    pub presumed: Option<Presumed>,
    /// The stamp of rights that the principal was read at; absent for anonymous, and where storage keeps none.
    pub rights: Option<i64>,
}

impl Authenticated {
    /// Nobody in particular, and nothing presumed.
    pub fn anonymous() -> Self {
        Self {
            caller: Arc::new(Caller::anonymous()),
            identity: None,
            scheme: Scheme::Anonymous,
            session: None,
            set_cookies: Vec::new(),
            presumed: None,
            rights: None,
        }
    }
}

/// Why credentials were refused.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// Credentials of more than one scheme, or one scheme twice.
    #[error("a request carries credentials of one scheme, once")]
    Several,
    /// Wrong, expired, revoked, altered or malformed: all look the same.
    #[error("the credentials are not good")]
    NotGood,
    /// The password is right, and a code of the second factor is missing or wrong.
    #[error("a code of the second factor is needed")]
    SecondFactor,
    /// The key of a client app is wrong, or is of another app than the credentials.
    #[error("the app key is not good, or is of another app than the credentials")]
    App,
    /// A cookie came without its CSRF token on a method that changes something.
    #[error("the CSRF token is missing or wrong")]
    Csrf,
    /// Too many password checks wait already, or this one has waited for too long.
    #[error("too many sign-ins at once")]
    Busy,
    /// A new password is too short, too long or too common. Says which.
    #[error("{0}")]
    WeakPassword(&'static str),
    /// Storage.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A new token of a node.
#[derive(Debug)]
pub struct MachinePair {
    /// Whose.
    pub identity: Identity,
    /// The token.
    pub token: Secret,
    /// What is stored of it.
    pub stored: MachineToken,
}

/// A new random secret: shown once, stored hashed.
#[derive(Debug, Clone)]
pub struct NewSecret {
    /// The secret.
    pub secret: Secret,
    /// SHA-256 of it, hexadecimal.
    pub hash: String,
    /// Its first characters, to tell secrets apart.
    pub prefix: String,
}

/// A second factor that was just made: shown this once.
#[derive(Debug)]
pub struct NewFactor {
    /// What to store.
    pub factor: SecondFactor,
    /// The address by which an authenticator app takes it over; it holds the secret.
    pub uri: Secret,
}

/// Proving who asks.
#[async_trait]
pub trait Authenticator: Send + Sync {
    /// The caller of a request. One query; none for anonymous and for who is remembered.
    ///
    /// # Errors
    /// Credentials that are not good; [`StoreError::Outdated`] when another policy is in force; storage.
    async fn authenticate(
        &self,
        presented: &Presented,
        policy: &Policy,
        now: OffsetDateTime,
        freshness: Freshness,
    ) -> Result<Authenticated, AuthError>;
    /// Waits for a turn to have a password hashed, for an account by a name or an id.
    ///
    /// # Errors
    /// [`AuthError::Busy`]: too many wait already, or of this account; or this one has waited for too long.
    async fn password_turn(&self, account: &str) -> Result<PasswordTurn, AuthError>;
    /// Whose name and password these are. What is wrong with them can't be told from the error, nor from the time.
    ///
    /// # Errors
    /// [`AuthError::NotGood`]; storage.
    async fn prove(
        &self,
        turn: &PasswordTurn,
        login: &Login,
        policy: &Policy,
        now: OffsetDateTime,
    ) -> Result<Proved, AuthError>;
    /// Begins a cookie session, and ends the one that the request came with. Takes the code of the second factor.
    ///
    /// # Errors
    /// Nothing is written then: [`AuthError::SecondFactor`]; [`AuthError::NotGood`] or [`AuthError::App`], when who was
    /// proved or the app may not sign in any more; [`StoreError::Stale`], when the password is to be proved once more, for its
    /// hash is another; storage.
    async fn sign_in(
        &self,
        unit: &dyn Unit,
        proved: &Proved,
        presented: &Presented,
        policy: &Policy,
        now: OffsetDateTime,
    ) -> Result<SignedIn, AuthError>;
    /// `Set-Cookie` values that make a browser forget its session.
    fn forget_cookies(&self) -> Vec<String>;
    /// A bearer pair for a user. Takes the code of the second factor.
    ///
    /// # Errors
    /// As [`Self::sign_in`].
    async fn issue_tokens(
        &self,
        unit: &dyn Unit,
        proved: &Proved,
        presented: &Presented,
        policy: &Policy,
        now: OffsetDateTime,
    ) -> Result<TokenPair, AuthError>;
    /// The next pair, of the same client app; `through` is the one that has proved itself in this request, which must be
    /// that one. A refresh token that was used before ends its session.
    async fn refresh_tokens(
        &self,
        refresh: &Secret,
        through: Option<Uuid>,
        policy: &Policy,
        now: OffsetDateTime,
    ) -> Result<TokenPair, AuthError>;
    /// The session that an access or refresh token belongs to, to end it.
    async fn session_of_token(&self, token: &Secret) -> Result<Option<Uuid>, AuthError>;
    /// Whether this is the user's password.
    async fn verify_password(
        &self,
        turn: &PasswordTurn,
        user: Uuid,
        password: &Secret,
    ) -> Result<bool, AuthError>;
    /// The hash of a new password, if it is strong enough. Waits for a turn. `context` are words that it must not be.
    async fn hash_password(&self, password: &Secret, context: &[&str]) -> Result<String, AuthError>;
    /// A token for a node that proves itself by its secret.
    async fn issue_node_token(
        &self,
        node: Uuid,
        secret: &Secret,
        policy: &Policy,
        now: OffsetDateTime,
    ) -> Result<MachinePair, AuthError>;
    /// A token for the container of a run, to be stored with what allows it.
    fn new_container_token(&self, run: Uuid, now: OffsetDateTime) -> (Secret, MachineToken);
    /// The node or container whose token this is, to end it.
    async fn machine_of_token(&self, token: &Secret) -> Result<Option<PrincipalId>, AuthError>;
    /// A new secret for a node.
    fn new_node_secret(&self) -> NewSecret;
    /// A new secret for an API key.
    fn new_api_key_secret(&self) -> NewSecret;
    /// A new key for the client app of this id.
    fn new_app_key(&self, id: Uuid) -> NewSecret;
    /// A new one-time secret, such as the bootstrap secret.
    fn new_one_time_secret(&self) -> NewSecret;
    /// A new second factor for an account of this name, not confirmed yet.
    fn new_second_factor(&self, account: &str) -> Result<NewFactor, AuthError>;
    /// Whether a code is good now; what was good is used up in `factor`, which is to be stored.
    fn take_code(&self, factor: &mut SecondFactor, code: &Secret, now: OffsetDateTime) -> bool;
    /// New recovery codes in place of those that there were.
    fn renew_recovery_codes(&self, factor: &mut SecondFactor) -> Vec<Secret>;
    /// The stored form of a secret.
    fn hash_secret(&self, secret: &Secret) -> String;
}
