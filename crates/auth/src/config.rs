//! What an operator may choose.

use std::fmt;

use argon2::Params;
use cookie::Key;
use time::Duration;

/// Why a configuration can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadConfig {
    /// A cookie key that can be guessed.
    #[error("a cookie key has at least {shortest} random bytes; this one has {found}", shortest = CookieKey::SHORTEST)]
    ShortKey {
        /// How many it has.
        found: usize,
    },
    /// Nothing to sign cookies with.
    #[error("there is no cookie key")]
    NoKey,
    /// Costs that argon2 does not take.
    #[error("passwords can't be hashed with these costs: {0}")]
    PasswordCost(String),
    /// Nothing could ever be hashed, or there would be threads without end.
    #[error("from 1 to {most} passwords are hashed at a time, not {found}", most = AuthConfig::MOST_HASHING)]
    Hashing {
        /// How many it would be.
        found: usize,
    },
    /// The threads that hash could not be started.
    #[error("the threads that hash passwords can't be started: {0}")]
    Threads(String),
}

/// A key that cookies are signed with.
#[derive(Clone)]
pub struct CookieKey(Key);

impl CookieKey {
    /// How many bytes a key has at least.
    pub const SHORTEST: usize = 32;

    /// The key that these random bytes make.
    ///
    /// # Errors
    /// There are fewer than [`Self::SHORTEST`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BadConfig> {
        if bytes.len() < Self::SHORTEST {
            return Err(BadConfig::ShortKey { found: bytes.len() });
        }
        Ok(Self(Key::derive_from(bytes)))
    }

    pub(crate) const fn key(&self) -> &Key {
        &self.0
    }
}

impl fmt::Debug for CookieKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// What one argon2id hash costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordCost {
    /// KiB of memory.
    pub memory: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Default for PasswordCost {
    /// What OWASP recommends: 19 MiB, 2 passes, 1 lane.
    fn default() -> Self {
        Self { memory: Params::DEFAULT_M_COST, passes: Params::DEFAULT_T_COST, lanes: Params::DEFAULT_P_COST }
    }
}

impl PasswordCost {
    pub(crate) fn params(self) -> Result<Params, BadConfig> {
        Params::new(self.memory, self.passes, self.lanes, None)
            .map_err(|error| BadConfig::PasswordCost(error.to_string()))
    }
}

/// What an operator may choose.
#[derive(Debug, Clone)]
pub struct AuthConfig {
    /// Whether browsers reach the server over TLS: cookies are then `Secure` and named `__Host-`.
    pub secure: bool,
    /// The first signs cookies; all are accepted. A new key goes in front, an old one stays until its cookies ended.
    pub cookie_keys: Vec<CookieKey>,
    /// How long a cookie session lasts without being used.
    pub idle: Duration,
    /// How long a cookie session lasts at most.
    pub absolute: Duration,
    /// How long an access token lasts.
    pub access: Duration,
    /// How long a refresh token lasts.
    pub refresh: Duration,
    /// How long a family of bearer tokens lasts at most.
    pub family: Duration,
    /// What a password hash costs.
    pub password_cost: PasswordCost,
    /// How many passwords are hashed at once, from 1 to [`Self::MOST_HASHING`]; each takes a thread and [`PasswordCost::memory`].
    pub hashing: usize,
    /// How many more may wait for it before sign-ins are refused as too many.
    pub waiting: usize,
    /// How long one waits for its turn at most, and as long again for the hash.
    pub wait: std::time::Duration,
}

impl AuthConfig {
    /// How many passwords are hashed at once at most.
    pub const MOST_HASHING: usize = 1_024;

    /// The defaults, with this key to sign cookies.
    pub fn new(cookie_key: CookieKey) -> Self {
        Self {
            secure: true,
            cookie_keys: vec![cookie_key],
            idle: Duration::hours(12),
            absolute: Duration::days(14),
            access: Duration::minutes(15),
            refresh: Duration::days(30),
            family: Duration::days(90),
            password_cost: PasswordCost::default(),
            hashing: 2,
            waiting: 64,
            wait: std::time::Duration::from_secs(30),
        }
    }
}
