//! Units of work at the same time: each as if it were alone, or told to try again.

use std::time::Duration;

use bailiwick_domain::entities::{Organization, Project};
use bailiwick_domain::ports::{Lookup, Read, StoreError, Unit, Write};
use serde_json::json;
use tokio::sync::Barrier;

use crate::fixture::{World, op, project};

/// How often each race is run.
const ROUNDS: usize = 3;

/// Where two units wait for each other between what they read and what they write; not for long, since storage may
/// let one begin only when the other has ended.
pub(super) struct Meeting(Barrier);

impl Meeting {
    pub(super) fn new() -> Self {
        Self(Barrier::new(2))
    }

    pub(super) async fn wait(&self) {
        // Whoever comes late finds the other gone.
        let _met = tokio::time::timeout(Duration::from_millis(100), self.0.wait()).await;
    }
}

/// Does something in a unit of its own, again whenever another came between; nothing else may go wrong.
async fn until_done(world: &World, work: impl AsyncFn(&dyn Unit) -> Result<(), StoreError>) {
    let refused = until_answered(world, work).await;
    assert!(refused.is_ok(), "{refused:?}");
}

/// The same for what may be refused.
pub(super) async fn until_answered(
    world: &World,
    work: impl AsyncFn(&dyn Unit) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    const ATTEMPTS: usize = 50;
    let mut last = Ok(());
    for _ in 0..ATTEMPTS {
        last = attempt(world, &work).await;
        if !matches!(last, Err(StoreError::Retry)) {
            break;
        }
    }
    last
}

async fn attempt(
    world: &World,
    work: &impl AsyncFn(&dyn Unit) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let unit = world.store.begin().await?;
    work(&*unit).await?;
    unit.commit().await
}

async fn number(unit: &(impl Lookup + ?Sized), name: &str) -> Result<u64, StoreError> {
    Ok(unit.setting(name).await?.and_then(|value| value.as_u64()).unwrap_or(0))
}

/// Each of two may leave while the other stays: one stays, though each changes what only the other read.
pub async fn two_units_do_not_each_undo_what_the_other_relies_on(world: World) {
    for _ in 0..ROUNDS {
        until_done(&world, async |unit| {
            unit.set_setting("ada", Some(&json!(1))).await?;
            unit.set_setting("bob", Some(&json!(1))).await
        })
        .await;
        let meeting = Meeting::new();
        let leave = async |who: &str| {
            until_done(&world, async |unit| {
                let present = number(unit, "ada").await? + number(unit, "bob").await?;
                meeting.wait().await;
                if present == 2 { unit.set_setting(who, None).await } else { Ok(()) }
            })
            .await;
        };
        tokio::join!(leave("ada"), leave("bob"));
        let present =
            number(&*world.store, "ada").await.unwrap() + number(&*world.store, "bob").await.unwrap();
        assert_eq!(present, 1);
    }
}

/// Two who each add the first project of an organization: the second finds one there.
pub async fn what_a_unit_did_not_find_is_not_there_when_it_commits(world: World) {
    for round in 0..ROUNDS {
        let home = world.organization(&format!("home {round}")).await;
        let meeting = Meeting::new();
        let add_first = async |name: &str| {
            let new = world.made(&op(), &home, project(name));
            until_done(&world, async |unit| {
                let there = Read::<Project>::inside(unit, home.facts.anchor().unwrap()).await?;
                meeting.wait().await;
                if there.is_empty() { Write::add(unit, &new).await } else { Ok(()) }
            })
            .await;
        };
        tokio::join!(add_first("one"), add_first("two"));
        let there = Read::<Project>::inside(&*world.store, home.facts.anchor().unwrap()).await.unwrap();
        assert_eq!(there.len(), 1, "round {round}");
    }
}

/// What a unit has read stays as it is until it ends, whoever changes it meanwhile.
pub async fn a_unit_reads_the_same_twice(world: World) {
    let north = world.organization("north").await;
    let meeting = Meeting::new();
    let read_twice = until_done(&world, async |unit| {
        let read = async || {
            let found = Read::<Organization>::find(unit, north.id).await?.map(|sealed| world.open(sealed));
            let inside = Read::<Project>::inside(unit, north.facts.anchor().unwrap()).await?;
            Ok::<_, StoreError>((found.map(|found| (found.data, found.version)), inside.len()))
        };
        let first = read().await?;
        meeting.wait().await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(read().await?, first);
        Ok(())
    });
    let new = world.made(&op(), &north, project("alpha"));
    let renamed = world.changed(&north, |organization| organization.name = "N".to_owned());
    let change = async {
        meeting.wait().await;
        until_done(&world, async |unit| {
            Write::save(unit, &renamed).await?;
            Write::add(unit, &new).await
        })
        .await;
    };
    tokio::join!(read_twice, change);
    assert_eq!(world.again(&north).await.data.name, "N");
    assert_eq!(world.all::<Project>().await.len(), 1);
}

/// Two that change the same two things in opposite order end, and nothing of either is lost.
pub async fn units_that_stand_in_each_other_s_way_both_end(world: World) {
    until_done(&world, async |unit| {
        unit.set_setting("x", Some(&json!(0))).await?;
        unit.set_setting("y", Some(&json!(0))).await
    })
    .await;
    for round in 1..=ROUNDS as u64 {
        let meeting = Meeting::new();
        let count = async |first: &str, second: &str| {
            until_done(&world, async |unit| {
                for name in [first, second] {
                    let next = number(unit, name).await? + 1;
                    unit.set_setting(name, Some(&json!(next))).await?;
                    meeting.wait().await;
                }
                Ok(())
            })
            .await;
        };
        tokio::join!(count("x", "y"), count("y", "x"));
        for name in ["x", "y"] {
            assert_eq!(number(&*world.store, name).await.unwrap(), 2 * round, "{name}");
        }
    }
}

/// One of two gets it; the other is told that it is taken.
pub async fn a_name_that_two_want_at_once_is_given_to_one(world: World) {
    let north = world.organization("north").await;
    for round in 0..ROUNDS {
        let (meeting, name) = (Meeting::new(), format!("wanted {round}"));
        let want = async || {
            let new = world.made(&op(), &north, project(&name));
            until_answered(&world, async |unit| {
                Read::<Project>::inside(unit, north.facts.anchor().unwrap()).await?;
                meeting.wait().await;
                Write::add(unit, &new).await
            })
            .await
        };
        let outcomes = tokio::join!(want(), want());
        let one = matches!(
            outcomes,
            (Ok(()), Err(StoreError::Taken("name"))) | (Err(StoreError::Taken("name")), Ok(()))
        );
        assert!(one, "{outcomes:?}");
    }
    assert_eq!(world.all::<Project>().await.len(), ROUNDS);
}

/// One of two changes is made; the other is told that its version has moved on.
pub async fn a_version_that_two_change_at_once_is_changed_by_one(world: World) {
    let north = world.organization("north").await;
    for round in 0..ROUNDS {
        let object = world.project(&north, &format!("alpha {round}")).await;
        let meeting = Meeting::new();
        let change = async |text: &str| {
            let changed = world.changed(&object, |project| project.description = text.to_owned());
            until_answered(&world, async |unit| {
                Read::<Project>::find(unit, object.id).await?;
                meeting.wait().await;
                Write::save(unit, &changed).await
            })
            .await
        };
        let outcomes = tokio::join!(change("one"), change("two"));
        let one = matches!(outcomes, (Ok(()), Err(StoreError::Stale)) | (Err(StoreError::Stale), Ok(())));
        assert!(one, "{outcomes:?}");
        let stored = world.again(&object).await;
        let expected = if outcomes.0.is_ok() { "one" } else { "two" };
        assert_eq!((stored.data.description.as_str(), stored.version), (expected, 2));
    }
}

/// Another unit's changes are there for a unit that begins after its commit, in this connection or any other.
pub async fn what_is_committed_is_there_for_every_unit_that_begins(world: World) {
    let north = world.organization("north").await;
    for number in 0..20_u32 {
        let object = world.project(&north, &format!("p{number}")).await;
        let unit = world.begin().await;
        assert!(Read::<Project>::find(&*unit, object.id).await.unwrap().is_some(), "p{number}");
        let readers = [&world.store; 4].map(|store| Read::<Project>::find(&**store, object.id));
        for reader in readers {
            assert!(reader.await.unwrap().is_some(), "p{number}");
        }
        unit.rollback().await.unwrap();
    }
}
