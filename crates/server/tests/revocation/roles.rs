//! Roles, at any distance from who holds them.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::faults::built_in;
use crate::watch::{Probe, Tally, Watch};
use crate::world::World;

const RULES: &[&str] = &["task:view:organization", "task:edit:organization"];

/// The rules of a role are taken out, and put in again.
pub async fn rules(world: Arc<World>, rounds: usize) -> Tally {
    let role = world.role("rules", RULES, &[]).await;
    edited(world, rounds, "rules of a role", &role, &role, json!({ "rules": [] }), json!({ "rules": RULES }))
        .await
}

/// A role is put out of force, and in force.
pub async fn a_standing(world: Arc<World>, rounds: usize) -> Tally {
    let role = world.role("standing", RULES, &[]).await;
    edited(
        world,
        rounds,
        "a role out of force",
        &role,
        &role,
        json!({ "active": false }),
        json!({ "active": true }),
    )
    .await
}

/// A role is taken out of the includes of another, which the role that is held includes.
pub async fn an_include(world: Arc<World>, rounds: usize) -> Tally {
    let leaf = world.role("include-leaf", RULES, &[]).await;
    let middle = world.role("include-middle", &[], &[&leaf]).await;
    let held = world.role("include-held", &[], &[&middle]).await;
    let (out, back) = (json!({ "includes": [] }), json!({ "includes": [leaf] }));
    edited(world, rounds, "an include of an include", &held, &middle, out, back).await
}

/// The rules of a role two includes away are taken out.
pub async fn rules_of_an_include(world: Arc<World>, rounds: usize) -> Tally {
    let leaf = world.role("far-leaf", RULES, &[]).await;
    let middle = world.role("far-middle", &[], &[&leaf]).await;
    let held = world.role("far-held", &[], &[&middle]).await;
    let (out, back) = (json!({ "rules": [] }), json!({ "rules": RULES }));
    edited(world, rounds, "rules of an include", &held, &leaf, out, back).await
}

/// A user holds `held`, and `role` is changed forth and back.
async fn edited(
    world: Arc<World>,
    rounds: usize,
    what: &str,
    held: &str,
    role: &str,
    out: Value,
    back: Value,
) -> Tally {
    let name = what.replace(' ', "-");
    let (user, place) = (world.user(&name).await, world.place(&name).await);
    world.grant(&user.id, held, "organization", &world.acme).await;
    let path = format!("/roles/{role}");
    let probes = vec![
        Probe::show(&user.client, place.task()),
        Probe::list(&user.client, place.tasks()),
        Probe::edit(&user.client, place.task()),
    ];
    let mut watch = Watch::begin(&world, probes).await;
    for turn in 0..rounds {
        watch.change(false, async || world.root.patch(world.at(turn), &path, out.clone()).await).await;
        watch.change(true, async || world.root.patch(world.at(turn / 2), &path, back.clone()).await).await;
    }
    watch.end(what).await
}

/// A key does no more than its maker may: the maker's grant goes, then the role that both hold loses a rule.
pub async fn the_role_of_a_key_and_its_maker(world: Arc<World>, rounds: usize) -> Tally {
    let (maker, place) = (world.user("maker").await, world.place("maker").await);
    let mut grant = world.grant(&maker.id, &built_in("manager"), "project", &place.project).await;
    let under = format!("/projects/{}", place.project);
    let (_, key) = maker.client.new_key(world.at(0), &under, "of maker", &built_in("viewer")).await;
    let probes = vec![Probe::show(&key, place.task()), Probe::list(&key, place.tasks())];
    let mut watch = Watch::begin(&world, probes).await;
    for turn in 0..rounds {
        let path = format!("/grants/{grant}");
        watch.change(false, async || world.root.delete(world.at(turn), &path).await).await;
        let body =
            crate::world::grant_of(("user", &maker.id), &built_in("manager"), "project", &place.project);
        let made =
            watch.change(true, async || world.root.post(world.at(turn / 2), "/grants", body.clone()).await);
        grant = made.await.id();
    }
    watch.end("the grant of a key's maker").await
}
