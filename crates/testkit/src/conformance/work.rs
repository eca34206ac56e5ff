//! Work: which task comes next, who has what, what is to be made, what was done, what is left over.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bailiwick_domain::audit::{Circumstance, Entry};
use bailiwick_domain::entities::{
    Export, ExportFormat, ExportStatus, Job, JobStatus, Task, TaskStatus, User,
};
use bailiwick_domain::guards;
use bailiwick_domain::ports::{Purpose, Store, StoreError, Tally, Write};
use bailiwick_domain::{Anchor, Because, Object, Sealed, Term};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{ids, sorted};
use crate::fixture::{Sample, World, computation, export, op, task, user};

const LEASE: Duration = Duration::minutes(5);

/// Makes tasks of a job.
struct Making<'w> {
    world: &'w World,
    job: &'w Object<Job>,
}

impl Making<'_> {
    async fn add(&self, data: Task) -> Uuid {
        let name = self.world.id().to_string();
        self.world.add(&self.world.made(&op(), self.job, Task { name, ..data })).await.id
    }

    /// A task in this status of somebody or of nobody, lent until then.
    async fn with(&self, status: TaskStatus, of: Option<Uuid>, until: Option<OffsetDateTime>) -> Uuid {
        let lent = Task { status, assignee_id: of, lease_expires_at: until, ..task("") };
        self.add(lent).await
    }

    /// Somebody's work that somebody looks at, until then.
    async fn in_review(&self, author: Option<Uuid>, by: Option<Uuid>, until: Option<OffsetDateTime>) -> Uuid {
        let lent = Task {
            status: TaskStatus::InReview,
            assignee_id: author,
            author_id: author,
            reviewer_id: by,
            lease_expires_at: until,
            ..task("")
        };
        self.add(lent).await
    }
}

/// Every task that comes next, each put away before the next is asked for.
async fn in_turn(world: &World, job: &Object<Job>, worker: Uuid, purpose: Purpose) -> Vec<Uuid> {
    let mut turn = Vec::new();
    while let Some(next) = world.store.next_task(job.id, worker, purpose, world.now()).await.unwrap() {
        let next: Object<Task> = world.open(next);
        let again = world.again(&next).await;
        assert_eq!((&next.facts, &next.near), (&again.facts, &again.near));
        world.change(&next, |task| task.status = TaskStatus::Archived).await;
        turn.push(next.id);
    }
    turn
}

/// What is to be done again, what is theirs, what was begun and is lent no longer, theirs first, what is nobody's.
pub async fn the_next_task_is_the_first_that_is_to_be_had(world: World) {
    use TaskStatus::{Archived, Available, ChangesRequested, Complete, Deferred, InProgress};
    let Sample { ada, bob, beta, beta_label, .. } = Sample::on(&world).await;
    let job = world.job(&beta, "next").await;
    let next = async || world.store.next_task(job.id, ada.id, Purpose::Work, world.now()).await.unwrap();
    assert!(next().await.is_none());
    let making = Making { world: &world, job: &job };
    let (ada, bob) = (Some(ada.id), Some(bob.id));
    let (over, later) = (Some(world.now()), Some(world.now() + Duration::microseconds(1)));
    for (status, of) in [
        (ChangesRequested, bob),
        (Available, bob),
        (Deferred, ada),
        (Deferred, None),
        (Complete, ada),
        (Archived, None),
    ] {
        making.with(status, of, None).await;
    }
    for (of, until) in [(bob, later), (ada, later)] {
        making.with(InProgress, of, until).await;
    }
    making.in_review(bob, None, None).await;
    making.add(computation("")).await;
    making.add(Task { status: Available, ..computation("") }).await;
    Making { world: &world, job: &beta_label }.with(Available, None, None).await;
    assert!(next().await.is_none());

    let begun = sorted([
        making.with(InProgress, bob, over).await,
        making.with(ChangesRequested, None, None).await,
        making.with(InProgress, None, None).await,
    ]);
    let left = making.with(InProgress, ada, Some(world.now() - LEASE)).await;
    let free = sorted([making.with(Available, None, None).await, making.with(Available, None, over).await]);
    let mine = sorted([making.with(Available, ada, None).await, making.with(Available, ada, None).await]);
    let again = sorted([making.with(ChangesRequested, ada, None).await]);
    let expected = [again, mine, vec![left], begun, free].concat();
    assert_eq!(in_turn(&world, &job, ada.unwrap(), Purpose::Work).await, expected);
    // Time alone makes more of them.
    world.clock.advance(Duration::microseconds(1));
    assert_eq!(in_turn(&world, &job, ada.unwrap(), Purpose::Work).await.len(), 2);
}

/// What nobody looks at, or nobody any longer; never one's own work.
pub async fn the_next_review_is_of_somebody_else_s_work(world: World) {
    let Sample { ada, bob, eve, beta, .. } = Sample::on(&world).await;
    let job = world.job(&beta, "next").await;
    let making = Making { world: &world, job: &job };
    let (me, bob, eve) = (Some(ada.id), Some(bob.id), Some(eve.id));
    let (over, later) = (Some(world.now()), Some(world.now() + Duration::microseconds(1)));
    making.in_review(me, None, None).await;
    making.in_review(me, bob, over).await;
    making.in_review(None, None, None).await;
    making.in_review(bob, eve, later).await;
    making.in_review(bob, me, later).await;
    for status in [TaskStatus::Available, TaskStatus::InProgress, TaskStatus::Complete] {
        making.add(Task { status, author_id: bob, ..task("") }).await;
    }
    let next = world.store.next_task(job.id, ada.id, Purpose::Review, world.now()).await.unwrap();
    assert!(next.is_none());
    let expected = sorted([
        making.in_review(bob, None, None).await,
        making.in_review(bob, eve, over).await,
        making.in_review(eve, me, over).await,
        // Whoever it is assigned to by now.
        making.add(Task { status: TaskStatus::InReview, author_id: eve, assignee_id: me, ..task("") }).await,
    ]);
    assert_eq!(in_turn(&world, &job, ada.id, Purpose::Review).await, expected);
}

/// One who takes what is next until all is taken, by them or by others.
async fn take_all(
    store: Arc<dyn Store>,
    (job, worker): (Uuid, Uuid),
    purpose: Purpose,
    now: OffsetDateTime,
    (taken, all): (Arc<Mutex<Vec<Uuid>>>, usize),
) -> Result<(), StoreError> {
    let count = || taken.lock().unwrap().len();
    while count() < all {
        match take_one(&*store, (job, worker), purpose, now).await {
            Ok(Some(task)) => taken.lock().unwrap().push(task),
            // What is left, others are about to take; and what they do not take is there again.
            Ok(None) => tokio::task::yield_now().await,
            Err(StoreError::Retry | StoreError::Stale | StoreError::Busy(_)) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(())
}

async fn take_one(
    store: &dyn Store,
    (job, worker): (Uuid, Uuid),
    purpose: Purpose,
    now: OffsetDateTime,
) -> Result<Option<Uuid>, StoreError> {
    let unit = store.begin().await?;
    let Some(task) = unit.next_task(job, worker, purpose, now).await? else {
        unit.rollback().await?;
        return Ok(None);
    };
    tokio::task::yield_now().await;
    let lent = guards::lend(task, worker, LEASE, now).unwrap();
    Write::save(&*unit, &lent).await?;
    unit.commit().await?;
    Ok(Some(lent.after().id))
}

/// To one of those who ask at once, each task once.
pub async fn many_who_take_tasks_at_once_get_each_once(world: World) {
    const WORKERS: usize = 6;
    let Sample { ada, beta, north, .. } = Sample::on(&world).await;
    let job = world.job(&beta, "many").await;
    let making = Making { world: &world, job: &job };
    let mut workers: Vec<Object<User>> = Vec::new();
    for number in 0..WORKERS {
        workers.push(world.add(&world.made_user(&op(), &north, user(&format!("w{number}")))).await);
    }
    for purpose in [Purpose::Work, Purpose::Review] {
        let mut made = Vec::new();
        for _ in 0..24 {
            made.push(match purpose {
                Purpose::Work => making.with(TaskStatus::Available, None, None).await,
                Purpose::Review => making.in_review(Some(ada.id), None, None).await,
            });
        }
        let taken = Arc::new(Mutex::new(Vec::new()));
        let taking: Vec<_> = workers
            .iter()
            .map(|worker| {
                let (store, taken) = (Arc::clone(&world.store), Arc::clone(&taken));
                tokio::spawn(take_all(store, (job.id, worker.id), purpose, world.now(), (taken, made.len())))
            })
            .collect();
        for taking in taking {
            tokio::time::timeout(std::time::Duration::from_secs(60), taking).await.unwrap().unwrap().unwrap();
        }
        let taken = sorted(taken.lock().unwrap().iter().copied());
        assert_eq!(taken, sorted(made), "{purpose:?}");
        for task in world.all::<Task>().await.iter().filter(|task| taken.contains(&task.id)) {
            let by = if purpose == Purpose::Work { task.data.assignee_id } else { task.data.reviewer_id };
            assert!(workers.iter().any(|worker| Some(worker.id) == by) && task.data.is_lent(world.now()));
            assert_eq!(task.version, 2);
        }
    }
}

/// As one counts them oneself, in order.
pub async fn tasks_are_counted_by_status_and_assignee(world: World) {
    let Sample { ada, bob, work, beta_label, .. } = Sample::on(&world).await;
    let making = Making { world: &world, job: &work.sort };
    for (&status, of) in TaskStatus::ALL.iter().zip([Some(ada.id), None, Some(bob.id)].into_iter().cycle()) {
        making.with(status, of, None).await;
        making.with(status, Some(ada.id), None).await;
    }
    let mut counts: BTreeMap<(TaskStatus, Option<Uuid>), u64> = BTreeMap::new();
    let all = world.all::<Task>().await;
    for task in all.iter().filter(|task| task.facts.lineage.job == Some(work.sort.id)) {
        *counts.entry((task.data.status, task.data.assignee_id)).or_default() += 1;
    }
    let expected =
        counts.into_iter().map(|((status, assignee_id), tasks)| Tally { status, assignee_id, tasks });
    assert_eq!(world.store.tally(work.sort.id).await.unwrap(), expected.collect::<Vec<_>>());
    let one = Tally { status: TaskStatus::Available, assignee_id: Some(ada.id), tasks: 1 };
    assert_eq!(world.store.tally(beta_label.id).await.unwrap(), [one]);
    assert_eq!(world.store.tally(world.id()).await.unwrap(), []);
}

/// The one that has waited longest.
pub async fn a_launched_job_is_found_until_it_is_active(world: World) {
    let Sample { label, beta_label, .. } = Sample::on(&world).await;
    let launched = async || world.store.launched_job().await.unwrap().map(|job| world.open(job).id);
    assert_eq!(launched().await, None);
    let mut jobs = Vec::new();
    for job in [&beta_label, &label] {
        world.clock.advance(Duration::seconds(1));
        jobs.push(world.change(job, |job| job.status = JobStatus::Launched).await);
    }
    for job in &jobs {
        assert_eq!(launched().await, Some(job.id));
        world.clock.advance(Duration::seconds(1));
        world.change(job, |job| job.status = JobStatus::Active).await;
    }
    assert_eq!(launched().await, None);
}

/// What the server makes of an export.
async fn settle(world: &World, export: &Object<Export>, to: impl FnOnce(ExportStatus) -> ExportStatus) {
    let sealed = Sealed::new(export.clone());
    let changed = guards::settle_export(sealed, world.now(), |export| export.status = to(export.status));
    let unit = world.begin().await;
    unit.save(&changed).await.unwrap();
    unit.commit().await.unwrap();
}

/// Those that are wished for first, then those whose time is over.
pub async fn an_export_is_due_to_be_made_and_when_its_time_is_over(world: World) {
    let Sample { work, label, .. } = Sample::on(&world).await;
    for export in world.all().await {
        settle(&world, &export, |status| match status {
            ExportStatus::Pending => ExportStatus::Failed,
            status => status,
        })
        .await;
    }
    let due = async |now| world.store.due_export(now).await.unwrap().map(|export| world.open(export).id);
    let end = work.ready.data.expires_at.unwrap();
    assert_eq!(due(world.now()).await, None);
    assert_eq!(due(end - Duration::microseconds(1)).await, None);
    assert_eq!(due(end).await, Some(work.ready.id));
    let mut wished = Vec::new();
    for format in ExportFormat::ALL {
        wished.push(world.add(&world.made(&op(), &label, export(*format))).await);
    }
    wished.sort_by_key(|export| export.id);
    for export in &wished {
        assert_eq!(due(end).await, Some(export.id));
        settle(&world, export, |_| ExportStatus::Ready).await;
    }
    assert_eq!(due(end).await, Some(work.ready.id), "ready without an end is never due");
    settle(&world, &world.again(&work.ready).await, |_| ExportStatus::Expired).await;
    assert_eq!(due(end).await, None);
}

/// What is assigned to them and what they look at, at any depth.
pub async fn the_work_of_a_user_is_found_inside_an_anchor(world: World) {
    let s = Sample::on(&world).await;
    let all = world.all::<Task>().await;
    let anchors =
        [&s.north.facts, &s.south.facts, &s.alpha.facts, &s.label.facts, &s.work.sort.facts, &s.first.facts];
    let mut found_some = 0;
    for user in [&s.ada, &s.bob, &s.eve] {
        for anchor in anchors.iter().map(|facts| facts.anchor().unwrap()).chain([Anchor::SERVER]) {
            let theirs = |task: &&Object<Task>| {
                let Task { assignee_id, reviewer_id, .. } = task.data;
                task.facts.lineage.is_inside(anchor) && [assignee_id, reviewer_id].contains(&Some(user.id))
            };
            let found = world.store.work_of(user.id, anchor).await.unwrap();
            let found: Vec<Object<Task>> = found.into_iter().map(|sealed| world.open(sealed)).collect();
            assert_eq!(ids(&found), ids(all.iter().filter(theirs)), "{} in {anchor:?}", user.data.username);
            found_some += found.len();
        }
    }
    assert!(found_some > 10);
}

/// Oldest first, from any of them on, and of nothing else.
pub async fn the_history_of_an_object_is_told_in_order(world: World) {
    let Sample { work, label, .. } = Sample::on(&world).await;
    let operator = op();
    let mut told = Vec::new();
    for number in 0..5 {
        world.clock.advance(Duration::milliseconds(2));
        let deed = format!("deed {number}");
        let circumstance = Circumstance { deed, request_id: "request".to_owned(), now: world.now() };
        let because = Because::Being(Term::Itself);
        let entry = |id, of| Entry::change(id, &operator, &circumstance, because, None, Some(of));
        let unit = world.begin().await;
        told.push(world.id());
        unit.audit(&entry(*told.last().unwrap(), &work.sort)).await.unwrap();
        unit.audit(&entry(world.id(), &label)).await.unwrap();
        unit.commit().await.unwrap();
    }
    let history = async |after, limit| {
        let found = world.store.history(work.sort.id, after, limit).await.unwrap();
        found.into_iter().map(|sealed| world.open(sealed).id).collect::<Vec<_>>()
    };
    assert_eq!(history(None, 9).await, told);
    assert_eq!(history(None, 2).await, told.get(..2).unwrap());
    assert_eq!(history(told.get(1).copied(), 2).await, told.get(2..4).unwrap());
    assert!(history(told.last().copied(), 9).await.is_empty());
    assert!(world.store.history(world.id(), None, 9).await.unwrap().is_empty());
}

/// From their time on, the oldest first, until they are dropped.
pub async fn strays_are_found_from_their_time_on(world: World) {
    let [one, two, three] = [world.id(), world.id(), world.id()];
    let at = |seconds| world.now() + Duration::seconds(seconds);
    let strays = async |now, limit| world.store.strays(now, limit).await.unwrap();
    let unit = world.begin().await;
    for (stored, from) in [(one, at(2)), (two, at(1)), (three, at(3))] {
        unit.add_stray(stored, from).await.unwrap();
    }
    unit.commit().await.unwrap();
    assert!(strays(at(0), 9).await.is_empty());
    assert_eq!(strays(at(1), 9).await, [two]);
    assert_eq!(strays(at(9), 9).await, [two, one, three]);
    assert_eq!(strays(at(9), 2).await, [two, one]);
    let unit = world.begin().await;
    unit.add_stray(two, at(4)).await.unwrap();
    unit.drop_strays(&[one, world.id()]).await.unwrap();
    unit.drop_strays(&[]).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(strays(at(3), 9).await, [three]);
    assert_eq!(strays(at(4), 9).await, [three, two]);
}

/// A job has one task about a file; other jobs have theirs, and tasks about nothing are as many as one likes.
pub async fn a_job_has_one_task_about_a_file(world: World) {
    let Sample { work, label, .. } = Sample::on(&world).await;
    let about = |file: Uuid, name: &str| Task { file_id: Some(file), ..task(name) };
    let add = async |job: &Object<Job>, data: Task| world.try_add(&world.made(&op(), job, data)).await;
    let refused = add(&work.sort, about(work.one.id, "again")).await;
    assert!(matches!(refused, Err(StoreError::Taken("file_id"))), "{refused:?}");
    let refused = add(&work.sort, about(work.notes.id, "free")).await;
    assert!(matches!(refused, Err(StoreError::Taken("name"))), "{refused:?}");
    add(&work.sort, task("for key 'file_id'")).await.unwrap();
    let refused = add(&work.sort, task("for key 'file_id'")).await;
    assert!(matches!(refused, Err(StoreError::Taken("name"))), "{refused:?}");
    add(&label, about(work.one.id, "elsewhere")).await.unwrap();
    add(&work.sort, task("about nothing")).await.unwrap();

    let turned = world.changed(&work.free, |task| task.file_id = Some(work.two.id));
    let refused = world.try_save(&turned).await;
    assert!(matches!(refused, Err(StoreError::Taken("file_id"))), "{refused:?}");
    let free = world.change(&work.free, |task| task.file_id = Some(work.notes.id)).await;
    let free = world.change(&free, |task| task.description = "the same file".to_owned()).await;
    let refused = add(&work.sort, about(work.notes.id, "taken meanwhile")).await;
    assert!(matches!(refused, Err(StoreError::Taken("file_id"))), "{refused:?}");
    world.change(&free, |task| task.file_id = None).await;
    add(&work.sort, about(work.notes.id, "free again")).await.unwrap();
    let gone = world.task(&label, "goes").await;
    let gone = world.change(&gone, |task| task.file_id = Some(work.two.id)).await;
    world.try_remove(&[world.removed(&gone)]).await.unwrap();
    add(&label, about(work.two.id, "after it")).await.unwrap();
}
