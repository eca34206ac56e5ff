//! Times in bodies: RFC 3339, kept in UTC, within the years that every storage and every answer can write.

use serde::{Deserialize, Deserializer};
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

use crate::patch::nullable;

/// What a time looks like.
pub const RIGHT: &str = "a time as RFC 3339, of the years 1 to 9998: 2026-01-31T12:00:00Z";

/// The time that a text stands for, in UTC, to the microsecond.
pub fn parse(text: &str) -> Option<OffsetDateTime> {
    let at = OffsetDateTime::parse(text, &Rfc3339).ok()?.checked_to_offset(UtcOffset::UTC)?;
    let at = at.replace_microsecond(at.microsecond()).ok()?;
    (1..=9998).contains(&at.year()).then_some(at)
}

struct Instant(OffsetDateTime);

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        parse(&text).map(Self).ok_or_else(|| serde::de::Error::custom(format!("`{text}` is not {RIGHT}")))
    }
}

/// For `#[serde(default, deserialize_with = "instant::option")]`.
///
/// # Errors
/// What stands there is no such time.
pub fn option<'de, D: Deserializer<'de>>(from: D) -> Result<Option<OffsetDateTime>, D::Error> {
    Ok(Option::<Instant>::deserialize(from)?.map(|at| at.0))
}

/// For `#[serde(default, deserialize_with = "instant::patch")]`: absent is `None`, `null` is `Some(None)`.
///
/// # Errors
/// What stands there is no such time.
pub fn patch<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Option<OffsetDateTime>>, D::Error> {
    Ok(nullable::<D, Instant>(from)?.map(|at| at.map(|at| at.0)))
}
