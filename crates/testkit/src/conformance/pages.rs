//! Pages: each follows the one before, whatever happens between them.

use bailiwick_domain::entities::{Project, Task, User};
use bailiwick_domain::page::{Field, FieldValue, Position, Query, Sort};
use bailiwick_domain::ports::{Read, Store, Write};
use bailiwick_domain::{Caller, Entity, Object, Scope};
use time::Duration;
use uuid::Uuid;

use super::{every_kind, page};
use crate::fixture::{Sample, World, held, op, person, project, task, user};

/// Every order that a kind can be listed in.
pub(super) fn orders<T: Entity>() -> impl Iterator<Item = Sort> {
    let fields = Field::COMMON.iter().chain(T::FIELDS).filter(|field| field.sorts);
    fields.flat_map(|field| [false, true].map(|descending| Sort { field: field.name, descending }))
}

/// The ids of objects in an order, from a position on.
pub(super) fn in_order<T: Entity>(objects: &[Object<T>], query: &Query) -> Vec<Uuid> {
    let mut all: Vec<_> = objects.iter().map(|object| (object.value(query.sort.field), object.id)).collect();
    all.sort_by(|a, b| query.order((&a.0, a.1), (&b.0, b.1)));
    let follows = |value: &_, id| {
        query.after.as_ref().is_none_or(|after| query.order((value, id), (&after.value, after.id)).is_gt())
    };
    all.into_iter().filter(|(value, id)| follows(value, *id)).map(|(_, id)| id).collect()
}

/// One page for the operator, and the position after it.
pub(super) async fn turn<T: Entity>(world: &World, query: &mut Query) -> (Vec<Object<T>>, bool)
where
    dyn Store: Read<T>,
{
    let page = page::<T>(world, &Caller::operator(), query).await;
    let items: Vec<_> = page.items.into_iter().map(|sealed| world.open(sealed)).collect();
    if let Some(last) = items.last() {
        query.after = Some(Position { value: last.value(query.sort.field), id: last.id });
    }
    (items, page.more)
}

/// Up and down, by every field, with ties.
pub async fn pages_follow_each_other_in_every_order(world: World) {
    async fn check<T: Entity>(world: &World)
    where
        dyn Store: Read<T>,
    {
        let all = world.all::<T>().await;
        for sort in orders::<T>() {
            let mut query = Query { sort, limit: 2, ..Query::default() };
            let expected = in_order(&all, &query);
            let mut walked = Vec::new();
            loop {
                let (items, more) = turn::<T>(world, &mut query).await;
                walked.extend(items.iter().map(|object| object.id));
                assert_eq!(more, walked.len() < all.len(), "{} by {sort:?}: more", T::KIND);
                if !more {
                    break;
                }
                assert_eq!(items.len(), 2, "{} by {sort:?}: a page is full while more follow", T::KIND);
            }
            assert_eq!(walked, expected, "{} by {sort:?}", T::KIND);
        }
    }
    Sample::on(&world).await;
    every_kind!(check(&world));
}

/// What is added or removed between two pages neither repeats nor hides what was there.
pub async fn objects_that_come_between_pages_disturb_none(world: World) {
    let Sample { north, label, .. } = Sample::on(&world).await;
    let mut round = 0;
    for sort in orders::<Task>() {
        round += 1;
        let mut query = Query { sort, limit: 3, ..Query::default() };
        let (seen, _) = turn::<Task>(&world, &mut query).await;
        world.clock.advance(Duration::microseconds(1));
        for name in ["A", "first", "m", "zz"] {
            world.task(&label, &format!("{name} {round}")).await;
        }
        // The page goes on after an object that is not there any more.
        let last = seen.last().unwrap();
        if world.store.dependents(&last.facts).await.unwrap().is_empty() {
            world.try_remove(&[world.removed(last)]).await.unwrap();
        }
        let expected = in_order(&world.all::<Task>().await, &query);
        query.limit = 100;
        let (rest, more) = turn::<Task>(&world, &mut query).await;
        assert!(!more);
        assert_eq!(rest.iter().map(|task| task.id).collect::<Vec<_>>(), expected, "tasks by {sort:?}");
        world.task(&label, &format!("again {round}")).await;
    }
    for sort in orders::<User>() {
        round += 1;
        let mut query = Query { sort, limit: 2, ..Query::default() };
        turn::<User>(&world, &mut query).await;
        world.add(&world.made_user(&op(), &north, user(&format!("b{round}")))).await;
        let expected = in_order(&world.all::<User>().await, &query);
        query.limit = 100;
        let (rest, _) = turn::<User>(&world, &mut query).await;
        assert_eq!(rest.iter().map(|user| user.id).collect::<Vec<_>>(), expected, "users by {sort:?}");
    }
}

/// The total counts the list, wherever the page begins and however long it is.
pub async fn a_list_counts_what_it_holds(world: World) {
    let Sample { north, .. } = Sample::on(&world).await;
    let mut query = Query { limit: 1, count: true, ..Query::default() };
    for _ in 0..4 {
        let page = page::<Project>(&world, &Caller::operator(), &query).await;
        assert_eq!(page.total, Some(4));
        turn::<Project>(&world, &mut query).await;
    }
    query.filters = vec![bailiwick_domain::page::Filter::Is(
        "organization_id",
        bailiwick_domain::page::FieldValue::Id(north.id),
    )];
    assert_eq!(page::<Project>(&world, &Caller::operator(), &query).await.total, Some(3));
    query.count = false;
    assert_eq!(page::<Project>(&world, &Caller::operator(), &query).await.total, None);
}

/// Exactly as many as there are is no reason to say that more follow.
pub async fn a_page_holds_at_most_its_limit(world: World) {
    let north = world.organization("north").await;
    for number in 0..5 {
        world.add(&world.made(&op(), &north, project(&number.to_string()))).await;
    }
    for (limit, count, more) in [(1, 1, true), (4, 4, true), (5, 5, false), (6, 5, false)] {
        let page = page::<Project>(&world, &Caller::operator(), &Query { limit, ..Query::default() }).await;
        assert_eq!((page.items.len(), page.more), (count, more), "limit {limit}");
    }
    let page = page::<Task>(&world, &Caller::operator(), &Query::default()).await;
    assert_eq!((page.items.len(), page.more), (0, false));
}

/// Who sees many places sees all that is there and nothing else, in whatever pages.
pub async fn who_sees_many_projects_turns_all_pages(world: World) {
    const PROJECTS: usize = 40;
    let north = world.organization("north").await;
    let mut caller = person(&world.user(&north, "ada").await);
    let mut jobs = Vec::new();
    for n in 0..PROJECTS {
        let project = world.project(&north, &format!("p{n}")).await;
        if n % 2 == 0 {
            caller.grants.push(held(&project.facts, Scope::Global));
        }
        jobs.push(world.job(&project, "j").await);
    }
    // More than a look at the first rows looks at; most of them are not seen.
    let job = |n: usize| jobs.get(if n < 1_100 && n % 100 != 8 { 1 } else { n % PROJECTS }).unwrap();
    let operator = op();
    let new: Vec<_> = (0..1_400).map(|n| world.made(&operator, job(n), task(&format!("t{n}")))).collect();
    let unit = world.begin().await;
    Write::add_all(&*unit, &new).await.unwrap();
    unit.commit().await.unwrap();
    let gate = world.gate();
    let mut all = world.all::<Task>().await;
    all.retain(|object| gate.visible::<Task>(&caller).reach().holds(&object.facts));
    assert!(all.len() > 150, "{}", all.len());
    for descending in [false, true] {
        for limit in [7, 130] {
            let sort = Sort { field: "id", descending };
            let mut query = Query { sort, limit, ..Query::default() };
            let expected = in_order(&all, &query);
            let mut listed = Vec::new();
            loop {
                let page = page::<Task>(&world, &caller, &query).await;
                let (more, items) = (page.more, page.items);
                listed.extend(items.into_iter().map(|sealed| world.open(sealed).id));
                let last = listed.last().copied();
                query.after = last.map(|id| Position { value: FieldValue::Id(id), id });
                if !more {
                    break;
                }
            }
            assert_eq!(listed, expected, "{limit} a page, descending: {descending}");
        }
    }
}
