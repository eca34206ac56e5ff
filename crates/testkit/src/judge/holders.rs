//! Principals and what they hold.

use bailiwick_domain as domain;
use domain::caller::{Caller, Confinement, HeldGrant};
use domain::guards::{Granting, Standing};
use domain::policy::Policy;
use domain::ports::Identity;
use domain::{Facts, PrincipalId};
use uuid::Uuid;

use super::{Scene, facts, find, find_kind, id_of, instant, roles};
use crate::decisions::{Kind, Object, SERVER, World};

/// The caller that a principal is now; nobody where its credentials are not good.
pub(super) fn caller(scene: &Scene<'_>, principal: &Object) -> Option<Caller> {
    let (policy, now) = (scene.gate.policy(), scene.gate.now());
    let mut identity = identity(scene, principal)?;
    if !is_worker(principal) && (principal.kind == Kind::User || principal.maker.is_some()) {
        return identity.caller(policy, now);
    }
    // Nodes, containers and keys without a maker come as if they were users: what they are beside, the world says.
    identity.principal = PrincipalId::user(identity.principal.id);
    let mut caller = identity.caller(policy, now).filter(|_| is_good(scene, principal))?;
    caller.principal = facts::principal(scene.world, &principal.id);
    caller.home = home(scene, principal);
    caller.bound = bound(scene, principal).map(Box::new);
    caller.confinement = confinement(scene, principal);
    Some(caller)
}

/// A principal as storage would hand it out.
fn identity(scene: &Scene<'_>, principal: &Object) -> Option<Identity> {
    let (world, place) = (scene.world, scene.facts(principal));
    let mine = world.objects.iter().filter(|object| object.kind == Kind::Collaboration).filter(|object| {
        let of_home = home(scene, principal).is_some_and(|home| scene.facts(object).is_home(home));
        if is_worker(principal) { place.collaboration == Some(id_of(object)) } else { of_home }
    });
    let members = |object: &Object| (id_of(object), scene.facts(object).homes.to_vec());
    let maker = principal.maker.as_deref().filter(|_| principal.kind == Kind::ApiKey);
    let maker = maker.and_then(|maker| find_kind(world, Kind::User, maker));
    Some(Identity {
        principal: facts::principal(world, &principal.id)?,
        name: principal.id.clone(),
        facts: place.clone(),
        home_name: String::new(),
        active: is_active(scene, principal),
        ends_at: None,
        grants: grants(scene, principal),
        collaborations: mine.map(members).collect(),
        maker: maker.and_then(|maker| identity(scene, maker)).map(Box::new),
        works: None,
        app: None,
    })
}

/// What a principal holds, for escalation and rank: what it holds by being one does not count.
pub(super) fn standing(scene: &Scene<'_>, principal: &Object) -> Option<Standing> {
    let grants = if is_worker(principal) { Vec::new() } else { grants(scene, principal) };
    Some(Standing {
        principal: facts::principal(scene.world, &principal.id)?,
        home: home(scene, principal),
        grants,
    })
}

/// The grants that name a principal, those revoked apart; of a node or container what it holds by being one.
fn grants(scene: &Scene<'_>, principal: &Object) -> Vec<HeldGrant> {
    if is_worker(principal) {
        return by_being(scene, principal).into_iter().collect();
    }
    let named = |grant: &&Object| {
        grant.kind == Kind::Grant && grant.principal.as_ref() == Some(&principal.id) && !grant.revoked
    };
    scene.world.objects.iter().filter(named).filter_map(|grant| held(scene, grant)).collect()
}

/// A grant as storage knows it.
pub(super) fn held(scene: &Scene<'_>, grant: &Object) -> Option<HeldGrant> {
    let role = find_kind(scene.world, Kind::Role, grant.role.as_deref()?)?;
    let principal = facts::principal(scene.world, grant.principal.as_deref()?)?;
    let at = scene.place(grant.parent.as_deref().unwrap_or(SERVER))?;
    let in_force = is_awake(scene, &at) && is_awake(scene, scene.facts(role));
    let starts_at = grant.starts.map(instant);
    let ends_at = grant.ends.map(instant);
    Some(HeldGrant { starts_at, ends_at, ..of_role(scene, role, principal, at, id_of(grant), in_force) })
}

fn of_role(
    scene: &Scene<'_>,
    role: &Object,
    principal: PrincipalId,
    at: Facts,
    grant: Uuid,
    in_force: bool,
) -> HeldGrant {
    let (live, full) = roles::closures(scene.world, role);
    HeldGrant {
        grant,
        principal,
        role: id_of(role),
        role_name: role.id.clone(),
        at,
        live,
        full,
        in_force: in_force && role.active != Some(false),
        starts_at: None,
        ends_at: None,
    }
}

/// The role that a node or container holds at the server.
fn by_being(scene: &Scene<'_>, principal: &Object) -> Option<HeldGrant> {
    let name = if principal.kind == Kind::Node { Policy::NODE } else { Policy::CONTAINER };
    let role = find_kind(scene.world, Kind::Role, name)?;
    let who = facts::principal(scene.world, &principal.id)?;
    Some(of_role(scene, role, who, Facts::server(), Uuid::nil(), true))
}

/// The grants of the roles that a role is part of.
pub(super) fn granting(scene: &Scene<'_>, role: &Object) -> Vec<Granting> {
    let includes = |id: &str| includes(scene.world, id, &role.id, scene.world.objects.len());
    let of_it = |grant: &&Object| {
        grant.kind == Kind::Grant && !grant.revoked && grant.role.as_deref().is_some_and(includes)
    };
    scene
        .world
        .objects
        .iter()
        .filter(of_it)
        .filter_map(|grant| {
            let holder = grant.principal.as_deref().and_then(|id| find(scene.world, id))?;
            Some(Granting { grant: held(scene, grant)?, home: home(scene, holder) })
        })
        .collect()
}

fn includes(world: &World, role: &str, included: &str, steps: usize) -> bool {
    role == included
        || steps.checked_sub(1).is_some_and(|steps| {
            find_kind(world, Kind::Role, role)
                .is_some_and(|role| role.includes.iter().any(|id| includes(world, id, included, steps)))
        })
}

/// Whom the rights of a key's or container's maker bound.
fn bound(scene: &Scene<'_>, principal: &Object) -> Option<Caller> {
    let maker = match principal.kind {
        Kind::ApiKey => principal.maker.as_deref()?,
        Kind::Container => find(scene.world, principal.parent.as_deref()?)?.maker.as_deref()?,
        _ => return None,
    };
    Some(scene.find(maker).and_then(|maker| caller(scene, maker)).unwrap_or_else(Caller::nobody))
}

fn confinement(scene: &Scene<'_>, container: &Object) -> Option<Confinement> {
    let place = scene.facts(container);
    Some(Confinement {
        node: find_kind(scene.world, Kind::Node, container.node.as_deref()?).map(id_of)?,
        task: place.lineage.task?,
        job: place.lineage.job?,
        project: place.lineage.project?,
        collaboration: place.collaboration,
    })
    .filter(|_| container.kind == Kind::Container)
}

/// The organization that a principal belongs to.
pub(super) fn home(scene: &Scene<'_>, principal: &Object) -> Option<Uuid> {
    scene.facts(principal).homes.first().copied()
}

const fn is_worker(principal: &Object) -> bool {
    matches!(principal.kind, Kind::Node | Kind::Container)
}

/// Whether a principal and its home are active.
fn is_active(scene: &Scene<'_>, principal: &Object) -> bool {
    let awake = |home| scene.world.objects.iter().any(|found| id_of(found) == home && !found.suspended);
    !principal.suspended && home(scene, principal).map_or(principal.parent.is_none(), awake)
}

/// Whether a principal's credentials are good, as the tables' README says.
pub(super) fn is_good(scene: &Scene<'_>, principal: &Object) -> bool {
    let world = scene.world;
    let itself = match principal.kind {
        Kind::User | Kind::Node => true,
        Kind::ApiKey => principal.maker.as_deref().is_none_or(|maker| {
            find_kind(world, Kind::User, maker).is_some_and(|maker| is_good(scene, maker))
        }),
        Kind::Container => {
            let runs = |run: &Object| {
                run.kind == Kind::Run
                    && !run.suspended
                    && run.parent == principal.parent
                    && run.assignee == principal.node
            };
            principal
                .node
                .as_deref()
                .and_then(|node| find_kind(world, Kind::Node, node))
                .is_some_and(|node| is_good(scene, node) && world.objects.iter().any(runs))
        }
        _ => false,
    };
    itself && is_active(scene, principal)
}

/// Whether the organization of a place is not suspended.
fn is_awake(scene: &Scene<'_>, at: &Facts) -> bool {
    at.lineage.organization.is_none_or(|organization| {
        scene.world.objects.iter().any(|found| id_of(found) == organization && !found.suspended)
    })
}
