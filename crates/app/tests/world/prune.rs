//! Removing what a file does not name, within what it covers.

use bailiwick_domain::entities::{
    Collaboration, Grant, Job, Organization, Project, Role, Task, TaskStatus, User,
};
use bailiwick_domain::ports::{Read, Write};
use bailiwick_testkit::fixture::op;
use uuid::Uuid;

use crate::CLINICS;
use crate::site::{Site, on_each_store};

on_each_store!(
    what_is_not_named_is_removed,
    what_is_not_covered_stays,
    grants_are_covered_by_the_places_that_are_named,
    who_leaves_a_collaboration_takes_projects_along,
    the_last_root_stays,
    subtasks_go_before_their_task,
    computations_stay_with_their_job,
    who_goes_loses_what_they_hold_elsewhere,
);

async fn what_is_not_named_is_removed(site: Site) {
    site.apply(CLINICS).await;
    let plan = site
        .prune(
            "
organizations:
  - name: north-clinic
    users: [{ username: ada }]
collaborations:
  - { name: lung-study, organizations: [south-clinic] }
grants:
  - { user: north-clinic/ada, role: root, at: server }
",
        )
        .await;
    let removed: Vec<String> = plan.removed.iter().map(ToString::to_string).collect();
    assert_eq!(
        removed,
        [
            "grant north-clinic/ben north-clinic/auditor at north-clinic",
            "grant south-clinic/dan annotator at north-clinic/ct-scans/first-read/scan-0002",
            "grant south-clinic/dan reviewer at north-clinic/ct-scans",
            "task north-clinic/ct-scans/first-read/scan-0001",
            "task north-clinic/ct-scans/first-read/scan-0002",
            "job north-clinic/ct-scans/first-read",
            "project north-clinic/ct-scans",
            "role north-clinic/auditor",
            "role north-clinic/reader",
            "user north-clinic/ben",
        ]
    );
    let effect: Vec<String> = plan.effect.iter().map(ToString::to_string).collect();
    assert_eq!(
        effect,
        [
            "- north-clinic/ben loses north-clinic/auditor at north-clinic",
            "- south-clinic/dan loses reviewer at north-clinic/ct-scans",
        ]
    );
    assert_eq!(
        site.all::<Project>().await.len() + site.all::<Job>().await.len() + site.all::<Task>().await.len(),
        0
    );
    assert_eq!((site.all::<User>().await.len(), site.all::<Grant>().await.len()), (2, 1));
    assert!(site.all::<Role>().await.iter().all(|role| role.data.built_in));
}

async fn what_is_not_covered_stays(site: Site) {
    site.apply(CLINICS).await;
    let before = site.export().await;
    assert!(site.prune("").await.is_empty());
    assert!(site.prune("collaborations: []").await.is_empty());
    assert!(site.prune("grants: []").await.is_empty(), "no place is named");
    assert_eq!(site.export().await, before);
    assert_eq!(site.all::<Organization>().await.len(), 2);
    assert_eq!(site.all::<Collaboration>().await.len(), 1);
}

async fn grants_are_covered_by_the_places_that_are_named(site: Site) {
    site.apply(CLINICS).await;
    let only = "grants: [{ user: south-clinic/dan, role: editor, at: north-clinic/ct-scans }]";
    let plan = site.prune(only).await;
    let removed: Vec<String> = plan.removed.iter().map(ToString::to_string).collect();
    assert_eq!(removed, ["grant south-clinic/dan reviewer at north-clinic/ct-scans"]);
    let without_list = CLINICS.split("grants:").next().unwrap();
    assert!(site.prune(without_list).await.is_empty(), "a file without grants leaves them alone");
}

async fn who_leaves_a_collaboration_takes_projects_along(site: Site) {
    site.apply(CLINICS).await;
    let plan = site.prune("collaborations: [{ name: lung-study, organizations: [south-clinic] }]").await;
    let changed: Vec<String> = plan.changed.iter().map(ToString::to_string).collect();
    assert_eq!(
        changed,
        ["project north-clinic/ct-scans: not shared", "collaboration lung-study: without north-clinic"]
    );
    assert_eq!(site.all::<Collaboration>().await[0].data.members.len(), 1);
    assert_eq!(site.all::<Project>().await[0].data.collaboration_id, None);
}

async fn the_last_root_stays(site: Site) {
    site.apply(CLINICS).await;
    let before = site.export().await;
    let without = CLINICS.replace("    role: root\n    at: server", "    role: viewer\n    at: server");
    let refused = site.try_apply(&site.operator(), &without, true).await.unwrap_err();
    assert!(refused[0].contains("RootStays"), "{refused:?}");
    assert_eq!(site.export().await, before);
    let other =
        CLINICS.replace("user: north-clinic/ada\n    role: root", "user: north-clinic/ben\n    role: root");
    assert_eq!(site.prune(&other).await.removed.len(), 1, "another root will do");
}

async fn subtasks_go_before_their_task(site: Site) {
    use bailiwick_app::tasks::{NewTask, create_task};
    use bailiwick_domain::ids::Claimed;
    site.apply(CLINICS).await;
    let (jobs, tasks) = (site.all::<Job>().await, site.all::<Task>().await);
    let parent = tasks.iter().find(|task| task.data.name == "scan-0001").unwrap();
    let body = NewTask {
        name: "detail".parse().unwrap(),
        description: Default::default(),
        assignee_id: None,
        file_id: None,
        parent_id: Some(Claimed::from_wire(parent.id)),
        image: None,
        databases: Vec::new(),
        runs: Vec::new(),
    };
    create_task(&site.operator(), jobs[0].id, body).await.unwrap();
    let without_parent =
        CLINICS.replace("              - name: scan-0001\n                assignee: north-clinic/ben\n", "");
    let plan = site.prune(&without_parent).await;
    let removed: Vec<String> = plan.removed.iter().map(ToString::to_string).collect();
    assert_eq!(
        removed,
        ["task north-clinic/ct-scans/first-read/detail", "task north-clinic/ct-scans/first-read/scan-0001"]
    );
}

async fn computations_stay_with_their_job(site: Site) {
    site.apply(CLINICS).await;
    let (store, gate, caller) = (&*site.app.store, site.app.gate(), op());
    let job = Read::<Job>::find(store, site.all::<Job>().await[0].id).await.unwrap();
    let compute = async |name: &str, parent: Option<Uuid>| {
        let permit = gate.create::<Task, Job>(&caller, job.clone()).unwrap();
        let (image, status) = (Some("mean:1".to_owned()), TaskStatus::Pending);
        let data = Task { image, status, parent_id: parent, ..Task::available(name, "") };
        let id = Uuid::from_u128(name.len() as u128);
        let unit = store.begin().await.unwrap();
        Write::add(&*unit, &permit.make(id, gate.now(), data)).await.unwrap();
        unit.commit().await.unwrap();
        id
    };
    let mean = compute("mean", None).await;
    compute("a part of it", Some(mean)).await;
    let exported = site.export().await;
    assert!(exported.contains("# Not in this file: computations"), "{exported}");
    let plan = site.prune(&exported).await;
    assert!(plan.removed.is_empty(), "{:?}", plan.removed);
    assert_eq!(site.export().await, exported);
    let without_jobs =
        "organizations: [{ name: north-clinic, users: [{ username: ada }], projects: [{ name: ct-scans }] }]";
    let plan = site.prune(without_jobs).await;
    let removed: Vec<String> = plan.removed.iter().map(ToString::to_string).collect();
    let gone = |name: &str| removed.contains(&format!("task north-clinic/ct-scans/first-read/{name}"));
    assert!(gone("mean") && gone("a part of it"), "{removed:?}");
    assert_eq!(site.all::<Task>().await.len(), 0);
}

async fn who_goes_loses_what_they_hold_elsewhere(site: Site) {
    site.apply(CLINICS).await;
    site.apply("grants: [{ user: north-clinic/ada, role: owner, at: south-clinic }]").await;
    let plan = site.prune("organizations: [{ name: south-clinic }]").await;
    let effect: Vec<String> = plan.effect.iter().map(ToString::to_string).collect();
    assert_eq!(effect, ["- south-clinic/dan loses reviewer at north-clinic/ct-scans"]);
    let mut removed: Vec<String> = plan.removed.iter().map(ToString::to_string).collect();
    removed.sort();
    assert_eq!(
        removed,
        [
            "grant south-clinic/dan annotator at north-clinic/ct-scans/first-read/scan-0002",
            "grant south-clinic/dan reviewer at north-clinic/ct-scans",
            "user south-clinic/dan",
        ],
        "the file has no list of grants, so ada's stays"
    );
}
