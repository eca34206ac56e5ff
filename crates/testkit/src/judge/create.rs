//! Making.

use bailiwick_domain as domain;
use domain::entities::{Addresses, ApiKey, Grant, Organization, Role, Standing as Status};
use domain::facts::Anchor;
use domain::guards::{self, GivenRole, Refused};
use domain::role::Closure;
use domain::{Caller, Entity, Facts, Guard, MayCreate, Operation};
use uuid::Uuid;

use super::edit::sealed;
use super::{Scene, find_kind, holders, instant, kind_of, named, roles, settle, shown};
use crate::decisions::{Answer, Kind, Object, Payload};

/// Making an object under a parent.
pub(super) fn create(
    scene: &Scene<'_>,
    caller: &Caller,
    kind: Kind,
    parent: &str,
    payload: Option<&Payload>,
) -> Result<(), Answer> {
    let at = scene.place(parent).ok_or_else(|| scene.absent(caller))?;
    let first = scene.asked(caller, Operation::Create, kind_of(kind), &at)?;
    let none = Payload::default();
    let payload = payload.unwrap_or(&none);
    let guard = match kind {
        Kind::Grant => {
            let (principal, role) = known(scene, caller, &at, payload).ok_or(Answer::Unprocessable)?;
            permit(scene, caller, &at, |permit| make_grant(scene, permit, principal, role, payload))
        }
        Kind::Role => permit(scene, caller, &at, |permit| make_role(scene, permit, payload)),
        Kind::ApiKey => permit(scene, caller, &at, |permit| {
            named(guards::make_api_key(&scene.gate, permit, None, Uuid::max(), blank_key()))
        }),
        Kind::Node => {
            let into = payload.collaboration.as_deref().and_then(|id| scene.find(id));
            match guards::may_make_node(&scene.gate, caller, &at, into.map(|into| scene.facts(into))) {
                Ok(()) => None,
                Err(Refused::Named) => return Err(Answer::Unprocessable),
                Err(Refused::Denied(denial)) => return Err(shown(&denial.answer)),
            }
        }
        _ => None,
    };
    settle(first.into_iter().chain(guard))
}

/// What is said to the permit to make a `T`. The gate reads the parent's facts alone, so any entity carries them.
fn permit<T: Entity>(
    scene: &Scene<'_>,
    caller: &Caller,
    at: &Facts,
    ask: impl FnOnce(MayCreate<'_, T>) -> Option<Guard>,
) -> Option<Guard> {
    let parent = Organization { name: String::new(), status: Status::Active, public_key: None };
    match scene.gate.create::<T, _>(caller, Some(sealed(at, parent))) {
        Ok(permit) => ask(permit),
        Err(denial) => named(Err::<(), _>(denial)),
    }
}

/// The principal and the role that a new grant names, if each is viewable or a candidate.
fn known<'s>(
    scene: &Scene<'s>,
    caller: &Caller,
    at: &Facts,
    payload: &Payload,
) -> Option<(&'s Object, &'s Object)> {
    let principal = scene.find(payload.principal.as_deref()?)?;
    let role = find_kind(scene.world, Kind::Role, payload.role.as_deref()?)?;
    let members = scene
        .all_facts()
        .find(|found| found.kind == domain::Kind::Collaboration && Some(found.id) == at.collaboration);
    let members = members.map_or(&[][..], |collaboration| &collaboration.homes);
    let candidate = principal.kind == Kind::User
        && holders::is_good(scene, principal)
        && holders::home(scene, principal)
            .is_some_and(|home| guards::candidate_homes(at, members).contains(&home));
    let sees = |object: &Object| scene.gate.may_view(caller, scene.facts(object));
    holders::standing(scene, principal)?;
    ((candidate || sees(principal)) && sees(role)).then_some((principal, role))
}

fn make_grant(
    scene: &Scene<'_>,
    permit: MayCreate<'_, Grant>,
    principal: &Object,
    role: &Object,
    payload: &Payload,
) -> Option<Guard> {
    let receiver = holders::standing(scene, principal)?;
    let (_, full) = roles::closures(scene.world, role);
    let given = GivenRole {
        id: super::id_of(role),
        name: role.id.clone(),
        organization: scene.facts(role).lineage.organization,
        full,
    };
    let project = scene.facts(principal).lineage.project.filter(|_| principal.kind == Kind::ApiKey);
    let data = Grant {
        principal: receiver.principal,
        role_id: given.id,
        anchor: permit.parent().anchor().unwrap_or(Anchor::SERVER),
        starts_at: None,
        expires_at: payload.ends.map(instant),
    };
    named(guards::make_grant(&scene.gate, permit, &given, &receiver, project, Uuid::max(), data))
}

fn make_role(scene: &Scene<'_>, permit: MayCreate<'_, Role>, payload: &Payload) -> Option<Guard> {
    let rules: Vec<_> = roles::rules(&payload.add).collect();
    let full = Closure { rules: rules.clone(), built_in: Vec::new() };
    let data = Role {
        name: String::new(),
        description: String::new(),
        built_in: false,
        active: true,
        rules,
        includes: Vec::new(),
        live: full.clone(),
        full,
    };
    named(guards::make_role(&scene.gate, permit, Uuid::max(), data))
}

const fn blank_key() -> ApiKey {
    ApiKey {
        name: String::new(),
        status: Status::Active,
        prefix: String::new(),
        secret_hash: String::new(),
        old_secret: None,
        addresses: Addresses::EVERYWHERE,
        client_app_id: None,
        expires_at: None,
        last_used_at: None,
    }
}
