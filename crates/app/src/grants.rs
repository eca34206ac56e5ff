//! Grants: making, changing, and who may be granted to.

use bailiwick_domain::entities::{Grant, Job, Organization, Project, Role, Task, User};
use bailiwick_domain::facts::{Anchor, Facts, Level};
use bailiwick_domain::gate::{Edit, MayCreate};
use bailiwick_domain::guards::{self, GivenRole, Granting, Standing};
use bailiwick_domain::ids::Claimed;
use bailiwick_domain::kind::{Kind, Operation};
use bailiwick_domain::object::Entity;
use bailiwick_domain::ports::{Identity, Lookup, Read, Reads, RoleRow, Unit};
use bailiwick_domain::principal::{PrincipalId, PrincipalKind};
use bailiwick_domain::{Caller, Gate};
use serde::Deserialize;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::create::{Made, create};
use crate::cx::Cx;
use crate::edit::edit;
use crate::error::AppError;
use crate::instant;
use crate::kept::Kept;
use crate::read::Shown;
use crate::rooted::Rooted;

/// A new grant.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewGrant {
    /// Who is to hold the role.
    pub principal: PrincipalId,
    /// The role.
    pub role_id: Uuid,
    /// Where it is tied.
    pub anchor: Anchor,
    /// From when on (RFC 3339); at once where absent.
    #[serde(default, deserialize_with = "instant::option")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = "date-time"))]
    pub starts_at: Option<OffsetDateTime>,
    /// Until when (RFC 3339), exclusive; for good where absent.
    #[serde(default, deserialize_with = "instant::option")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = "date-time"))]
    pub expires_at: Option<OffsetDateTime>,
}

/// Another start or end.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct GrantPatch {
    /// From when on; `null` for at once.
    #[serde(default, deserialize_with = "instant::patch")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = "date-time"))]
    pub starts_at: Option<Option<OffsetDateTime>>,
    /// Until when, exclusive; `null` for good.
    #[serde(default, deserialize_with = "instant::patch")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = "date-time"))]
    pub expires_at: Option<Option<OffsetDateTime>>,
}

/// Makes a grant on its anchor.
///
/// # Errors
/// The denial; a principal or role that may not be named; the guards of escalation.
pub async fn create_grant(cx: &Cx, body: NewGrant) -> Result<Shown<'_, Grant>, AppError> {
    check_times(body.starts_at, body.expires_at, "/expires_at")?;
    create(cx, async |unit: &dyn Unit| make_grant(cx, unit, &body).await, async |_, _| Ok(())).await
}

/// A grant, authorised and built inside a unit.
pub(crate) async fn make_grant<'c>(
    cx: &'c Cx,
    unit: &dyn Unit,
    body: &NewGrant,
) -> Result<Made<'c, Grant>, AppError> {
    let permit = permit_at::<Grant>(cx, unit, body.anchor).await?;
    let receiver = receiver(cx, unit, permit.parent(), body.principal).await?;
    let role = given_role(cx, unit, body.role_id).await?;
    let data = Grant {
        principal: body.principal,
        role_id: body.role_id,
        anchor: body.anchor,
        starts_at: body.starts_at,
        expires_at: body.expires_at,
    };
    let because = permit.because();
    let project = match receiver.principal.kind {
        PrincipalKind::ApiKey => receiver.facts.lineage.project,
        _ => None,
    };
    let standing = receiver.standing();
    let new = guards::make_grant(&cx.gate, permit, &role, &standing, project, cx.new_id(), data)?;
    Ok(Made { new, because })
}

/// Gives a grant another start or end.
///
/// # Errors
/// The denial; the guards of escalation; the last root would end.
pub async fn edit_grant(cx: &Cx, id: Uuid, body: GrantPatch) -> Result<Shown<'_, Grant>, AppError> {
    edit::<Edit, Grant>(cx, id, async |unit, granted| {
        let starts_at = body.starts_at.unwrap_or(granted.data().starts_at);
        let expires_at = body.expires_at.unwrap_or(granted.data().expires_at);
        check_times(starts_at, expires_at, "/expires_at")?;
        let lasts = expires_at.is_none() && starts_at.is_none_or(|start| start <= cx.gate.now());
        if !lasts {
            Rooted::must_stay_without(&cx.gate, unit, Operation::Edit, granted.facts()).await?;
        }
        let held = held_grant(unit, id).await?;
        let receiver = receiver_of(&held);
        Ok(guards::change_grant(&cx.gate, granted, &held.grant, &receiver, starts_at, expires_at)?)
    })
    .await
}

/// Whether a grant ends after it starts; else the field of its end is wrong.
pub(crate) fn check_times(
    starts_at: Option<OffsetDateTime>,
    expires_at: Option<OffsetDateTime>,
    pointer: &str,
) -> Result<(), AppError> {
    match (starts_at, expires_at) {
        (Some(start), Some(end)) if end <= start => {
            Err(AppError::invalid(pointer, "a grant ends after it starts"))
        }
        _ => Ok(()),
    }
}

/// A grant with its role and anchor; it has been opened in this unit, so it is there.
pub(crate) async fn held_grant(unit: &dyn Unit, id: Uuid) -> Result<Granting, AppError> {
    Lookup::held_grants(unit, &[id]).await?.into_iter().next().ok_or(AppError::Contention)
}

/// The receiver of a grant, as far as the guards ask: who and where at home.
pub(crate) fn receiver_of(held: &Granting) -> Standing {
    Standing { principal: held.grant.principal, home: held.home, grants: Vec::new() }
}

/// The permit to make a `T` on an anchor that a body or query names.
pub(crate) async fn permit_at<'c, T: Entity>(
    cx: &'c Cx,
    from: &dyn Reads,
    anchor: Anchor,
) -> Result<MayCreate<'c, T>, AppError> {
    permit_by(&cx.gate, &cx.caller, from, anchor).await
}

/// [`permit_at`] for somebody in whose name it is done.
pub(crate) async fn permit_by<'c, T: Entity>(
    gate: &'c Gate,
    caller: &'c Caller,
    from: &dyn Reads,
    anchor: Anchor,
) -> Result<MayCreate<'c, T>, AppError> {
    async fn under<'c, T: Entity, P: Kept>(
        gate: &'c Gate,
        caller: &'c Caller,
        from: &dyn Reads,
        id: Uuid,
    ) -> Result<MayCreate<'c, T>, AppError> {
        let row = P::read(from).find(id).await?;
        gate.create::<T, P>(caller, row).map_err(|denial| AppError::denied(denial, id))
    }
    match (anchor.level, anchor.id) {
        (Level::Server, None) => Ok(gate.create_at_server::<T>(caller)?),
        (Level::Server, Some(_)) => {
            Err(AppError::invalid("/anchor/id", "to be left out: the server has no id"))
        }
        (Level::Organization, Some(id)) => under::<T, Organization>(gate, caller, from, id).await,
        (Level::Project, Some(id)) => under::<T, Project>(gate, caller, from, id).await,
        (Level::Job, Some(id)) => under::<T, Job>(gate, caller, from, id).await,
        (Level::Task, Some(id)) => under::<T, Task>(gate, caller, from, id).await,
        (level, None) => Err(AppError::invalid("/anchor/id", format!("the id of the {level}"))),
    }
}

/// The principal that a new grant names, if the caller may view it or it is a candidate here.
async fn receiver(
    cx: &Cx,
    unit: &dyn Unit,
    at: &Facts,
    principal: PrincipalId,
) -> Result<Identity, AppError> {
    let unknown = || AppError::unknown("/principal/id", principal.kind.kind());
    let identity = Lookup::identities(unit, &[principal]).await?.into_iter().next().ok_or_else(unknown)?;
    let viewable = cx.gate.may_view(&cx.caller, &identity.facts);
    let candidate = principal.kind == PrincipalKind::User && is_candidate(unit, at, &identity.facts).await?;
    if viewable || candidate { Ok(identity) } else { Err(unknown()) }
}

/// Whether a user may be looked up as a candidate on an anchor: of its organization, or of a member of the
/// collaboration that its project is shared in.
async fn is_candidate(unit: &dyn Unit, at: &Facts, user: &Facts) -> Result<bool, AppError> {
    let Some(home) = user.lineage.organization else { return Ok(false) };
    if at.lineage.organization == Some(home) {
        return Ok(true);
    }
    match at.collaboration.filter(|_| at.lineage.project.is_some()) {
        None => Ok(false),
        Some(shared) => Ok(unit.members(shared).await?.contains(&home)),
    }
}

/// A claimed user, if the caller may name it on this place: view it, or find it among the candidates of those who
/// may grant there.
pub(crate) async fn may_name_user(
    cx: &Cx,
    unit: &dyn Unit,
    place: &Facts,
    claimed: Claimed<User>,
) -> Result<Option<Uuid>, AppError> {
    let Some(row) = claimed.find::<dyn Unit>(unit).await? else { return Ok(None) };
    let id = row.id();
    if cx.gate.open::<bailiwick_domain::View, User>(&cx.caller, Some(row)).is_ok() {
        return Ok(Some(id));
    }
    let may_grant = cx.gate.rules_allow(&cx.caller, Operation::Create, Kind::Grant, place).is_some();
    let near = Lookup::near(unit, Kind::User, id).await?;
    Ok(match near {
        Some(user) if may_grant && is_candidate(unit, place, &user.facts).await? => Some(id),
        _ => None,
    })
}

/// The role that a new grant names, if the caller may view it.
async fn given_role(cx: &Cx, unit: &dyn Unit, id: Uuid) -> Result<GivenRole, AppError> {
    given_role_by((&cx.gate, &cx.caller), unit, id).await
}

/// [`given_role`] for somebody in whose name it is done.
pub(crate) async fn given_role_by(
    (gate, caller): (&Gate, &Caller),
    unit: &dyn Unit,
    id: Uuid,
) -> Result<GivenRole, AppError> {
    let unknown = || AppError::unknown("/role_id", Kind::Role);
    let row = Read::<Role>::find(unit, id).await?;
    gate.open::<bailiwick_domain::View, Role>(caller, row).map_err(|_| unknown())?;
    let RoleRow { name, organization, full, .. } = unit.role_row(id).await?.ok_or_else(unknown)?;
    Ok(GivenRole { id, name, organization, full })
}

/// Users whom the caller may grant to on an anchor, by id and name alone.
///
/// # Errors
/// The denial: the caller may not create grants there.
pub async fn grant_candidates(cx: &Cx, anchor: Anchor, q: &str) -> Result<Vec<(Uuid, String)>, AppError> {
    const MOST: usize = 100;
    let from: &dyn Reads = &*cx.store;
    let permit = cx.audited(permit_at::<Grant>(cx, from, anchor).await).await?;
    let at = permit.parent();
    let mut organizations: Vec<Uuid> = at.lineage.organization.into_iter().collect();
    if let (Some(shared), true) = (at.collaboration, at.lineage.project.is_some()) {
        organizations.extend(from.members(shared).await?);
    }
    Ok(from.candidates(&organizations, q, MOST).await?)
}
