//! Jobs: where they go, and who takes tasks of them.

use bailiwick_domain::caller::HeldGrant;
use bailiwick_domain::entities::{Job, JobStatus, Launch};
use bailiwick_domain::gate::Denial;
use bailiwick_domain::guards::{job_may_become, lends, may_take, move_job};
use bailiwick_domain::ports::Purpose;
use bailiwick_domain::{Caller, Denied, Edit, Facts, Guard, Kind, Object, PrincipalId, Sealed};

use crate::fixture::{OTHER_PROJECT, PROJECT, at, gate, grant, id, key, organization, project, sealed, user};

const EDIT: &str = "job:view:organization job:edit:organization";
const BOTH: &str = "job:view:organization job:edit:organization job:delete:organization";

/// Where a job goes, and for whom: who may (e)dit it, or (d)elete it too.
const GOES: [(JobStatus, &[(JobStatus, char)]); 6] = {
    use JobStatus::{Active, Archived, Cancelled, Complete, Draft, Launched};
    [
        (Draft, &[(Launched, 'e'), (Active, 'e'), (Cancelled, 'd')]),
        (Launched, &[(Cancelled, 'd')]),
        (Active, &[(Launched, 'e'), (Complete, 'e'), (Cancelled, 'd')]),
        (Complete, &[(Active, 'e'), (Archived, 'd')]),
        (Cancelled, &[(Draft, 'e'), (Archived, 'd')]),
        (Archived, &[(Complete, 'd')]),
    ]
};

fn facts() -> Facts {
    project(PROJECT).child(Kind::Job, id(30), None)
}

fn job(status: JobStatus) -> Job {
    Job { status, ..Job::draft("job", "") }
}

fn stored(status: JobStatus) -> Object<Job> {
    let facts = facts();
    let (created_at, updated_at) = (at(0), at(0));
    Object { id: facts.id, created_at, updated_at, version: 1, facts, near: Vec::new(), data: job(status) }
}

#[test]
fn a_job_goes_where_the_table_says_for_each_who_it_says() {
    let gate = gate();
    for (rules, may_delete) in [(EDIT, false), (BOTH, true)] {
        let caller = user(10, &[grant(10, project(PROJECT), rules)]);
        for (from, row) in GOES {
            let mut offered = Vec::new();
            for &to in JobStatus::ALL {
                let granted = gate.open::<Edit, Job>(&caller, Some(Sealed::new(stored(from)))).unwrap();
                let moved = move_job(&gate, granted, to, |job| job.name = "moved".to_owned());
                match (row.iter().find(|(goes, _)| *goes == to), moved.map_err(|denial| denial.answer)) {
                    (None, Err(Denied::Guarded(Guard::Transition))) => {}
                    (Some((_, 'd')), Err(Denied::Forbidden(_))) if !may_delete => {}
                    (Some((_, needs)), Ok(moved)) if *needs == 'e' || may_delete => {
                        assert_eq!((moved.after().data.status, &*moved.after().data.name), (to, "moved"));
                        offered.push(to);
                    }
                    other => panic!("{from} {to}: {other:?}"),
                }
            }
            let mut told = job_may_become(&gate, &caller, &stored(from));
            told.sort_unstable();
            offered.sort_unstable();
            assert_eq!(told, offered, "{from}");
        }
    }
    let viewer = user(10, &[grant(10, project(PROJECT), "job:view:organization")]);
    assert!(GOES.iter().all(|(from, _)| job_may_become(&gate, &viewer, &stored(*from)).is_empty()));
}

/// What it makes, it makes in the name of who asked; and anew each time.
#[test]
fn a_launch_begins_with_nothing_in_the_name_of_who_asked() {
    let gate = gate();
    let mut before = stored(JobStatus::Active);
    before.data.launch =
        Launch { by: None, client_app_id: Some(id(2)), files: 7, done: 7, through: Some(id(1)) };
    let caller = user(10, &[grant(10, project(PROJECT), EDIT)]);
    let granted = gate.open::<Edit, Job>(&caller, Some(Sealed::new(before))).unwrap();
    let launched = move_job(&gate, granted, JobStatus::Launched, |_| {}).unwrap();
    let by = Some(PrincipalId::user(id(10)));
    assert_eq!(launched.after().data.launch, Launch { by, ..Launch::default() });
    // Nobody in particular would launch in the operator's name, whatever they are let do.
    let mut anybody = user(10, &[grant(10, project(PROJECT), EDIT)]);
    anybody.principal = None;
    let granted = gate.open::<Edit, Job>(&anybody, Some(Sealed::new(stored(JobStatus::Draft)))).unwrap();
    let refused = move_job(&gate, granted, JobStatus::Launched, |_| {}).unwrap_err();
    assert!(matches!(refused.answer, Denied::Unauthenticated), "{refused:?}");
}

/// Whether the caller may take tasks of an active job, to work on and to look at.
fn takes(caller: &Caller) -> (bool, bool) {
    let gate = gate();
    let active = || sealed(facts(), job(JobStatus::Active));
    let may = |purpose| may_take(&gate, caller, Some(&active()), purpose).is_ok();
    let both = (may(Purpose::Work), may(Purpose::Review));
    assert_eq!(lends(&gate, caller, &stored(JobStatus::Active)), both.0 || both.1);
    both
}

fn with(rules: &str, places: &[Facts]) -> Caller {
    let grants: Vec<HeldGrant> = places.iter().map(|place| grant(10, place.clone(), rules)).collect();
    user(10, &grants)
}

/// "whoever may view and edit it once it is theirs, by a grant below the server where the rule's scope is own"; "view and
/// edit on it whoever it is assigned to"
#[test]
fn tasks_are_taken_by_who_may_view_and_edit_what_they_take() {
    let own = "task:view:own task:edit:own";
    let all = "task:view:organization task:edit:organization";
    assert_eq!(takes(&with(own, &[Facts::server()])), (false, false), "own at the server lets nobody in");
    for place in [organization(), project(PROJECT), facts()] {
        assert_eq!(takes(&with(own, &[place.clone()])), (true, false), "own at a {}", place.kind);
        assert_eq!(takes(&with(all, &[place.clone()])), (true, true), "at a {}", place.kind);
        assert_eq!(takes(&with("task:edit:organization", &[place.clone()])), (false, false), "without view");
        assert_eq!(takes(&with("task:view:organization", &[place.clone()])), (false, false), "without edit");
        let mixed = "task:view:organization task:edit:own";
        assert_eq!(takes(&with(mixed, &[place])), (true, false), "edit of their own alone");
    }
    let elsewhere = project(OTHER_PROJECT).child(Kind::Job, id(40), None);
    assert_eq!(takes(&with(all, &[project(OTHER_PROJECT), elsewhere])), (false, false), "elsewhere");
    let task = facts().child(Kind::Task, id(31), None);
    assert_eq!(takes(&with(all, &[task])), (false, false), "another task");
    assert_eq!(takes(&with("task:view:global task:edit:global", &[Facts::server()])), (true, true));
    assert_eq!(
        takes(&with("task:view:organization task:edit:organization", &[Facts::server()])),
        (true, true)
    );
    // From several grants, the one rule here and the other there.
    let (view, edit) = (grant(10, facts(), "task:view:own"), grant(10, project(PROJECT), "task:edit:own"));
    assert_eq!(takes(&user(10, &[view, edit])), (true, false));
    assert_eq!(takes(&user(10, &[])), (false, false));
}

/// A key takes for its maker, as far as both may; who is no user and acts for none takes nothing.
#[test]
fn a_key_takes_for_its_maker_and_within_what_both_may() {
    let own = "task:view:own task:edit:own";
    let all = "task:view:organization task:edit:organization";
    let of_key = |rules| [grant(20, facts(), rules)];
    let maker = |rules| with(rules, &[project(PROJECT)]);
    assert_eq!(takes(&key(20, &of_key(own), maker(own))), (true, false));
    assert_eq!(takes(&key(20, &of_key(all), maker(own))), (true, false));
    assert_eq!(takes(&key(20, &of_key(own), maker(all))), (true, false));
    assert_eq!(takes(&key(20, &of_key(all), maker(all))), (true, true));
    assert_eq!(takes(&key(20, &[], maker(all))), (false, false));
    assert_eq!(takes(&key(20, &of_key(all), with(own, &[Facts::server()]))), (false, false));
    assert_eq!(takes(&key(20, &of_key(all), Caller::nobody())), (false, false));
    let mut unbound = key(20, &of_key(all), maker(all));
    unbound.bound = None;
    assert_eq!(takes(&unbound), (false, false));
    let mut node = with(all, &[project(PROJECT)]);
    node.principal = Some(PrincipalId::node(id(20)));
    assert_eq!(takes(&node), (false, false));
    assert_eq!(takes(&Caller::operator()), (false, false), "nobody's user works");
}

/// The job must be active, or about to be; and not in an archive.
#[test]
fn tasks_are_taken_of_active_jobs_alone() {
    let gate = gate();
    let caller = with("task:view:own task:edit:own job:view:organization", &[project(PROJECT)]);
    let answer = |job: Option<Sealed<Job>>, caller: &Caller| {
        may_take(&gate, caller, job.as_ref(), Purpose::Work).map(drop).map_err(|denial: Denial| denial.answer)
    };
    for &status in JobStatus::ALL {
        let outcome = answer(Some(sealed(facts(), job(status))), &caller);
        let is_open = matches!(status, JobStatus::Active | JobStatus::Launched);
        let refused = matches!(outcome, Err(Denied::Guarded(Guard::NotActive)));
        assert!(if is_open { outcome.is_ok() } else { refused }, "{status}: {outcome:?}");
        let mut archived = facts();
        archived.archived = true;
        let outcome = answer(Some(sealed(archived, job(status))), &caller);
        assert!(matches!(outcome, Err(Denied::Guarded(Guard::Archived))), "{status}: {outcome:?}");
    }
    // A right that is missing is told as ever.
    let active = || Some(sealed(facts(), job(JobStatus::Active)));
    assert!(matches!(answer(active(), &user(10, &[])), Err(Denied::Hidden)));
    assert!(matches!(answer(None, &caller), Err(Denied::Hidden)));
    assert!(matches!(answer(active(), &Caller::anonymous()), Err(Denied::Unauthenticated)));
    let viewer = with("job:view:organization", &[project(PROJECT)]);
    assert!(matches!(answer(active(), &viewer), Err(Denied::Forbidden(_))));
}
