//! Links: tied and untied, gone with either end; what is lent by them; what they are filtered by.

use bailiwick_domain::entities::{Annotation, Comment, Dataset, File, Job, Label, Task, User};
use bailiwick_domain::page::{FieldValue, Filter, Position, Query, Sort};
use bailiwick_domain::ports::{Read, Record, Store};
use bailiwick_domain::{Caller, Entity, Facts, Kind, Lent, Object, PrincipalId, Scope};
use uuid::Uuid;

use super::{ids, listed, page, sorted};
use crate::fixture::{Sample, Work, World, annotation, comment, held, op, person, task};

/// Once each, in one unit and from unit to unit; what is tied is told from both ends.
pub async fn links_are_tied_and_untied_once(world: World) {
    let Sample { work: Work { sort, test, two, train, .. }, .. } = Sample::on(&world).await;
    let datasets = async || world.store.linked(sort.id, Kind::Dataset).await.unwrap();
    let holders = async || world.store.holders(two.id, Kind::Dataset).await.unwrap();
    assert_eq!(datasets().await, [train.id]);
    assert!(world.tie(&sort.facts, &test.facts).await);
    assert!(!world.tie(&sort.facts, &test.facts).await);
    assert_eq!(datasets().await, ids([&train, &test]));
    assert_eq!(holders().await, ids([&train, &test]));
    assert_eq!(world.store.holders(test.id, Kind::Job).await.unwrap(), [sort.id]);
    assert!(world.store.linked(sort.id, Kind::Project).await.unwrap().is_empty(), "of another kind");
    assert!(world.store.holders(two.id, Kind::Job).await.unwrap().is_empty(), "of another kind");
    assert!(world.store.linked(test.id, Kind::Dataset).await.unwrap().is_empty(), "the other way round");

    let unit = world.begin().await;
    let link = world.link(&test.facts, &two.facts);
    assert!(Record::untie(&*unit, &link).await.unwrap());
    assert!(!Record::untie(&*unit, &link).await.unwrap());
    assert!(Record::tie(&*unit, &link).await.unwrap());
    assert!(!Record::tie(&*unit, &link).await.unwrap());
    assert!(Record::untie(&*unit, &link).await.unwrap());
    unit.rollback().await.unwrap();
    assert_eq!(holders().await, ids([&train, &test]), "it was rolled back");
    assert!(world.untie(&test.facts, &two.facts).await);
    assert!(!world.untie(&test.facts, &two.facts).await);
    assert_eq!(holders().await, [train.id]);
}

/// With what holds and with what is held; others stay.
pub async fn links_go_with_either_end(world: World) {
    let Sample { alpha, .. } = Sample::on(&world).await;
    let (near, far) = (world.job(&alpha, "near").await, world.job(&alpha, "far").await);
    let inside = world.task(&near, "inside").await;
    let (file, label) = (world.file(&alpha, "a file").await, world.label(&alpha, "a label").await);
    let (set, other) = (world.dataset(&alpha, "a set").await, world.dataset(&alpha, "another").await);
    for holder in [&inside.facts, &near.facts, &far.facts, &set.facts, &other.facts] {
        world.tie(holder, &file.facts).await;
    }
    for holder in [&inside.facts, &near.facts] {
        world.tie(holder, &label.facts).await;
    }
    for holder in [&near.facts, &far.facts] {
        world.tie(holder, &set.facts).await;
    }
    let holders = async |of: Uuid, kind| world.store.holders(of, kind).await.unwrap();
    world.try_remove(&[world.removed(&inside)]).await.unwrap();
    assert!(holders(file.id, Kind::Task).await.is_empty() && holders(label.id, Kind::Task).await.is_empty());
    world.try_remove(&[world.removed(&near)]).await.unwrap();
    assert_eq!(holders(file.id, Kind::Job).await, [far.id]);
    assert_eq!(holders(set.id, Kind::Job).await, [far.id]);
    assert!(holders(label.id, Kind::Job).await.is_empty());
    world.try_remove(&[world.removed(&set)]).await.unwrap();
    assert_eq!(holders(file.id, Kind::Dataset).await, [other.id]);
    assert!(world.store.linked(far.id, Kind::Dataset).await.unwrap().is_empty());
    world.try_remove(&[world.removed(&file)]).await.unwrap();
    for holder in [far.id, other.id] {
        assert!(world.store.linked(holder, Kind::File).await.unwrap().is_empty());
    }
    world.tie(&far.facts, &label.facts).await;
    world.try_remove(&[world.removed(&label)]).await.unwrap();
    assert!(world.store.linked(far.id, Kind::Label).await.unwrap().is_empty());
}

/// At the server or at a place, with every rule of scope own.
fn own(user: &Object<User>, at: &Facts) -> Caller {
    let mut caller = person(user);
    caller.grants.push(held(at, Scope::Own));
    caller
}

async fn seen<T: Entity>(world: &World, caller: &Caller) -> Vec<Uuid>
where
    dyn Store: Read<T>,
{
    let query = Query { limit: 100, ..Query::default() };
    let page = page::<T>(world, caller, &query).await;
    sorted(page.items.into_iter().map(|sealed| world.open(sealed).id))
}

/// Who has which task, and what lends what.
struct Lending {
    users: [Object<User>; 2],
    job: Object<Job>,
    tasks: [Object<Task>; 2],
    about: Object<File>,
    by_task: (Object<File>, Object<Label>),
    by_job: (Object<File>, Object<Label>),
}

impl Lending {
    async fn on(world: &World, sample: &Sample) -> Self {
        let alpha = &sample.alpha;
        let job = world.job(alpha, "lending").await;
        let about = world.file(alpha, "about").await;
        let by_task = (world.file(alpha, "by task").await, world.label(alpha, "by task").await);
        let by_job = (world.file(alpha, "by job").await, world.label(alpha, "by job").await);
        let data = bailiwick_domain::entities::Task { file_id: Some(about.id), ..task("one") };
        let one = world.add(&world.made(&op(), &job, data)).await;
        let other = world.task(&job, "other").await;
        for thing in [&by_task.0.facts, &by_task.1.facts] {
            world.tie(&one.facts, thing).await;
        }
        for thing in [&by_job.0.facts, &by_job.1.facts] {
            world.tie(&job.facts, thing).await;
        }
        let users = [sample.ada.clone(), sample.bob.clone()];
        Self { users, job, tasks: [one, other], about, by_task, by_job }
    }

    /// Gives each task to somebody or to nobody, and checks everything.
    async fn given(&mut self, world: &World, to: [Option<usize>; 2]) {
        for (task, to) in self.tasks.iter_mut().zip(to) {
            let to = to.and_then(|index| self.users.get(index)).map(|user| user.id);
            *task = world.change(task, |task| task.assignee_id = to).await;
        }
        self.check(world, &format!("given to {to:?}")).await;
    }

    async fn check(&self, world: &World, what: &str) {
        let lent = |by: &[(&Object<Task>, bool)]| {
            let one = |&(task, by_task): &(&Object<Task>, bool)| {
                let to = PrincipalId::user(task.data.assignee_id?);
                Some(Lent { to, job: self.job.id, task: by_task.then_some(task.id) })
            };
            let mut lent = sorted(by.iter().filter_map(one));
            lent.dedup();
            lent
        };
        let [one, other] = &self.tasks;
        let (by_one, by_job) = (lent(&[(one, true)]), lent(&[(one, false), (other, false)]));
        self.is_lent(world, &self.about, &by_one, what).await;
        self.is_lent(world, &self.by_task.0, &by_one, what).await;
        self.is_lent(world, &self.by_task.1, &by_one, what).await;
        self.is_lent(world, &self.by_job.0, &by_job, what).await;
        self.is_lent(world, &self.by_job.1, &by_job, what).await;
    }

    /// Found, listed and told beside a list with exactly this; and seen by those whom it is lent to.
    async fn is_lent<T: Entity>(&self, world: &World, thing: &Object<T>, lent: &[Lent], what: &str)
    where
        dyn Store: Read<T>,
    {
        let name = thing.data.name();
        let same = |facts: &Facts, how| assert_eq!(facts.lent.as_slice(), lent, "{name}, {how}, {what}");
        same(&world.again(thing).await.facts, "found");
        let query = Query { limit: 100, beside: vec![(T::KIND, thing.id)], ..Query::default() };
        let page = page::<T>(world, &Caller::operator(), &query).await;
        same(page.beside.first().unwrap().as_ref().unwrap(), "beside");
        let listed = page.items.into_iter().map(|sealed| world.open(sealed));
        same(&listed.into_iter().find(|listed| listed.id == thing.id).unwrap().facts, "listed");
        let many = Read::<T>::find_all(&*world.store, &[thing.id]).await.unwrap();
        same(&world.open(many.into_iter().next().unwrap()).facts, "found among many");

        let server = Facts::server();
        let places = self.tasks.iter().map(|task| &task.facts);
        for at in places.chain([&server, &thing.facts, &self.job.facts]) {
            for user in &self.users {
                let lent_here = lent.iter().any(|lent| {
                    let line = at.lineage;
                    lent.to == PrincipalId::user(user.id)
                        && line.job.is_none_or(|job| lent.job == job)
                        && line.task.is_none_or(|task| lent.task == Some(task))
                });
                let sees = seen::<T>(world, &own(user, at)).await.contains(&thing.id);
                let username = &user.data.username;
                assert_eq!(sees, lent_here, "{name} by {username} at a {}, {what}", at.kind);
            }
        }
    }
}

/// By the task that is about it, by a task that holds it, by a job that does: to whom a task is assigned, and to them at
/// once and no longer than that.
pub async fn what_is_lent_is_exact(world: World) {
    let sample = Sample::on(&world).await;
    let mut lending = Lending::on(&world, &sample).await;
    lending.check(&world, "at first").await;
    for to in [[Some(0), None], [Some(1), None], [Some(1), Some(0)], [Some(0), Some(0)], [None, Some(1)]] {
        lending.given(&world, to).await;
    }
    lending.given(&world, [Some(0), Some(1)]).await;
    // What is tied later is lent at once, and no longer than it is tied.
    let late = world.file(&sample.alpha, "late").await;
    let [one, other] = lending.tasks.clone();
    let (ada, bob) = (PrincipalId::user(sample.ada.id), PrincipalId::user(sample.bob.id));
    let of =
        |to, task: Option<&Object<Task>>| Lent { to, job: lending.job.id, task: task.map(|task| task.id) };
    lending.is_lent(&world, &late, &[], "not tied").await;
    world.tie(&other.facts, &late.facts).await;
    lending.is_lent(&world, &late, &[of(bob, Some(&other))], "tied to a task").await;
    world.tie(&lending.job.facts, &late.facts).await;
    let all = sorted([of(bob, Some(&other)), of(bob, None), of(ada, None)]);
    lending.is_lent(&world, &late, &all, "tied to both").await;
    world.untie(&other.facts, &late.facts).await;
    lending.is_lent(&world, &late, &sorted([of(bob, None), of(ada, None)]), "untied").await;
    world.try_remove(&[world.removed(&other)]).await.unwrap();
    lending.is_lent(&world, &late, &[of(ada, None)], "a task is gone").await;
    world.try_remove(&[world.removed(&one)]).await.unwrap();
    lending.is_lent(&world, &late, &[], "all tasks are gone").await;
    lending.is_lent(&world, &lending.about, &[], "all tasks are gone").await;
}

/// Annotations are assigned to whom their task is; comments are lent to them.
pub async fn what_is_said_in_a_task_follows_its_assignee(world: World) {
    let Sample { ada, bob, label: job, work, .. } = Sample::on(&world).await;
    let mut inside = world.task(&job, "inside").await;
    let said = world.add(&world.made(&op(), &inside, annotation(&work.one, &work.cat))).await;
    let of_it = world.add(&world.made(&op(), &inside, comment("of the task"))).await;
    let of_job = world.add(&world.made(&op(), &job, comment("of the job"))).await;
    for to in [None, Some(&ada), Some(&bob), None] {
        inside = world.change(&inside, |task| task.assignee_id = to.map(|user| user.id)).await;
        let assignee = to.map(|user| PrincipalId::user(user.id));
        let lent = assignee.map(|to| Lent { to, job: job.id, task: Some(inside.id) });
        for (annotation, comment) in [
            (world.again(&said).await, world.again(&of_it).await),
            (one_of::<Annotation>(&world, said.id).await, one_of::<Comment>(&world, of_it.id).await),
        ] {
            assert_eq!((annotation.facts.assignee, annotation.facts.lent.len()), (assignee, 0));
            assert_eq!((comment.facts.assignee, comment.facts.lent.first()), (None, lent.as_ref()));
        }
        assert!(world.again(&of_job).await.facts.lent.is_empty());
        for user in [&ada, &bob] {
            let is_theirs = to.is_some_and(|to| to.id == user.id);
            for at in [&Facts::server(), &job.facts, &inside.facts] {
                let caller = own(user, at);
                assert_eq!(seen::<Annotation>(&world, &caller).await.contains(&said.id), is_theirs);
                assert_eq!(seen::<Comment>(&world, &caller).await.contains(&of_it.id), is_theirs);
                assert!(!seen::<Comment>(&world, &caller).await.contains(&of_job.id));
            }
        }
    }
}

async fn one_of<T: Entity>(world: &World, id: Uuid) -> Object<T>
where
    dyn Store: Read<T>,
{
    let query = Query { limit: 100, ..Query::default() };
    listed::<T>(world, &query).await.into_iter().find(|object| object.id == id).unwrap()
}

/// Every way in which a kind is held, in every order, in pages, with a total.
pub async fn things_are_filtered_by_what_holds_them(world: World) {
    async fn held_by<T: Entity>(world: &World, field: &'static str, holder: Uuid, expected: Vec<&Object<T>>)
    where
        dyn Store: Read<T>,
    {
        assert!(T::FIELDS.iter().any(|known| known.name == field));
        for descending in [false, true] {
            for by in ["id", "name"] {
                let sort = Sort { field: by, descending };
                let filters = vec![Filter::HeldBy(field, holder)];
                let mut query = Query { sort, filters, limit: 1, count: true, ..Query::default() };
                let mut walked = Vec::new();
                loop {
                    let page = page::<T>(world, &Caller::operator(), &query).await;
                    assert_eq!(page.total, Some(expected.len() as u64), "{field}");
                    walked.extend(page.items.into_iter().map(|sealed| world.open(sealed)));
                    let last = walked.last();
                    query.after = last.map(|last| Position { value: last.value(by), id: last.id });
                    if !page.more {
                        break;
                    }
                }
                let mut in_order: Vec<_> = expected.iter().map(|it| (it.value(by), it.id)).collect();
                in_order.sort_by(|a, b| query.order((&a.0, a.1), (&b.0, b.1)));
                let in_order: Vec<Uuid> = in_order.into_iter().map(|(_, id)| id).collect();
                let walked: Vec<Uuid> = walked.iter().map(|object| object.id).collect();
                assert_eq!(walked, in_order, "{} by {field}", T::KIND);
            }
        }
    }
    let sample = Sample::on(&world).await;
    let w = &sample.work;
    held_by::<File>(&world, "dataset_id", w.train.id, vec![&w.one, &w.two]).await;
    held_by::<File>(&world, "dataset_id", w.test.id, vec![&w.two]).await;
    held_by::<File>(&world, "job_id", w.sort.id, vec![&w.notes]).await;
    // Of a task what itself holds, what its job does, and what it is about.
    held_by::<File>(&world, "task_id", w.free.id, vec![&w.plan, &w.notes]).await;
    held_by::<File>(&world, "task_id", w.doing.id, vec![&w.one, &w.notes]).await;
    held_by::<File>(&world, "task_id", w.far_task.id, vec![]).await;
    held_by::<File>(&world, "task_id", world.id(), vec![]).await;
    held_by::<Label>(&world, "job_id", w.sort.id, vec![&w.cat]).await;
    held_by::<Label>(&world, "task_id", w.doing.id, vec![&w.cat, &w.dog]).await;
    held_by::<Dataset>(&world, "job_id", w.sort.id, vec![&w.train]).await;
    held_by::<Dataset>(&world, "job_id", w.train.id, vec![]).await;

    // Together with another condition, and within what the caller may view.
    let of_train = Filter::HeldBy("dataset_id", w.train.id);
    let named =
        Query { filters: vec![of_train.clone(), Filter::NameContains("TWO".into())], ..Query::default() };
    assert_eq!(ids(&listed::<File>(&world, &named).await), [w.two.id]);
    let of_south = Filter::Is("project_id", FieldValue::Id(sample.other_alpha.id));
    let elsewhere = Query { filters: vec![of_train.clone(), of_south], ..Query::default() };
    assert!(listed::<File>(&world, &elsewhere).await.is_empty());
    let query = Query { filters: vec![of_train], count: true, ..Query::default() };
    let own = page::<File>(&world, &own(&sample.bob, &w.looking.facts), &query).await;
    assert_eq!(own.total, Some(1), "the file that bob's task is about");
    assert_eq!(world.open(own.items.into_iter().next().unwrap()).id, w.two.id);
}

/// In the order of their ids, each once however many datasets have it, from any of them on.
pub async fn files_of_a_job_come_in_pages(world: World) {
    let sample = Sample::on(&world).await;
    let Work { sort, test, train, one, two, far, .. } = &sample.work;
    let more = world.file(&sample.alpha, "more").await;
    for holder in [&test.facts, &train.facts] {
        world.tie(holder, &more.facts).await;
    }
    let files = async |after, limit| {
        let found = world.store.files_of_job(sort.id, after, limit).await.unwrap();
        found.into_iter().map(|sealed| world.open(sealed).id).collect::<Vec<_>>()
    };
    let count = async |job: Uuid| world.store.count_files_of_job(job).await.unwrap();
    let expected = ids([one, two, &more]);
    assert_eq!((files(None, 9).await, count(sort.id).await), (expected.clone(), 3));
    world.tie(&sort.facts, &test.facts).await;
    assert_eq!((files(None, 9).await, count(sort.id).await), (expected.clone(), 3));
    let mut walked = Vec::new();
    while let [next] = *files(walked.last().copied(), 1).await {
        walked.push(next);
    }
    assert_eq!(walked, expected);
    assert_eq!(files(expected.first().copied(), 9).await, expected.get(1..).unwrap_or_default());
    assert!(files(expected.last().copied(), 9).await.is_empty());
    let found = world.store.files_of_job(sort.id, None, 1).await.unwrap().into_iter().next().unwrap();
    let found: Object<File> = world.open(found);
    let alone: Object<File> = world.find(found.id).await.unwrap();
    assert_eq!((found.data, found.facts), (alone.data, alone.facts));
    assert_eq!(count(sample.label.id).await, 0);

    let asked = [one.id, more.id, far.id, two.id];
    let with_task =
        async |job: Uuid, asked: &[Uuid]| sorted(world.store.files_with_task(job, asked).await.unwrap());
    assert_eq!(with_task(sort.id, &asked).await, ids([one, two]));
    assert!(with_task(sort.id, &[more.id]).await.is_empty());
    assert!(with_task(sort.id, &[]).await.is_empty());
    assert!(with_task(sample.label.id, &asked).await.is_empty());
    let names = ["one.png", "One.png", "free", "first"].map(str::to_owned);
    assert_eq!(sorted(world.store.names_taken(sort.id, &names).await.unwrap()), ["free", "one.png"]);
    assert!(world.store.names_taken(sort.id, &[]).await.unwrap().is_empty());
}
