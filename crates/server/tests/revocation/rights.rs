//! Grants, and what lies within their reach.

use std::sync::Arc;

use serde_json::json;

use crate::faults::built_in;
use crate::watch::{Probe, Tally, Watch};
use crate::world::{World, grant_of};

/// A grant on a project is revoked, by one server and the other in turn, and made again.
pub async fn a_grant(world: Arc<World>, rounds: usize) -> Tally {
    granted(world, rounds, "grant", "project").await
}

/// The same with a grant on the organization, three levels above the task.
pub async fn a_grant_above(world: Arc<World>, rounds: usize) -> Tally {
    granted(world, rounds, "grant above", "organization").await
}

async fn granted(world: Arc<World>, rounds: usize, what: &str, level: &str) -> Tally {
    let name = what.replace(' ', "-");
    let (user, place) = (world.user(&name).await, world.place(&name).await);
    let anchor = if level == "project" { &place.project } else { &world.acme };
    let role = built_in("editor");
    let mut grant = world.grant(&user.id, &role, level, anchor).await;
    let probes = vec![
        Probe::show(&user.client, place.task()),
        Probe::list(&user.client, place.tasks()),
        Probe::edit(&user.client, place.task()),
    ];
    let mut watch = Watch::begin(&world, probes).await;
    for turn in 0..rounds {
        let path = format!("/grants/{grant}");
        watch.change(false, async || world.root.delete(world.at(turn), &path).await).await;
        let body = grant_of(("user", &user.id), &role, level, anchor);
        let made =
            watch.change(true, async || world.root.post(world.at(turn / 2), "/grants", body.clone()).await);
        grant = made.await.id();
    }
    watch.end(what).await
}

/// A grant gets an end that has passed, and another that has not.
pub async fn a_grant_that_ends(world: Arc<World>, rounds: usize) -> Tally {
    let (user, place) = (world.user("ends").await, world.place("ends").await);
    let grant = world.grant(&user.id, &built_in("viewer"), "job", &place.job).await;
    let path = format!("/grants/{grant}");
    let probes = vec![Probe::show(&user.client, place.task()), Probe::list(&user.client, place.tasks())];
    let mut watch = Watch::begin(&world, probes).await;
    for turn in 0..rounds {
        for (starts, allowed) in [(json!("2999-01-01T00:00:00Z"), false), (json!(null), true)] {
            let body = json!({ "starts_at": starts });
            let deed = async || world.root.patch(world.at(turn), &path, body.clone()).await;
            watch.change(allowed, deed).await;
        }
    }
    watch.end("the times of a grant").await
}

/// A role reaches one's own tasks, and the task is given to another.
pub async fn a_task_of_ones_own(world: Arc<World>, rounds: usize) -> Tally {
    let (user, place) = (world.user("own").await, world.place("own").await);
    world.grant(&user.id, &built_in("annotator"), "project", &place.project).await;
    let path = format!("{}/assignee", place.task());
    let assign = async |turn: usize, to: Option<&str>| {
        let body = json!({ "user_id": to });
        world.root.send(world.at(turn), "PUT", &path, Some(&body)).await
    };
    assign(0, Some(&user.id)).await.is(200);
    let probes = vec![
        Probe::show(&user.client, place.task()),
        Probe::list(&user.client, place.tasks()),
        Probe::edit(&user.client, place.task()),
    ];
    let mut watch = Watch::begin(&world, probes).await;
    for turn in 0..rounds {
        watch.change(false, async || assign(turn, None).await).await;
        watch.change(true, async || assign(turn / 2, Some(&user.id)).await).await;
    }
    watch.end("a task of one's own").await
}

/// A project is public, and is not any more, for somebody from elsewhere and for nobody in particular.
pub async fn a_public_project(world: Arc<World>, rounds: usize) -> Tally {
    let elsewhere = world.organization("elsewhere").await;
    let user = world.user_of(("elsewhere", &elsewhere), "eve").await;
    let place = world.place("public").await;
    let path = format!("/projects/{}", place.project);
    let turn_to = async |turn: usize, visibility: &str| {
        world.root.patch(world.at(turn), &path, json!({ "visibility": visibility })).await
    };
    turn_to(0, "public").await.is(200);
    let nobody = user.client.with(crate::faults::Credential::Nobody);
    let probes = vec![Probe::show(&user.client, &path), Probe::show(&nobody, &path)];
    let mut watch = Watch::begin(&world, probes).await;
    for turn in 0..rounds {
        watch.change(false, async || turn_to(turn, "private").await).await;
        watch.change(true, async || turn_to(turn / 2, "public").await).await;
    }
    watch.end("a public project").await
}

/// A project is shared in a collaboration, and is not any more, by a process beside the servers.
pub async fn a_shared_project(world: Arc<World>, rounds: usize) -> Tally {
    let partner = world.root.id(world.at(0), "/organizations?q=partner").await;
    let role = world.root.id(world.at(0), "/roles?q=partner").await;
    let user = world.user_of(("partner", &partner), "pat").await;
    world
        .post("/grants", {
            let principal = json!({ "kind": "user", "id": user.id });
            json!({ "principal": principal, "role_id": role, "anchor": { "level": "server" } })
        })
        .await;
    let task = world.root.id(world.at(0), "/tasks?q=shared").await;
    let probes = vec![
        Probe::show(&user.client, format!("/tasks/{task}")),
        Probe::list(&user.client, "/tasks?q=shared"),
    ];
    let mut watch = Watch::begin(&world, probes).await;
    // Starting a process takes its time.
    for _ in 0..rounds.div_ceil(2) {
        for (collaboration, allowed) in [("null", false), ("joint", true)] {
            let file = format!(
                "organizations: [{{ name: acme, projects: [{{ name: shared, collaboration: {collaboration} }}] }}]"
            );
            let world = world.clone();
            watch.operator(allowed, move || world.base.apply(&file)).await;
        }
    }
    watch.end("a shared project").await
}
