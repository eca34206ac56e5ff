//! Imports of files: what is kept of the last one of each source.

use bailiwick_domain::entities::Source;
use bailiwick_domain::ports::{Import, ImportStatus, LineFault, StoreError};
use bailiwick_domain::{Object, PrincipalId};
use time::Duration;

use super::isolation::{Meeting, until_answered};
use crate::fixture::{Sample, World};

fn import(world: &World, into: &Object<Source>) -> Import {
    Import::new(world.id(), (into.id, world.id()), (None, None), world.now())
}

async fn begin(world: &World, import: &Import) {
    let unit = world.begin().await;
    unit.begin_import(import).await.unwrap();
    unit.commit().await.unwrap();
}

async fn save(world: &World, import: &Import) -> Result<(), StoreError> {
    let unit = world.begin().await;
    unit.save_import(import).await?;
    unit.commit().await
}

async fn kept(world: &World, of: &Object<Source>) -> Option<Import> {
    world.store.import_of(of.id).await.unwrap()
}

/// Every field, those that are absent as well; each source has its own, and a later one stands in the place of the last.
pub async fn an_import_comes_back_as_it_was_stored(world: World) {
    let Sample { sources, .. } = Sample::on(&world).await;
    let (tenth, ninth) = (&sources.tenth, &sources.ninth);
    assert_eq!(kept(&world, tenth).await, None);
    let first = import(&world, tenth);
    begin(&world, &first).await;
    assert_eq!(kept(&world, tenth).await, Some(first.clone()));
    assert_eq!(kept(&world, ninth).await, None);
    let second = Import {
        by: Some(PrincipalId::api_key(world.id())),
        client_app_id: Some(world.id()),
        status: ImportStatus::TakingBack,
        began_at: world.now() - Duration::microseconds(1),
        updated_at: world.now() + Duration::seconds(1),
        version: 7,
        contents: Some(Import::MOST),
        done: 999_999,
        first_position: 3,
        lines_read: 1_000_001,
        bytes_read: i64::from(i32::MAX) + 1,
        faults: vec![LineFault {
            line: 9,
            pointer: "/a~1b".to_owned(),
            detail: "\"\u{0}\" नहीं 😀".to_owned(),
        }],
        detail: Some("because".to_owned()),
        ..import(&world, tenth)
    };
    begin(&world, &second).await;
    assert_eq!(kept(&world, tenth).await, Some(second));
    let gone = save(&world, &first).await;
    assert!(matches!(gone, Err(StoreError::Stale)), "{gone:?}");
}

/// Its version counts, and who has read an earlier one is told so.
pub async fn an_import_goes_on_from_the_version_that_was_read(world: World) {
    let Sample { sources, .. } = Sample::on(&world).await;
    let read = import(&world, &sources.tenth);
    begin(&world, &read).await;
    let next = Import { done: 5, status: ImportStatus::Making, contents: Some(9), ..read.clone() };
    save(&world, &next).await.unwrap();
    assert_eq!(kept(&world, &sources.tenth).await, Some(Import { version: 2, ..next.clone() }));
    let refused = save(&world, &Import { done: 6, ..read }).await;
    assert!(matches!(refused, Err(StoreError::Stale)), "{refused:?}");
    assert_eq!(kept(&world, &sources.tenth).await.map(|kept| kept.done), Some(5));
    let none = save(&world, &import(&world, &sources.ninth)).await;
    assert!(matches!(none, Err(StoreError::Stale)), "{none:?}");
}

/// The one that has waited longest, as long as there is something to do.
pub async fn the_import_that_has_waited_longest_is_due(world: World) {
    let Sample { sources, .. } = Sample::on(&world).await;
    let due = async || world.store.due_import().await.unwrap().map(|import| import.source_id);
    assert_eq!(due().await, None);
    let under_way = [ImportStatus::Making, ImportStatus::Checking, ImportStatus::TakingBack];
    let [last, first, second] = [&sources.tenth, &sources.ninth, &sources.plain];
    for ((source, status), seconds) in [last, first, second].into_iter().zip(under_way).zip([3, 1, 2]) {
        let updated_at = world.now() + Duration::seconds(seconds);
        begin(&world, &Import { status, updated_at, ..import(&world, source) }).await;
    }
    for (source, ends) in [(first, ImportStatus::Done), (second, ImportStatus::Failed)] {
        assert_eq!(due().await, Some(source.id));
        let kept = kept(&world, source).await.unwrap();
        save(&world, &Import { status: ends, ..kept }).await.unwrap();
    }
    assert_eq!(due().await, Some(last.id));
    let kept = kept(&world, last).await.unwrap();
    save(&world, &Import { status: ImportStatus::Done, ..kept }).await.unwrap();
    assert_eq!(due().await, None);
}

/// Who looks whether one is under way and begins one if not, is not the second to do so.
pub async fn one_of_two_imports_is_begun(world: World) {
    let Sample { sources, .. } = Sample::on(&world).await;
    for source in [&sources.tenth, &sources.ninth, &sources.plain] {
        let meeting = Meeting::new();
        let want = async || {
            let new = import(&world, source);
            until_answered(&world, async |unit| {
                let there = unit.import_of(source.id).await?;
                meeting.wait().await;
                match there {
                    Some(_) => Err(StoreError::Taken("under way")),
                    None => unit.begin_import(&new).await,
                }
            })
            .await
        };
        let outcomes = tokio::join!(want(), want());
        let one = matches!(
            outcomes,
            (Ok(()), Err(StoreError::Taken("under way"))) | (Err(StoreError::Taken("under way")), Ok(()))
        );
        assert!(one, "{outcomes:?}");
    }
}

/// And into a source that is gone nothing is imported.
pub async fn an_import_goes_with_its_source(world: World) {
    let Sample { sources, .. } = Sample::on(&world).await;
    let far = &sources.far;
    begin(&world, &import(&world, far)).await;
    begin(&world, &import(&world, &sources.tenth)).await;
    for part in world.store.all_contents(far.id).await.unwrap() {
        let part = world.open(part);
        world.try_remove(&[world.removed(&part)]).await.unwrap();
    }
    world.try_remove(&[world.removed(&world.again(far).await)]).await.unwrap();
    assert_eq!(kept(&world, far).await, None);
    assert!(kept(&world, &sources.tenth).await.is_some());
    let unit = world.begin().await;
    let refused = unit.begin_import(&import(&world, far)).await;
    assert!(matches!(refused, Err(StoreError::Stale)), "{refused:?}");
}
