//! Work: where a task goes, and for whom; what is lent, renewed and given back.

use ::time::{Duration, OffsetDateTime};
use bailiwick_domain::entities::{Annotation, Comment, Job, Task, TaskStatus};
use bailiwick_domain::gate::Denial;
use bailiwick_domain::guards::{self, may_release, move_task, task_may_become};
use bailiwick_domain::object::Changed;
use bailiwick_domain::{Caller, Denied, Edit, Facts, Guard, Kind, Object, Operation, PrincipalId, Sealed};

use crate::fixture::{OTHER_PROJECT, PROJECT, at, gate, grant, id, key, project, sealed, user};

const LEASE: Duration = Duration::seconds(100);

const WORKER: u128 = 10;
const REVIEWER: u128 = 11;
const LEAD: u128 = 12;
const MAKER: u128 = 13;
/// Another one, who works.
const OTHER: u128 = 14;

/// Where a task goes, and for whom: (w)orker, (r)eviewer, (l)ead. As the table of statuses says it.
const GOES: [(TaskStatus, &[(TaskStatus, &str)]); 7] = {
    use TaskStatus::{Archived, Available, ChangesRequested, Complete, Deferred, InProgress, InReview};
    [
        (Available, &[(InProgress, "w"), (Deferred, "wl"), (Complete, "l"), (Archived, "l")]),
        (InProgress, &[(Available, "wl"), (Complete, "w"), (Deferred, "wl"), (Archived, "l")]),
        (InReview, &[(Complete, "r"), (ChangesRequested, "r"), (Available, "l"), (Archived, "l")]),
        (ChangesRequested, &[(InProgress, "w"), (Deferred, "wl"), (Available, "l"), (Archived, "l")]),
        (Deferred, &[(InProgress, "w"), (Available, "wl"), (Archived, "l")]),
        (Complete, &[(ChangesRequested, "l"), (Available, "l"), (Archived, "l")]),
        (Archived, &[(Available, "l")]),
    ]
};

/// For whom a task goes from one status to another; for nobody where it does not go there.
fn goes(from: TaskStatus, to: TaskStatus) -> Option<&'static str> {
    let (_, row) = GOES.iter().find(|(at, _)| *at == from)?;
    row.iter().find(|(at, _)| *at == to).map(|(_, who)| *who)
}

fn job() -> Facts {
    project(PROJECT).child(Kind::Job, id(30), None)
}

/// A task made by [`MAKER`], as storage would hand it out.
fn stored(data: Task) -> Object<Task> {
    let mut facts = job().child(Kind::Task, id(31), Some(PrincipalId::user(id(MAKER))));
    facts.assignee = data.assignee_id.map(PrincipalId::user);
    let (created_at, updated_at) = (at(0), at(0));
    Object { id: facts.id, created_at, updated_at, version: 1, facts, near: Vec::new(), data }
}

/// A task in a status, of worker, author and reviewer, lent until then.
fn task(status: TaskStatus, until: Option<OffsetDateTime>) -> Task {
    Task {
        status,
        assignee_id: Some(id(WORKER)),
        author_id: Some(id(WORKER)),
        reviewer_id: Some(id(REVIEWER)),
        lease_expires_at: until,
        ..Task::available("task", "")
    }
}

/// Whoever may edit their own tasks.
fn own(number: u128) -> Caller {
    user(number, &[grant(number, Facts::server(), "task:view:own task:edit:own")])
}

/// Whoever may edit all tasks of the project.
fn lead(number: u128) -> Caller {
    user(number, &[grant(number, project(PROJECT), "task:view:organization task:edit:organization")])
}

fn later() -> Option<OffsetDateTime> {
    Some(at(101))
}

fn moved(caller: &Caller, task: Object<Task>, to: TaskStatus, again: bool) -> Result<Changed<Task>, Denial> {
    let gate = gate();
    let granted = gate.open::<Edit, Task>(caller, Some(Sealed::new(task))).unwrap();
    move_task(&gate, granted, to, again, LEASE, |_| {})
}

fn guard<T>(outcome: Result<T, Denial>) -> Option<Guard> {
    match outcome.err()?.answer {
        Denied::Guarded(guard) => Some(guard),
        other => panic!("{other:?}"),
    }
}

/// Every pair of statuses, those of computations too, for everybody; and what is offered is what is let.
fn each_goes_where_it_says(who: Option<char>, caller: &Caller, until: Option<OffsetDateTime>, made_by: u128) {
    for &from in TaskStatus::ALL {
        let mut stored = stored(task(from, until));
        stored.facts.maker = Some(PrincipalId::user(id(made_by)));
        let mut offered = Vec::new();
        for &to in TaskStatus::ALL {
            let expected = match goes(from, to) {
                None => Some(Guard::Transition),
                Some(those) if who.is_some_and(|who| those.contains(who)) => None,
                // The worker is who did it.
                Some("r") if who == Some('w') => Some(Guard::OwnWork),
                Some("l") if who == Some('w') && from == TaskStatus::InReview => Some(Guard::OwnWork),
                Some(_) => Some(Guard::Lease),
            };
            assert_eq!(guard(moved(caller, stored.clone(), to, false)), expected, "{who:?} {from} {to}");
            offered.extend(expected.is_none().then_some(to));
        }
        let mut told = task_may_become(&gate(), caller, &stored);
        told.sort_unstable();
        offered.sort_unstable();
        assert_eq!(told, offered, "{who:?} {from}");
        stored.data.image = Some("image".to_owned());
        assert!(task_may_become(&gate(), caller, &stored).is_empty());
    }
}

#[test]
fn a_task_goes_where_the_table_says_for_each_who_it_says() {
    each_goes_where_it_says(Some('w'), &own(WORKER), later(), MAKER);
    each_goes_where_it_says(Some('l'), &lead(LEAD), later(), MAKER);
    // Who may edit it alone for having made it may neither lead nor work; but look at it, where it is lent to them.
    each_goes_where_it_says(None, &own(MAKER), later(), MAKER);
    each_goes_where_it_says(Some('r'), &own(REVIEWER), later(), REVIEWER);
    each_goes_where_it_says(None, &own(REVIEWER), Some(at(100)), REVIEWER);
    each_goes_where_it_says(None, &own(REVIEWER), None, REVIEWER);
    // A key works for its maker.
    let held = grant(20, Facts::server(), "task:view:own task:edit:own");
    each_goes_where_it_says(Some('w'), &key(20, &[held], own(WORKER)), later(), MAKER);
}

/// "while it is in progress, as long as it is lent to them"
#[test]
fn who_has_let_a_lease_lapse_works_no_longer() {
    let lapsed = || stored(task(TaskStatus::InProgress, Some(at(100))));
    for (to, _) in GOES[1].1 {
        let expected = Some(Guard::Lease);
        assert_eq!(guard(moved(&own(WORKER), lapsed(), *to, false)), expected, "{to}");
    }
    assert!(task_may_become(&gate(), &own(WORKER), &lapsed()).is_empty());
    // Where it is not in progress, nothing is lent.
    let waiting = stored(task(TaskStatus::Available, Some(at(100))));
    assert_eq!(guard(moved(&own(WORKER), waiting, TaskStatus::InProgress, false)), None);
}

/// "nobody looks at their own work", not even who leads.
#[test]
fn nobody_looks_at_their_own_work() {
    let mut own_work = task(TaskStatus::InReview, later());
    own_work.reviewer_id = Some(id(WORKER));
    for to in [TaskStatus::Complete, TaskStatus::ChangesRequested] {
        let outcome = moved(&lead(WORKER), stored(own_work.clone()), to, false);
        assert_eq!(guard(outcome), Some(Guard::OwnWork));
    }
    let again = moved(&lead(WORKER), stored(own_work.clone()), TaskStatus::Available, false);
    assert_eq!(guard(again), Some(Guard::OwnWork), "nor does it again until nobody is to look at it");
    assert_eq!(guard(moved(&lead(LEAD), stored(own_work), TaskStatus::Available, false)), None);
}

#[test]
fn what_comes_with_a_status_comes_with_it() {
    let after = |caller: &Caller, from, to, again| {
        let changed = moved(caller, stored(task(from, later())), to, again).unwrap();
        changed.after().data.clone()
    };
    let begun = after(&own(WORKER), TaskStatus::Deferred, TaskStatus::InProgress, false);
    assert_eq!((begun.assignee_id, begun.lease_expires_at), (Some(id(WORKER)), Some(at(200))));
    let mut done = task(TaskStatus::InProgress, later());
    done.author_id = None;
    let done = |again| moved(&own(WORKER), stored(done.clone()), TaskStatus::Complete, again).unwrap();
    for (again, status) in [(false, TaskStatus::Complete), (true, TaskStatus::InReview)] {
        let done = done(again).after().data.clone();
        assert_eq!((done.status, done.author_id, done.reviewer_id), (status, Some(id(WORKER)), None));
        assert_eq!(done.lease_expires_at, None);
    }
    // A lead who says that it is done has done it, and somebody else may have to look at it.
    for (again, status) in [(false, TaskStatus::Complete), (true, TaskStatus::InReview)] {
        let said = after(&lead(LEAD), TaskStatus::Available, TaskStatus::Complete, again);
        assert_eq!((said.status, said.author_id, said.reviewer_id), (status, Some(id(LEAD)), None));
    }
    let looked_at = after(&lead(REVIEWER), TaskStatus::InReview, TaskStatus::Complete, true);
    assert_eq!((looked_at.status, looked_at.author_id), (TaskStatus::Complete, Some(id(WORKER))));
    let changed = moved(&lead(LEAD), stored(task(TaskStatus::Complete, None)), TaskStatus::Available, false);
    let changed = changed.unwrap();
    assert_eq!(changed.after().data, Task { name: "task".to_owned(), ..Task::available("task", "") });
    assert_eq!(changed.after().facts.assignee, None);
    assert_eq!((changed.after().version, changed.after().updated_at), (2, at(100)));
}

/// For whom a task is, what it becomes, and why it does not.
fn lent(data: &Task, to: u128) -> Result<Task, Guard> {
    let changed = guards::lend(Sealed::new(stored(data.clone())), id(to), LEASE, at(100));
    changed.map(|changed| changed.after().data.clone()).map_err(|denial| guard::<()>(Err(denial)).unwrap())
}

#[test]
fn a_task_is_lent_to_whom_it_is_to_be_had() {
    use TaskStatus::{Available, ChangesRequested, Deferred, InProgress, InReview};
    let lease = Some(at(200));
    for &status in TaskStatus::ALL {
        let mine = task(status, None);
        let others = Task { assignee_id: Some(id(OTHER)), author_id: Some(id(OTHER)), ..mine.clone() };
        let nobody_s = Task { assignee_id: None, ..others.clone() };
        let worked = |task: &Task| Task {
            status: InProgress,
            assignee_id: Some(id(WORKER)),
            lease_expires_at: lease,
            ..task.clone()
        };
        for task in [&mine, &others, &nobody_s] {
            let expected = match status {
                Available | ChangesRequested | Deferred if task == &others => Err(Guard::Lease),
                Available | ChangesRequested | Deferred | InProgress => Ok(worked(task)),
                InReview if task == &mine => Err(Guard::OwnWork),
                InReview => {
                    Ok(Task { reviewer_id: Some(id(WORKER)), lease_expires_at: lease, ..task.clone() })
                }
                _ => Err(Guard::Lease),
            };
            assert_eq!(lent(task, WORKER), expected, "{status}");
        }
        if matches!(status, InProgress | InReview) {
            // Lent to somebody, and until the end of it.
            for (until, is_over) in [(at(101), false), (at(100), true)] {
                let now = Task { lease_expires_at: Some(until), ..others.clone() };
                assert_eq!(lent(&now, WORKER).is_ok(), is_over, "{status}");
                assert_eq!(lent(&now, WORKER).err(), (!is_over).then_some(Guard::Lease));
            }
        }
    }
    let mut unseen = task(InReview, later());
    (unseen.author_id, unseen.reviewer_id) = (Some(id(OTHER)), None);
    assert!(lent(&unseen, WORKER).is_ok(), "nobody looks at it, whatever was lent before");
}

/// Work on a task renews what is lent, but not at every stroke.
#[test]
fn a_lease_is_renewed_by_work() {
    let gate = gate();
    let renewed = |caller: &Caller, data: Task| {
        let changed = guards::renew_lease(&gate, caller, &Sealed::new(stored(data)), LEASE);
        changed
            .map(|changed| changed.map(|changed| changed.after().data.lease_expires_at.unwrap()))
            .map_err(|denial| guard::<()>(Err(denial)).unwrap())
    };
    let until = |status, end| task(status, Some(at(end)));
    let held = grant(20, Facts::server(), "task:edit:own");
    for (caller, status) in [
        (own(WORKER), TaskStatus::InProgress),
        (own(REVIEWER), TaskStatus::InReview),
        (key(20, &[held], own(WORKER)), TaskStatus::InProgress),
    ] {
        assert_eq!(renewed(&caller, until(status, 101)), Ok(Some(at(200))), "{status}");
        assert_eq!(renewed(&caller, until(status, 189)), Ok(Some(at(200))), "{status}");
        assert_eq!(renewed(&caller, until(status, 190)), Ok(None), "a tenth is not worth it");
        assert_eq!(renewed(&caller, until(status, 100)), Err(Guard::Lease), "{status}");
        assert_eq!(renewed(&caller, task(status, None)), Err(Guard::Lease), "{status}");
    }
    for (caller, status) in [
        (own(REVIEWER), TaskStatus::InProgress),
        (own(WORKER), TaskStatus::InReview),
        (own(MAKER), TaskStatus::InProgress),
        (own(WORKER), TaskStatus::Complete),
        (own(WORKER), TaskStatus::Available),
    ] {
        assert_eq!(renewed(&caller, until(status, 101)), Err(Guard::Lease), "{status}");
    }
    for &status in TaskStatus::ALL {
        assert_eq!(renewed(&lead(LEAD), until(status, 101)), Ok(None), "who leads needs no lease");
    }
}

#[test]
fn a_task_is_given_back_by_whom_it_is_lent_to() {
    let gate = gate();
    let released = |caller: &Caller, data: Task| {
        let stored = stored(data);
        let granted = gate.open::<Edit, Task>(caller, Some(Sealed::new(stored.clone()))).unwrap();
        let changed = guards::release_task(&gate, granted);
        assert_eq!(changed.is_ok(), may_release(&gate, caller, &stored));
        changed
            .map(|changed| changed.after().data.clone())
            .map_err(|denial| guard::<()>(Err(denial)).unwrap())
    };
    let working = task(TaskStatus::InProgress, later());
    let given =
        Task { status: TaskStatus::Available, assignee_id: None, lease_expires_at: None, ..working.clone() };
    assert_eq!(released(&own(WORKER), working.clone()), Ok(given));
    let looking = task(TaskStatus::InReview, later());
    let given = Task { reviewer_id: None, lease_expires_at: None, ..looking.clone() };
    assert_eq!(released(&lead(REVIEWER), looking.clone()), Ok(given));
    for (caller, data) in [
        (lead(LEAD), working.clone()),
        (own(MAKER), working.clone()),
        (lead(REVIEWER), working),
        (lead(OTHER), looking),
        (own(WORKER), task(TaskStatus::InProgress, Some(at(100)))),
        (lead(REVIEWER), task(TaskStatus::InReview, None)),
        (own(WORKER), task(TaskStatus::Available, later())),
        (own(WORKER), task(TaskStatus::Complete, later())),
    ] {
        assert_eq!(released(&caller, data), Err(Guard::Lease));
    }
}

/// "What they made stays, under their name."
#[test]
fn who_may_no_longer_leaves_what_they_have() {
    use TaskStatus::{Archived, Complete, InReview};
    let taken = |data: Task, from: u128| {
        guards::take_back(Sealed::new(stored(data)), id(from), at(100)).after().data.clone()
    };
    for &status in TaskStatus::ALL {
        let before = task(status, later());
        let left = taken(before.clone(), WORKER);
        let expected = match status {
            Complete | Archived | InReview => Task { assignee_id: None, ..before.clone() },
            _ => Task {
                status: TaskStatus::Available,
                assignee_id: None,
                lease_expires_at: None,
                reviewer_id: None,
                ..before.clone()
            },
        };
        assert_eq!(left, expected, "{status}");
        let unseen = Task { reviewer_id: None, lease_expires_at: None, ..before.clone() };
        let expected = if status == InReview { unseen } else { before.clone() };
        assert_eq!(taken(before.clone(), REVIEWER), expected, "{status}");
        assert_eq!(taken(before.clone(), OTHER), before, "{status}");
    }
}

/// "for view, edit and receive only, and for making annotations and comments in a task"
#[test]
fn what_is_assigned_is_where_annotations_and_comments_are_made() {
    let gate = gate();
    let rules = "annotation:create:own comment:create:own grant:create:own";
    let assigned = stored(task(TaskStatus::InProgress, later()));
    let others = stored(Task { assignee_id: Some(id(OTHER)), ..assigned.data.clone() });
    let nobody_s = stored(Task { assignee_id: None, ..assigned.data.clone() });
    let annotates = |caller: &Caller, task: &Object<Task>| {
        let (said, told) = (
            gate.create::<Annotation, _>(caller, Some(Sealed::new(task.clone()))).is_ok(),
            gate.create::<Comment, _>(caller, Some(Sealed::new(task.clone()))).is_ok(),
        );
        assert_eq!(said, told);
        said
    };
    for place in [Facts::server(), project(PROJECT), job(), assigned.facts.clone()] {
        let worker = user(WORKER, &[grant(WORKER, place.clone(), rules)]);
        assert!(annotates(&worker, &assigned), "by a grant at a {}", place.kind);
        assert!(!annotates(&worker, &others) && !annotates(&worker, &nobody_s));
        // Nothing else is made by working on a task.
        assert!(gate.rules_allow(&worker, Operation::Create, Kind::Grant, &assigned.facts).is_none());
        // Where they made the task, it is their own.
        assert!(annotates(&user(MAKER, &[grant(MAKER, place, rules)]), &others));
    }
    let elsewhere = user(WORKER, &[grant(WORKER, project(OTHER_PROJECT), rules)]);
    assert!(!annotates(&elsewhere, &assigned));
    let worker = user(WORKER, &[grant(WORKER, project(PROJECT), rules)]);
    let on_job = gate.create::<Comment, _>(&worker, Some(sealed(job(), Job::draft("job", ""))));
    assert!(on_job.is_err(), "a job is assigned to nobody");
    // A key annotates what is its maker's, as far as its maker may.
    let held = || grant(20, job(), rules);
    let maker = user(WORKER, &[grant(WORKER, project(PROJECT), rules)]);
    assert!(annotates(&key(20, &[held()], maker), &assigned));
    assert!(!annotates(&key(20, &[held()], own(WORKER)), &assigned));
    assert!(!annotates(&key(20, &[held()], user(OTHER, &[grant(OTHER, job(), rules)])), &assigned));
}
