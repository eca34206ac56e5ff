//! What is near an object is told as it is, whatever a storage keeps of what it read before.

use bailiwick_domain::entities::{
    Annotation, ApiKey, AuditEvent, ClientApp, Collaboration, Comment, Content, Dataset, Export, File, Grant,
    Job, Label, Node, Organization, Project, Proposal, Role, Run, Source, Task, User,
};
use bailiwick_domain::page::Query;
use bailiwick_domain::ports::{Read, Store, Unit, Write};
use bailiwick_domain::{Anchor, Caller, Entity, Object, Sealed};

use crate::fixture::{Sample, World};

/// Finds and lists, in a unit and outside, tell what is read with all that stands near.
pub(super) async fn is_as_it_was_read(world: &World, after: &str) {
    macro_rules! each {
        ($($kind:ident)*) => {
            $(same::<$kind>(world, after).await;)*
        };
    }
    each! {
        Organization User Role Collaboration Proposal Node ApiKey ClientApp Project Job Task Run Grant AuditEvent
        File Dataset Label Annotation Comment Export Source Content
    }
}

async fn same<T: Entity>(world: &World, after: &str)
where
    dyn Store: Read<T>,
    dyn Unit: Read<T>,
{
    let told = |object: Object<T>| format!("{object:#?}");
    let unit = world.begin().await;
    let all: Vec<Sealed<T>> = Read::<T>::inside(&*unit, Anchor::SERVER).await.unwrap();
    // Each is a statement, and this is done after every kind of write: of each kind a few.
    for sealed in all.iter().take(2) {
        let found =
            Read::<T>::find(&*unit, sealed.id()).await.unwrap().map(|sealed| told(world.open(sealed)));
        let is = told(world.open(sealed.clone()));
        assert!(found.as_ref() == Some(&is), "after {after}, {found:?} was found in a unit instead of {is}");
    }
    unit.rollback().await.unwrap();
    let all: Vec<Object<T>> = all.into_iter().map(|sealed| world.open(sealed)).collect();
    let (gate, operator) = (world.gate(), Caller::operator());
    let query = Query { limit: 1_000, ..Query::default() };
    let page = Read::<T>::list(&*world.store, &gate.visible::<T>(&operator), &query).await.unwrap();
    let listed: Vec<Object<T>> = page.items.into_iter().map(|sealed| world.open(sealed)).collect();
    assert_eq!(listed.len(), all.len(), "after {after}, {}", T::KIND.word());
    for (object, listed) in all.into_iter().zip(listed) {
        let found = told(world.find::<T>(object.id).await.unwrap());
        let is = told(object);
        assert!(is == told(listed), "after {after}, listed otherwise than {is}");
        assert!(is == found, "after {after}, {found} was found instead of {is}");
    }
}

/// What a unit has changed stands near other objects as it is now for that unit alone, and not at all once it is taken back.
pub async fn a_unit_reads_what_stands_near_as_it_wrote_it(world: World) {
    let of = Sample::on(&world).await;
    let task = world.task(&of.label, "t").await;
    let project = |found: Option<Sealed<Task>>| {
        let task = world.open(found.unwrap());
        task.path().map(|(_, _, name)| name.to_owned()).nth(1).unwrap()
    };
    let outside = async || project(Read::<Task>::find(&*world.store, task.id).await.unwrap());
    let was = outside().await;
    for (name, commits) in [("taken back", false), ("other", false), ("kept", true)] {
        let unit = world.begin().await;
        let inside = async || project(Read::<Task>::find(&*unit, task.id).await.unwrap());
        assert_eq!((inside().await, outside().await), (was.clone(), was.clone()), "before {name}");
        let renamed = world.changed(&of.alpha, |project| project.name = name.to_owned());
        Write::save(&*unit, &renamed).await.unwrap();
        assert_eq!(inside().await, name);
        if commits {
            unit.commit().await.unwrap();
        } else {
            unit.rollback().await.unwrap();
        }
        assert_eq!(outside().await, if commits { name } else { &was });
    }
    let unit = world.begin().await;
    assert_eq!(project(Read::<Task>::find(&*unit, task.id).await.unwrap()), "kept");
    unit.rollback().await.unwrap();
}
