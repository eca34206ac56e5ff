//! What is near an object is told as it is, whatever a storage keeps of what it read before.

use bailiwick_domain::entities::{
    Annotation, ApiKey, AuditEvent, ClientApp, Collaboration, Comment, Content, Dataset, Export, File, Grant,
    Job, Label, Node, Organization, Project, Proposal, Role, Run, Source, Task, User,
};
use bailiwick_domain::page::Query;
use bailiwick_domain::ports::{Read, Store, Unit};
use bailiwick_domain::{Anchor, Caller, Entity, Object, Sealed};

use crate::fixture::World;

/// Finds and lists outside of a unit tell what a unit tells, which begins with nothing.
pub(super) async fn is_as_a_unit_reads_it(world: &World, after: &str) {
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
