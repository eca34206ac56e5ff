//! Random secrets as text: `prefix`, for tokens the session's id, 256 random bits, for keys of client apps the app's id,
//! checksum.
//!
//! The prefix and the CRC-32 at the end let scanners tell a real one from what only looks like one, and let a typo
//! be refused before storage is asked.

use bailiwick_domain::ports::{NewSecret, Random, Secret};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::base62;

/// An API key's secret.
pub(crate) const API_KEY: &str = "bwk_";
/// An access token.
pub(crate) const ACCESS: &str = "bwa_";
/// A refresh token.
pub(crate) const REFRESH: &str = "bwr_";
/// A secret that serves once.
pub(crate) const ONE_TIME: &str = "bws_";

/// A node's secret.
pub(crate) const NODE: &str = "bwn_";
/// A node's token.
pub(crate) const NODE_TOKEN: &str = "bwt_";
/// A container's token.
pub(crate) const CONTAINER_TOKEN: &str = "bwc_";

/// A client app's key.
pub(crate) const APP_KEY: &str = "bwp_";

/// Digits of 256 bits.
const RANDOM: usize = 43;
/// Digits of an id.
const ID: usize = 22;
/// Digits of a CRC-32.
const CHECK: usize = 6;
/// How much of a secret is stored in clear, to tell secrets apart.
const SHOWN: usize = 12;

/// A new secret.
pub(crate) fn generate(prefix: &str, random: &dyn Random) -> NewSecret {
    let text = checked(format!("{prefix}{}", random_digits(random)));
    NewSecret { hash: hash(&text), prefix: text.chars().take(SHOWN).collect(), secret: Secret::new(text) }
}

/// A new token of a session.
pub(crate) fn generate_token(prefix: &str, session: Uuid, random: &dyn Random) -> Secret {
    let id = base62::encode(session.as_bytes(), ID);
    Secret::new(checked(format!("{prefix}{id}{}", random_digits(random))))
}

/// A new secret that tells whose it is: the id stands behind the random digits, so that what is shown of it tells one
/// from the next.
pub(crate) fn generate_for(prefix: &str, id: Uuid, random: &dyn Random) -> NewSecret {
    let whose = base62::encode(id.as_bytes(), ID);
    let text = checked(format!("{prefix}{}{whose}", random_digits(random)));
    NewSecret { hash: hash(&text), prefix: text.chars().take(SHOWN).collect(), secret: Secret::new(text) }
}

/// Whose a secret of [`generate_for`] is, if its form and checksum are good.
pub(crate) fn whose(prefix: &str, text: &str) -> Option<Uuid> {
    let body = body(prefix, text).filter(|body| body.len() == RANDOM + ID)?;
    base62::decode(body.get(RANDOM..)?).map(Uuid::from_bytes)
}

/// Whether a text is a secret with this prefix, by its form and checksum.
pub(crate) fn is_sound(prefix: &str, text: &str) -> bool {
    body(prefix, text).is_some_and(|body| body.len() == RANDOM)
}

/// The session of a token, if its form and checksum are good.
pub(crate) fn session_of(prefix: &str, token: &str) -> Option<Uuid> {
    let body = body(prefix, token).filter(|body| body.len() == ID + RANDOM)?;
    base62::decode(body.get(..ID)?).map(Uuid::from_bytes)
}

/// The id of the token of a node or container, if its form and checksum are good.
pub(crate) fn machine_of(token: &str) -> Option<Uuid> {
    [NODE_TOKEN, CONTAINER_TOKEN].into_iter().find_map(|prefix| session_of(prefix, token))
}

/// What stands between prefix and checksum, if the checksum is right.
fn body<'t>(prefix: &str, text: &'t str) -> Option<&'t str> {
    let body = text.strip_prefix(prefix)?;
    if !body.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let at = text.len().checked_sub(CHECK)?;
    (text.get(at..)? == checksum(text.get(..at)?)).then(|| text.get(prefix.len()..at))?
}

fn random_digits(random: &dyn Random) -> String {
    let mut bytes = [0; 32];
    random.fill(&mut bytes);
    base62::encode(&bytes, RANDOM)
}

fn checked(text: String) -> String {
    let checksum = checksum(&text);
    text + &checksum
}

fn checksum(text: &str) -> String {
    base62::encode(&crc32fast::hash(text.as_bytes()).to_be_bytes(), CHECK)
}

/// How a secret is stored: its SHA-256, hexadecimal. Fast is fine, as nobody guesses 256 random bits.
pub(crate) fn hash(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}

/// Whether a secret is the one that was stored, in a time that does not tell how much of it is right.
pub(crate) fn is(secret: &str, stored: &str) -> bool {
    is_hash(&hash(secret), stored)
}

/// Whether a hash is the one that was stored, in the same way.
pub(crate) fn is_hash(hash: &str, stored: &str) -> bool {
    hash.as_bytes().ct_eq(stored.as_bytes()).into()
}
