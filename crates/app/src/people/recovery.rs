//! Recovery: a new password for who has forgotten the old one, by a link to the address that they have proved.

use bailiwick_domain::audit::Outcome;
use bailiwick_domain::ports::{
    AuthError, CredentialKey, LinkPurpose, Lookup, PeopleRecord, Presented, Record, Secret, Unit,
};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::letters::{self, What};
use super::throttle::{self, Of};
use super::{News, links, news, tell};
use crate::accounts::note;
use crate::cx::Cx;
use crate::error::AppError;
use crate::users::hash_password;

/// How long an account's name or an address is at most.
const LONGEST: usize = 500;

/// Whose password is forgotten.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Recovery {
    /// `organization/username`, or a mail address.
    pub account: String,
}

/// Has a link mailed for each such account, if there is one that has proved its address. Whether there is, nobody sees
/// from here: it is looked up when the letter is written.
///
/// # Errors
/// Too many were asked for; the server sends no mail.
pub async fn recover_password(cx: &Cx, body: &Recovery, presented: &Presented) -> Result<(), AppError> {
    letters::must_be_sent(cx)?;
    let account = body.account.trim();
    if account.is_empty() || account.len() > LONGEST || account.chars().any(char::is_control) {
        return Err(AppError::invalid("/account", "`organization/username`, or a mail address"));
    }
    let attempt = throttle::begin(cx, Of::Letter, &account.to_lowercase(), &presented.address).await?;
    cx.write(async |unit: &dyn Unit| {
        attempt.failed(cx, unit).await?;
        letters::post(cx, unit, &What::Recover { account: account.to_owned() }).await
    })
    .await
}

/// A new password, by a mailed link.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Reset {
    /// The token of the link.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub token: Secret,
    /// The password as it is to be, 8 characters at least.
    #[cfg_attr(feature = "schema", schema(value_type = String, format = "password", min_length = 8))]
    pub new_password: Secret,
}

/// Sets a new password and ends every session, token and other link of the account. A second factor stays.
///
/// # Errors
/// The link is not good, or no longer; the user is suspended; a weak password, which leaves the link good.
pub async fn reset_password(cx: &Cx, body: &Reset) -> Result<(), AppError> {
    let link = links::open(cx, &*cx.store, &body.token, LinkPurpose::Recovery).await?;
    let known = Lookup::known(&*cx.store, CredentialKey::User(link.subject)).await?;
    let name = known.map(|known| known.identity.name).ok_or(AppError::Auth(AuthError::NotGood))?;
    let hash = hash_password(cx, &body.new_password, &name, "/new_password").await?;
    cx.write(async |unit: &dyn Unit| {
        let link = links::take(cx, unit, &body.token, LinkPurpose::Recovery).await?;
        let user: Uuid = link.subject;
        let known = unit.known(CredentialKey::User(user)).await?;
        let identity = known
            .map(|known| known.identity)
            .filter(|identity| identity.caller(cx.policy(), cx.gate.now()).is_some())
            .ok_or(AppError::Auth(AuthError::NotGood))?;
        // Mailed to an address that no longer counts, it counts no more.
        let person = news::person(cx, unit, user).await?;
        let still = person.is_some_and(|person| person.proved_email() == Some(&link.address));
        if !still {
            return Err(AppError::Auth(AuthError::NotGood));
        }
        Record::set_password(unit, user, &hash).await?;
        Record::end_sessions_of(unit, user, None).await?;
        PeopleRecord::end_links_of(unit, user).await?;
        tell(cx, unit, user, News::PasswordRecovered).await?;
        note(cx, unit, Some(&identity), Outcome::Allowed, json!({ "password": "recovered" })).await
    })
    .await
}
