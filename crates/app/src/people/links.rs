//! Links that are mailed: made when their letter is sent, kept as a hash, good once.

use bailiwick_domain::ports::{
    AuthError, LinkPurpose, MailedLink, PeopleLookup, PeopleRecord, Reads, Secret, Unit,
};
use serde_json::Value;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::cx::Cx;
use crate::error::AppError;

/// How long a recovery link lasts.
pub(crate) const RECOVERY: Duration = Duration::minutes(30);
/// How long a link that proves an address lasts.
pub(crate) const PROOF: Duration = Duration::hours(24);

/// What a new link is to be.
pub(crate) struct NewLink<'a> {
    pub purpose: LinkPurpose,
    pub subject: Uuid,
    pub address: &'a str,
    pub data: Value,
    pub expires_at: OffsetDateTime,
}

/// Makes a link: its token, which is stored nowhere, and the hash that is.
pub(crate) async fn make(cx: &Cx, unit: &dyn Unit, link: NewLink<'_>) -> Result<(Secret, String), AppError> {
    let new = cx.app.auth.new_one_time_secret();
    let NewLink { purpose, subject, address, data, expires_at } = link;
    let address = address.to_owned();
    let link = MailedLink { hash: new.hash.clone(), purpose, subject, address, data, expires_at };
    PeopleRecord::add_link(unit, &link).await?;
    Ok((new.secret, new.hash))
}

/// The link of a token, if it is good for this. One for something else, one that was used and one that never was are
/// alike.
pub(crate) async fn open(
    cx: &Cx,
    from: &dyn Reads,
    token: &Secret,
    purpose: LinkPurpose,
) -> Result<MailedLink, AppError> {
    let hash = cx.app.auth.hash_secret(token);
    let link = PeopleLookup::mailed_link(from, &hash).await?;
    link.filter(|link| link.purpose == purpose && cx.gate.now() < link.expires_at)
        .ok_or(AppError::Auth(AuthError::NotGood))
}

/// Opens a link inside the unit that goes by it, and uses it up.
pub(crate) async fn take(
    cx: &Cx,
    unit: &dyn Unit,
    token: &Secret,
    purpose: LinkPurpose,
) -> Result<MailedLink, AppError> {
    let hash = cx.app.auth.hash_secret(token);
    let link = PeopleLookup::mailed_link(unit, &hash).await?;
    let link = link
        .filter(|link| link.purpose == purpose && cx.gate.now() < link.expires_at)
        .ok_or(AppError::Auth(AuthError::NotGood))?;
    if PeopleRecord::use_link(unit, &hash).await? {
        Ok(link)
    } else {
        Err(AppError::Auth(AuthError::NotGood))
    }
}
