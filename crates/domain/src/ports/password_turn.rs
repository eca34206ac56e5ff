//! Turns to have a password hashed: what keeps many who sign in at once from being worked for at once.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

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
