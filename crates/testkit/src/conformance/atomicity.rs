//! A unit of work: all or nothing, seen by nobody before it is committed.

use std::sync::Arc;

use bailiwick_domain::Object;
use bailiwick_domain::entities::{Grant, Job, Organization, Project, User};
use bailiwick_domain::ports::{OutboxEvent, Read, Store, StoreError, Write};
use serde_json::json;

use super::listed;
use crate::fixture::{ALWAYS, World, op, organization, project, user};

async fn names(world: &World) -> Vec<String> {
    let found = listed::<Organization>(world, &Default::default()).await;
    super::sorted(found.into_iter().map(|organization| organization.data.name))
}

fn event(world: &World) -> OutboxEvent {
    OutboxEvent {
        id: world.id(),
        at: world.now(),
        topic: "organization.created".to_owned(),
        kind: bailiwick_domain::Kind::Organization,
        object_id: world.id(),
        payload: json!({}),
    }
}

/// An uncommitted unit is as if it had not been.
pub async fn a_dropped_unit_leaves_nothing(world: World) {
    world.organization("kept").await;
    let unit = world.begin().await;
    Write::add(&*unit, &world.made_at_server(&op(), organization("lost"))).await.unwrap();
    unit.push(&event(&world)).await.unwrap();
    drop(unit);
    assert_eq!(names(&world).await, ["kept"]);
    assert_eq!(world.store.outbox(9).await.unwrap(), []);
    // The next unit is not held up by it.
    world.organization("next").await;
    assert_eq!(names(&world).await, ["kept", "next"]);
}

/// So is one that was taken back.
pub async fn a_unit_rolled_back_leaves_nothing(world: World) {
    let kept = world.organization("kept").await;
    let unit = world.begin().await;
    Write::add(&*unit, &world.made_at_server(&op(), organization("lost"))).await.unwrap();
    Write::save(&*unit, &world.changed(&kept, |organization| organization.name = "changed".to_owned()))
        .await
        .unwrap();
    unit.set_setting("bootstrap", Some(&json!("hash"))).await.unwrap();
    unit.rollback().await.unwrap();
    assert_eq!(names(&world).await, ["kept"]);
    assert_eq!(world.again(&kept).await.version, 1);
    assert_eq!(world.store.setting("bootstrap").await.unwrap(), None);
}

/// What came before the failure goes with it.
pub async fn a_unit_that_fails_midway_leaves_nothing(world: World) {
    world.organization("taken").await;
    let unit = world.begin().await;
    Write::add(&*unit, &world.made_at_server(&op(), organization("before"))).await.unwrap();
    let failed = Write::add(&*unit, &world.made_at_server(&op(), organization("taken"))).await;
    assert!(matches!(failed, Err(StoreError::Taken("name"))), "{failed:?}");
    drop(unit);
    assert_eq!(names(&world).await, ["taken"]);
    world.organization("before").await;
}

/// Objects, passwords, events and settings become visible at one time.
pub async fn a_unit_commits_every_kind_of_write_together(world: World) {
    let viewer = world.built_in("viewer").await;
    let unit = world.begin().await;
    let north = world.made_at_server(&op(), organization("north"));
    Write::add(&*unit, &north).await.unwrap();
    let ada = world.made_user(&op(), north.object(), user("ada"));
    Write::add(&*unit, &ada).await.unwrap();
    let alpha = world.made(&op(), north.object(), project("alpha"));
    Write::add(&*unit, &alpha).await.unwrap();
    let grant = world.made_grant(&op(), ada.object(), &viewer, alpha.object(), ALWAYS);
    Write::add(&*unit, &grant).await.unwrap();
    unit.set_password(ada.object().id, "hash").await.unwrap();
    unit.push(&event(&world)).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(names(&world).await, ["north"]);
    assert_eq!(world.all::<User>().await.len(), 1);
    assert_eq!(world.all::<Project>().await.len(), 1);
    assert_eq!(world.all::<Grant>().await.len(), 1);
    assert_eq!(world.store.outbox(9).await.unwrap().len(), 1);
}

/// Inside, what was written is there.
pub async fn a_unit_reads_what_it_wrote(world: World) {
    let north = world.organization("north").await;
    let unit = world.begin().await;
    let alpha = world.made(&op(), &north, project("alpha"));
    Write::add(&*unit, &alpha).await.unwrap();
    let found = Read::<Project>::find(&*unit, alpha.object().id).await.unwrap().unwrap();
    let found: Object<Project> = world.open(found);
    assert_eq!(found.data, alpha.object().data);
    assert_eq!(found.near.len(), 1, "its organization is near");
    let inside = Read::<Project>::inside(&*unit, north.facts.anchor().unwrap()).await.unwrap();
    assert_eq!(inside.len(), 1);
    let renamed = world.changed(&found, |project| project.name = "beta".to_owned());
    Write::save(&*unit, &renamed).await.unwrap();
    let again = Read::<Project>::find(&*unit, found.id).await.unwrap().unwrap();
    let again = world.open(again);
    assert_eq!((again.data.name.as_str(), again.version), ("beta", 2));
    Write::remove(&*unit, &[world.removed(&again)]).await.unwrap();
    assert!(Read::<Project>::find(&*unit, found.id).await.unwrap().is_none());
    unit.commit().await.unwrap();
    assert_eq!(world.all::<Project>().await.len(), 0);
}

/// Readers outside neither wait for a unit nor see of it.
pub async fn readers_see_nothing_of_an_open_unit(world: World) {
    let north = world.organization("north").await;
    let alpha = world.project(&north, "alpha").await;
    let unit = world.begin().await;
    let south = world.made_at_server(&op(), organization("south"));
    Write::add(&*unit, &south).await.unwrap();
    Write::save(&*unit, &world.changed(&north, |organization| organization.name = "N".to_owned()))
        .await
        .unwrap();
    Write::remove(&*unit, &[world.removed(&alpha)]).await.unwrap();
    assert_eq!(names(&world).await, ["north"]);
    assert!(world.find::<Organization>(south.object().id).await.is_none());
    assert_eq!(world.again(&alpha).await.version, 1);
    let near = world.again(&alpha).await.near;
    assert_eq!(near.iter().map(|near| &*near.name).collect::<Vec<_>>(), ["north"]);
    unit.commit().await.unwrap();
    assert_eq!(names(&world).await, ["N", "south"]);
    assert!(world.find::<Project>(alpha.id).await.is_none());
    assert_eq!(world.all::<Job>().await.len(), 0);
}

/// Units that read and write the same thing at once: each builds on the one before, or is told to try again.
pub async fn units_do_not_lose_each_other_s_updates(world: World) {
    let count = |store: Arc<dyn Store>| async move {
        loop {
            let Ok(unit) = store.begin().await else { continue };
            let before = match unit.setting("count").await {
                Ok(value) => value.and_then(|value| value.as_u64()).unwrap_or(0),
                Err(_) => continue,
            };
            tokio::task::yield_now().await;
            let set = unit.set_setting("count", Some(&json!(before + 1))).await;
            if set.is_ok() && unit.commit().await.is_ok() {
                return;
            }
        }
    };
    let tasks: Vec<_> = (0..8).map(|_| tokio::spawn(count(Arc::clone(&world.store)))).collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(world.store.setting("count").await.unwrap(), Some(json!(8)));
}
