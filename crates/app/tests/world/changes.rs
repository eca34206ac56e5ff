//! Making what is missing and changing what differs.

use bailiwick_app::world::Plan;
use bailiwick_domain::entities::{Grant, Project, Role, Task, User};
use bailiwick_domain::ports::Lookup;

use crate::CLINICS;
use crate::site::{Site, on_each_store};

on_each_store!(
    applying_again_changes_nothing,
    what_is_made_is_as_the_file_says,
    a_dry_run_tells_the_same_and_does_nothing,
    what_differs_is_changed,
    what_is_left_out_stays,
    grants_of_other_times_are_changed,
    what_a_role_gives_is_told_of_its_holders,
    every_change_leaves_a_trace,
    json_is_a_world_file_too,
    references_reach_what_is_there,
);

fn lines(plan: &Plan) -> Vec<String> {
    let signed = |sign, lines: &[bailiwick_app::world::Line]| {
        lines.iter().map(|line| format!("{sign} {line}")).collect::<Vec<_>>()
    };
    [signed('+', &plan.made), signed('~', &plan.changed), signed('-', &plan.removed)].concat()
}

fn effect(plan: &Plan) -> Vec<String> {
    plan.effect.iter().map(ToString::to_string).collect()
}

async fn applying_again_changes_nothing(site: Site) {
    let plan = site.apply(CLINICS).await;
    assert_eq!((plan.made.len(), plan.changed.len(), plan.removed.len()), (16, 0, 0));
    let traces = site.traces().await;
    for prune in [false, true] {
        let again = site.try_apply(&site.operator(), CLINICS, prune).await.unwrap();
        assert!(again.is_empty(), "{again}");
        assert!(again.effect.is_empty(), "{again}");
    }
    assert_eq!(site.traces().await, traces);
}

async fn what_is_made_is_as_the_file_says(site: Site) {
    let plan = site.apply(CLINICS).await;
    assert_eq!(
        effect(&plan),
        [
            "+ north-clinic/ada gains root at server",
            "+ north-clinic/ben gains north-clinic/auditor at north-clinic",
            "+ south-clinic/dan gains reviewer at north-clinic/ct-scans",
        ],
        "a grant that is yet to begin gives nothing now"
    );
    let users = site.all::<User>().await;
    let ben = users.iter().find(|user| user.data.username == "ben").unwrap();
    let tasks = site.all::<Task>().await;
    assert_eq!(tasks.iter().filter(|task| task.data.assignee_id == Some(ben.id)).count(), 1);
    let roles = site.all::<Role>().await;
    let auditor = roles.iter().find(|role| role.data.name == "auditor").unwrap();
    assert_eq!(auditor.data.full.built_in, ["viewer"]);
    assert_eq!(auditor.data.live, auditor.data.full);
    let project = &site.all::<Project>().await[0];
    assert!(project.data.collaboration_id.is_some());
    let caller = site.caller("south-clinic", "dan").await.caller;
    assert_eq!(caller.grants.len(), 1);
    assert_eq!(caller.collaborations.len(), 1);
}

async fn a_dry_run_tells_the_same_and_does_nothing(site: Site) {
    let mut dry = site.operator();
    dry.wish.dry_run = true;
    let before = site.traces().await;
    let told = site.try_apply(&dry, CLINICS, false).await.unwrap();
    assert_eq!(site.traces().await, before);
    assert!(site.all::<User>().await.is_empty());
    assert_eq!(site.apply(CLINICS).await, told);
}

async fn what_differs_is_changed(site: Site) {
    site.apply(CLINICS).await;
    let other = CLINICS
        .replace("ada@example.org", "ada@example.com")
        .replace("visibility: public", "visibility: private")
        .replace("collaboration: lung-study", "collaboration: null")
        .replace("assignee: north-clinic/ben", "assignee: south-clinic/dan")
        .replace("      - name: ben", "      - name: ben\n        email: ben@example.org")
        .replace("audit_event:view:organization", "grant:view:organization")
        .replace("Scans of lungs.", "Scans of hearts.");
    let plan = site.apply(&other).await;
    assert_eq!(
        lines(&plan),
        [
            "~ user north-clinic/ada: email ada@example.com",
            "~ role north-clinic/auditor: with grant:view:organization, without audit_event:view:organization",
            "~ project north-clinic/ct-scans: description, private, not shared",
            "~ task north-clinic/ct-scans/first-read/scan-0001: assigned to south-clinic/dan",
        ]
    );
    assert!(site.apply(&other).await.is_empty());
    let back = site.apply(CLINICS).await;
    assert_eq!((back.made.len(), back.changed.len()), (0, 4));
}

async fn what_is_left_out_stays(site: Site) {
    site.apply(CLINICS).await;
    let little = "
organizations:
  - name: north-clinic
    users: [{ username: ada }]
    projects: [{ name: ct-scans, jobs: [{ name: first-read, tasks: [{ name: scan-0001 }] }] }]
collaborations: [{ name: lung-study }]
";
    assert!(site.apply(little).await.is_empty());
    let emptied = site.apply(&little.replace("username: ada", "username: ada, email: null")).await;
    assert_eq!(lines(&emptied), ["~ user north-clinic/ada: no email"]);
}

async fn grants_of_other_times_are_changed(site: Site) {
    site.apply(CLINICS).await;
    let before = site.all::<Grant>().await.len();
    let ended = CLINICS.replace("ends_at: 2027-01-01T00:00:00Z", "ends_at: 2026-02-01T00:00:00Z");
    let plan = site.apply(&ended).await;
    assert_eq!(
        lines(&plan),
        [
            "~ grant south-clinic/dan reviewer at north-clinic/ct-scans: from 2026-01-01T00:00:00Z until 2026-02-01T00:00:00Z"
        ]
    );
    assert_eq!(effect(&plan), ["- south-clinic/dan loses reviewer at north-clinic/ct-scans"]);
    assert_eq!(site.all::<Grant>().await.len(), before);
    // The same grant at two times: one is there, the other is made; and again nothing.
    let twice = format!(
        "{ended}  - user: south-clinic/dan\n    role: reviewer\n    at: north-clinic/ct-scans\n    starts_at: 2026-03-01T00:00:00Z\n"
    );
    let plan = site.apply(&twice).await;
    assert_eq!(lines(&plan), ["+ grant south-clinic/dan reviewer at north-clinic/ct-scans"]);
    assert_eq!(effect(&plan), ["+ south-clinic/dan gains reviewer at north-clinic/ct-scans"]);
    assert!(site.apply(&twice).await.is_empty());
}

async fn what_a_role_gives_is_told_of_its_holders(site: Site) {
    site.apply(CLINICS).await;
    let other = CLINICS.replace("audit_event:view:organization", "api_key:view:own");
    assert_eq!(
        effect(&site.apply(&other).await),
        [
            "+ north-clinic/ben gains api_key:view:own (by north-clinic/auditor) at north-clinic",
            "- north-clinic/ben loses audit_event:view:organization (by north-clinic/auditor) at north-clinic",
        ]
    );
    let without = other.replace("        includes: [viewer]\n", "");
    let plan = site.apply(&without).await;
    assert_eq!(lines(&plan), ["~ role north-clinic/reader: other includes"]);
    assert!(effect(&plan).iter().any(|line| line.starts_with("- north-clinic/ben loses task:view:global")));
    let auditor = site.all::<Role>().await.into_iter().find(|role| role.data.name == "auditor").unwrap();
    assert!(auditor.data.full.built_in.is_empty(), "what it includes gives less, so it does");
}

async fn every_change_leaves_a_trace(site: Site) {
    let before = site.traces().await;
    let made = site.apply(CLINICS).await.made.len();
    assert_eq!(site.traces().await, (before.0 + made, before.1 + made));
    let changed = site.apply(&CLINICS.replace("ada@example.org", "ada@example.com")).await.changed.len();
    assert_eq!(site.traces().await, (before.0 + made + changed, before.1 + made + changed));
    let events = Lookup::outbox(&*site.app.store, 1_000).await.unwrap();
    assert!(events.iter().any(|event| event.topic == "grant.created"));
}

async fn json_is_a_world_file_too(site: Site) {
    let json = r#"{"organizations": [{"name": "lab", "users": [{"username": "eve", "email": null}]}]}"#;
    assert_eq!(lines(&site.apply(json).await), ["+ organization lab", "+ user lab/eve"]);
    assert!(site.apply("").await.is_empty());
    assert!(site.apply("# nothing\n").await.is_empty());
}

async fn references_reach_what_is_there(site: Site) {
    site.apply(CLINICS).await;
    let plan = site
        .apply(
            "
grants:
  - { user: south-clinic/dan, role: editor, at: north-clinic/ct-scans/first-read }
  - { user: north-clinic/ada, role: north-clinic/reader, at: server }
",
        )
        .await;
    assert_eq!(
        effect(&plan),
        [
            "+ north-clinic/ada gains north-clinic/reader at server",
            "+ south-clinic/dan gains editor at north-clinic/ct-scans/first-read",
        ]
    );
}
