//! API keys: making, changing, suspending them, and giving them a new secret.

use std::cell::Cell;
use std::sync::Arc;

use bailiwick_domain::entities::{Addresses, ApiKey, ClientApp, Name, Standing};
use bailiwick_domain::facts::{Anchor, Facts, Level};
use bailiwick_domain::gate::{Edit, Suspend};
use bailiwick_domain::guards::{self, Concern};
use bailiwick_domain::ids::Claimed;
use bailiwick_domain::kind::Kind;
use bailiwick_domain::ports::{Lookup, NewSecret, Secret, Unit, Write};
use bailiwick_domain::principal::PrincipalId;
use serde::Deserialize;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::create::{Made, create};
use crate::cx::Cx;
use crate::edit::edit;
use crate::error::AppError;
use crate::grants::{NewGrant, make_grant, permit_at};
use crate::instant;
use crate::patch::within;
use crate::read::Shown;
use crate::users::standing;

/// How long an old secret may be good beside a new one, in minutes: a week.
const LONGEST_OVERLAP: i64 = 7 * 24 * 60;

/// A new API key.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewApiKey {
    /// Unique in the organization or project.
    pub name: Name,
    /// Until when it may be used (RFC 3339); for good where absent.
    #[serde(default, deserialize_with = "instant::option")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = "date-time"))]
    pub expires_at: Option<OffsetDateTime>,
    /// The networks from which alone it is good (`10.0.0.0/8`, `192.0.2.7`); from everywhere where there are none.
    #[serde(default)]
    pub addresses: Addresses,
    /// The client app that it is issued for; needs the right to edit that, or a credential of it. Where absent, that through
    /// which it is asked for, or the default app. It never changes.
    #[cfg_attr(feature = "schema", schema(value_type = Option<Uuid>))]
    pub client_app_id: Option<Claimed<ClientApp>>,
    /// A role to grant it where it is made; needs the right to make that grant too.
    pub role_id: Option<Uuid>,
}

/// Changes of an API key.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ApiKeyPatch {
    /// Unique in the organization or project.
    pub name: Option<Name>,
    /// Until when it may be used (RFC 3339); `null` for good.
    #[serde(default, deserialize_with = "instant::patch")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = "date-time"))]
    pub expires_at: Option<Option<OffsetDateTime>>,
    /// The networks from which alone it is good; an empty list for everywhere.
    pub addresses: Option<Addresses>,
}

/// How an API key or a client app gets a new secret.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SecretRenewal {
    /// For how many minutes the old secret is good beside the new one; it ends at once where absent.
    #[cfg_attr(feature = "schema", schema(minimum = 0, maximum = 10080))]
    pub old_secret_minutes: Option<i64>,
}

/// Makes an API key in an organization or a project. The secret is shown this once.
///
/// # Errors
/// The denial; a name that is taken; a role that may not be granted; an end later than that of the key that asks; a client
/// app that may not be named, or that the caller may have no credentials of.
pub async fn create_api_key(
    cx: &Cx,
    level: Level,
    under: Uuid,
    body: NewApiKey,
) -> Result<(Shown<'_, ApiKey>, Option<Secret>), AppError> {
    check_end(cx, body.expires_at)?;
    let secret = cx.app.auth.new_api_key_secret();
    let anchor = Anchor::at(level, under);
    let carried_out = Cell::new(false);
    let shown = create(
        cx,
        async |unit: &dyn Unit| {
            let permit = permit_at::<ApiKey>(cx, unit, anchor).await?;
            let because = permit.because();
            let app = issued_for(cx, unit, body.client_app_id).await?;
            let data = ApiKey {
                name: body.name.as_str().to_owned(),
                status: Standing::Active,
                prefix: secret.prefix.clone(),
                secret_hash: secret.hash.clone(),
                old_secret: None,
                addresses: body.addresses.clone(),
                client_app_id: app.as_ref().map(|app| app.id),
                expires_at: body.expires_at,
                last_used_at: None,
            };
            Ok(Made {
                new: guards::make_api_key(&cx.gate, permit, app.as_ref(), cx.new_id(), data)?,
                because,
            })
        },
        async |unit, new| {
            carried_out.set(true);
            let Some(role_id) = body.role_id else { return Ok(()) };
            let principal = PrincipalId::api_key(new.object().id);
            let grant = NewGrant { principal, role_id, anchor, starts_at: None, expires_at: body.expires_at };
            let Made { new, because } = make_grant(cx, unit, &grant).await?;
            Write::add(unit, &new).await?;
            cx.record(unit, because, None, Some(new.object())).await
        },
    )
    .await?;
    // A request that came twice made one key, whose secret was shown the first time.
    Ok((shown, carried_out.get().then_some(secret.secret)))
}

/// The client app that a new key is issued for: the one that is named, if the caller may view it or asks through it; else
/// the one through which they ask.
async fn issued_for(
    cx: &Cx,
    unit: &dyn Unit,
    claimed: Option<Claimed<ClientApp>>,
) -> Result<Option<Facts>, AppError> {
    let unknown = || AppError::unknown("/client_app_id", Kind::ClientApp);
    match (claimed, cx.caller.client_app) {
        (Some(claimed), through) => {
            let row = claimed.find::<dyn Unit>(unit).await?;
            let facts = row.map(|row| cx.gate.facts(&row).clone());
            let named = |facts: &Facts| through == Some(facts.id) || cx.gate.may_view(&cx.caller, facts);
            Ok(Some(facts.filter(named).ok_or_else(unknown)?))
        }
        (None, Some(through)) => {
            let near = Lookup::near(unit, Kind::ClientApp, through).await?;
            Ok(Some(Arc::unwrap_or_clone(near.ok_or(AppError::Contention)?.facts)))
        }
        (None, None) => Ok(None),
    }
}

/// Whether a key that ends ends in time to come; else the field is wrong.
fn check_end(cx: &Cx, expires_at: Option<OffsetDateTime>) -> Result<(), AppError> {
    match expires_at {
        Some(end) if end <= cx.gate.now() => Err(AppError::invalid("/expires_at", "a time to come")),
        _ => Ok(()),
    }
}

/// Changes an API key: its name, its end, from where it is good. Both its secrets are bound by that.
///
/// # Errors
/// The denial; a name that is taken; the key holds what the caller does not; an end later than that of the key that asks.
pub async fn edit_api_key(cx: &Cx, id: Uuid, body: ApiKeyPatch) -> Result<Shown<'_, ApiKey>, AppError> {
    check_end(cx, body.expires_at.flatten())?;
    edit::<Edit, ApiKey>(cx, id, async |unit, granted| {
        let standing = standing(unit, PrincipalId::api_key(id)).await?;
        Ok(guards::change_api_key(&cx.gate, granted, &standing, Concern::Edit, |key| {
            if let Some(name) = &body.name {
                key.name = name.as_str().to_owned();
            }
            if let Some(expires_at) = body.expires_at {
                key.expires_at = expires_at;
            }
            if let Some(addresses) = &body.addresses {
                key.addresses.clone_from(addresses);
            }
        })?)
    })
    .await
}

/// Suspends or wakes an API key. An old secret ends when it is suspended.
///
/// # Errors
/// The denial.
pub async fn stand_api_key(cx: &Cx, id: Uuid, to: Standing) -> Result<Shown<'_, ApiKey>, AppError> {
    edit::<Suspend, ApiKey>(cx, id, async |unit, granted| {
        let standing = standing(unit, PrincipalId::api_key(id)).await?;
        Ok(guards::change_api_key(&cx.gate, granted, &standing, Concern::Standing, |key| key.stand(to))?)
    })
    .await
}

/// Gives an API key a new secret, shown this once. The old one ends at once, or when the body says; one that was old
/// already ends. The caller is now the key's maker.
///
/// # Errors
/// The denial; the key holds what the caller does not; too long an overlap.
pub async fn renew_api_key_secret<'c>(
    cx: &'c Cx,
    id: Uuid,
    body: &SecretRenewal,
) -> Result<(Shown<'c, ApiKey>, Secret), AppError> {
    let until = overlap(cx, body)?;
    let NewSecret { secret, hash, prefix } = cx.app.auth.new_api_key_secret();
    let shown = edit::<Edit, ApiKey>(cx, id, async |unit, granted| {
        let standing = standing(unit, PrincipalId::api_key(id)).await?;
        Ok(guards::change_api_key(&cx.gate, granted, &standing, Concern::Secret, |key| {
            key.renew(&hash, &prefix, until);
        })?)
    })
    .await?;
    Ok((shown, secret))
}

/// Until when an old secret is good beside a new one, if it is.
pub(crate) fn overlap(cx: &Cx, body: &SecretRenewal) -> Result<Option<OffsetDateTime>, AppError> {
    within("/old_secret_minutes", body.old_secret_minutes, 0..=LONGEST_OVERLAP)?;
    let minutes = body.old_secret_minutes.filter(|minutes| *minutes > 0);
    Ok(minutes.map(|minutes| cx.gate.now() + Duration::minutes(minutes)))
}
