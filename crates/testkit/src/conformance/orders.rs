//! Orders: within filters, by every byte, and while others write.

use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};

use bailiwick_domain::entities::{Job, Task};
use bailiwick_domain::page::{Field, FieldKind, FieldValue, Filter, Query, Sort};
use bailiwick_domain::ports::{Read, Store};
use bailiwick_domain::{Entity, Object};
use time::Duration;
use uuid::Uuid;

use super::every_kind;
use super::names::ALIKE;
use super::pages::{in_order, orders, turn};
use crate::fixture::{Sample, World};

/// Every page of a list.
async fn walked<T: Entity>(world: &World, mut query: Query) -> Vec<Object<T>>
where
    dyn Store: Read<T>,
{
    let mut walked = Vec::new();
    loop {
        let (items, more) = turn::<T>(world, &mut query).await;
        walked.extend(items);
        if !more {
            return walked;
        }
    }
}

/// Each field's most common value, in every order.
pub async fn every_order_holds_within_every_filter(world: World) {
    async fn check<T: Entity>(world: &World)
    where
        dyn Store: Read<T>,
    {
        let all = world.all::<T>().await;
        for field in Field::COMMON.iter().chain(T::FIELDS).filter(|field| field.kind != FieldKind::Holder) {
            let mut counted = BTreeMap::new();
            for object in &all {
                // Of several ids a filter asks for one.
                let values = match object.value(field.name) {
                    FieldValue::Ids(ids) => ids.into_iter().map(FieldValue::Id).collect(),
                    FieldValue::Texts(words) => words.into_iter().map(FieldValue::Text).collect(),
                    value => vec![value],
                };
                for value in values {
                    *counted.entry(value).or_insert(0) += 1;
                }
            }
            let (value, _) = counted.into_iter().max_by_key(|(_, count)| *count).unwrap();
            let held: Vec<_> =
                all.iter().filter(|object| object.value(field.name).is(&value)).cloned().collect();
            let filters = vec![Filter::Is(field.name, value)];
            for sort in orders::<T>() {
                let query = Query { filters: filters.clone(), sort, limit: 2, ..Query::default() };
                let expected = in_order(&held, &query);
                let found: Vec<_> = walked::<T>(world, query).await.iter().map(|object| object.id).collect();
                assert_eq!(found, expected, "{} with {filters:?} by {sort:?}", T::KIND);
            }
        }
    }
    Sample::on(&world).await;
    every_kind!(check(&world));
}

/// Capitals before small letters, ASCII before everything else, short before long.
pub async fn names_are_ordered_by_every_byte(world: World) {
    let north = world.organization("north").await;
    let alpha = world.project(&north, "alpha").await;
    for name in ALIKE {
        world.job(&alpha, name).await;
    }
    let mut expected = ALIKE.map(str::as_bytes);
    expected.sort_unstable();
    for descending in [false, true] {
        let query = Query { sort: Sort { field: "name", descending }, limit: 4, ..Query::default() };
        let found = walked::<Job>(&world, query).await;
        let found: Vec<_> = found.iter().map(|job| job.data.name.as_bytes()).collect();
        assert_eq!(found, expected, "descending: {descending}");
        expected.reverse();
    }
}

/// Somebody adds and removes tasks all the time, and somebody else turns pages in every order.
pub async fn what_is_there_throughout_is_listed_once_while_others_come_and_go(world: World) {
    let Sample { label, beta_label, .. } = Sample::on(&world).await;
    let mut steady = Vec::new();
    for number in 0..24 {
        world.clock.advance(Duration::microseconds(number % 2));
        steady.push(world.task(&label, &format!("steady {number:02}")).await);
    }
    let (turning, written) = (Cell::new(true), Cell::new(0));
    let write = async {
        let mut coming = VecDeque::new();
        while turning.get() {
            world.clock.advance(Duration::microseconds(1));
            let number = written.get();
            let name = format!("steady {:02} and a half {number}", number * 7 % 24);
            coming.push_back(world.task(&beta_label, &name).await);
            if coming.len() > 6 {
                let gone = coming.pop_front().unwrap();
                world.try_remove(&[world.removed(&gone)]).await.unwrap();
            }
            written.set(number + 1);
        }
    };
    let turn_pages = async {
        for sort in orders::<Task>() {
            let query = Query { sort, limit: 3, ..Query::default() };
            let expected = in_order(&steady, &query);
            let found = walked::<Task>(&world, query).await;
            let of_steady = found.iter().map(|task| task.id);
            let of_steady: Vec<Uuid> = of_steady.filter(|id| expected.contains(id)).collect();
            assert_eq!(of_steady, expected, "tasks by {sort:?}");
        }
        turning.set(false);
    };
    tokio::join!(write, turn_pages);
    assert!(written.get() > 0, "nobody came or went");
}
