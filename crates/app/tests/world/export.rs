//! Writing the world down.

use bailiwick_app::world::{self, WorldFile};
use bailiwick_memory::MemoryStore;
use bailiwick_testkit::fixture::{Sample, World};

use crate::CLINICS;
use crate::site::{Site, on_each_store};

on_each_store!(
    what_was_applied_is_given_back,
    an_export_makes_the_same_world_elsewhere,
    names_that_look_like_something_else_survive,
    what_the_caller_may_not_view_is_left_out,
    how_far_work_has_come_goes_along,
    what_a_file_can_t_carry_is_named,
);

/// The parts of a file without its lines, sorted.
pub fn value(text: &str) -> String {
    let file = world::parse(text, "world.yaml").unwrap();
    let WorldFile { mut organizations, mut collaborations, grants, .. } = file;
    organizations.sort_by(|a, b| a.name.value.cmp(&b.name.value));
    for organization in &mut organizations {
        organization.users.sort_by(|a, b| a.username.value.cmp(&b.username.value));
        organization.roles.sort_by(|a, b| a.name.value.cmp(&b.name.value));
        organization.projects.sort_by(|a, b| a.name.value.cmp(&b.name.value));
    }
    collaborations.sort_by(|a, b| a.name.value.cmp(&b.name.value));
    let mut grants = grants.unwrap_or_default();
    grants.sort_by_key(|grant| {
        (grant.user.value.clone(), grant.role.value.clone(), grant.at.value.clone(), grant.starts_at)
    });
    let all = format!("{organizations:#?}{collaborations:#?}{grants:#?}");
    all.lines().filter(|line| !line.trim_start().starts_with("line: ")).collect::<Vec<_>>().join("\n")
}

async fn what_was_applied_is_given_back(site: Site) {
    site.apply(CLINICS).await;
    assert_eq!(value(&site.export().await), value(CLINICS));
}

async fn an_export_makes_the_same_world_elsewhere(site: Site) {
    site.apply(CLINICS).await;
    let export = site.export().await;
    assert!(site.prune(&export).await.is_empty());
    let elsewhere = Site::memory().await;
    elsewhere.apply(&export).await;
    assert_eq!(elsewhere.export().await, export);
}

async fn names_that_look_like_something_else_survive(site: Site) {
    let odd = r#"
organizations:
  - name: "null"
    users:
      - { username: "007" }
      - { username: "1.10" }
      - { username: "true" }
      - { username: "~" }
      - { username: "- a: [b" }
      - { username: "it's \"so\" #1" }
      - { username: "ünï😀" }
      - { username: "2026-01-01" }
    projects:
      - { name: "*x", description: "two\nlines: and a colon\n" }
grants: []
"#;
    site.apply(odd).await;
    let export = site.export().await;
    assert_eq!(
        value(&export).replace("Private", ""),
        value(&odd.replace("description", "visibility: private, description")).replace("Private", "")
    );
    assert!(site.prune(&export).await.is_empty(), "{export}");
}

async fn what_the_caller_may_not_view_is_left_out(site: Site) {
    site.apply(CLINICS).await;
    let dan = site.caller("south-clinic", "dan").await;
    let seen = world::export(&dan).await.unwrap();
    assert!(seen.contains("ct-scans") && seen.contains("scan-0001"), "{seen}");
    assert!(seen.contains("dan@example.org"), "one's own address is one's own");
    for hidden in ["ada", "ben", "auditor", "root"] {
        assert!(!seen.contains(hidden), "{hidden} in\n{seen}");
    }
}

/// A world with everything that a file can say.
const WORK: &str = r#"
organizations:
  - name: acme
    users: [{ username: ann }, { username: bob, email: bob@example.org }]
    roles:
      - { name: base, rules: ["task:view:own"] }
      - { name: lead, description: Leads., includes: [base, viewer], rules: ["job:edit:organization"] }
    projects:
      - name: done
        visibility: public
        archived: true
        jobs:
          - name: all
            status: complete
            tasks: [{ name: one, status: complete, assignee: acme/bob }, { name: two }]
      - name: going
        visibility: private
        jobs: [{ name: some, status: active, tasks: [{ name: three, status: deferred }] }, { name: draft }]
grants:
  - { user: acme/ann, role: owner, at: acme }
  - { user: acme/bob, role: acme/lead, at: acme/done, starts_at: 2026-01-01T00:00:00Z, ends_at: 2036-01-01T00:00:00.000001Z }
"#;

async fn how_far_work_has_come_goes_along(site: Site) {
    site.apply(WORK).await;
    let export = site.export().await;
    for word in ["archived: true", "status: complete", "status: active", "status: deferred"] {
        assert!(export.contains(word), "{word} in\n{export}");
    }
    assert!(site.prune(&export).await.is_empty(), "{export}");
    let elsewhere = Site::memory().await;
    elsewhere.apply(&export).await;
    assert_eq!(elsewhere.export().await, export);
    // And back: what rested works again.
    site.apply(
        &WORK
            .replace("archived: true", "archived: false")
            .replace("status: complete", "status: deferred")
            .replace("status: deferred\n", "status: cancelled\n"),
    )
    .await;
    let export = site.export().await;
    assert!(!export.contains("archived") && !export.contains("status: complete"), "{export}");
}

async fn what_a_file_can_t_carry_is_named(site: Site) {
    site.apply(WORK).await;
    let plain = site.export().await;
    let comments = plain.lines().filter(|line| line.starts_with('#')).collect::<Vec<_>>();
    assert_eq!(
        comments,
        [
            "# Not in this file: ids, times, makers, passwords, second factors, sessions, invitations, settings, nodes, client apps, proposals, the audit log.",
            "# Not in this file: files, datasets, labels, annotations, comments, exports, sources and their contents."
        ]
    );
    let mut world = World::new(MemoryStore::new(), ());
    world.store = site.app.store.clone();
    Sample::on(&world).await;
    let export = site.export().await;
    for line in [
        "API keys, with their grants: South/CI, north/ci, north/alpha/ci, north/old/ci",
        "that these organizations are suspended: east",
        "that these users are suspended: north/cyd",
        "that these roles are inactive: north/asleep",
        "which tasks these are part of: north/alpha/label/second",
    ] {
        assert!(export.contains(&format!("\n# Not in this file: {line}\n")), "{line} in\n{export}");
    }
}
