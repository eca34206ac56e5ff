//! Writing the world down.

use bailiwick_app::world::{self, WorldFile};

use crate::CLINICS;
use crate::site::{Site, on_each_store};

on_each_store!(
    what_was_applied_is_given_back,
    an_export_makes_the_same_world_elsewhere,
    names_that_look_like_something_else_survive,
    what_the_caller_may_not_view_is_left_out,
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
