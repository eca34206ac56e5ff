//! Invitations: a grant's guards, asked when one is made, and again of its maker when it is accepted.

use time::OffsetDateTime;
use uuid::Uuid;

use super::cover::{Standing, Until, holds_all, of_each};
use super::grants::{GivenRole, make_grant, may_remove_grant};
use crate::caller::{Held, HeldGrant};
use crate::entities::{Grant, Invitation};
use crate::facts::Facts;
use crate::gate::{Delete, Denial, Gate, Granted, MayCreate, Sealed};
use crate::kind::{Kind, Operation};
use crate::object::{New, Removed};
use crate::ports::{LinkPurpose, MailedLink};
use crate::principal::PrincipalId;
use crate::reason::Guard;

/// A new invitation, if no guard forbids it. Who will accept is not known, and so has no home yet.
///
/// # Errors
/// The guard that forbids it.
pub fn make_invitation(
    gate: &Gate,
    permit: MayCreate<'_, Invitation>,
    role: &GivenRole,
    id: Uuid,
    data: Invitation,
) -> Result<New<Invitation>, Denial> {
    let caller = permit.caller();
    let at = permit.parent();
    let forbid = |guard| Err(Gate::guarded(guard, Operation::Create, Kind::Grant, at));
    if role.organization.is_none() && gate.policy().role(&role.name).is_none_or(|role| role.fixed) {
        return forbid(Guard::BuiltIn);
    }
    if role.organization.is_some() && at.lineage.organization != role.organization {
        return forbid(Guard::ForeignRole);
    }
    // It is asked again in the name of its maker, so there must be one.
    if caller.maker().is_none() {
        return forbid(Guard::Escalation);
    }
    let (rights, roles) = role.full.resolve(gate.policy());
    let given = Held {
        grant: id,
        role: role.id,
        role_name: role.name.clone(),
        at: at.clone(),
        rights,
        roles,
        ends_at: data.ends_at,
    };
    let until = Until::End(data.ends_at);
    if !of_each(caller, &|who| holds_all(who, gate, &given, None, until, false)) {
        return forbid(Guard::Escalation);
    }
    Ok(permit.made(id, gate.now(), data))
}

/// An invitation to be taken back, if no guard forbids it: what takes away a grant.
///
/// # Errors
/// The guard that forbids it.
pub fn withdraw_invitation(
    gate: &Gate,
    granted: Granted<'_, Delete, Invitation>,
    held: &HeldGrant,
) -> Result<Removed<Invitation>, Denial> {
    if !may_remove_grant(gate, granted.caller(), held, None) {
        return Err(Gate::guarded(Guard::Escalation, Operation::Delete, Kind::Grant, granted.facts()));
    }
    Ok(Removed(granted.into_object()))
}

/// What an invitation offers to whoever has its link.
#[derive(Debug)]
pub struct Offer {
    invitation: Sealed<Invitation>,
}

impl Offer {
    /// To whom it was mailed, which role, where, from when and until when.
    pub const fn data(&self) -> &Invitation {
        &self.invitation.object().data
    }

    /// Its facts.
    pub const fn facts(&self) -> &Facts {
        &self.invitation.object().facts
    }

    /// In whose name it is accepted.
    pub fn maker(&self) -> Option<PrincipalId> {
        self.facts().maker
    }
}

/// Opens an invitation by the link that was mailed for it: the link is the permit. `None` where they do not fit, or
/// the invitation has ended.
pub fn offered(
    invitation: Option<Sealed<Invitation>>,
    link: &MailedLink,
    now: OffsetDateTime,
) -> Option<Offer> {
    let invitation = invitation?;
    let object = invitation.object();
    let fits = link.purpose == LinkPurpose::Invitation
        && link.subject == object.id
        && link.address == object.data.address
        && now < link.expires_at
        && now < object.data.expires_at;
    fits.then_some(Offer { invitation })
}

/// The grant that an offer becomes, by a permit of its maker as of now, and the invitation, which is used up.
///
/// # Errors
/// The guard that forbids its maker to make such a grant now.
pub fn accept_invitation(
    gate: &Gate,
    permit: MayCreate<'_, Grant>,
    offer: Offer,
    role: &GivenRole,
    receiver: &Standing,
    id: Uuid,
) -> Result<(New<Grant>, Removed<Invitation>), Denial> {
    let Invitation { role_id, anchor, starts_at, ends_at, .. } = *offer.data();
    let data = Grant { principal: receiver.principal, role_id, anchor, starts_at, expires_at: ends_at };
    let grant = make_grant(gate, permit, role, receiver, None, id, data)?;
    Ok((grant, Removed(offer.invitation.object().clone())))
}
