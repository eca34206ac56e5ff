//! Merge patch (RFC 7396): a field that is left out stays, `null` empties it.

use serde::{Deserialize, Deserializer};

/// For `#[serde(default, deserialize_with = "nullable")]` on an `Option<Option<T>>`: absent is `None`, `null` is
/// `Some(None)`.
///
/// # Errors
/// Those of `T`.
pub fn nullable<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    from: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(from).map(Some)
}

/// Refuses a number that is out of bounds.
pub(crate) fn within(
    pointer: &str,
    number: Option<i64>,
    bounds: std::ops::RangeInclusive<i64>,
) -> Result<(), crate::AppError> {
    if number.is_none_or(|number| bounds.contains(&number)) {
        return Ok(());
    }
    let (least, most) = bounds.into_inner();
    Err(crate::AppError::invalid(pointer, format!("a number from {least} to {most}")))
}
