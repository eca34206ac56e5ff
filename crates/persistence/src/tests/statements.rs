//! How many statements reads take.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bailiwick_domain::entities::Task;
use bailiwick_domain::page::Query;
use bailiwick_domain::ports::{CredentialKey, Lookup, Read};
use bailiwick_domain::{Caller, PrincipalId};

use super::filled;
use crate::SeaStore;

/// The store, and how many statements it has run from now on.
fn counted(mut store: SeaStore) -> (SeaStore, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    store.place.readers.set_metric_callback(move |_| {
        counter.fetch_add(1, Ordering::Relaxed);
    });
    (store, count)
}

#[tokio::test]
async fn a_credential_takes_one_statement() {
    let (store, _world, sample) = filled().await;
    let (store, count) = counted(store);
    for (number, key) in [
        CredentialKey::User(sample.ada.id),
        CredentialKey::Login { organization: "north", username: "ada" },
        CredentialKey::ApiKey(sample.alpha_key.id),
        CredentialKey::Session(sample.ada.id),
    ]
    .into_iter()
    .enumerate()
    {
        store.known(key).await.unwrap();
        assert_eq!(count.load(Ordering::Relaxed), number + 1, "{key:?}");
    }
}

#[tokio::test]
async fn an_object_takes_one_statement_and_a_page_one_more_to_count() {
    let (store, world, sample) = filled().await;
    let (store, count) = counted(store);
    let first = Read::<Task>::find(&store, sample.first.id).await.unwrap();
    assert!(!world.open(first.unwrap()).near.is_empty());
    assert_eq!(count.load(Ordering::Relaxed), 1);
    let (gate, operator) = (world.gate(), Caller::operator());
    let visible = gate.visible::<Task>(&operator);
    store.list(&visible, &Query::default()).await.unwrap();
    assert_eq!(count.load(Ordering::Relaxed), 2);
    store.list(&visible, &Query { count: true, ..Query::default() }).await.unwrap();
    assert_eq!(count.load(Ordering::Relaxed), 4);
}

#[tokio::test]
async fn identities_take_two_statements_however_many() {
    let (store, _world, sample) = filled().await;
    let (store, count) = counted(store);
    let users = [&sample.ada, &sample.bob, &sample.cyd, &sample.eve].map(|user| PrincipalId::user(user.id));
    let keys = [&sample.north_key, &sample.alpha_key].map(|key| PrincipalId::api_key(key.id));
    let found = store.identities(&[users.as_slice(), &keys].concat()).await.unwrap();
    assert_eq!(found.len(), 6);
    assert_eq!(count.load(Ordering::Relaxed), 2);
}
