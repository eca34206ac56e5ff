//! Invitations: made and taken back as grants are, accepted by whoever has proved the address.

use std::sync::Arc;

use bailiwick_domain::entities::{Email, Grant, Invitation, Name, Role};
use bailiwick_domain::facts::{Anchor, Facts};
use bailiwick_domain::gate::View;
use bailiwick_domain::guards::{self, GivenRole, Offer};
use bailiwick_domain::ids::Claimed;
use bailiwick_domain::ports::{
    AuthError, CredentialKey, Identity, LinkPurpose, Lookup, PeopleRecord, Read, Secret, Unit, Write,
};
use bailiwick_domain::principal::{PrincipalId, PrincipalKind};
use bailiwick_domain::{Caller, Kind, Object, Operation};
use serde::Deserialize;
use time::{Duration, OffsetDateTime};

use super::letters::{self, What};
use super::newcomers::{Arrived, Chosen, Newcomer, arrive};
use super::{links, news};
use crate::create::{Made, create};
use crate::cx::Cx;
use crate::error::AppError;
use crate::grants::{check_times, given_role_by, permit_at, permit_by};
use crate::instant;
use crate::read::Shown;

/// How long an invitation can be accepted.
const LASTS: Duration = Duration::days(7);

/// A new invitation.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewInvitation {
    /// To whom it is mailed.
    pub address: Email,
    /// The role.
    #[cfg_attr(feature = "schema", schema(value_type = String, format = "uuid"))]
    pub role_id: Claimed<Role>,
    /// Where it is tied.
    pub anchor: Anchor,
    /// From when on the grant is live (RFC 3339); at once where absent.
    #[serde(default, deserialize_with = "instant::option")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = "date-time"))]
    pub starts_at: Option<OffsetDateTime>,
    /// Until when the grant is live (RFC 3339), exclusive; for good where absent.
    #[serde(default, deserialize_with = "instant::option")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = "date-time"))]
    pub ends_at: Option<OffsetDateTime>,
}

/// Makes an invitation on its anchor, and has it mailed.
///
/// # Errors
/// The denial; a role that may not be named; the guards of escalation; the server sends no mail.
pub async fn create_invitation(cx: &Cx, body: NewInvitation) -> Result<Shown<'_, Invitation>, AppError> {
    check_times(body.starts_at, body.ends_at, "/ends_at")?;
    create(
        cx,
        async |unit: &dyn Unit| {
            let permit = permit_at::<Invitation>(cx, unit, body.anchor).await?;
            letters::must_be_sent(cx)?;
            let role = claimed_role(cx, unit, body.role_id).await?;
            let data = Invitation {
                address: body.address.clone().into_string(),
                role_id: role.id,
                anchor: body.anchor,
                starts_at: body.starts_at,
                ends_at: body.ends_at,
                expires_at: cx.gate.now() + LASTS,
            };
            let because = permit.because();
            let new = guards::make_invitation(&cx.gate, permit, &role, cx.new_id(), data)?;
            Ok(Made { new, because })
        },
        async |unit, new| letters::post(cx, unit, &What::Invite { invitation: new.object().id }).await,
    )
    .await
}

async fn claimed_role(cx: &Cx, unit: &dyn Unit, claimed: Claimed<Role>) -> Result<GivenRole, AppError> {
    let unknown = || AppError::unknown("/role_id", Kind::Role);
    let row = claimed.find::<dyn Unit>(unit).await?;
    let id = cx.gate.open::<View, Role>(&cx.caller, row).map_err(|_| unknown())?.id();
    given_role_by((&cx.gate, &cx.caller), unit, id).await
}

/// Who accepts.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Acceptance {
    /// The token of the link.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub token: Secret,
    /// For who has no account yet: a name, unique in the organization.
    pub username: Option<Name>,
    /// For who has no account yet: a password, 8 characters at least.
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = "password", min_length = 8))]
    pub password: Option<Secret>,
}

/// Accepts an invitation: signed in, for oneself, with the address that it was mailed to; or as somebody new, at home in
/// the anchor's organization. Its maker is asked again whether they may.
///
/// # Errors
/// The link is not good, no longer, or its maker may no longer; another's address; nobody new may come; a name that is
/// taken; a weak password.
pub async fn accept_invitation(cx: &Cx, body: &Acceptance) -> Result<Arrived, AppError> {
    links::open(cx, &*cx.store, &body.token, LinkPurpose::Invitation).await?;
    let comer = Comer::of(cx, body).await?;
    let outcome = cx.write(async |unit: &dyn Unit| accept(cx, unit, body, &comer).await).await;
    // What its maker may no longer do is in the audit log; the guest learns that it is not good.
    outcome.map_err(|error| match error {
        AppError::Denied { .. } => AppError::Auth(AuthError::NotGood),
        other => other,
    })
}

/// Who comes with a link.
enum Comer<'c> {
    /// Somebody signed in.
    Known(&'c Identity),
    /// Somebody new, with the hash of their password.
    New(Chosen, String),
}

impl<'c> Comer<'c> {
    async fn of(cx: &'c Cx, body: &Acceptance) -> Result<Self, AppError> {
        match cx.identity.as_deref() {
            Some(identity) if identity.principal.kind == PrincipalKind::User => {
                if body.username.is_some() || body.password.is_some() {
                    let field = if body.username.is_some() { "/username" } else { "/password" };
                    return Err(AppError::invalid(
                        field,
                        "to be left out: who is signed in accepts for themselves",
                    ));
                }
                Ok(Self::Known(identity))
            }
            Some(_) => Err(AppError::NotForYou("people")),
            None => {
                let chosen = Chosen::of(body.username.as_ref(), body.password.as_ref())?;
                let hash = chosen.hash(cx).await?;
                Ok(Self::New(chosen, hash))
            }
        }
    }
}

async fn accept(cx: &Cx, unit: &dyn Unit, body: &Acceptance, comer: &Comer<'_>) -> Result<Arrived, AppError> {
    let not_good = || AppError::Auth(AuthError::NotGood);
    let link = links::take(cx, unit, &body.token, LinkPurpose::Invitation).await?;
    let row = Read::<Invitation>::find(unit, link.subject).await?;
    let offer = guards::offered(row, &link, cx.gate.now()).ok_or_else(not_good)?;
    let maker = maker(cx, unit, &offer).await?.ok_or_else(not_good)?;
    // First whether its maker may still: who may not, offers nothing of which there would be more to say.
    let anchor = offer.data().anchor;
    let permit = permit_by::<Grant>(&cx.gate, &maker, unit, anchor).await?;
    let because = permit.because();
    let role =
        given_role_by((&cx.gate, &maker), unit, offer.data().role_id).await.map_err(|error| match error {
            AppError::Invalid(_) => not_good(),
            other => other,
        })?;
    let (user, home, login) = match comer {
        Comer::Known(identity) => existing(cx, unit, identity, &link.address).await?,
        Comer::New(chosen, hash) => {
            let newcomer = Newcomer { username: &chosen.username, hash, address: &link.address };
            let (user, login) = newcomer_of(cx, unit, &maker, &offer, newcomer).await?;
            (PrincipalId::user(user.id), user.facts.lineage.organization, login)
        }
    };
    let receiver = guards::Standing { principal: user, home, grants: Vec::new() };
    let (grant, used) = guards::accept_invitation(&cx.gate, permit, offer, &role, &receiver, cx.new_id())?;
    Write::add(unit, &grant).await?;
    Write::remove(unit, &[used]).await?;
    PeopleRecord::end_links_of(unit, link.subject).await?;
    let me = home.map_or_else(Caller::anonymous, |home| Caller::new(user, home));
    cx.record_as(unit, &me, [(because, None, Some(grant.object()))]).await?;
    Ok(Arrived { user_id: user.id, login, grant_id: Some(grant.object().id) })
}

/// The maker of an invitation, as of now; `None` for one who may do nothing.
async fn maker(cx: &Cx, unit: &dyn Unit, offer: &Offer) -> Result<Option<Caller>, AppError> {
    let Some(maker) = offer.maker() else { return Ok(None) };
    let found = Lookup::identities(unit, &[maker]).await?;
    Ok(found.first().and_then(|identity| identity.caller(cx.policy(), cx.gate.now())))
}

/// Somebody who is signed in, if the address is theirs.
async fn existing(
    cx: &Cx,
    unit: &dyn Unit,
    identity: &Identity,
    address: &str,
) -> Result<(PrincipalId, Option<uuid::Uuid>, String), AppError> {
    let id = identity.principal.id;
    let known = unit.known(CredentialKey::User(id)).await?.ok_or(AppError::Auth(AuthError::NotGood))?;
    if known.identity.caller(cx.policy(), cx.gate.now()).is_none() {
        return Err(AppError::Auth(AuthError::NotGood));
    }
    let person = news::person(cx, unit, id).await?;
    let proved = person.as_ref().and_then(|person| person.proved_email());
    if !proved.is_some_and(|proved| proved.eq_ignore_ascii_case(address)) {
        return Err(AppError::NotForYou("whoever has proved the address that it was mailed to"));
    }
    let login = format!("{}/{}", identity.home_name, identity.name);
    Ok((identity.principal, known.identity.home(), login))
}

/// Somebody new, at home in the anchor's organization, if the maker may make users there.
async fn newcomer_of(
    cx: &Cx,
    unit: &dyn Unit,
    maker: &Caller,
    offer: &Offer,
    newcomer: Newcomer<'_>,
) -> Result<(Object<bailiwick_domain::entities::User>, String), AppError> {
    let nobody = "people who have an account already: sign in, and send the token alone";
    let Some(home) = offer.facts().lineage.organization else { return Err(AppError::NotForYou(nobody)) };
    let place = Lookup::near(unit, Kind::Organization, home).await?;
    let facts: Arc<Facts> = place.ok_or(AppError::Auth(AuthError::NotGood))?.facts;
    if cx.gate.rules_allow(maker, Operation::Create, Kind::User, &facts).is_none() {
        return Err(AppError::NotForYou(nobody));
    }
    arrive(cx, unit, (&cx.gate, maker), home, newcomer).await
}
