//! Organizations: making, renaming, suspending and waking them.

use bailiwick_domain::entities::{Invitation, Name, Node, Organization, Standing, Text, User};
use bailiwick_domain::facts::{Anchor, Level};
use bailiwick_domain::gate::{Delete, Edit, Suspend};
use bailiwick_domain::guards;
use bailiwick_domain::kind::{Kind, Operation};
use bailiwick_domain::ports::{Lookup, Read, Record, RunsOf, Unit, Write};
use bailiwick_domain::principal::PrincipalId;
use bailiwick_domain::reason::Guard;
use bailiwick_domain::{Caller, Facts, Gate};
use serde::Deserialize;
use uuid::Uuid;

use crate::create::{create, made};
use crate::cx::Cx;
use crate::edit::{edit, edit_then};
use crate::error::AppError;
use crate::grants::held_grant;
use crate::leaving::end_runs;
use crate::patch::nullable;
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
    /// The key by which others encrypt what is meant for it, in whatever form they agree on; `null` for none.
    #[serde(default, deserialize_with = "nullable")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>))]
    pub public_key: Option<Option<Text>>,
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
            let data = Organization {
                name: body.name.as_str().to_owned(),
                status: Standing::Active,
                public_key: None,
            };
            Ok(made(cx, permit, data))
        },
        async |_, _| Ok(()),
    )
    .await
}

/// Renames an organization, or publishes its key.
///
/// # Errors
/// The denial; a name that is taken.
pub async fn edit_organization(
    cx: &Cx,
    id: Uuid,
    body: OrganizationPatch,
) -> Result<Shown<'_, Organization>, AppError> {
    edit::<Edit, Organization>(cx, id, async |_, granted| {
        if body.name.as_ref().is_some_and(|name| name.as_str() != granted.data().name) {
            guards::may_rename(&granted)?;
        }
        Ok(granted.change(cx.gate.now(), |organization| {
            if let Some(name) = &body.name {
                organization.name = name.as_str().to_owned();
            }
            if let Some(key) = &body.public_key {
                organization.public_key = key.clone().map(Text::into_string);
            }
        }))
    })
    .await
}

/// Suspends or wakes an organization. Suspending ends the sessions of its users, and the tokens and open runs of its
/// nodes.
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
        async |unit, changed| {
            if to == Standing::Suspended {
                let here = &changed.after().facts;
                let because = cx.gate.rules_allow(&cx.caller, Operation::Edit, Kind::Organization, here);
                let because = because.ok_or(AppError::Contention)?;
                for node in Read::<Node>::inside(unit, Anchor::at(Level::Organization, id)).await? {
                    Record::end_machine_tokens(unit, PrincipalId::node(node.id())).await?;
                    let open = Lookup::open_runs(unit, RunsOf::Node(node.id())).await?;
                    end_runs(cx, unit, because, open).await?;
                }
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
