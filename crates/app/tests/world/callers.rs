//! Files applied by people: they may do with a file what they may do without.

use bailiwick_domain::entities::AuditEvent;

use crate::CLINICS;
use crate::site::{Site, on_each_store};

on_each_store!(
    a_caller_without_rights_changes_nothing,
    a_caller_applies_what_they_may,
    what_is_hidden_is_not_there,
    all_of_it_or_nothing,
    nobody_hands_out_more_than_they_hold,
    candidates_may_be_named,
    own_grants_and_addresses_are_not_for_a_file,
);

const MORE: &str = "
organizations:
  - name: north-clinic
    projects: [{ name: mri }]
";

async fn a_caller_without_rights_changes_nothing(site: Site) {
    site.apply(CLINICS).await;
    let (export, traces) = (site.export().await, site.traces().await);
    for (organization, username) in [("south-clinic", "dan"), ("north-clinic", "ben")] {
        let cx = site.caller(organization, username).await;
        let refused = site.try_apply(&cx, MORE, false).await.unwrap_err();
        assert!(refused[0].starts_with("Denied"), "{refused:?}");
    }
    assert_eq!(site.export().await, export);
    assert_eq!(site.traces().await, (traces.0 + 2, traces.1), "two denials are logged, and that is all");
    let denials =
        site.all::<AuditEvent>().await.into_iter().filter(|event| event.data.outcome.word() == "denied");
    assert_eq!(denials.count(), 2);
}

async fn a_caller_applies_what_they_may(site: Site) {
    site.apply(CLINICS).await;
    site.apply("grants: [{ user: north-clinic/ben, role: owner, at: north-clinic }]").await;
    let ben = site.caller("north-clinic", "ben").await;
    let file = "
organizations:
  - name: north-clinic
    users: [{ username: fay, email: fay@example.org }]
    roles: [{ name: clerk, rules: ['project:view:organization'] }]
    projects: [{ name: mri, visibility: public, jobs: [{ name: read, tasks: [{ name: one, assignee: north-clinic/fay }] }] }]
grants:
  - { user: north-clinic/fay, role: north-clinic/clerk, at: north-clinic }
  - { user: north-clinic/fay, role: editor, at: north-clinic/mri }
";
    assert_eq!(site.try_apply(&ben, file, false).await.unwrap().made.len(), 7);
    assert!(site.try_apply(&ben, file, false).await.unwrap().is_empty());
}

async fn what_is_hidden_is_not_there(site: Site) {
    site.apply(CLINICS).await;
    site.apply("organizations: [{ name: secret-lab, users: [{ username: zoe }] }]").await;
    site.apply("grants: [{ user: north-clinic/ben, role: owner, at: north-clinic }]").await;
    let ben = site.caller("north-clinic", "ben").await;
    let grant = |user| format!("grants: [{{ user: {user}, role: viewer, at: north-clinic }}]");
    let there = site.try_apply(&ben, &grant("secret-lab/zoe"), false).await.unwrap_err();
    let not_there = site.try_apply(&ben, &grant("secret-lab/zac"), false).await.unwrap_err();
    assert_eq!(there[0].replace("zoe", "zac"), not_there[0]);
    assert!(there[0].starts_with("world.yaml:1: user: "), "{there:?}");
}

async fn all_of_it_or_nothing(site: Site) {
    site.apply(CLINICS).await;
    site.apply("grants: [{ user: north-clinic/ben, role: owner, at: north-clinic }]").await;
    let before = site.export().await;
    let ben = site.caller("north-clinic", "ben").await;
    let file = format!("{MORE}grants: [{{ user: south-clinic/dan, role: owner, at: south-clinic }}]");
    site.try_apply(&ben, &file, false).await.unwrap_err();
    assert_eq!(site.export().await, before, "the project that ben may make is not made");
}

async fn nobody_hands_out_more_than_they_hold(site: Site) {
    site.apply(CLINICS).await;
    site.apply("grants: [{ user: north-clinic/ben, role: manager, at: north-clinic/ct-scans }]").await;
    let ben = site.caller("north-clinic", "ben").await;
    let grant =
        |role| format!("grants: [{{ user: south-clinic/dan, role: {role}, at: north-clinic/ct-scans }}]");
    let refused = site.try_apply(&ben, &grant("owner"), false).await.unwrap_err();
    assert!(refused[0].contains("Escalation"), "{refused:?}");
    assert_eq!(site.try_apply(&ben, &grant("editor"), false).await.unwrap().made.len(), 1);
}

async fn candidates_may_be_named(site: Site) {
    let file = "
organizations:
  - { name: host, users: [{ username: may }], projects: [{ name: open, collaboration: both }] }
  - { name: guest, users: [{ username: gus }] }
  - { name: stranger, users: [{ username: sam }] }
collaborations: [{ name: both, organizations: [host, guest] }]
grants: [{ user: host/may, role: manager, at: host/open }]
";
    site.apply(file).await;
    let may = site.caller("host", "may").await;
    let grant = |user| format!("grants: [{{ user: {user}, role: viewer, at: host/open }}]");
    assert_eq!(site.try_apply(&may, &grant("guest/gus"), false).await.unwrap().made.len(), 1);
    assert!(site.try_apply(&may, &grant("guest/gus"), false).await.unwrap().is_empty());
    let refused = site.try_apply(&may, &grant("stranger/sam"), false).await.unwrap_err();
    assert!(refused[0].contains("`stranger/sam` is nobody"), "{refused:?}");
}

async fn own_grants_and_addresses_are_not_for_a_file(site: Site) {
    site.apply(CLINICS).await;
    let ada = site.caller("north-clinic", "ada").await;
    let grant = "grants: [{ user: north-clinic/ada, role: viewer, at: north-clinic }]";
    let refused = site.try_apply(&ada, grant, false).await.unwrap_err();
    assert!(refused[0].contains("OwnGrant"), "{refused:?}");
    let address = CLINICS.replace("ada@example.org", "ada@example.com");
    let refused = site.try_apply(&ada, &address, false).await.unwrap_err();
    assert_eq!(
        refused,
        ["world.yaml:4: email: your own address is changed with your password, not by a file"]
    );
}
