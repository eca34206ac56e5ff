//! Who asks, and how that is proved: cookie sessions, HTTP Basic for API keys, bearer tokens, passwords, CSRF.
//!
//! The crate knows no web framework. It takes header values ([`Presented`]) and gives back `Set-Cookie` values.
//! Secrets are random, shown once and stored as SHA-256; passwords are stored as argon2id. Credentials that are
//! wrong, unknown, expired, revoked, altered or malformed all get the same answer.
//!
//! [`Presented`]: bailiwick_domain::ports::Presented

mod apps;
mod auth;
mod authenticate;
mod base62;
mod config;
mod cookies;
mod credentials;
mod machines;
mod passwords;
mod places;
mod remembered;
mod second_factor;
mod secrets;
mod sign_in;
mod strength;
mod system;
mod tokens;

pub use auth::Auth;
pub use config::{AuthConfig, BadConfig, CookieKey, PasswordCost};
pub use system::{SystemClock, SystemRandom};

#[cfg(test)]
mod tests;
