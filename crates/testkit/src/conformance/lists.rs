//! Lists: exactly the objects that the reach holds, for every shape of reach and every kind.

use bailiwick_domain::access::{App, RoleSet};
use bailiwick_domain::caller::Confinement;
use bailiwick_domain::entities::{ApiKey, User};
use bailiwick_domain::page::{Position, Query};
use bailiwick_domain::ports::{Read, Store};
use bailiwick_domain::{
    Anchor, Caller, Entity, Facts, Kind, Level, Lineage, Object, PrincipalId, Reach, Scope,
};
use uuid::Uuid;

use super::{every_kind, ids, page, sorted};
use crate::fixture::{Sample, World, held, person};

/// How many objects the sample has.
const ALL: usize = 108;

/// Checks every kind, and says how many objects the caller sees in all.
async fn seen(world: &World, what: &str, caller: &Caller) -> usize {
    async fn check<T: Entity>(world: &World, what: &str, caller: &Caller, seen: &mut usize)
    where
        dyn Store: Read<T>,
    {
        let gate = world.gate();
        let visible = gate.visible::<T>(caller);
        let all = world.all::<T>().await;
        let expected = ids(all.iter().filter(|object| visible.reach().holds(&object.facts)));
        let mut query = Query { limit: 3, count: true, ..Query::default() };
        let mut listed: Vec<Uuid> = Vec::new();
        loop {
            let page = page::<T>(world, caller, &query).await;
            assert_eq!(page.total, Some(expected.len() as u64), "count of {} {what}", T::KIND);
            let more = page.more;
            listed.extend(page.items.into_iter().map(|sealed| world.open(sealed).id));
            let last = listed.last().copied();
            query.after = last.map(|id| Position { value: bailiwick_domain::page::FieldValue::Id(id), id });
            if !more {
                break;
            }
        }
        assert_eq!(listed, expected, "list of {} {what}", T::KIND);
        *seen += expected.len();
    }
    let mut total = 0;
    every_kind!(check(world, what, caller, &mut total));
    total
}

/// Checks every kind, and that the shape tells objects apart in this world.
async fn sees_some(world: &World, what: &str, caller: &Caller) {
    let seen = seen(world, what, caller).await;
    assert!(0 < seen && seen < ALL, "{what}: {seen}");
}

fn with(user: &Object<User>, at: &Facts, scope: Scope) -> Caller {
    let mut caller = person(user);
    caller.grants.push(held(at, scope));
    caller
}

fn key(key: &Object<ApiKey>, maker: Caller) -> Caller {
    let mut caller = Caller::anonymous();
    caller.principal = Some(PrincipalId::api_key(key.id));
    caller.home = key.facts.lineage.organization;
    caller.bound = Some(Box::new(maker));
    caller
}

/// The operator, and nobody.
pub async fn everything_and_nothing(world: World) {
    let sample = Sample::on(&world).await;
    assert_eq!(seen(&world, "everything", &Caller::operator()).await, ALL);
    assert_eq!(seen(&world, "everything by grant", &crate::fixture::acting(&sample.eve)).await, ALL);
    let nobody = Caller::anonymous();
    assert!(Reach::of(&nobody, &world.policy, bailiwick_domain::Operation::View, Kind::Job).is_nothing());
    assert_eq!(seen(&world, "nothing", &nobody).await, 0);
}

/// Scopes organization and collaboration at the server.
pub async fn homes_and_collaborations(world: World) {
    let sample = Sample::on(&world).await;
    let server = Facts::server();
    for user in [&sample.ada, &sample.bob, &sample.eve] {
        let name = &user.data.username;
        sees_some(&world, &format!("at {name}'s home"), &with(user, &server, Scope::Organization)).await;
        let mut caller = with(user, &server, Scope::Collaboration);
        sees_some(&world, &format!("{name} without collaborations"), &caller).await;
        caller.collaborations.push(sample.arctic.id);
        caller.peers = sorted([sample.north.id, sample.south.id]);
        sees_some(&world, &format!("{name} in one collaboration"), &caller).await;
        caller.collaborations.push(sample.tropic.id);
        caller.peers = sorted([sample.north.id, sample.south.id, sample.east.id]);
        sees_some(&world, &format!("{name} in two collaborations"), &caller).await;
        caller.home = None;
        sees_some(&world, &format!("{name} without a home"), &caller).await;
    }
    let mut homeless = with(&sample.ada, &server, Scope::Organization);
    homeless.home = None;
    sees_some(&world, "scope organization without a home", &homeless).await;
}

/// Grants below the server, of one and of several.
pub async fn inside_each_level(world: World) {
    let sample = Sample::on(&world).await;
    let places = [
        &sample.south.facts,
        &sample.alpha.facts,
        &sample.old.facts,
        &sample.label.facts,
        &sample.second.facts,
    ];
    let mut several = person(&sample.cyd);
    for at in places {
        let what = format!("inside a {}", at.kind);
        sees_some(&world, &what, &with(&sample.eve, at, Scope::Global)).await;
        several.grants.push(held(at, Scope::Organization));
    }
    sees_some(&world, "inside several", &several).await;
    // Of several that are members of one collaboration: it is listed once.
    let mut several = person(&sample.cyd);
    for at in [&sample.north.facts, &sample.south.facts] {
        several.grants.push(held(at, Scope::Global));
    }
    sees_some(&world, "inside several members of a collaboration", &several).await;
    let gone = Facts::new(Kind::Project, world.id(), sample.north.facts.lineage);
    sees_some(&world, "inside what is gone", &with(&sample.eve, &gone, Scope::Global)).await;
}

/// What the caller made or works on, everywhere and within anchors.
pub async fn own_at_the_server_and_inside_anchors(world: World) {
    let sample = Sample::on(&world).await;
    for user in [&sample.ada, &sample.bob] {
        let name = &user.data.username;
        let own = with(user, &Facts::server(), Scope::Own);
        sees_some(&world, &format!("{name}'s own"), &own).await;
        // Where a grant lets them in, what they made there is their own again.
        let mut let_in = with(user, &Facts::server(), Scope::Own);
        let_in.grants.push(held(&sample.alpha.facts, Scope::Own));
        let_in.grants.push(held(&sample.beta_label.facts, Scope::Own));
        sees_some(&world, &format!("{name}'s own, let in"), &let_in).await;
        for at in [
            &sample.north.facts,
            &sample.south.facts,
            &sample.alpha.facts,
            &sample.label.facts,
            &sample.second.facts,
        ] {
            let what = format!("{name}'s own inside a {}", at.kind);
            sees_some(&world, &what, &with(user, at, Scope::Own)).await;
        }
        // Somebody of another kind by the same id is somebody else.
        let mut namesake = with(user, &sample.north.facts, Scope::Own);
        namesake.principal = Some(PrincipalId::node(user.id));
        assert_eq!(seen(&world, "a namesake's own", &namesake).await, 2, "built-in roles");
        let mut homeless = with(user, &Facts::server(), Scope::Own);
        homeless.home = None;
        sees_some(&world, &format!("{name}'s own without a home"), &homeless).await;
    }
}

/// Tags that access rules open: to everybody, to roles where they are held, to who made the object.
pub async fn entitled_by_access_rules(world: World) {
    let sample = Sample::on(&world).await;
    let mut anybody = Caller::anonymous();
    anybody.app = App::new("everybody");
    sees_some(&world, "what is open to everybody", &anybody).await;
    for app in ["everybody", "registered", "created"] {
        for user in [&sample.ada, &sample.bob] {
            let mut caller = person(user);
            caller.app = App::new(app);
            sees_some(&world, &format!("{} in app {app}", user.data.username), &caller).await;
        }
    }
    let server = Facts::server();
    for at in [&server, &sample.south.facts, &sample.alpha.facts, &sample.label.facts, &sample.first.facts] {
        let mut caller = person(&sample.eve);
        caller.app = App::new("viewers");
        let mut role = held(at, Scope::Own);
        role.rights = Default::default();
        role.roles = RoleSet::default().with(1);
        caller.grants.push(role);
        sees_some(&world, &format!("a role that is let in, held at a {}", at.kind), &caller).await;
    }
}

/// Without any grant: itself, what names it, built-in roles.
pub async fn being_it(world: World) {
    let sample = Sample::on(&world).await;
    for user in [&sample.ada, &sample.bob, &sample.cyd] {
        sees_some(&world, &user.data.username, &person(user)).await;
    }
    sees_some(&world, "a key", &key(&sample.alpha_key, person(&sample.bob))).await;
    let mut node = Caller::anonymous();
    node.principal = Some(PrincipalId::node(world.id()));
    sees_some(&world, "a node", &node).await;
}

/// A key sees no more than its maker, itself and what names it apart.
pub async fn bounded_by_a_maker(world: World) {
    let sample = Sample::on(&world).await;
    let server = Facts::server();
    let by_home = || with(&sample.ada, &server, Scope::Organization);
    let mut caller = key(&sample.north_key, by_home());
    caller.grants.push(held(&server, Scope::Global));
    sees_some(&world, "everything, bounded by a home", &caller).await;
    let mut caller = key(&sample.north_key, by_home());
    caller.grants.push(held(&sample.alpha.facts, Scope::Global));
    caller.grants.push(held(&sample.other_alpha.facts, Scope::Global));
    sees_some(&world, "two projects, bounded by a home", &caller).await;
    let mut caller = key(&sample.alpha_key, with(&sample.bob, &server, Scope::Own));
    caller.grants.push(held(&sample.alpha.facts, Scope::Global));
    sees_some(&world, "a project, bounded by what the maker owns", &caller).await;
    let mut caller = key(&sample.alpha_key, person(&sample.bob));
    caller.grants.push(held(&sample.alpha.facts, Scope::Global));
    sees_some(&world, "a project, bounded by nothing", &caller).await;
    let mut caller = key(&sample.north_key, crate::fixture::acting(&sample.ada));
    caller.grants.push(held(&sample.label.facts, Scope::Global));
    sees_some(&world, "a job, bounded by everything", &caller).await;
}

/// A container reaches its own project and those of its collaboration, and what lies in no project.
pub async fn confined_to_a_collaboration(world: World) {
    let sample = Sample::on(&world).await;
    let place: Lineage = sample.second.facts.lineage;
    for collaboration in [None, Some(sample.arctic.id), Some(sample.tropic.id)] {
        for (project, at) in
            [(place.project.unwrap(), Facts::server()), (sample.beta.id, sample.north.facts.clone())]
        {
            let mut caller = Caller::anonymous();
            caller.principal = Some(PrincipalId::container(world.id()));
            caller.home = Some(sample.south.id);
            caller.confinement = Some(Confinement {
                node: world.id(),
                task: sample.second.id,
                job: sample.label.id,
                project,
                collaboration,
            });
            caller.grants.push(held(&at, Scope::Global));
            sees_some(&world, &format!("a container in {collaboration:?}"), &caller).await;
            caller.grants = vec![held(&at, Scope::Own)].into();
            sees_some(&world, &format!("a container's own in {collaboration:?}"), &caller).await;
        }
    }
    assert_eq!(place.lowest(), Anchor::at(Level::Task, sample.second.id));
}
