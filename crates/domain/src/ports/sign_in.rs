//! Signing in with a password: a turn to have it hashed, which keeps many who come at once from being worked for at once; who
//! has given the right one; and the session that begins.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use uuid::Uuid;

use super::auth::{Secret, Session};
use super::identity::Identity;

/// A turn to have a password hashed. A few have one at a time; it ends when everything that holds it is gone.
///
/// Who signs in takes it before anything is written for it: many who come at once then wait for a hash, and not each for
/// a unit of work first, which others would wait behind.
#[derive(Clone)]
pub struct PasswordTurn(
    #[expect(dead_code, reason = "it is held, not looked at")] Arc<dyn Any + Send + Sync>,
);

impl PasswordTurn {
    /// A turn that ends when this is dropped.
    pub fn held(by: impl Any + Send + Sync) -> Self {
        Self(Arc::new(by))
    }
}

impl fmt::Debug for PasswordTurn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordTurn").finish_non_exhaustive()
    }
}

/// What a person signs in with.
#[derive(Debug, Clone)]
pub struct Login {
    /// `organization/username`.
    pub username: String,
    /// The password.
    pub password: Secret,
    /// A code of the second factor, or a recovery code, where the account has one.
    pub otp: Option<Secret>,
    /// The client app that they sign in through, which has proved itself by its key.
    pub client_app: Option<Uuid>,
}

/// Who has given the right password, and is not signed in yet: hashing takes its time, and what was so before it must be
/// so still when a session begins.
#[derive(Debug, Clone)]
pub struct Proved {
    /// Whose password it is.
    pub identity: Identity,
    /// What they signed in with.
    pub login: Login,
    /// The stored hash that the password was found to fit.
    pub verified: Option<String>,
    /// The password's hash at today's cost, where it was stored at a lower one.
    pub rehashed: Option<String>,
}

/// A new cookie session.
#[derive(Debug)]
pub struct SignedIn {
    /// Whose.
    pub identity: Identity,
    /// The session.
    pub session: Session,
    /// The token that methods that change something must carry.
    pub csrf: Secret,
    /// `Set-Cookie` values.
    pub set_cookies: Vec<String>,
}

/// A new bearer pair.
#[derive(Debug)]
pub struct TokenPair {
    /// Whose.
    pub identity: Identity,
    /// The session that both belong to.
    pub session: Session,
    /// Short-lived.
    pub access: Secret,
    /// Good once, for the next pair.
    pub refresh: Secret,
}
