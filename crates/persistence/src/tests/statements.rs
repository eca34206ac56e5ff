//! How many statements reads take.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bailiwick_domain::entities::{Annotation, File, Task};
use bailiwick_domain::page::{Filter, Query};
use bailiwick_domain::ports::{CredentialKey, Lookup, MachineToken, Purpose, Read, Write};
use bailiwick_domain::{Caller, Kind, Object, PrincipalId, Relation};

use bailiwick_testkit::fixture::acting;

use super::filled;
use crate::SeaStore;
use crate::shares::Shares;

/// The store, and how many statements it has run from now on; all through the pool, which counts them.
fn counted(mut store: SeaStore) -> (SeaStore, Arc<AtomicUsize>) {
    store.place.here = None;
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    let mut readers = store.readers().clone();
    readers.set_metric_callback(move |_| {
        counter.fetch_add(1, Ordering::Relaxed);
    });
    store.place.readers = Shares::of(readers, Vec::new());
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
        CredentialKey::Node(sample.north_node.id),
    ]
    .into_iter()
    .enumerate()
    {
        store.known(key).await.unwrap();
        assert_eq!(count.load(Ordering::Relaxed), number + 1, "{key:?}");
    }
}

#[tokio::test]
async fn a_token_takes_one_statement_and_for_a_container_another() {
    let (store, world, sample) = filled().await;
    let unit = world.begin().await;
    let tokens = [PrincipalId::node(sample.north_node.id), PrincipalId::container(sample.open.id)];
    let tokens = tokens.map(|principal| MachineToken {
        id: principal.id,
        principal,
        secret_hash: String::new(),
        created_at: world.now(),
        expires_at: world.now(),
    });
    for token in &tokens {
        unit.add_machine_token(token).await.unwrap();
    }
    unit.commit().await.unwrap();
    let (store, count) = counted(store);
    for (token, statements) in tokens.iter().zip([1, 2]) {
        assert!(store.known(CredentialKey::Machine(token.id)).await.unwrap().is_some());
        assert_eq!(count.swap(0, Ordering::Relaxed), statements, "{token:?}");
    }
    assert!(store.known(CredentialKey::Machine(sample.ada.id)).await.unwrap().is_none());
    assert_eq!(count.swap(0, Ordering::Relaxed), 1);
}

#[tokio::test]
async fn finding_and_listing_take_one_statement_each() {
    let (store, world, sample) = filled().await;
    // From here on the cache has what is near.
    store.list(&world.gate().visible::<Task>(&Caller::operator()), &Query::default()).await.unwrap();
    let (store, count) = counted(store);
    let took = |what: &str, statements| assert_eq!(count.swap(0, Ordering::Relaxed), statements, "{what}");
    let first = Read::<Task>::find(&store, sample.first.id).await.unwrap();
    took("what is there", 1);
    assert!(!world.open(first.unwrap()).near.is_empty());
    assert!(Read::<Task>::find(&store, sample.ada.id).await.unwrap().is_none());
    took("what is not there", 1);
    let (gate, operator, nobody) = (world.gate(), Caller::operator(), Caller::anonymous());
    let (all, none) = (gate.visible::<Task>(&operator), gate.visible::<Task>(&nobody));
    let beside = vec![(Kind::Job, sample.label.id), (Kind::User, sample.ada.id), (Kind::Task, world.id())];
    for visible in [&all, &none] {
        let page = store.list(visible, &Query::default()).await.unwrap();
        took("a page", 1);
        assert_eq!(page.items.is_empty(), std::ptr::eq(visible, &none));
        let query = Query { count: true, beside: beside.clone(), ..Query::default() };
        let page = store.list(visible, &query).await.unwrap();
        took("a page with its total and what its filters name", 1);
        assert_eq!(page.total == Some(0), page.items.is_empty());
        let [Some(job), Some(user), None] = page.beside.as_slice() else { panic!("{:?}", page.beside) };
        assert_eq!((job, user), (&sample.label.facts, &sample.ada.facts));
    }
}

#[tokio::test]
async fn work_takes_few_statements() {
    let (store, world, sample) = filled().await;
    let (work, now) = (&sample.work, world.now());
    // From here on the cache has what is near.
    store.list(&world.gate().visible::<File>(&Caller::operator()), &Query::default()).await.unwrap();
    let (store, count) = counted(store);
    let took = |what: &str, statements| assert_eq!(count.swap(0, Ordering::Relaxed), statements, "{what}");
    assert!(Read::<File>::find(&store, work.one.id).await.unwrap().is_some());
    took("a file with whom it is lent to", 1);
    let (gate, worker) = (world.gate(), acting(&sample.ada));
    store.list(&gate.visible::<Annotation>(&worker), &Query::default()).await.unwrap();
    took("a page of annotations", 1);
    let query = Query { filters: vec![Filter::HeldBy("dataset_id", work.train.id)], ..Query::default() };
    store.list(&gate.visible::<File>(&worker), &query).await.unwrap();
    took("a page of a dataset's files", 1);
    assert!(!store.tally(work.sort.id).await.unwrap().is_empty());
    took("what is counted", 1);
    let datasets = store.linked(work.sort.id, Kind::Dataset).await.unwrap().len();
    took("what something holds", 1);
    store.count_files_of_job(work.sort.id).await.unwrap();
    took("how many files there are", 1);
    store.files_of_job(work.sort.id, None, 9).await.unwrap();
    took("those files: the datasets, a page of each, and the files", 2 + datasets);
    // A way after the other, and the task that was found.
    let next = store.next_task(work.sort.id, sample.eve.id, Purpose::Work, now).await.unwrap();
    assert_eq!(world.open(next.unwrap()).id, work.free.id);
    took("the next task", 4);
    assert!(store.next_task(work.sort.id, sample.bob.id, Purpose::Review, now).await.unwrap().is_none());
    took("no work to look at", 1);
}

#[tokio::test]
async fn what_is_near_takes_a_statement_more_once_after_it_was_changed() {
    let (store, world, sample) = filled().await;
    let (store, count) = counted(store);
    let find = async || world.open(Read::<Task>::find(&store, sample.first.id).await.unwrap().unwrap());
    let project = |task: &Object<Task>| {
        task.near.iter().find(|near| near.relation == Relation::Project).unwrap().name.clone()
    };
    let took = |what: &str, statements| assert_eq!(count.swap(0, Ordering::Relaxed), statements, "{what}");
    assert_eq!(&*project(&find().await), "alpha");
    count.store(0, Ordering::Relaxed);
    assert_eq!(&*project(&find().await), "alpha");
    took("as it is in the cache", 1);
    let unit = world.begin().await;
    let renamed = world.changed(&sample.alpha, |project| project.name = "omega".to_owned());
    Write::save(&*unit, &renamed).await.unwrap();
    assert_eq!(&*project(&find().await), "alpha", "nothing is committed");
    unit.commit().await.unwrap();
    count.store(0, Ordering::Relaxed);
    assert_eq!(&*project(&find().await), "omega");
    took("after a change", 2);
    assert_eq!(&*project(&find().await), "omega");
    took("as it is in the cache again", 1);
}

#[tokio::test]
async fn identities_take_a_statement_for_each_kind_however_many() {
    let (store, _world, sample) = filled().await;
    let (store, count) = counted(store);
    let users = [&sample.ada, &sample.bob, &sample.cyd, &sample.eve].map(|user| PrincipalId::user(user.id));
    let keys = [&sample.north_key, &sample.alpha_key].map(|key| PrincipalId::api_key(key.id));
    let found = store.identities(&[users.as_slice(), &keys].concat()).await.unwrap();
    assert_eq!(found.len(), 6);
    assert_eq!(count.swap(0, Ordering::Relaxed), 2);
    let nodes = [&sample.north_node, &sample.south_node].map(|node| PrincipalId::node(node.id));
    let found = store.identities(&[users.as_slice(), &keys, &nodes].concat()).await.unwrap();
    assert_eq!(found.len(), 8);
    assert_eq!(count.load(Ordering::Relaxed), 3);
}
