//! Many objects at once: the same as one after the other.

use bailiwick_domain::audit::{Circumstance, Entry};
use bailiwick_domain::entities::{AuditEvent, Collaboration, Project};
use bailiwick_domain::object::New;
use bailiwick_domain::ports::{OutboxEvent, Read, Record, Store, StoreError, Write};
use bailiwick_domain::{Because, Entity, Kind, Object};
use uuid::Uuid;

use super::every_kind;
use crate::fixture::{Sample, World, collaboration, op, project};

/// More than adapters put into one statement.
const MANY: usize = 1_201;

/// Objects, and the rows of other tables that belong to them.
pub async fn many_objects_are_added_at_once(world: World) {
    let (north, south) = (world.organization("north").await, world.organization("south").await);
    let operator = op();
    let new: Vec<New<Project>> =
        (0..MANY).map(|n| world.made(&operator, &north, project(&format!("p{n:04}")))).collect();
    let shared: Vec<New<Collaboration>> = ["one", "two"]
        .map(|name| world.made_collaboration(&operator, collaboration(name), &[&north, &south]))
        .into_iter()
        .collect();
    let unit = world.begin().await;
    Write::add_all(&*unit, &new).await.unwrap();
    Write::add_all(&*unit, &shared).await.unwrap();
    Write::<Project>::add_all(&*unit, &[]).await.unwrap();
    unit.commit().await.unwrap();
    let found = world.all::<Project>().await;
    assert_eq!(found.len(), MANY);
    for new in new.iter().step_by(100) {
        let (stored, made) = (world.again(new.object()).await, new.object());
        assert_eq!((&stored.data, &stored.facts, stored.version), (&made.data, &made.facts, made.version));
    }
    for new in &shared {
        let mut members = world.again(new.object()).await.data.members;
        members.sort_unstable();
        let mut both = vec![north.id, south.id];
        both.sort_unstable();
        assert_eq!(members, both);
    }
}

/// Of every kind: those that are there, once each.
pub async fn many_objects_are_found_at_once(world: World) {
    async fn check<T: Entity + std::fmt::Debug + PartialEq>(world: &World)
    where
        dyn Store: Read<T>,
    {
        let all = world.all::<T>().await;
        assert!(!all.is_empty(), "{}", T::KIND);
        let mut asked: Vec<Uuid> = all.iter().map(|object| object.id).collect();
        asked.push(world.id());
        let found = Read::<T>::find_all(&*world.store, &asked).await.unwrap();
        let mut found: Vec<Object<T>> = found.into_iter().map(|sealed| world.open(sealed)).collect();
        found.sort_by_key(|object| object.id);
        assert_eq!(found.len(), all.len(), "{}", T::KIND);
        for object in found {
            let alone = world.again(&object).await;
            assert_eq!((&object.data, &object.facts, &object.near), (&alone.data, &alone.facts, &alone.near));
        }
        assert!(Read::<T>::find_all(&*world.store, &[]).await.unwrap().is_empty());
    }
    Sample::on(&world).await;
    every_kind!(check(&world));
}

/// One name that is taken refuses all.
pub async fn a_taken_name_among_many_is_refused(world: World) {
    let north = world.organization("north").await;
    world.project(&north, "p0007").await;
    let operator = op();
    let new: Vec<New<Project>> =
        (0..9).map(|n| world.made(&operator, &north, project(&format!("p{n:04}")))).collect();
    let unit = world.begin().await;
    let refused = Write::add_all(&*unit, &new).await.unwrap_err();
    assert!(matches!(refused, StoreError::Taken(_)), "{refused:?}");
    unit.rollback().await.unwrap();
    assert_eq!(world.all::<Project>().await.len(), 1);
}

/// Audit events and outbox events, each as it was.
pub async fn many_changes_are_recorded_at_once(world: World) {
    let north = world.organization("north").await;
    let operator = op();
    let circumstance =
        Circumstance { deed: "apply".to_owned(), request_id: "request".to_owned(), now: world.now() };
    let because = Because::Being(bailiwick_domain::Term::Itself);
    let entries: Vec<Entry> = (0..MANY)
        .map(|_| Entry::change(world.id(), &operator, &circumstance, because, None, Some(&north)))
        .collect();
    let events: Vec<OutboxEvent> = (0..MANY)
        .map(|n| OutboxEvent {
            id: world.id(),
            at: world.now(),
            topic: format!("organization.created{n}"),
            kind: Kind::Organization,
            object_id: north.id,
            payload: serde_json::json!({ "n": n }),
        })
        .collect();
    let unit = world.begin().await;
    unit.record_all(&entries, &events).await.unwrap();
    Record::record_all(&*unit, &[], &[]).await.unwrap();
    unit.commit().await.unwrap();
    let log = world.all::<AuditEvent>().await;
    assert_eq!(log.len(), MANY);
    let said = &entries.first().unwrap().object().data;
    assert!(log.iter().all(|event| event.data == *said));
    let mut waiting = world.store.outbox(MANY + 1).await.unwrap();
    let mut pushed = events;
    waiting.sort_by_key(|event| event.id);
    pushed.sort_by_key(|event| event.id);
    assert_eq!(waiting, pushed);
}
