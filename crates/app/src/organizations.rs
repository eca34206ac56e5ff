//! Organizations: making, renaming, suspending and waking them.

use bailiwick_domain::entities::{Invitation, Name, Organization, Standing, User};
use bailiwick_domain::facts::{Anchor, Level};
use bailiwick_domain::gate::{Delete, Edit, Suspend};
use bailiwick_domain::guards;
use bailiwick_domain::kind::{Kind, Operation};
use bailiwick_domain::ports::{Read, Unit, Write};
use bailiwick_domain::reason::Guard;
use bailiwick_domain::{Caller, Facts, Gate};
use serde::Deserialize;
use uuid::Uuid;

use crate::create::{create, made};
use crate::cx::Cx;
use crate::edit::{edit, edit_then};
use crate::error::AppError;
use crate::grants::held_grant;
use crate::read::Shown;
use crate::rooted::Rooted;

/// A new organization.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewOrganization {
    /// Unique on the server.
    pub name: Name,
}

/// Changes of an organization.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct OrganizationPatch {
    /// Unique on the server.
    pub name: Option<Name>,
}

/// Makes an organization under the server.
///
/// # Errors
/// The denial; a name that is taken.
pub async fn create_organization(
    cx: &Cx,
    body: NewOrganization,
) -> Result<Shown<'_, Organization>, AppError> {
    create(
        cx,
        async |_: &dyn Unit| {
            let permit = cx.gate.create_at_server::<Organization>(&cx.caller)?;
            let data = Organization { name: body.name.as_str().to_owned(), status: Standing::Active };
            Ok(made(cx, permit, data))
        },
        async |_, _| Ok(()),
    )
    .await
}

/// Renames an organization.
///
/// # Errors
/// The denial; a name that is taken.
pub async fn edit_organization(
    cx: &Cx,
    id: Uuid,
    body: OrganizationPatch,
) -> Result<Shown<'_, Organization>, AppError> {
    edit::<Edit, Organization>(cx, id, async |_, granted| {
        Ok(granted.change(cx.gate.now(), |organization| {
            if let Some(name) = &body.name {
                organization.name = name.as_str().to_owned();
            }
        }))
    })
    .await
}

/// Suspends or wakes an organization. Suspending ends the sessions of its users.
///
/// # Errors
/// The denial; the last root would go.
pub async fn stand_organization(
    cx: &Cx,
    id: Uuid,
    to: Standing,
) -> Result<Shown<'_, Organization>, AppError> {
    edit_then::<Suspend, Organization>(
        cx,
        id,
        async |unit, granted| {
            if to == Standing::Suspended {
                may_suspend(cx, unit, granted.facts()).await?;
            }
            Ok(granted.change(cx.gate.now(), |organization| organization.status = to))
        },
        async |unit, _| {
            if to == Standing::Suspended {
                let users = Read::<User>::inside(unit, Anchor::at(Level::Organization, id)).await?;
                for user in users {
                    unit.end_sessions_of(user.id(), None).await?;
                    unit.end_links_of(user.id()).await?;
                }
                end_invitations(cx, unit, id).await?;
            }
            Ok(())
        },
    )
    .await
}

/// Ends what was offered inside an organization that is suspended: waking it does not bring it back.
async fn end_invitations(cx: &Cx, unit: &dyn Unit, organization: Uuid) -> Result<(), AppError> {
    let server = Caller::operator();
    let inside = Anchor::at(Level::Organization, organization);
    for invitation in Read::<Invitation>::inside(unit, inside).await? {
        let held = held_grant(unit, invitation.id()).await?;
        let granted = cx.gate.open::<Delete, Invitation>(&server, Some(invitation))?;
        let because = granted.because();
        let gone = guards::withdraw_invitation(&cx.gate, granted, &held.grant)?;
        unit.end_links_of(gone.object().id).await?;
        let told = (because, Some(gone.object()), None);
        cx.record_all(unit, [told]).await?;
        Write::remove(unit, &[gone]).await?;
    }
    Ok(())
}

/// A lasting root must stay, and those who hold root at the server are suspended by root alone.
async fn may_suspend(cx: &Cx, unit: &dyn Unit, organization: &Facts) -> Result<(), AppError> {
    let rooted = Rooted::must_stay_without(&cx.gate, unit, Operation::Edit, organization).await?;
    if rooted.spared(&cx.gate, &cx.caller, organization.id) {
        return Ok(());
    }
    Err(Gate::guarded(Guard::Rank, Operation::Edit, Kind::Organization, organization).into())
}
