//! Links to the bytes of a file: short, good without other credentials, and for as long as who made one may view the file.

use bailiwick_domain::entities::File;
use bailiwick_domain::gate::View;
use bailiwick_domain::ports::{AuthError, LinkPurpose, Read, Secret, Unit};
use bailiwick_domain::principal::PrincipalId;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::cx::Cx;
use crate::error::AppError;
use crate::files::Stored;
use crate::people::links::{NewLink, make, open};

/// How long a link lasts.
const LASTS: Duration = Duration::minutes(5);

/// A link to the bytes of a file, in the name of the caller.
///
/// # Errors
/// The denial.
pub async fn create_download(cx: &Cx, id: Uuid) -> Result<(Secret, OffsetDateTime), AppError> {
    let expires_at = cx.gate.now() + LASTS;
    let secret = cx
        .write(async |unit: &dyn Unit| {
            let row = Read::<File>::find(unit, id).await?;
            let opened = cx.gate.open::<View, File>(&cx.caller, row);
            let file = opened.map_err(|denial| AppError::denied(denial, id))?;
            let data = serde_json::json!({
                "principal": cx.caller.principal,
                "client_app": cx.caller.client_app,
            });
            let (purpose, subject, address) = (LinkPurpose::Download, file.id(), "");
            let link = NewLink { purpose, subject, address, data, expires_at };
            Ok(make(cx, unit, link).await?.0)
        })
        .await?;
    Ok((secret, expires_at))
}

/// The bytes that a link leads to, by the right that who made it has now.
///
/// # Errors
/// It is not good, or not any more; they may not view the file any more.
pub async fn follow_download(cx: &Cx, token: &Secret) -> Result<(Cx, Stored), AppError> {
    let link = open(cx, &*cx.store, token, LinkPurpose::Download).await?;
    let principal = link.data.get("principal").cloned().unwrap_or_default();
    let not_good = || AppError::Auth(AuthError::NotGood);
    let principal: Option<PrincipalId> = serde_json::from_value(principal).map_err(|_| not_good())?;
    let through = link.data.get("client_app").cloned().unwrap_or_default();
    let through: Option<Uuid> = serde_json::from_value(through).map_err(|_| not_good())?;
    let theirs =
        Cx::on_behalf_of(cx.app.clone(), (principal, through), cx.deed).await?.ok_or_else(not_good)?;
    let row = Read::<File>::find(&*theirs.store, link.subject).await?;
    let opened = theirs.gate.open::<View, File>(&theirs.caller, row);
    let stored = opened.map(|file| Stored::from(file.data()));
    // Who holds the link alone learns no more than that it is not good.
    let stored = theirs.audited(stored.map_err(|denial| AppError::denied(denial, link.subject))).await;
    match stored {
        Ok(stored) => Ok((theirs, stored)),
        Err(AppError::Denied { .. }) => Err(not_good()),
        Err(error) => Err(error),
    }
}
