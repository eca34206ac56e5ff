//! Users and organizations that sleep, wake and go, with all their credentials.

use std::sync::Arc;

use serde_json::json;

use crate::faults::{Client, built_in};
use crate::watch::{Probe, Tally, Watch};
use crate::world::{PASSWORD, Place, World};

/// A user is suspended and woken: its sessions end, and the key that acts for it sleeps and wakes.
pub async fn a_user(world: Arc<World>, rounds: usize) -> Tally {
    let (user, place) = (world.user("sleeper").await, world.place("sleeper").await);
    world.grant(&user.id, &built_in("manager"), "project", &place.project).await;
    let under = format!("/projects/{}", place.project);
    let (_, key) = user.client.new_key(world.at(0), &under, "of sleeper", &built_in("viewer")).await;
    let wakes = vec![Probe::show(&key, place.task()), Probe::list(&key, place.tasks())];
    sleeps(world, rounds, "a suspended user", &format!("/users/{}", user.id), (&user.login, &place), wakes)
        .await
}

/// An organization is suspended and woken: the sessions of its users end, its key sleeps and wakes, and so does what
/// somebody from elsewhere was granted in it.
pub async fn an_organization(world: Arc<World>, rounds: usize) -> Tally {
    let place = world.place("for-sleepers").await;
    let organization = world.organization("sleepers").await;
    let user = world.user_of(("sleepers", &organization), "sam").await;
    world.grant(&user.id, &built_in("viewer"), "project", &place.project).await;
    let under = format!("/organizations/{organization}");
    let (_, key) = world.root.new_key(world.at(0), &under, "of sleepers", &built_in("viewer")).await;
    let body = json!({ "name": "inner", "visibility": "private" });
    let inner = world.post(&format!("{under}/projects"), body).await.id();
    let guest = world.user("guest").await;
    world.grant(&guest.id, &built_in("viewer"), "project", &inner).await;
    let inner = format!("/projects/{inner}");
    let wakes = vec![Probe::show(&key, &inner), Probe::show(&guest.client, &inner)];
    sleeps(world, rounds, "a suspended organization", &under, (&user.login, &place), wakes).await
}

/// Suspends and wakes. What a user does in a place in a session, ends; these probes sleep and wake.
async fn sleeps(
    world: Arc<World>,
    rounds: usize,
    what: &str,
    path: &str,
    (login, place): (&str, &Place),
    wakes: Vec<Probe>,
) -> Tally {
    let mut tally = Tally::default();
    let mut waking = Watch::begin(&world, wakes).await;
    for turn in 0..rounds {
        let cookie = Client::cookie(world.at(turn / 2), login, PASSWORD).await;
        let (token, _) = Client::tokens(world.at(turn), login, PASSWORD).await;
        let probes =
            [&cookie, &token].map(|who| [Probe::show(who, place.task()), Probe::list(who, place.tasks())]);
        let mut ending = Watch::begin(&world, probes.concat()).await;
        let deed = |deed: &str| format!("{path}/{deed}");
        waking.change(false, async || world.root.act(world.at(turn), &deed("suspend")).await).await;
        ending.taken_with(&waking).await;
        waking.change(true, async || world.root.act(world.at(turn / 2), &deed("wake")).await).await;
        tally.add(ending.end(what).await);
    }
    tally.add(waking.end(what).await);
    tally
}

/// A user is deleted.
pub async fn a_deleted_user(world: Arc<World>, rounds: usize) -> Tally {
    let place = world.place("leavers").await;
    let mut tally = Tally::default();
    for turn in 0..rounds {
        let user = world.user(&format!("leaver-{turn}")).await;
        world.grant(&user.id, &built_in("viewer"), "project", &place.project).await;
        let probes = vec![Probe::show(&user.client, place.task()), Probe::list(&user.client, place.tasks())];
        let mut watch = Watch::begin(&world, probes).await;
        let path = format!("/users/{}", user.id);
        watch.change(false, async || world.root.delete(world.at(turn), &path).await).await;
        tally.add(watch.end("a deleted user").await);
    }
    tally
}
