//! "No escalation": what a caller hands out or takes away, it must hold.

use super::hold::{
    Until, counted, counts, full_closure, held, holds_at, is_in_good_standing, live_closure, rules_of,
};
use super::place::{
    Place, at_or_above, collaboration_of, collaborations, find, find_kind, home, homes, organization_of,
    parent, project_of, shares,
};
use super::rights::{Deed, may};
use crate::decisions::{Answer, Kind, Object, Operation, Payload, Rule, Scope, World};

/// The role that may do everything.
pub(super) const ROOT: &str = "root";

/// For whom reach is compared.
#[derive(Debug, Clone, Copy)]
enum Receiver<'w> {
    /// Whoever holds the grant, as far as there is such a principal.
    Holder(Option<&'w Object>),
    /// "Where no grant says how far it will reach, the scope must be at least as wide by name."
    ByName,
}

/// Whether the caller holds, at the anchor or above and for long enough, a rule that "reach\[es\]
/// everything that the receiver's would".
fn covers(
    world: &World,
    caller: &Object,
    needed: Rule,
    anchor: Place<'_>,
    receiver: Receiver<'_>,
    until: Until,
) -> bool {
    held(world, caller).iter().any(|holding| {
        at_or_above(world, holding.anchor, anchor)
            && until.is_outlived_by(holding.ends)
            && widest(&rules_of(&live_closure(world, holding.role)), needed).is_some_and(|scope| {
                covers_scope(world, caller, holding.anchor, scope, needed, anchor, receiver)
            })
    })
}

/// The scope that a role gives for a kind and an operation. "A wider scope includes the narrower ones": a role with both is
/// a role with the wider one, in what its holder hands out as well.
fn widest(rules: &[Rule], needed: Rule) -> Option<Scope> {
    rules.iter().filter(|rule| (rule.0, rule.1) == (needed.0, needed.1)).map(|rule| rule.2).max()
}

/// "Below the server all scopes but own reach alike. In a grant at the server, a rule of scope
/// organization or collaboration covers only receivers with the same home; only global covers
/// others; own covers own."
fn covers_scope(
    world: &World,
    caller: &Object,
    held_at: Place<'_>,
    scope: Scope,
    needed: Rule,
    anchor: Place<'_>,
    receiver: Receiver<'_>,
) -> bool {
    if matches!(receiver, Receiver::ByName) && scope < needed.2 {
        return false;
    }
    match (held_at, scope) {
        (_, Scope::Own) => needed.2 == Scope::Own,
        (Place::At(_), _) | (Place::Server, Scope::Global) => true,
        (Place::Server, Scope::Organization | Scope::Collaboration) => match (anchor, receiver) {
            (Place::Server, Receiver::Holder(Some(holder))) => {
                needed.2 <= scope
                    && home(world, holder).is_some()
                    && home(world, holder) == home(world, caller)
            }
            (Place::Server, _) => false,
            (Place::At(_), _) => spans(world, caller, scope, needed.0, anchor),
        },
    }
}

/// Whether a rule of scope organization or collaboration at the server reaches everything of a kind
/// that is inside an anchor.
fn spans(world: &World, caller: &Object, scope: Scope, kind: Kind, anchor: Place<'_>) -> bool {
    let own_home = home(world, caller).is_some_and(|home| {
        organization_of(world, anchor).is_some_and(|organization| organization.id == home)
    });
    let shared = || {
        if matches!(kind, Kind::Organization | Kind::User | Kind::Role) {
            return shares(world, caller, &homes(world, anchor));
        }
        project_of(world, anchor)
            .and_then(|_| collaboration_of(world, anchor))
            .is_some_and(|one| collaborations(world, caller).iter().any(|found| found.id == one.id))
    };
    own_home || (scope == Scope::Collaboration && shared())
}

/// Whether access rules name a role.
fn is_named(world: &World, role: &Object) -> bool {
    role.builtin
        && world
            .access_rules
            .values()
            .flat_map(|actions| actions.values())
            .any(|roles| roles.contains(&role.id))
}

/// "A role that access rules name is handed out or taken away only by who holds that role itself at
/// the anchor or above, or root at the server; being included in another role does not hide it."
fn covers_names(world: &World, caller: &Object, roles: &[&Object], anchor: Place<'_>, until: Until) -> bool {
    roles.iter().filter(|role| is_named(world, role)).all(|role| {
        holds_at(world, caller, &role.id, anchor, until)
            || holds_at(world, caller, ROOT, Place::Server, until)
    })
}

/// Whether the caller holds all of a role ("a role counts in full"), as its holder does.
fn covers_role(
    world: &World,
    caller: &Object,
    role: &Object,
    anchor: Place<'_>,
    receiver: Receiver<'_>,
    until: Until,
) -> bool {
    let closure = full_closure(world, role);
    covers_names(world, caller, &closure, anchor, until)
        && rules_of(&closure).into_iter().all(|rule| covers(world, caller, rule, anchor, receiver, until))
}

/// "a principal that holds what they do not": whether the caller holds all that the principal holds
/// at anchors that the filter lets through.
pub(super) fn ranks_above(
    world: &World,
    caller: &Object,
    principal: &Object,
    filter: &dyn Fn(Place<'_>) -> bool,
) -> bool {
    let receiver = Receiver::Holder(Some(principal));
    counted(world, principal)
        .iter()
        .filter(|holding| filter(holding.anchor))
        .all(|holding| covers_role(world, caller, holding.role, holding.anchor, receiver, Until::Now))
}

/// "the principal and the role must be viewable or candidates"; who they are is the first thing that
/// the payload must get right.
pub(super) fn is_grant_payload_known(
    world: &World,
    caller: Option<&Object>,
    anchor: Place<'_>,
    payload: &Payload,
) -> bool {
    let principal = payload.principal.as_deref().and_then(|id| find(world, id));
    let role = payload.role.as_deref().and_then(|id| find_kind(world, Kind::Role, id));
    let sees = |object| may(world, caller, Deed::on(Operation::View, object));
    principal.is_some_and(|principal| {
        matches!(principal.kind, Kind::User | Kind::ApiKey | Kind::Node | Kind::Container)
            && (sees(principal) || is_candidate(world, principal, anchor))
    }) && role.is_some_and(sees)
}

/// "Who may create grants on an anchor may look up [...] the users of its organization and, in a
/// project shared in a collaboration, those of its members."
fn is_candidate(world: &World, user: &Object, anchor: Place<'_>) -> bool {
    let Some(home) = home(world, user) else { return false };
    let of_organization = organization_of(world, anchor).is_some_and(|found| found.id == home);
    let of_member = project_of(world, anchor)
        .and_then(|_| collaboration_of(world, anchor))
        .is_some_and(|collaboration| collaboration.members.contains(&home));
    user.kind == Kind::User && is_in_good_standing(world, user) && (of_organization || of_member)
}

/// What stands against making a grant.
pub(super) fn against_new_grant(
    world: &World,
    caller: &Object,
    anchor: Place<'_>,
    payload: &Payload,
) -> Option<Answer> {
    let principal = find(world, payload.principal.as_deref()?)?;
    let role = find_kind(world, Kind::Role, payload.role.as_deref()?)?;
    // "nobody grants or revokes these, and they hold nothing else"
    let can_hold = matches!(principal.kind, Kind::User | Kind::ApiKey)
        && !(role.builtin && [Kind::Node.name(), Kind::Container.name()].contains(&&*role.id));
    // "Nobody makes or edits their own grants"
    let own = principal.id == caller.id;
    let receiver = Receiver::Holder(Some(principal));
    let allowed = can_hold
        && !own
        && is_role_at_home(world, role, principal, anchor)
        && is_inside_key(world, principal, anchor)
        && covers_role(world, caller, role, anchor, receiver, Until::End(payload.ends));
    (!allowed).then_some(Answer::Forbidden)
}

/// "An organization's role is granted inside it, or at the server to its own principals."
fn is_role_at_home(world: &World, role: &Object, principal: &Object, anchor: Place<'_>) -> bool {
    let Some(owner) = organization_of(world, Place::At(role)) else { return true };
    match anchor {
        Place::Server => home(world, principal).as_ref() == Some(&owner.id),
        Place::At(_) => organization_of(world, anchor).is_some_and(|found| found.id == owner.id),
    }
}

/// "An API key made through a project has all its grants inside that project."
fn is_inside_key(world: &World, principal: &Object, anchor: Place<'_>) -> bool {
    principal.kind != Kind::ApiKey
        || project_of(world, Place::At(principal))
            .is_none_or(|project| at_or_above(world, Place::At(project), anchor))
}

/// What stands against a new end for a grant: it is handed out anew, until then.
pub(super) fn against_grant_edit(
    world: &World,
    caller: &Object,
    grant: &Object,
    payload: Option<&Payload>,
) -> Option<Answer> {
    // "Nobody makes or edits their own grants"
    let own = grant.principal.as_ref() == Some(&caller.id);
    let ends = payload.and_then(|payload| payload.ends).or(grant.ends);
    let allowed = !own && covers_grant(world, caller, grant, Until::End(ends));
    (!allowed).then_some(Answer::Forbidden)
}

/// What stands against taking a grant away; "anybody may give one up".
pub(super) fn against_grant_removal(world: &World, caller: &Object, grant: &Object) -> Option<Answer> {
    let own = grant.principal.as_ref() == Some(&caller.id);
    let allowed = own || covers_grant(world, caller, grant, Until::Now);
    (!allowed).then_some(Answer::Forbidden)
}

/// Whether the caller holds what a grant gives. A grant of nothing, or nowhere, gives nothing.
fn covers_grant(world: &World, caller: &Object, grant: &Object, until: Until) -> bool {
    let role = grant.role.as_deref().and_then(|id| find_kind(world, Kind::Role, id));
    let holder = grant.principal.as_deref().and_then(|id| find(world, id));
    match (role, parent(world, grant)) {
        (Some(role), Some(anchor)) => {
            covers_role(world, caller, role, anchor, Receiver::Holder(holder), until)
        }
        _ => true,
    }
}

/// What stands against making a role with these rules: it is "judged at its organization", and no
/// grant says yet how far it will reach.
pub(super) fn against_new_role(
    world: &World,
    caller: &Object,
    organization: Place<'_>,
    payload: Option<&Payload>,
) -> Option<Answer> {
    let allowed = payload.is_none_or(|payload| {
        let covered = |rule: &Rule| covers(world, caller, *rule, organization, Receiver::ByName, Until::Now);
        payload.add.iter().all(covered)
    });
    (!allowed).then_some(Answer::Forbidden)
}

/// What stands against putting rules into a role or taking them out: "what it hands out or takes
/// away, the caller must hold".
pub(super) fn against_role_edit(
    world: &World,
    caller: &Object,
    role: &Object,
    payload: Option<&Payload>,
) -> Option<Answer> {
    let mut changed = role.clone();
    if let Some(payload) = payload {
        changed.rules.extend(&payload.add);
        changed.rules.retain(|rule| !payload.remove.contains(rule));
    }
    let others = world.objects.iter().filter(|object| object.id != role.id).cloned();
    let after = World { objects: others.chain([changed.clone()]).collect(), ..world.clone() };
    let before = rules_of(&full_closure(world, role));
    let after = rules_of(&full_closure(&after, &changed));
    let allowed = !role.builtin
        && beyond(&after, &before).all(|rule| covers_change(world, caller, role, rule, true))
        && beyond(&before, &after).all(|rule| covers_change(world, caller, role, rule, false));
    (!allowed).then_some(Answer::Forbidden)
}

/// The rules of one list that the other does not include. "A wider scope includes the narrower ones."
fn beyond<'r>(more: &'r [Rule], less: &'r [Rule]) -> impl Iterator<Item = Rule> + 'r {
    let includes = |wide: &Rule, rule: &Rule| (wide.0, wide.1) == (rule.0, rule.1) && wide.2 >= rule.2;
    more.iter().copied().filter(move |rule| !less.iter().any(|wide| includes(wide, rule)))
}

/// What stands against deleting a role, which takes away all that it gives.
pub(super) fn against_role_removal(world: &World, caller: &Object, role: &Object) -> Option<Answer> {
    let closure = full_closure(world, role);
    let anchors = grants_with(world, role).into_iter().filter_map(|grant| parent(world, grant));
    let allowed = !role.builtin
        && rules_of(&closure).into_iter().all(|rule| covers_change(world, caller, role, rule, false))
        && parent(world, role)
            .into_iter()
            .chain(anchors)
            .all(|anchor| covers_names(world, caller, &closure, anchor, Until::Now));
    (!allowed).then_some(Answer::Forbidden)
}

/// "Changing a role [...] is judged at its organization and at the anchor of every grant of a role
/// that includes it. [...] What is added may not outlive the caller's own: no grant of the role may
/// end later."
fn covers_change(world: &World, caller: &Object, role: &Object, rule: Rule, added: bool) -> bool {
    let at_organization = parent(world, role)
        .is_some_and(|organization| covers(world, caller, rule, organization, Receiver::ByName, Until::Now));
    at_organization
        && grants_with(world, role).into_iter().all(|grant| {
            let holder = grant.principal.as_deref().and_then(|id| find(world, id));
            let until = if added { Until::End(grant.ends) } else { Until::Now };
            parent(world, grant)
                .is_none_or(|anchor| covers(world, caller, rule, anchor, Receiver::Holder(holder), until))
        })
}

/// The grants that count of roles that include a role, or are it.
fn grants_with<'w>(world: &'w World, role: &Object) -> Vec<&'w Object> {
    let includes = |id: &str| {
        find_kind(world, Kind::Role, id)
            .is_some_and(|held| full_closure(world, held).iter().any(|found| found.id == role.id))
    };
    world
        .objects
        .iter()
        .filter(|grant| counts(world, grant) && grant.role.as_deref().is_some_and(includes))
        .collect()
}
