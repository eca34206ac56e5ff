//! All that is stored, to see whether a request changed anything.

use bailiwick_domain::entities::{
    ApiKey, Collaboration, Grant, Job, Node, Organization, Project, Role, Run, Task, User,
};
use bailiwick_domain::ports::{Read, Store};
use bailiwick_domain::{Anchor, Entity};

/// Every object of every kind, audit events and proposals apart, as text.
pub async fn snapshot(store: &(dyn Store + 'static)) -> Vec<String> {
    async fn of<T: Entity>(store: &(dyn Store + 'static), into: &mut Vec<String>)
    where
        dyn Store: Read<T>,
    {
        let rows = Read::<T>::inside(store, Anchor::SERVER).await.unwrap();
        into.extend(rows.iter().map(|row| format!("{} {row:?}", T::KIND)));
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
    all.sort_unstable();
    all
}
