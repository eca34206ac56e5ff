//! Roles: built in, of organizations, and what they give.

use bailiwick_domain::entities::Role;
use bailiwick_domain::ports::RoleRow;
use bailiwick_domain::role::Closure;
use bailiwick_domain::{Kind, Object, Operation, Rule, Scope};
use time::Duration;

use super::sorted;
use uuid::Uuid;

use crate::fixture::{Sample, World, op, role};

/// The id stays, and what hangs on it; name, description and activity follow the policy files.
pub async fn built_in_roles_are_put_and_renewed(world: World) {
    let id = world.policy.role("viewer").unwrap().id();
    let put = async |description, active| {
        let unit = world.begin().await;
        unit.put_built_in(id, "viewer", description, active, world.now()).await.unwrap();
        unit.commit().await.unwrap();
        world.find::<Role>(id).await.unwrap()
    };
    let first = put("may look", true).await;
    let full = Closure::built_in("viewer");
    let expected = Role {
        name: "viewer".to_owned(),
        description: "may look".to_owned(),
        built_in: true,
        active: true,
        rules: Vec::new(),
        includes: Vec::new(),
        live: full.clone(),
        full: full.clone(),
    };
    assert_eq!(first.data, expected);
    assert_eq!(first.created_at, world.now());
    let north = world.organization("north").await;
    let ada = world.user(&north, "ada").await;
    let grant = world.grant(&ada, &first, &north).await;

    world.clock.advance(Duration::seconds(1));
    let renewed = put("may look around", true).await;
    assert_eq!(renewed.data, Role { description: "may look around".to_owned(), ..expected.clone() });
    assert_eq!(renewed.created_at, first.created_at);
    let gone = put("may look around", false).await;
    assert!(!gone.data.active);
    assert_eq!((gone.data.live, gone.data.full), (Closure::default(), full));
    assert!(!world.store.held_grants(&[grant.id]).await.unwrap().remove(0).grant.in_force);
    put("may look", true).await;
    assert!(world.store.held_grants(&[grant.id]).await.unwrap().remove(0).grant.in_force);
    assert_eq!(world.all::<Role>().await.len(), 1);
}

fn row(role: &Object<Role>) -> RoleRow {
    let data = role.data.clone();
    RoleRow {
        id: role.id,
        name: data.name,
        organization: role.facts.lineage.organization,
        built_in: data.built_in,
        active: data.active,
        rules: data.rules,
        includes: data.includes,
        live: data.live,
        full: data.full,
    }
}

/// Their own and the built-in ones; without any, the built-in ones.
pub async fn roles_of_organizations(world: World) {
    let sample = Sample::on(&world).await;
    let rules = [Rule::new(Kind::Task, Operation::Edit, Scope::Own)];
    let mut data = role("composed", &rules);
    data.includes = sorted([sample.lead.id, sample.viewer.id]);
    let composed = world.add(&world.made_role(&op(), &sample.north, data)).await;
    let rows = async |organizations: &[Uuid]| {
        let mut rows = world.store.roles_of(organizations).await.unwrap();
        rows.sort_by_key(|row| row.id);
        rows
    };
    let expected = |roles: &[&Object<Role>]| {
        let mut rows: Vec<RoleRow> = roles.iter().map(|role| row(role)).collect();
        rows.sort_by_key(|row| row.id);
        rows
    };
    let built_in = [&sample.root, &sample.viewer];
    assert_eq!(rows(&[]).await, expected(&built_in));
    assert_eq!(rows(&[world.id()]).await, expected(&built_in));
    let of_north = [&sample.root, &sample.viewer, &sample.lead, &sample.asleep, &composed];
    assert_eq!(rows(&[sample.north.id]).await, expected(&of_north));
    for role in of_north {
        assert_eq!(world.store.role_row(role.id).await.unwrap(), Some(row(role)));
    }
    assert_eq!(world.store.role_row(world.id()).await.unwrap(), None);
}

/// Several at once, seen by grants at once, and no change that a save would have to know of.
pub async fn closures_are_stored_apart(world: World) {
    let sample = Sample::on(&world).await;
    let grant = world.grant(&sample.bob, &sample.lead, &sample.north).await;
    let closure = |names: &[&str], rules: &[Rule]| Closure {
        rules: rules.to_vec(),
        built_in: names.iter().map(|name| (*name).to_owned()).collect(),
    };
    let rule = Rule::new(Kind::Project, Operation::Delete, Scope::Organization);
    let (live, full) = (closure(&["viewer"], &[]), closure(&["editor", "viewer"], &[rule]));
    let unit = world.begin().await;
    let changes =
        [(sample.lead.id, live.clone(), full.clone()), (sample.asleep.id, Closure::default(), full.clone())];
    unit.set_closures(&changes).await.unwrap();
    unit.set_closures(&[]).await.unwrap();
    unit.commit().await.unwrap();
    let lead = world.again(&sample.lead).await;
    assert_eq!((&lead.data.live, &lead.data.full), (&live, &full));
    assert_eq!((lead.data.rules.clone(), lead.version), (sample.lead.data.rules.clone(), 1));
    assert_eq!(world.again(&sample.asleep).await.data.full, full);
    let held = world.store.held_grants(&[grant.id]).await.unwrap().remove(0).grant;
    assert_eq!((held.live, held.full), (live, full));
    let rename = world.changed_role(&sample.lead, |role| role.description = "renamed".to_owned());
    world.try_save(&rename).await.unwrap();
}
