//! Making a node hands out what a node holds, and so does giving it a new secret.

use uuid::Uuid;

use super::links::Refused;
use crate::caller::Caller;
use crate::entities::{Node, NodePolicy, Organization, Standing};
use crate::facts::Facts;
use crate::gate::{Changes, Create, Delete, Denial, Edit, Gate, Granted, Judgement, MayCreate, Sealed};
use crate::kind::{Kind, Operation};
use crate::object::{Changed, New, Removed};
use crate::principal::PrincipalId;
use crate::reason::Guard;

/// Whether a node may be made under an organization, to work in a collaboration of which that is a member: beside the
/// rule it needs edit on the organization and view on the collaboration.
///
/// # Errors
/// Why not.
pub fn may_make_node(
    gate: &Gate,
    caller: &Caller,
    organization: &Facts,
    collaboration: Option<&Facts>,
) -> Result<(), Refused> {
    let guard = match gate.judge::<Create>(caller, Kind::Node, organization) {
        Judgement::Allowed(_) => None,
        Judgement::Guarded(guard) => Some(guard),
        Judgement::Missing => {
            return Err(gate.missing(caller, Operation::Create, Kind::Node, organization).into());
        }
    };
    collaboration
        .filter(|into| into.kind == Kind::Collaboration && into.is_home(organization.id))
        .filter(|into| gate.may_view(caller, into))
        .ok_or(Refused::Named)?;
    let edits = gate.speaks_for(caller, organization).is_some();
    match Guard::foremost(guard.into_iter().chain((!edits).then_some(Guard::NodeMaking))) {
        Some(guard) => Err(Gate::guarded(guard, Operation::Create, Kind::Node, organization).into()),
        None => Ok(()),
    }
}

/// Whether an organization may be called otherwise: by who speaks for it.
///
/// # Errors
/// The denial.
pub fn may_rename(granted: &Granted<'_, Edit, Organization>) -> Result<(), Denial> {
    if granted.caller().principal.is_some_and(PrincipalId::is_node) {
        return Err(Gate::guarded(Guard::KeyAlone, Operation::Edit, Kind::Organization, granted.facts()));
    }
    Ok(())
}

/// A new node of an organization.
///
/// # Errors
/// See [`may_make_node`].
pub fn make_node(
    gate: &Gate,
    permit: MayCreate<'_, Node>,
    collaboration: Option<&Facts>,
    id: Uuid,
    data: Node,
) -> Result<New<Node>, Refused> {
    may_make_node(gate, permit.caller(), permit.parent(), collaboration)?;
    Ok(permit.made(id, gate.now(), data))
}

/// A node with a change; its collaboration and its secret stay.
pub fn change_node<A: Changes>(
    gate: &Gate,
    granted: Granted<'_, A, Node>,
    change: impl FnOnce(&mut Node),
) -> Changed<Node> {
    granted.changed(gate.now(), |node| {
        let before = node.clone();
        change(node);
        node.collaboration_id = before.collaboration_id;
        node.secret_hash = before.secret_hash;
        node.prefix = before.prefix;
    })
}

/// Whether the caller may give a node a new secret, beside editing it. A node may do so to itself alone: with the secret
/// of another one it would be that one, in another collaboration.
pub fn may_renew_node(
    gate: &Gate,
    caller: &Caller,
    node: &Facts,
    organization: &Facts,
    collaboration: &Facts,
) -> bool {
    let itself = caller.principal.is_some_and(|me| me.is_node() && node.is(me));
    itself || gate.speaks_for(caller, organization).is_some() && gate.may_view(caller, collaboration)
}

/// A node with a new secret.
///
/// # Errors
/// It needs edit on its organization and view on its collaboration.
pub fn renew_node(
    gate: &Gate,
    granted: Granted<'_, Edit, Node>,
    organization: &Facts,
    collaboration: &Facts,
    hash: &str,
    prefix: &str,
) -> Result<Changed<Node>, Denial> {
    if !may_renew_node(gate, granted.caller(), granted.facts(), organization, collaboration) {
        return Err(Gate::guarded(Guard::NodeMaking, Operation::Edit, Kind::Node, granted.facts()));
    }
    Ok(granted.changed(gate.now(), |node| {
        hash.clone_into(&mut node.secret_hash);
        prefix.clone_into(&mut node.prefix);
    }))
}

/// A node that may be given runs, with what it lets run; `None` where it is suspended.
pub fn runs_tasks(node: &Sealed<Node>) -> Option<(Uuid, NodePolicy)> {
    let node = node.object();
    (node.data.status == Standing::Active).then(|| (node.id, node.data.policy.clone()))
}

/// A node that goes because its organization leaves the collaboration that it works in.
pub fn remove_node_along(node: Sealed<Node>) -> Removed<Node> {
    Removed(node.into_object())
}

/// A node to be removed.
pub fn remove_node(granted: Granted<'_, Delete, Node>) -> Removed<Node> {
    Removed(granted.into_object())
}
