//! Tables of cases: the shipped one holds, and what is wrong with a table or with the policy is told.

use std::sync::Arc;

use bailiwick_domain::Policy;
use bailiwick_domain::ports::PolicySource;

use crate::cases::{Outcome, test};
use crate::file_policy::FilePolicy;

const SHIPPED: &str = include_str!("../../../../policies/cases.yaml");

const WORLD: &str = "
objects:
  - { name: north, kind: organization }
  - { name: home, kind: project, in: north }
  - { name: work, kind: job, in: home }
  - { name: mine, kind: task, in: work, assignee: ann }
  - { name: open, kind: project, in: north, entitlements: [public] }
principals:
  - { name: anonymous }
  - { name: ann, home: north, grants: [{ role: annotator, at: work }] }
allowed:
";

fn policy() -> Arc<Policy> {
    FilePolicy::built_in().unwrap().current()
}

fn held(allowed: &str) -> Outcome {
    test(policy(), "t.yaml", &format!("{WORLD}{allowed}")).unwrap()
}

fn faults(text: &str) -> Vec<String> {
    test(policy(), "t.yaml", text).unwrap_err().0
}

#[test]
fn the_shipped_table_holds() {
    let outcome = test(policy(), "policies/cases.yaml", SHIPPED).unwrap();
    assert_eq!(outcome.differing, [""; 0], "{outcome}");
    assert!(outcome.asked > 500 && outcome.allowed > 100, "{outcome}");
}

#[test]
fn what_is_allowed_and_not_said_is_told_and_the_reverse() {
    let right = "
  - { who: [ann, anonymous], may: [view], on: [open] }
  - { who: [ann], may: [view, edit, 'comment:create'], on: [mine] }";
    let outcome = held(right);
    assert_eq!(outcome.differing, [""; 0]);
    // Five objects to be viewed, edited and deleted; a comment on the job or the task.
    assert_eq!((outcome.principals, outcome.objects, outcome.asked, outcome.allowed), (2, 5, 34, 5));

    let outcome = held(&right.replace("view, edit, 'comment", "view, delete, 'comment"));
    assert_eq!(
        outcome.differing,
        [
            "+ann edit mine: by a grant of annotator, which gives task:edit:own",
            "-ann delete mine (line 14): nothing allows it",
        ]
    );
    let outcome = held(&right.replace("ann, anonymous", "ann"));
    assert_eq!(outcome.differing.len(), 1);
    let told = &outcome.differing[0];
    assert!(told.starts_with("+anonymous view open: by ") && told.ends_with(" to everybody"), "{told}");
    assert!(told.contains("access_rules.json:"), "{told}");
}

#[test]
fn what_a_table_gets_wrong_is_told_with_its_line() {
    for (was, is, fault) in [
        ("role: annotator", "role: annotater", "t.yaml:10: `annotater` is no built-in role: "),
        (
            "at: work",
            "at: nowhere",
            "t.yaml:10: there is no object `nowhere`: its name stands under `objects`",
        ),
        ("kind: job", "kind: chore", "t.yaml:5: `chore` is no kind: "),
        ("in: work", "in: north", "t.yaml:6: a task does not hang under north, of kind organization"),
        ("name: open", "name: home", "t.yaml:7: there is another object `home`"),
        ("name: anonymous", "name: ann", "t.yaml:10: there is another principal `ann`"),
        (
            "in: north }\n  - { name: work",
            "in: mine }\n  - { name: work",
            "t.yaml:6: `mine` hangs under itself",
        ),
        ("home: north, ", "", "t.yaml:10: who has no `home` is not signed in, and holds no grant"),
        (
            "allowed:\n",
            "allowed:\n  - { who: [ann], may: [fly], on: [mine] }",
            "t.yaml:12: `fly` is nothing to be done: ",
        ),
        (
            "allowed:\n",
            "allowed:\n  - { who: [bob], may: [view], on: [mine] }",
            "t.yaml:12: there is no principal `bob`: ",
        ),
        (
            "allowed:\n",
            "allowed:\n  - { who: [ann], may: ['task:create'], on: [mine] }",
            "t.yaml:12: `task:create` can't be done to a task",
        ),
        (
            "allowed:\n",
            "allowed:\n  - { who: [ann, ann], may: [view], on: [mine] }",
            "t.yaml:12: `ann` view `mine` stands here twice",
        ),
        (
            "home: north, grants",
            "home: north, app: Autograph, grants",
            "t.yaml:10: `Autograph` is no app: default, ",
        ),
        ("assignee: ann", "asignee: ann", "t.yaml:6: "),
        ("assignee: ann", "assignee: an", "t.yaml:6: there is no principal `an`: "),
        ("assignee: ann", "maker: an", "t.yaml:6: there is no principal `an`: "),
        ("in: north, ent", "in: north, collaboration: none, ent", "t.yaml:7: there is no object `none`: "),
        ("in: north, ent", "in: north, collaboration: home, ent", "t.yaml:7: `home` is a project"),
    ] {
        let text = if was.starts_with("allowed") { WORLD.to_owned() } else { format!("{WORLD}  []\n") };
        let told = faults(&text.replacen(was, is, 1));
        assert!(told.iter().any(|told| told.starts_with(fault)), "{was} -> {is}: {told:#?}");
    }
    assert!(faults("objects: []\nprincipals: []\nallowed: []")[0].contains("it asks nothing"));
}
