//! Changes: each builds on the version that it was made from.

use bailiwick_domain::Entity;
use bailiwick_domain::entities::{Organization, Project};
use bailiwick_domain::object::New;
use bailiwick_domain::ports::{StoreError, Unit, Write};
use time::Duration;

use crate::fixture::{
    Sample, World, acting, api_key, computation, job, node, op, project, role, run, task, user,
};

/// Version and time of the change go with it; the rest stays.
pub async fn a_save_stores_the_change_and_its_version(world: World) {
    let north = world.organization("north").await;
    let alpha = world.project(&north, "alpha").await;
    world.clock.advance(Duration::seconds(5));
    let changed = world.changed(&alpha, |project| project.description = "what it is about".to_owned());
    world.try_save(&changed).await.unwrap();
    let again = world.again(&alpha).await;
    assert_eq!(again.data, Project { description: "what it is about".to_owned(), ..alpha.data });
    assert_eq!((again.version, again.created_at), (2, alpha.created_at));
    assert_eq!(again.updated_at, world.now());
    assert_eq!(again.facts, alpha.facts);
}

/// Of two changes to the same version the second is refused, and changes nothing.
pub async fn a_save_of_an_old_version_is_stale(world: World) {
    let sample = Sample::on(&world).await;
    let first = world.changed(&sample.beta, |project| project.description = "first".to_owned());
    let second = world.changed(&sample.beta, |project| project.description = "second".to_owned());
    world.try_save(&first).await.unwrap();
    stale(world.try_save(&second).await);
    assert_eq!(world.again(&sample.beta).await.data.description, "first");

    let by_one = world.changed_user(&sample.bob, |user| user.email = Some("one@example.org".to_owned()));
    let by_two = world.changed_user(&sample.bob, |user| user.email = Some("two@example.org".to_owned()));
    world.try_save(&by_one).await.unwrap();
    stale(world.try_save(&by_two).await);
    let by_one = world.changed_role(&sample.lead, |role| role.description = "one".to_owned());
    let by_two = world.changed_role(&sample.lead, |role| role.description = "two".to_owned());
    world.try_save(&by_one).await.unwrap();
    stale(world.try_save(&by_two).await);
    assert_eq!(world.again(&sample.lead).await.data.description, "one");
}

/// A change of what was removed meanwhile is refused.
pub async fn a_save_of_what_is_gone_is_stale(world: World) {
    let north = world.organization("north").await;
    let alpha = world.project(&north, "alpha").await;
    let changed = world.changed(&alpha, |project| project.description = "late".to_owned());
    world.try_remove(&[world.removed(&alpha)]).await.unwrap();
    stale(world.try_save(&changed).await);
    assert!(world.find::<Project>(alpha.id).await.is_none());
}

/// A parent that was opened before it went takes nothing.
pub async fn nothing_is_added_under_a_parent_that_is_gone(world: World) {
    let south = world.organization("south").await;
    let by = acting(&world.user(&south, "bob").await);
    let north = world.organization("north").await;
    let alpha = world.project(&south, "alpha").await;
    let label = world.job(&alpha, "label").await;
    let sum = world.made(&op(), &label, computation("sum"));
    let sum_there = world.add(&sum).await;
    world.try_remove(&[world.removed(&sum_there)]).await.unwrap();
    let (one, two) =
        (world.collaboration("one", &[&south]).await, world.collaboration("two", &[&south]).await);
    let worker = world.add(&world.made_node(&op(), &south, &one, node("worker", &one))).await;
    refused(&world, &world.made_run(&sum, run(&worker))).await;
    world.try_remove(&[world.removed_collaboration(&two)]).await.unwrap();
    refused(&world, &world.made_node(&op(), &south, &two, node("late", &two))).await;
    refused(&world, &world.made_proposal(&op(), &two, &north)).await;
    world.try_remove(&[world.removed(&label)]).await.unwrap();
    refused(&world, &world.made(&op(), &label, task("late"))).await;
    world.try_remove(&[world.removed(&alpha)]).await.unwrap();
    refused(&world, &world.made(&op(), &alpha, job("late"))).await;
    refused(&world, &world.made_api_key(&by, &alpha, api_key("late"))).await;
    world.try_remove(&[world.removed(&north)]).await.unwrap();
    refused(&world, &world.made(&op(), &north, project("late"))).await;
    refused(&world, &world.made_proposal(&op(), &one, &north)).await;
    refused(&world, &world.made_user(&op(), &north, user("late"))).await;
    refused(&world, &world.made_role(&op(), &north, role("late", &[]))).await;
    assert!(world.find::<Organization>(north.id).await.is_none());
}

async fn refused<T: Entity>(world: &World, new: &New<T>)
where
    dyn Unit: Write<T>,
{
    stale(world.try_add(new).await);
}

fn stale(outcome: Result<(), StoreError>) {
    assert!(matches!(outcome, Err(StoreError::Stale)), "{outcome:?}");
}
