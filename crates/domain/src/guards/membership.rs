//! Who is a member of a collaboration: consent.

use uuid::Uuid;

use super::links::{Refused, may_edit, settle};
use super::runs::changed;
use crate::caller::Caller;
use crate::entities::{Collaboration, Organization, Project, Proposal, ProposalStatus};
use crate::facts::Facts;
use crate::gate::{Changes, Delete, Denial, Edit, Gate, Granted, MayCreate, Sealed};
use crate::kind::{Kind, Operation};
use crate::object::{Changed, Entity, New, Object, Removed};
use crate::reason::{Because, Guard};

/// Whether one caller may let an organization enter in one step: who may edit the collaboration proposes it, who may
/// speaks for the organization accepts, and this caller may do both.
///
/// # Errors
/// Why not.
pub fn admit(
    gate: &Gate,
    caller: &Caller,
    collaboration: &Facts,
    organization: Option<&Facts>,
) -> Result<(), Refused> {
    let guard = may_edit(gate, caller, collaboration)?;
    let organization =
        organization.filter(|organization| gate.may_view(caller, organization)).ok_or(Refused::Named)?;
    let accepts = organization.kind == Kind::Organization && gate.speaks_for(caller, organization).is_some();
    settle(collaboration, [guard, (!accepts).then_some(Guard::Consent)])
}

/// Whether an organization may be taken out: who edits the collaboration may, and the organization itself.
///
/// # Errors
/// Why not.
pub fn dismiss(
    gate: &Gate,
    caller: &Caller,
    collaboration: &Facts,
    organization: Option<&Facts>,
) -> Result<(), Refused> {
    let member = organization.filter(|organization| {
        organization.kind == Kind::Organization && collaboration.is_home(organization.id)
    });
    if member.is_some_and(|member| gate.speaks_for(caller, member).is_some()) {
        return Ok(());
    }
    let guard = may_edit(gate, caller, collaboration)?;
    member.ok_or(Refused::Named)?;
    settle(collaboration, [guard])
}

/// A new collaboration of these organizations, each of which the caller may let enter in one step.
///
/// # Errors
/// See [`admit`], asked of the collaboration as it would be without them: nobody enters by being there from the start.
pub fn make_collaboration(
    gate: &Gate,
    permit: MayCreate<'_, Collaboration>,
    id: Uuid,
    data: Collaboration,
    members: &[&Facts],
) -> Result<New<Collaboration>, Refused> {
    let caller = permit.caller();
    let mut new = permit.made(id, gate.now(), Collaboration { members: Vec::new(), ..data });
    for member in members {
        admit(gate, caller, &new.0.facts, Some(member))?;
    }
    for member in members {
        add(&mut new.0.data, Some(member.id));
    }
    new.0.data.settle(&mut new.0.facts);
    Ok(new)
}

/// A collaboration with a change; its members stay, and encryption that was demanded.
pub fn change_collaboration<A: Changes>(
    gate: &Gate,
    granted: Granted<'_, A, Collaboration>,
    change: impl FnOnce(&mut Collaboration),
) -> Changed<Collaboration> {
    granted.changed(gate.now(), |collaboration| {
        let (members, encrypted) = (std::mem::take(&mut collaboration.members), collaboration.encrypted);
        change(collaboration);
        collaboration.members = members;
        collaboration.encrypted |= encrypted;
    })
}

/// Whether a collaboration demands ciphertext.
pub fn demands_encryption(collaboration: &Sealed<Collaboration>) -> bool {
    collaboration.object().data.encrypted
}

/// A collaboration to be removed, once its members have left.
pub fn remove_collaboration(granted: Granted<'_, Delete, Collaboration>) -> Removed<Collaboration> {
    Removed(granted.into_object())
}

/// The collaboration with one more member, for a caller who speaks for both sides.
///
/// # Errors
/// See [`admit`].
pub fn enter(
    gate: &Gate,
    granted: Granted<'_, Edit, Collaboration>,
    organization: Option<&Facts>,
) -> Result<Changed<Collaboration>, Refused> {
    admit(gate, granted.caller(), granted.facts(), organization)?;
    let entering = organization.map(|organization| organization.id);
    Ok(granted.changed(gate.now(), |collaboration| add(collaboration, entering)))
}

/// The proposal that an organization enters, by who may edit the collaboration.
///
/// # Errors
/// The organization may not be named here, or is a member already.
pub fn propose(
    gate: &Gate,
    collaboration: &Granted<'_, Edit, Collaboration>,
    organization: Option<&Sealed<Organization>>,
    id: Uuid,
) -> Result<New<Proposal>, Refused> {
    let caller = collaboration.caller();
    let organization = organization.map(|sealed| gate.facts(sealed));
    let organization = organization.filter(|named| gate.may_view(caller, named)).ok_or(Refused::Named)?;
    if collaboration.facts().is_home(organization.id) {
        let guard =
            Gate::guarded(Guard::Transition, Operation::Edit, Kind::Collaboration, collaboration.facts());
        return Err(guard.into());
    }
    let mut facts = organization.child(Kind::Proposal, id, caller.maker());
    facts.between = Some([collaboration.facts().clone(), organization.clone()].into());
    let data = Proposal {
        collaboration_id: collaboration.id(),
        organization_id: organization.id,
        status: ProposalStatus::Open,
        members: Vec::new(),
    };
    let (created_at, updated_at) = (gate.now(), gate.now());
    Ok(New(Object { id, created_at, updated_at, version: 1, facts, near: Vec::new(), data }))
}

/// Which of these proposals is open for a collaboration.
pub fn open_proposal(proposals: &[Sealed<Proposal>], collaboration: Uuid) -> Option<Uuid> {
    let mut all = proposals.iter().map(Sealed::object);
    let open = |found: &&Object<Proposal>| {
        found.data.collaboration_id == collaboration && found.data.status == ProposalStatus::Open
    };
    all.find(open).map(|found| found.id)
}

/// A proposal with its answer: who speaks for the organization accepts or declines, who speaks for the collaboration
/// withdraws.
///
/// # Errors
/// It is the other side's to say, or it has been answered.
pub fn answer<'c>(
    gate: &'c Gate,
    granted: Granted<'c, Edit, Proposal>,
    to: ProposalStatus,
) -> Result<(Changed<Proposal>, Because<'c>), Denial> {
    let caller = granted.caller();
    let sides = granted.facts().between.clone();
    let side = sides.as_deref().map(|[collaboration, organization]| match to {
        ProposalStatus::Withdrawn => collaboration,
        _ => organization,
    });
    let forbid = |guard| Gate::guarded(guard, Operation::Edit, Kind::Proposal, granted.facts());
    if granted.data().status != ProposalStatus::Open {
        return Err(forbid(Guard::Transition));
    }
    // Declining and withdrawing end it, which either side may; accepting is the organization's alone.
    let because = match to {
        ProposalStatus::Accepted => {
            side.and_then(|side| gate.speaks_for(caller, side)).ok_or_else(|| forbid(Guard::Consent))?
        }
        _ => granted.because(),
    };
    Ok((granted.changed(gate.now(), |proposal| proposal.status = to), because))
}

/// The collaboration that an organization enters by a proposal that was accepted.
pub fn enter_by(
    accepted: &Changed<Proposal>,
    collaboration: Sealed<Collaboration>,
    gate: &Gate,
) -> Option<Changed<Collaboration>> {
    let proposal = &accepted.after().data;
    let is_meant =
        proposal.status == ProposalStatus::Accepted && collaboration.id() == proposal.collaboration_id;
    let entering = Some(proposal.organization_id);
    is_meant.then(|| changed(collaboration.into_object(), gate.now(), |it| add(it, entering)))
}

/// The collaboration without a member, and why the caller may take it out.
///
/// # Errors
/// See [`dismiss`].
pub fn leave<'c>(
    gate: &'c Gate,
    caller: &'c Caller,
    collaboration: Option<Sealed<Collaboration>>,
    organization: Option<&Facts>,
) -> Result<(Changed<Collaboration>, Because<'c>), Refused> {
    let Some(collaboration) = collaboration else {
        return Err(gate.absent(caller, Operation::Edit, Kind::Collaboration).into());
    };
    let facts = gate.facts(&collaboration);
    dismiss(gate, caller, facts, organization)?;
    let because = organization.and_then(|organization| gate.speaks_for(caller, organization));
    let because = because.or_else(|| gate.speaks_for(caller, facts)).ok_or(Refused::Named)?;
    Ok((without(collaboration, organization.map(|organization| organization.id), gate), because))
}

/// The collaboration without a member that goes along with something else.
pub fn without(
    collaboration: Sealed<Collaboration>,
    member: Option<Uuid>,
    gate: &Gate,
) -> Changed<Collaboration> {
    changed(collaboration.into_object(), gate.now(), |it| it.members.retain(|id| Some(*id) != member))
}

/// A project that is no longer shared, since its organization left the collaboration.
pub fn unshared(project: Sealed<Project>, gate: &Gate) -> Changed<Project> {
    changed(project.into_object(), gate.now(), |project| project.collaboration_id = None)
}

fn add(collaboration: &mut Collaboration, member: Option<Uuid>) {
    collaboration.members.extend(member);
    collaboration.members.sort_unstable();
    collaboration.members.dedup();
}
