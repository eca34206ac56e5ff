//! Changing and deleting.

use bailiwick_domain as domain;
use domain::entities::{Addresses, ApiKey, Grant, Role, Standing as Status, User};
use domain::facts::Anchor;
use domain::guards::{self, Concern, Standing};
use domain::role::Closure;
use domain::{Action, Caller, Delete, Edit, Entity, Facts, Gate, Granted, Guard, Operation, Sealed};
use time::OffsetDateTime;

use super::{Scene, holders, id_of, instant, kind_of, named, roles, settle};
use crate::decisions::{Answer, Kind, Object, Payload};

/// An object as storage would hand it out.
pub(super) fn sealed<T>(facts: &Facts, data: T) -> Sealed<T> {
    Sealed::new(domain::Object {
        id: facts.id,
        created_at: OffsetDateTime::UNIX_EPOCH,
        updated_at: OffsetDateTime::UNIX_EPOCH,
        version: 1,
        facts: facts.clone(),
        near: Vec::new(),
        data,
    })
}

/// A permit and the guards that were asked with it.
struct Bench<'s, 'c> {
    scene: &'s Scene<'s>,
    caller: &'c Caller,
    object: &'s Object,
}

impl<'c> Bench<'_, 'c>
where
    Self: 'c,
{
    /// What the guards say to what may be done with a permit.
    fn with<A: Action, T: Entity>(
        &self,
        data: T,
        ask: impl FnOnce(&Gate, Granted<'_, A, T>) -> Option<Guard>,
    ) -> Option<Guard> {
        let gate = &self.scene.gate;
        match gate.open::<A, T>(self.caller, Some(sealed(self.scene.facts(self.object), data))) {
            Ok(granted) => ask(gate, granted),
            Err(denial) => named(Err::<(), _>(denial)),
        }
    }

    /// What rank says.
    fn rank(&self, concern: Concern) -> Option<Guard> {
        let target = holders::standing(self.scene, self.object)?;
        let forbidden = !guards::outranks(&self.scene.gate, self.caller, &target, concern);
        forbidden.then_some(Guard::Rank)
    }
}

/// Changing an object.
pub(super) fn edit(
    scene: &Scene<'_>,
    caller: &Caller,
    object: &Object,
    payload: Option<&Payload>,
) -> Result<(), Answer> {
    let first = scene.asked(caller, Operation::Edit, kind_of(object.kind), scene.facts(object))?;
    let bench = Bench { scene, caller, object };
    let target = holders::standing(scene, object);
    let guard = match (object.kind, target) {
        (Kind::Grant, _) => edit_grant(&bench, payload),
        (Kind::Role, _) => bench.with::<Edit, _>(role(scene, object, &object.rules), |gate, granted| {
            let after = role(scene, object, &changed(object, payload));
            named(guards::change_role(gate, granted, &holders::granting(scene, object), after))
        }),
        (Kind::User, Some(target)) => bench.with::<Edit, _>(user(), |gate, granted| {
            named(guards::change_user(gate, granted, &target, Concern::Edit, |_| ()))
        }),
        (Kind::ApiKey, Some(target)) => bench.with::<Edit, _>(api_key(), |gate, granted| {
            named(guards::change_api_key(gate, granted, &target, Concern::Edit, |_| ()))
        }),
        (Kind::Node | Kind::Container, _) => bench.rank(Concern::Edit),
        _ => None,
    };
    let ends = object.kind == Kind::Grant && payload.is_some_and(|payload| payload.ends.is_some());
    settle([first, guard, root_goes(scene, object, ends)].into_iter().flatten())
}

/// Removing an object.
pub(super) fn delete(scene: &Scene<'_>, caller: &Caller, object: &Object) -> Result<(), Answer> {
    let first = scene.asked(caller, Operation::Delete, kind_of(object.kind), scene.facts(object))?;
    let bench = Bench { scene, caller, object };
    let target = holders::standing(scene, object);
    let guard = match (object.kind, target) {
        (Kind::Grant, _) => bench.with::<Delete, _>(grant(scene, object)?, |gate, granted| {
            let held = holders::held(scene, object)?;
            named(guards::remove_grant(gate, granted, &held, &receiver(scene, object)?))
        }),
        (Kind::Role, _) => bench.with::<Delete, _>(role(scene, object, &object.rules), |gate, granted| {
            named(guards::remove_role(gate, granted, &holders::granting(scene, object)))
        }),
        (Kind::User, Some(target)) => bench
            .with::<Delete, _>(user(), |gate, granted| named(guards::remove_user(gate, granted, &target))),
        (Kind::ApiKey, Some(target)) => bench.with::<Delete, _>(api_key(), |gate, granted| {
            named(guards::remove_api_key(gate, granted, &target))
        }),
        (Kind::Node | Kind::Container, _) => bench.rank(Concern::Standing),
        (Kind::Organization, _) => {
            let spared = guards::spares_root(&scene.gate, caller, &principals(scene, object));
            (!spared).then_some(Guard::Rank)
        }
        _ => None,
    };
    settle([first, guard, root_goes(scene, object, true)].into_iter().flatten())
}

fn edit_grant(bench: &Bench<'_, '_>, payload: Option<&Payload>) -> Option<Guard> {
    let (scene, object) = (bench.scene, bench.object);
    let ends = payload.and_then(|payload| payload.ends).map(instant);
    bench.with::<Edit, _>(grant(scene, object).ok()?, |gate, granted| {
        let held = holders::held(scene, object)?;
        let (starts_at, ends_at) = (held.starts_at, ends.or(held.ends_at));
        let receiver = receiver(scene, object)?;
        named(guards::change_grant(gate, granted, &held, &receiver, starts_at, ends_at))
    })
}

/// Whether no lasting root would stay if an object went.
fn root_goes(scene: &Scene<'_>, object: &Object, goes: bool) -> Option<Guard> {
    let lasting = || scene.world.objects.iter().filter(|grant| is_lasting_root(scene, grant));
    let ended = |grant: &&Object| {
        let holder = grant.principal.as_deref().and_then(|id| scene.find(id));
        let lost = |id: &Option<String>| id.as_ref() == Some(&object.id);
        grant.id == object.id
            || lost(&grant.principal)
            || lost(&grant.role)
            || holder.is_some_and(|holder| lost(&holder.parent))
    };
    let before = lasting().count();
    let after = before - lasting().filter(ended).count();
    let stays = guards::root_stays(before as u64, after as u64);
    (goes && !stays).then_some(Guard::RootStays)
}

fn is_lasting_root(scene: &Scene<'_>, grant: &Object) -> bool {
    let holder = grant.principal.as_deref().and_then(|id| scene.find(id));
    grant.kind == Kind::Grant
        && !grant.revoked
        && holder.is_some_and(|holder| holders::is_good(scene, holder))
        && holders::held(scene, grant).is_some_and(|held| guards::is_lasting_root(&scene.gate, &held))
}

/// What the principals of an organization hold.
fn principals(scene: &Scene<'_>, organization: &Object) -> Vec<Standing> {
    let at_home = |object: &&Object| holders::home(scene, object) == Some(id_of(organization));
    scene
        .world
        .objects
        .iter()
        .filter(at_home)
        .filter_map(|principal| holders::standing(scene, principal))
        .collect()
}

fn receiver(scene: &Scene<'_>, grant: &Object) -> Option<Standing> {
    holders::standing(scene, scene.find(grant.principal.as_deref()?)?)
}

/// A grant whose principal or role is not there can't be stored.
fn grant(scene: &Scene<'_>, object: &Object) -> Result<Grant, Answer> {
    let held = holders::held(scene, object).ok_or(Answer::Hidden)?;
    Ok(Grant {
        principal: held.principal,
        role_id: held.role,
        anchor: held.at.anchor().unwrap_or(Anchor::SERVER),
        starts_at: held.starts_at,
        expires_at: held.ends_at,
    })
}

/// A role with other rules.
fn role(scene: &Scene<'_>, object: &Object, rules: &[crate::decisions::Rule]) -> Role {
    let own = Object { rules: rules.to_vec(), ..object.clone() };
    let others = scene.world.objects.iter().filter(|found| found.id != object.id).cloned();
    let world = crate::decisions::World { objects: others.chain([own]).collect(), ..scene.world.clone() };
    let (live, full) = super::find(&world, &object.id)
        .map_or_else(|| (Closure::default(), Closure::default()), |role| roles::closures(&world, role));
    Role {
        name: object.id.clone(),
        description: String::new(),
        built_in: object.builtin,
        active: object.active != Some(false),
        rules: roles::rules(rules).collect(),
        includes: Vec::new(),
        live,
        full,
    }
}

/// The rules of a role after a change.
fn changed(role: &Object, payload: Option<&Payload>) -> Vec<crate::decisions::Rule> {
    let mut rules = role.rules.clone();
    if let Some(payload) = payload {
        rules.extend(payload.add.iter().copied());
        rules.retain(|rule| !payload.remove.contains(rule));
    }
    rules
}

const fn user() -> User {
    User { username: String::new(), email: None, email_verified_at: None, status: Status::Active }
}

const fn api_key() -> ApiKey {
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
