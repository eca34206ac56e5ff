//! Addresses: one counts when it has been proved from there.

use bailiwick_domain::entities::{Email, User};
use bailiwick_domain::gate::Edit;
use bailiwick_domain::guards::{self, Concern};
use bailiwick_domain::ports::{AuthError, LinkPurpose, PeopleRecord, Read, Record, Secret, Unit};
use bailiwick_domain::principal::PrincipalId;
use serde::Deserialize;

use super::attempts::prove_password;
use super::letters::{self, What};
use super::{News, links, tell_at};
use crate::accounts::user;
use crate::cx::Cx;
use crate::edit::store;
use crate::error::AppError;
use crate::users::standing;

/// An address to be proved.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AddressChange {
    /// Where letters are to go.
    pub email: Email,
    /// The password.
    #[cfg_attr(feature = "schema", schema(value_type = String, format = "password"))]
    pub current_password: Secret,
}

/// Has a link mailed to an address. The account keeps the old one until the new one is proved.
///
/// # Errors
/// The password is wrong; the server sends no mail.
pub async fn change_email(cx: &Cx, body: &AddressChange) -> Result<(), AppError> {
    letters::must_be_sent(cx)?;
    let (_, id) = user(cx)?;
    prove_password(cx, id, &body.current_password).await?;
    let what = What::Prove { user: id, address: body.email.clone().into_string() };
    cx.write(async |unit: &dyn Unit| letters::post(cx, unit, &what).await).await
}

/// The token of a mailed link.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// The token.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub token: Secret,
}

/// Gives the caller the address that the link was mailed to, proved; ends all other sessions and tokens, and tells the
/// address that counted before. Signed in: whoever merely reads mail at an address that was mistyped proves nothing.
///
/// # Errors
/// The link is not good, no longer, or another's.
pub async fn prove_email(cx: &Cx, body: &Proof) -> Result<(), AppError> {
    let (_, id) = user(cx)?;
    let me = PrincipalId::user(id);
    cx.write(async |unit: &dyn Unit| {
        let link = links::take(cx, unit, &body.token, LinkPurpose::Address).await?;
        if link.subject != id {
            return Err(AppError::Auth(AuthError::NotGood));
        }
        let row = Read::<User>::find(unit, id).await?;
        let granted = cx.gate.open::<Edit, User>(&cx.caller, row)?;
        let because = granted.because();
        let now = cx.gate.now();
        let standing = standing(unit, me).await?;
        let changed = guards::change_user(&cx.gate, granted, &standing, Concern::Secret, |user| {
            user.email = Some(link.address.clone());
            user.email_verified_at = Some(now);
        })?;
        store(cx, unit, because, &changed).await?;
        let before = &changed.before().data;
        let moved = before.email.as_deref() != Some(&*link.address);
        if let Some(old) = before.proved_email().filter(|_| moved) {
            tell_at(cx, unit, id, old, News::AddressChanged).await?;
        }
        PeopleRecord::end_links_of(unit, id).await?;
        Record::end_sessions_of(unit, id, cx.session.as_ref().map(|session| session.id)).await?;
        Ok(())
    })
    .await
}
