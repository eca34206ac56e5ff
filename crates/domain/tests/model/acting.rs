//! Principals that act for others: bounded by their maker, and by where they work.

use bailiwick_domain::caller::Confinement;
use bailiwick_domain::entities::Project;
use bailiwick_domain::guards::forbids_task;
use bailiwick_domain::{Caller, Facts, Guard, Kind, Level, Lineage, Operation, PrincipalId, Reach};

use crate::fixture::{OTHER_PROJECT, PROJECT, gate, grant, id, key, organization, project, user};

const EVERYTHING: &str = "job:view:global job:create:global task:create:global role:view:global";

fn job(number: u128) -> Facts {
    project(number).child(Kind::Job, id(number + 100), None)
}

/// "does at most what its maker may do at that moment"
#[test]
fn a_key_is_bounded_by_its_maker() {
    let gate = gate();
    let maker = user(10, &[grant(10, project(PROJECT), EVERYTHING)]);
    let key = key(11, &[grant(11, organization(), EVERYTHING)], maker);
    let sees = |facts: &Facts| gate.may_view(&key, facts);
    assert!(sees(&job(PROJECT)));
    assert!(!sees(&job(OTHER_PROJECT)));
    let list = gate.visible::<bailiwick_domain::entities::Job>(&key);
    assert!(list.reach().holds(&job(PROJECT)) && !list.reach().holds(&job(OTHER_PROJECT)));
}

/// "Being it is not bounded by the maker."
#[test]
fn what_a_key_may_do_by_being_it_is_not_bounded() {
    let gate = gate();
    let key = key(11, &[], Caller::nobody());
    let itself = organization().child(Kind::ApiKey, id(11), Some(PrincipalId::user(id(10))));
    assert!(gate.may_view(&key, &itself));
    assert!(gate.rules_allow(&key, Operation::Edit, Kind::ApiKey, &itself).is_none());
}

/// "What a key makes counts as made by its maker."
#[test]
fn what_a_key_makes_is_its_makers() {
    let gate = gate();
    let held = grant(10, organization(), "project:create:organization");
    let caller = key(11, &[held.clone()], user(10, &[held]));
    let permit = gate.create::<Project, _>(&caller, Some(crate::fixture::sealed_organization())).unwrap();
    let data = Project {
        name: "new".to_owned(),
        description: String::new(),
        visibility: bailiwick_domain::entities::Visibility::Private,
        archived_at: None,
        collaboration_id: None,
    };
    let new = permit.make(id(60), gate.now(), data);
    assert_eq!(new.object().facts.maker, Some(PrincipalId::user(id(10))));
}

fn container(collaboration: Option<u128>) -> Caller {
    let mut caller = key(
        40,
        &[grant(40, Facts::server(), EVERYTHING)],
        user(10, &[grant(10, Facts::server(), EVERYTHING)]),
    );
    caller.principal = Some(PrincipalId::container(id(40)));
    caller.confinement = Some(Confinement {
        node: id(41),
        task: id(31),
        job: id(PROJECT + 100),
        project: id(PROJECT),
        collaboration: collaboration.map(id),
    });
    caller
}

/// "Of what lies in projects it reaches only its own project and those shared in the same collaboration, whatever
/// the scope."
#[test]
fn a_container_reaches_its_project_and_those_of_its_collaboration() {
    let gate = gate();
    let mut other = job(OTHER_PROJECT);
    assert!(gate.may_view(&container(None), &job(PROJECT)));
    assert!(!gate.may_view(&container(None), &other));
    other.collaboration = Some(id(70));
    assert!(gate.may_view(&container(Some(70)), &other));
    assert!(!gate.may_view(&container(Some(71)), &other));
    // Two projects that are shared nowhere have no collaboration in common.
    other.collaboration = None;
    assert!(!gate.may_view(&container(None), &other));
}

/// "It creates tasks only under its own job"
#[test]
fn a_container_creates_tasks_only_under_its_own_job() {
    let gate = gate();
    let caller = container(None);
    let may = |job: &Facts| gate.rules_allow(&caller, Operation::Create, Kind::Task, job).is_some();
    assert!(may(&job(PROJECT)));
    assert!(!may(&project(PROJECT).child(Kind::Job, id(999), None)));
}

/// "as subtasks of its task"
#[test]
fn a_container_creates_only_subtasks_of_its_task() {
    let caller = container(None);
    assert_eq!(forbids_task(&caller, Some(id(31))), None);
    assert_eq!(forbids_task(&caller, Some(id(32))), Some(Guard::Confinement));
    assert_eq!(forbids_task(&caller, None), Some(Guard::Confinement));
    assert_eq!(forbids_task(&user(10, &[]), None), None);
}

/// "It does at most what that maker may do at that moment": being one opens it nothing more.
#[test]
fn a_container_of_nobody_may_do_nothing() {
    let gate = gate();
    let mut caller = container(None);
    caller.bound = Some(Box::new(Caller::nobody()));
    let mut role = Facts::new(Kind::Role, id(80), Lineage::default());
    role.built_in = true;
    assert!(!gate.may_view(&caller, &role) && !gate.may_view(&caller, &job(PROJECT)));
    let reach = Reach::of(&caller, gate.policy(), Operation::View, Kind::Role);
    assert!(!reach.holds(&role));
    assert!(gate.may_view(&container(None), &role));
}

/// The column "hangs under" of the cascade.
#[test]
fn nothing_is_made_where_it_does_not_hang() {
    let gate = gate();
    let caller = user(10, &[grant(10, Facts::server(), EVERYTHING)]);
    let may = |kind, parent: &Facts| gate.rules_allow(&caller, Operation::Create, kind, parent).is_some();
    assert!(may(Kind::Task, &job(PROJECT)));
    assert!(!may(Kind::Task, &project(PROJECT)));
    assert!(may(Kind::Job, &project(PROJECT)));
    assert!(!may(Kind::Job, &organization()));
    assert!(!may(Kind::Job, &Facts::new(Kind::Task, id(5), Lineage::default().with(Level::Job, id(4)))));
}
