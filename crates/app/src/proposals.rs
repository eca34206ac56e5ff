//! Proposals: that an organization enters a collaboration, and the answer.

use bailiwick_domain::entities::{Collaboration, Organization, Proposal, ProposalStatus};
use bailiwick_domain::facts::{Anchor, Level};
use bailiwick_domain::gate::Edit;
use bailiwick_domain::guards;
use bailiwick_domain::ids::Claimed;
use bailiwick_domain::kind::Kind;
use bailiwick_domain::ports::{Read, Unit, Write};
use serde::Deserialize;
use uuid::Uuid;

use crate::create::{Made, create, look_back};
use crate::cx::Cx;
use crate::edit::{check_version, store};
use crate::error::AppError;
use crate::read::Shown;

/// A new proposal.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewProposal {
    /// The organization that is to enter.
    #[cfg_attr(feature = "schema", schema(value_type = Uuid))]
    pub organization_id: Claimed<Organization>,
}

/// Proposes that an organization enters a collaboration.
///
/// # Errors
/// The denial; an organization that may not be named; it has been asked already, or is a member.
pub async fn create_proposal(
    cx: &Cx,
    collaboration: Uuid,
    body: NewProposal,
) -> Result<Shown<'_, Proposal>, AppError> {
    create(
        cx,
        async |unit: &dyn Unit| {
            let organization = body.organization_id.find::<dyn Unit>(unit).await?;
            if open_one(unit, collaboration, organization.as_ref().map(|row| row.id())).await?.is_some() {
                // Only who may propose learns of it: the gate is asked first.
                may_edit(cx, unit, collaboration).await?;
                return Err(AppError::Taken("organization_id"));
            }
            made(cx, unit, collaboration, organization.as_ref()).await
        },
        async |_, _| Ok(()),
    )
    .await
}

/// The proposal of an organization that was named in a path; the one that is open, where there is one.
pub(crate) async fn propose<'c>(
    cx: &'c Cx,
    unit: &dyn Unit,
    collaboration: Uuid,
    organization: Uuid,
) -> Result<Shown<'c, Proposal>, AppError> {
    if let Some(open) = open_one(unit, collaboration, Some(organization)).await? {
        return look_back(cx, unit, open).await;
    }
    let organization = Read::<Organization>::find(unit, organization).await?;
    let Made { new, because } = made(cx, unit, collaboration, organization.as_ref()).await?;
    Write::add(unit, &new).await?;
    cx.record(unit, because, None, Some(new.object())).await?;
    look_back(cx, unit, new.object().id).await
}

async fn made<'c>(
    cx: &'c Cx,
    unit: &dyn Unit,
    collaboration: Uuid,
    organization: Option<&bailiwick_domain::Sealed<Organization>>,
) -> Result<Made<'c, Proposal>, AppError> {
    let granted = may_edit(cx, unit, collaboration).await?;
    let because = granted.because();
    let new = guards::propose(&cx.gate, &granted, organization, cx.new_id())
        .map_err(|refused| AppError::refused(refused, "/organization_id", Kind::Organization))?;
    Ok(Made { new, because })
}

async fn may_edit<'c>(
    cx: &'c Cx,
    unit: &dyn Unit,
    collaboration: Uuid,
) -> Result<bailiwick_domain::Granted<'c, Edit, Collaboration>, AppError> {
    let row = Read::<Collaboration>::find(unit, collaboration).await?;
    let opened = cx.gate.open::<Edit, Collaboration>(&cx.caller, row);
    opened.map_err(|denial| AppError::denied(denial, collaboration))
}

/// The open proposal of an organization for a collaboration.
async fn open_one(
    unit: &dyn Unit,
    collaboration: Uuid,
    organization: Option<Uuid>,
) -> Result<Option<Uuid>, AppError> {
    let Some(organization) = organization else { return Ok(None) };
    let of_it = Read::<Proposal>::inside(unit, Anchor::at(Level::Organization, organization)).await?;
    Ok(guards::open_proposal(&of_it, collaboration))
}

/// Answers a proposal, or withdraws it. By accepting, the organization enters.
///
/// # Errors
/// The denial; it is the other side's to say; it has been answered.
pub async fn answer_proposal(cx: &Cx, id: Uuid, to: ProposalStatus) -> Result<Shown<'_, Proposal>, AppError> {
    cx.write(async |unit: &dyn Unit| {
        let row = Read::<Proposal>::find(unit, id).await?;
        let opened = cx.gate.open::<Edit, Proposal>(&cx.caller, row);
        let granted = opened.map_err(|denial| AppError::denied(denial, id))?;
        check_version(cx, granted.object().version)?;
        let (changed, because) =
            guards::answer(&cx.gate, granted, to).map_err(|denial| AppError::denied(denial, id))?;
        store(cx, unit, because, &changed).await?;
        let collaboration = Read::<Collaboration>::find(unit, changed.after().data.collaboration_id).await?;
        let entered = collaboration.and_then(|row| guards::enter_by(&changed, row, &cx.gate));
        if let Some(entered) = entered {
            store(cx, unit, because, &entered).await?;
        }
        look_back(cx, unit, id).await
    })
    .await
}
