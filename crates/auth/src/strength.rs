//! Which passwords are too easy to guess.

use bailiwick_domain::ports::{AuthError, Secret};

/// How many characters a password has at least.
const SHORTEST: usize = 8;
/// How many bytes a password has at most, so that nobody makes the server hash a book.
pub(crate) const LONGEST: usize = 512;

/// The most common passwords of eight characters and more, one a line, in lower case.
const COMMON: &str = include_str!("common_passwords.txt");

/// Whether a new password may be set. `context` are words that it must not be.
///
/// # Errors
/// Why not.
pub(crate) fn check(password: &Secret, context: &[&str]) -> Result<(), AuthError> {
    let password = password.reveal();
    if password.chars().count() < SHORTEST {
        return Err(AuthError::WeakPassword("a password has at least 8 characters"));
    }
    if password.len() > LONGEST {
        return Err(AuthError::WeakPassword("a password has at most 512 bytes"));
    }
    let lower = password.to_lowercase();
    let one_character = lower.chars().all(|char| lower.starts_with(char));
    if one_character || COMMON.lines().any(|common| common == lower) {
        return Err(AuthError::WeakPassword("this is one of the most common passwords"));
    }
    if context.iter().any(|word| word.to_lowercase() == lower) {
        return Err(AuthError::WeakPassword("a password is not a name that others know"));
    }
    Ok(())
}
