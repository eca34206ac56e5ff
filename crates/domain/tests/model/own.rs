//! Own: what one is, is assigned, or made and is still let in to.

use bailiwick_domain::caller::Confinement;
use bailiwick_domain::{Facts, Kind, Lent, Lineage, Operation, PrincipalId};

use crate::fixture::{OTHER_PROJECT, PROJECT, gate, grant, id, in_organization, key, project, user};

/// A job that user 10 made, in an organization that is not theirs.
fn made_elsewhere() -> Facts {
    let elsewhere = in_organization(50);
    let mut facts = Facts::new(Kind::Job, id(51), elsewhere);
    facts.maker = Some(PrincipalId::user(id(10)));
    facts
}

/// "so who is let in again gets back what they made"
#[test]
fn own_goes_with_the_access_and_comes_back_with_it() {
    let (gate, job) = (gate(), made_elsewhere());
    let anchor = Facts::new(Kind::Organization, id(50), Lineage::default());
    let own = grant(10, Facts::server(), "job:edit:own");
    let let_in = grant(10, anchor, "project:view:own");
    let may = |grants: &[_]| gate.rules_allow(&user(10, grants), Operation::Edit, Kind::Job, &job).is_some();
    assert!(may(&[own.clone(), let_in.clone()]));
    assert!(!may(&[own.clone()]));
    assert!(may(&[own.clone(), let_in]));
    // "the server apart"
    let server = grant(10, Facts::server(), "project:view:global");
    assert!(!may(&[own, server]));
}

#[test]
fn what_was_made_at_home_stays_own() {
    let gate = gate();
    let mut job = project(PROJECT).child(Kind::Job, id(20), Some(PrincipalId::user(id(10))));
    let caller = user(10, &[grant(10, Facts::server(), "job:delete:own")]);
    assert!(gate.rules_allow(&caller, Operation::Delete, Kind::Job, &job).is_some());
    job.maker = Some(PrincipalId::user(id(11)));
    assert!(gate.rules_allow(&caller, Operation::Delete, Kind::Job, &job).is_none());
}

/// "for view, edit and receive only"; "for view alone, the files and labels linked to that task"
#[test]
fn what_is_assigned_is_viewed_and_edited_and_what_is_lent_is_viewed() {
    let gate = gate();
    let me = PrincipalId::user(id(10));
    let rules = "task:view:own task:edit:own task:delete:own file:view:own file:edit:own";
    let caller = user(10, &[grant(10, Facts::server(), rules)]);
    let may = |operation, facts: &Facts| gate.rules_allow(&caller, operation, facts.kind, facts).is_some();
    let mut task = project(OTHER_PROJECT).child(Kind::Task, id(20), None);
    task.assignee = Some(me);
    assert!(may(Operation::View, &task) && may(Operation::Edit, &task));
    assert!(!may(Operation::Delete, &task));
    let mut file = project(OTHER_PROJECT).child(Kind::File, id(21), None);
    assert!(!may(Operation::View, &file));
    file.lent.push(Lent { to: me, job: id(40), task: None });
    assert!(may(Operation::View, &file));
    assert!(!may(Operation::Edit, &file));
}

/// "to a container: its task and that task's run on its node"
#[test]
fn a_container_owns_its_task_and_its_run_alone() {
    let task = project(PROJECT).child(Kind::Job, id(30), None).child(Kind::Task, id(31), None);
    let mut container = user(10, &[]);
    container.principal = Some(PrincipalId::container(id(40)));
    container.confinement = Some(Confinement {
        node: id(41),
        task: id(31),
        job: id(30),
        project: id(PROJECT),
        collaboration: None,
    });
    let mut run = task.child(Kind::Run, id(32), None);
    run.assignee = Some(PrincipalId::node(id(41)));
    assert!(container.owns(Operation::View, &task) && container.owns(Operation::View, &run));
    run.assignee = Some(PrincipalId::node(id(42)));
    assert!(!container.owns(Operation::View, &run));
    assert!(!container.owns(Operation::Delete, &task));
}

/// "of an API key also what is its maker's by being assigned to it or made by it"
#[test]
fn what_is_its_makers_is_a_keys_own() {
    let gate = gate();
    let rules = "task:view:own job:edit:own audit_event:view:own";
    let held = |number| grant(number, Facts::server(), rules);
    let by_key = key(11, &[held(11)], user(10, &[held(10)]));
    let may =
        |caller, operation, facts: &Facts| gate.rules_allow(caller, operation, facts.kind, facts).is_some();
    let maker = Some(PrincipalId::user(id(10)));
    let job = project(PROJECT).child(Kind::Job, id(20), maker);
    let mut task = project(PROJECT).child(Kind::Task, id(21), None);
    task.assignee = maker;
    assert!(may(&by_key, Operation::Edit, &job) && may(&by_key, Operation::View, &task));
    // Both need the rule.
    let without = [key(11, &[held(11)], user(10, &[])), key(11, &[], user(10, &[held(10)]))];
    assert!(without.iter().all(|caller| !may(caller, Operation::Edit, &job)));
    // It is the maker's where it is that by the maker's home and grants, not by the key's.
    assert!(!may(&by_key, Operation::Edit, &made_elsewhere()));
    let anchor = Facts::new(Kind::Organization, id(50), Lineage::default());
    let let_in = |number| grant(number, anchor.clone(), "project:view:own");
    let key_let_in = key(11, &[held(11), let_in(11)], user(10, &[held(10)]));
    assert!(!may(&key_let_in, Operation::Edit, &made_elsewhere()));
    let maker_let_in = key(11, &[held(11)], user(10, &[held(10), let_in(10)]));
    assert!(may(&maker_let_in, Operation::Edit, &made_elsewhere()));
    // What its maker did is not made by it: nobody makes audit events.
    let mut told = project(PROJECT).child(Kind::AuditEvent, id(22), maker);
    assert!(!may(&by_key, Operation::View, &told));
    told.maker = Some(PrincipalId::api_key(id(11)));
    assert!(may(&by_key, Operation::View, &told));
}

/// "a file or a label that a task lends comes with that task"
#[test]
fn what_a_task_lends_comes_with_a_grant_on_the_task_or_its_job() {
    let gate = gate();
    let job = project(PROJECT).child(Kind::Job, id(30), None);
    let (task, other) = (job.child(Kind::Task, id(31), None), job.child(Kind::Task, id(32), None));
    let me = PrincipalId::user(id(10));
    let lent = |to, task| {
        let mut file = project(PROJECT).child(Kind::File, id(40), None);
        file.lent.push(Lent { to, job: id(30), task });
        file
    };
    for scope in ["own", "organization", "collaboration", "global"] {
        let sees = |at: &Facts, file: &Facts| {
            gate.may_view(&user(10, &[grant(10, at.clone(), &format!("file:view:{scope}"))]), file)
        };
        let by_task = lent(me, Some(id(31)));
        assert!(sees(&job, &by_task) && sees(&task, &by_task) && !sees(&other, &by_task), "{scope}");
        let by_job = lent(me, None);
        assert!(sees(&job, &by_job) && !sees(&task, &by_job) && !sees(&other, &by_job), "{scope}");
        let to_another = lent(PrincipalId::user(id(12)), Some(id(31)));
        assert!(!sees(&job, &to_another) && !sees(&task, &to_another), "{scope}");
        let elsewhere = project(OTHER_PROJECT).child(Kind::Job, id(33), None);
        assert!(!sees(&elsewhere, &by_task) && !sees(&elsewhere, &by_job), "{scope}");
    }
    let edits = user(10, &[grant(10, job, "file:edit:own file:edit:organization")]);
    let file = lent(me, Some(id(31)));
    assert!(gate.rules_allow(&edits, Operation::Edit, Kind::File, &file).is_none(), "for view alone");
}
