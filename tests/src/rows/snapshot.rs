//! All that is stored, to see whether a request changed anything.

use bailiwick_domain::entities::{
    Annotation, ApiKey, ClientApp, Collaboration, Comment, Content, Dataset, Export, File, Grant, Job, Label,
    Node, Organization, Project, Role, Run, Source, Task, User,
};
use bailiwick_domain::ports::{Lookup, Read, Store};
use bailiwick_domain::{Anchor, Entity, Kind};

/// Every object of every kind, audit events and proposals apart, as text.
pub async fn snapshot(store: &(dyn Store + 'static)) -> Vec<String> {
    async fn of<T: Entity>(store: &(dyn Store + 'static), into: &mut Vec<String>)
    where
        dyn Store: Read<T>,
    {
        let rows = Read::<T>::inside(store, Anchor::SERVER).await.unwrap();
        into.extend(rows.iter().map(|row| format!("{} {row:?}", T::KIND)));
    }
    /// What they hold is no part of them.
    async fn held<T: Entity>(store: &(dyn Store + 'static), into: &mut Vec<String>)
    where
        dyn Store: Read<T>,
    {
        for row in Read::<T>::inside(store, Anchor::SERVER).await.unwrap() {
            for kind in [Kind::File, Kind::Dataset, Kind::Label] {
                let holds = Lookup::linked(store, row.id(), kind).await.unwrap();
                into.extend(holds.iter().map(|id| format!("{} holds {kind} {id}", row.id())));
            }
        }
    }
    let mut all = Vec::new();
    of::<Organization>(store, &mut all).await;
    of::<Collaboration>(store, &mut all).await;
    of::<User>(store, &mut all).await;
    of::<Node>(store, &mut all).await;
    of::<Role>(store, &mut all).await;
    of::<Grant>(store, &mut all).await;
    of::<ApiKey>(store, &mut all).await;
    of::<Project>(store, &mut all).await;
    of::<Job>(store, &mut all).await;
    of::<Task>(store, &mut all).await;
    of::<Run>(store, &mut all).await;
    of::<File>(store, &mut all).await;
    of::<Dataset>(store, &mut all).await;
    of::<Label>(store, &mut all).await;
    of::<Annotation>(store, &mut all).await;
    of::<Comment>(store, &mut all).await;
    of::<Export>(store, &mut all).await;
    of::<Source>(store, &mut all).await;
    of::<Content>(store, &mut all).await;
    of::<ClientApp>(store, &mut all).await;
    held::<Dataset>(store, &mut all).await;
    held::<Job>(store, &mut all).await;
    held::<Task>(store, &mut all).await;
    all.sort_unstable();
    all
}
