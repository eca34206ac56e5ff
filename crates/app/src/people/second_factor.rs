//! The second factor of an account: switched on by a first code, switched off by password and code.

use bailiwick_domain::audit::Outcome;
use bailiwick_domain::ports::{PeopleLookup, PeopleRecord, Record, SecondFactor, Secret, Unit};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::attempts::prove_password;
use super::throttle::{self, Of};
use super::{News, tell};
use crate::accounts::{note, user};
use crate::cx::Cx;
use crate::error::AppError;

/// Whether the caller has a second factor that counts, and how many recovery codes are left.
///
/// # Errors
/// Storage.
pub async fn show_otp(cx: &Cx) -> Result<Option<usize>, AppError> {
    let (_, id) = user(cx)?;
    let factor = PeopleLookup::second_factor(&*cx.store, id).await?;
    Ok(factor.filter(|factor| factor.confirmed_at.is_some()).map(|factor| factor.recovery.len()))
}

/// The password, once more.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Enrolment {
    /// The password.
    #[cfg_attr(feature = "schema", schema(value_type = String, format = "password"))]
    pub current_password: Secret,
}

/// Makes a second factor, shown this once, which counts when a first code has confirmed it: its secret and the address
/// by which an authenticator app takes it over.
///
/// # Errors
/// The password is wrong; one is switched on already.
pub async fn enrol_otp(cx: &Cx, body: &Enrolment) -> Result<(Secret, Secret), AppError> {
    let (identity, id) = user(cx)?;
    prove_password(cx, id, &body.current_password).await?;
    let new = cx.app.auth.new_second_factor(&format!("{}/{}", identity.home_name, identity.name))?;
    cx.write(async |unit: &dyn Unit| {
        let there = PeopleLookup::second_factor(unit, id).await?;
        if there.is_some_and(|factor| factor.confirmed_at.is_some()) {
            return Err(AppError::State("a second factor is switched on already: switch it off first"));
        }
        PeopleRecord::set_second_factor(unit, id, Some(&new.factor)).await?;
        note(cx, unit, Some(identity), Outcome::Allowed, json!({ "second_factor": "offered" })).await
    })
    .await?;
    Ok((Secret::new(new.factor.secret.clone()), new.uri))
}

/// A first code.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Confirmation {
    /// A code of now.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub code: Secret,
}

/// Switches the second factor on, and ends all other sessions and tokens. Answers the recovery codes, shown this once.
///
/// # Errors
/// There is none to confirm; the code is wrong.
pub async fn confirm_otp(cx: &Cx, body: &Confirmation) -> Result<Vec<Secret>, AppError> {
    let (_, id) = user(cx)?;
    with_code(cx, id, &body.code, async |unit, mut factor| {
        if factor.confirmed_at.is_some() {
            return Err(AppError::State("the second factor is switched on already"));
        }
        factor.confirmed_at = Some(cx.gate.now());
        let codes = cx.app.auth.renew_recovery_codes(&mut factor);
        PeopleRecord::set_second_factor(unit, id, Some(&factor)).await?;
        changed(cx, unit, id, News::SecondFactorOn, json!({ "second_factor": "on" })).await?;
        Ok(codes)
    })
    .await
}

/// What switches a second factor off.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Removal {
    /// The password.
    #[cfg_attr(feature = "schema", schema(value_type = String, format = "password"))]
    pub current_password: Secret,
    /// A code of now that was not used before, or a recovery code.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub code: Secret,
}

/// Switches the second factor off, and ends all other sessions and tokens.
///
/// # Errors
/// There is none; password or code is wrong.
pub async fn disable_otp(cx: &Cx, body: &Removal) -> Result<(), AppError> {
    let (_, id) = user(cx)?;
    prove_password(cx, id, &body.current_password).await?;
    with_code(cx, id, &body.code, async |unit, _| {
        PeopleRecord::set_second_factor(unit, id, None).await?;
        changed(cx, unit, id, News::SecondFactorOff, json!({ "second_factor": "off" })).await
    })
    .await
}

/// Does something with the caller's factor, of which a code was taken. Wrong codes are counted.
async fn with_code<R>(
    cx: &Cx,
    id: Uuid,
    code: &Secret,
    then: impl AsyncFn(&dyn Unit, SecondFactor) -> Result<R, AppError>,
) -> Result<R, AppError> {
    let attempt = throttle::begin(cx, Of::OwnCode, &id.to_string(), "").await?;
    cx.write(async |unit: &dyn Unit| {
        let factor = PeopleLookup::second_factor(unit, id).await?;
        let Some(mut factor) = factor else {
            return Err(AppError::State("there is no second factor"));
        };
        if !cx.app.auth.take_code(&mut factor, code, cx.gate.now()) {
            return Err(AppError::invalid("/code", "a code of now that was not used before"));
        }
        attempt.refund(cx, unit).await?;
        then(unit, factor).await
    })
    .await
}

async fn changed(cx: &Cx, unit: &dyn Unit, id: Uuid, news: News, what: Value) -> Result<(), AppError> {
    Record::end_sessions_of(unit, id, cx.session.as_ref().map(|session| session.id)).await?;
    PeopleRecord::end_links_of(unit, id).await?;
    tell(cx, unit, id, news).await?;
    note(cx, unit, cx.identity.as_deref(), Outcome::Allowed, what).await
}
