//! Collaborations: making and changing them, and who is a member.

use bailiwick_domain::entities::{Collaboration, Name, Organization, Proposal};
use bailiwick_domain::gate::{Denied, Edit};
use bailiwick_domain::guards::{self, Refused};
use bailiwick_domain::kind::Kind;
use bailiwick_domain::ports::{Read, Unit};
use bailiwick_domain::reason::Guard;
use serde::Deserialize;
use uuid::Uuid;

use crate::create::{Made, create, look_back};
use crate::cx::Cx;
use crate::edit::{check_version, edit, store};
use crate::error::AppError;
use crate::leaving::leave;
use crate::proposals::propose;
use crate::read::Shown;

/// A new collaboration. Organizations enter it one by one.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewCollaboration {
    /// Unique on the server.
    pub name: Name,
    /// Whether what runs are given and give back must be ciphertext.
    #[serde(default)]
    pub encrypted: bool,
}

/// Changes of a collaboration.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CollaborationPatch {
    /// Unique on the server.
    pub name: Option<Name>,
    /// Whether what runs are given and give back must be ciphertext. Once demanded it stays so.
    pub encrypted: Option<bool>,
}

/// Makes a collaboration under the server.
///
/// # Errors
/// The denial; a name that is taken.
pub async fn create_collaboration(
    cx: &Cx,
    body: NewCollaboration,
) -> Result<Shown<'_, Collaboration>, AppError> {
    create(
        cx,
        async |_: &dyn Unit| {
            let permit = cx.gate.create_at_server::<Collaboration>(&cx.caller)?;
            let because = permit.because();
            let data = Collaboration {
                name: body.name.as_str().to_owned(),
                encrypted: body.encrypted,
                members: Vec::new(),
            };
            let new = guards::make_collaboration(&cx.gate, permit, cx.new_id(), data, &[]);
            let new = new.map_err(|refused| AppError::refused(refused, "", Kind::Organization))?;
            Ok(Made { new, because })
        },
        async |_, _| Ok(()),
    )
    .await
}

/// Changes a collaboration.
///
/// # Errors
/// The denial; a name that is taken; encryption that is to be given up.
pub async fn edit_collaboration(
    cx: &Cx,
    id: Uuid,
    body: CollaborationPatch,
) -> Result<Shown<'_, Collaboration>, AppError> {
    edit::<Edit, Collaboration>(cx, id, async |_, granted| {
        if body.encrypted == Some(false) && granted.data().encrypted {
            let right =
                "true: partners rely on encryption that was demanded; make another collaboration without";
            return Err(AppError::invalid("/encrypted", right));
        }
        Ok(guards::change_collaboration(&cx.gate, granted, |collaboration| {
            if let Some(name) = &body.name {
                collaboration.name = name.as_str().to_owned();
            }
            collaboration.encrypted |= body.encrypted.unwrap_or_default();
        }))
    })
    .await
}

/// What came of it that an organization is to enter.
pub enum Entered<'c> {
    /// It is a member: the caller speaks for both sides.
    Member(Shown<'c, Collaboration>),
    /// It has been asked.
    Proposed(Shown<'c, Proposal>),
}

/// Lets an organization enter a collaboration, or proposes it where the caller does not speak for the organization.
///
/// # Errors
/// The denial; an organization that may not be named.
pub async fn enter_collaboration(cx: &Cx, id: Uuid, organization: Uuid) -> Result<Entered<'_>, AppError> {
    let outcome = cx
        .write(async |unit: &dyn Unit| {
            let row = Read::<Collaboration>::find(unit, id).await?;
            let opened = cx.gate.open::<Edit, Collaboration>(&cx.caller, row);
            let granted = opened.map_err(|denial| AppError::denied(denial, id))?;
            check_version(cx, granted.object().version)?;
            let because = granted.because();
            let entering = Read::<Organization>::find(unit, organization).await?;
            let facts = entering.as_ref().map(|row| cx.gate.facts(row).clone());
            let is_member = granted.facts().is_home(organization);
            match guards::enter(&cx.gate, granted, facts.as_ref()) {
                Ok(changed) => {
                    store(cx, unit, because, &changed).await?;
                    look_back(cx, unit, id).await.map(Entered::Member)
                }
                // Whoever is in stays in, whoever asks for it.
                Err(Refused::Denied(denial)) if is_consent(&denial.answer) && is_member => {
                    look_back(cx, unit, id).await.map(Entered::Member)
                }
                Err(Refused::Denied(denial)) if is_consent(&denial.answer) => {
                    propose(cx, unit, id, organization).await.map(Entered::Proposed)
                }
                // The path names it: what is not there, or hidden, is not found.
                Err(refused) => Err(AppError::refused_in_path(cx, refused, Kind::Organization, organization)),
            }
        })
        .await?;
    Ok(outcome)
}

fn is_consent(answer: &Denied) -> bool {
    *answer == Denied::Guarded(Guard::Consent)
}

/// Takes an organization out of a collaboration: its projects there are unshared, its nodes there go, their open runs
/// end.
///
/// # Errors
/// The denial; an organization that is no member, or may not be named.
pub async fn leave_collaboration(cx: &Cx, id: Uuid, organization: Uuid) -> Result<(), AppError> {
    cx.write(async |unit: &dyn Unit| {
        let row = Read::<Collaboration>::find(unit, id).await?;
        let leaving = Read::<Organization>::find(unit, organization).await?;
        let facts = leaving.as_ref().map(|row| cx.gate.facts(row).clone());
        let (changed, because) = match guards::leave(&cx.gate, &cx.caller, row, facts.as_ref()) {
            Ok(left) => left,
            Err(Refused::Denied(denial)) => return Err(AppError::denied(*denial, id)),
            Err(refused) => {
                return Err(AppError::refused_in_path(cx, refused, Kind::Organization, organization));
            }
        };
        check_version(cx, changed.before().version)?;
        leave(cx, unit, because, organization, id).await?;
        store(cx, unit, because, &changed).await
    })
    .await
}
