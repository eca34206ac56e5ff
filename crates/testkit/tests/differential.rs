//! The gate against the oracle, which was written straight from the permission model, over random worlds.
//!
//! `PROPTEST_CASES` sets the number of worlds; every world is asked twenty questions, and all its principals about
//! all its objects besides.

#![expect(clippy::indexing_slicing, reason = "in tests an index out of bounds is a failure like others")]

use std::ops::ControlFlow;

use bailiwick_domain::reason::Reason;
use bailiwick_domain::{Kind, Operation, Reach};
use bailiwick_testkit::decisions::{self, Ask, World};
use bailiwick_testkit::judge::{self, Scene};
use bailiwick_testkit::oracle::{self, Verdict};
use bailiwick_testkit::worlds::{questions, worlds};
use proptest::collection::vec;
use proptest::prelude::*;

/// How many worlds, unless `PROPTEST_CASES` says otherwise.
const WORLDS: u32 = 2_000;

fn configured(worlds: u32) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig {
        cases: cases.unwrap_or(worlds),
        failure_persistence: None,
        max_shrink_iters: 0,
        ..ProptestConfig::default()
    }
}

type Question = (Option<String>, Ask);

fn asked(number: usize) -> impl Strategy<Value = (World, Vec<Question>)> {
    worlds().prop_flat_map(move |world| {
        let questions = vec(questions(&world), number);
        (Just(world), questions)
    })
}

/// Everybody who can ask in a world.
fn callers(world: &World) -> impl Iterator<Item = Option<&str>> {
    use decisions::Kind::{ApiKey, Container, Node, User};
    let principals =
        world.objects.iter().filter(|object| matches!(object.kind, User | ApiKey | Node | Container));
    std::iter::once(None).chain(principals.map(|object| Some(object.id.as_str())))
}

/// Whether gate and oracle answer a question alike.
fn agree(world: &World, (caller, ask): &Question) -> bool {
    judge::answer(world, caller.as_deref(), ask) == oracle::answer(world, caller.as_deref(), ask)
}

/// The world without all that a difference does not need, as a row of the decision tables.
fn smallest(mut world: World, question: &Question) -> String {
    let mut parts = 0;
    while parts < world.objects.len() {
        let mut less = world.clone();
        less.objects.remove(parts);
        if agree(&less, question) {
            parts += 1;
        } else {
            (world, parts) = (less, 0);
        }
    }
    for object in 0..world.objects.len() {
        while let Some(rules) = fewer_rules(&world, object, question) {
            world.objects[object].rules = rules;
        }
    }
    let (caller, ask) = question;
    let gate = judge::answer(&world, caller.as_deref(), ask);
    let oracle = oracle::answer(&world, caller.as_deref(), ask);
    let row = serde_json::json!({ "world": world, "caller": caller, "ask": ask });
    format!("the gate says {gate:?}, the oracle {oracle:?}: {row}")
}

fn fewer_rules(world: &World, object: usize, question: &Question) -> Option<Vec<decisions::Rule>> {
    let rules = &world.objects[object].rules;
    (0..rules.len()).find_map(|rule| {
        let mut less = world.clone();
        less.objects[object].rules.remove(rule);
        (!agree(&less, question)).then(|| less.objects[object].rules.clone())
    })
}

proptest! {
    #![proptest_config(configured(WORLDS))]

    /// One answer to every question, and the same whether a question is asked alone or among others.
    #[test]
    fn the_gate_answers_as_the_oracle((world, questions) in asked(20)) {
        let scene = Scene::new(&world);
        for (number, question) in questions.iter().enumerate() {
            let (caller, ask) = question;
            let by_gate = scene.answer(caller.as_deref(), ask);
            if number == 0 {
                prop_assert_eq!(&by_gate, &judge::answer(&world, caller.as_deref(), ask));
            }
            let by_oracle = oracle::answer(&world, caller.as_deref(), ask);
            prop_assert!(by_gate == by_oracle, "{}", smallest(world.clone(), question));
        }
    }
}

proptest! {
    #![proptest_config(configured(WORLDS / 10))]

    /// A list holds exactly what may be viewed, for everybody and every kind.
    #[test]
    fn a_list_is_what_may_be_viewed(world in worlds()) {
        let scene = Scene::new(&world);
        for caller in callers(&world) {
            for kind in decisions::Kind::ALL {
                let Verdict::List(ids) = scene.answer(caller, &Ask::List { kind: *kind }) else { continue };
                for object in world.objects.iter().filter(|object| object.kind == *kind) {
                    let ask = Ask::View { object: object.id.clone(), kind: None };
                    let viewed = scene.answer(caller, &ask) == Verdict::Allow;
                    prop_assert_eq!(viewed, ids.contains(&object.id), "{:?} {}", caller, &object.id);
                }
            }
        }
    }

    /// The reach that becomes a query holds for exactly the objects that the rules allow.
    #[test]
    fn a_reach_is_what_the_rules_allow(world in worlds()) {
        let scene = Scene::new(&world);
        for caller in callers(&world).filter_map(|id| scene.caller(id)) {
            for (&kind, &operation) in
                Kind::ALL.iter().flat_map(|kind| Operation::ALL.iter().map(move |operation| (kind, operation)))
            {
                let reach = Reach::of(&caller, scene.gate().policy(), operation, kind);
                for facts in scene.all_facts() {
                    let because = scene.gate().rules_allow(&caller, operation, kind, facts);
                    let allowed = because.is_some();
                    prop_assert_eq!(reach.holds(facts), allowed, "{} {} {:?}", operation, kind, facts);
                    // A decision leaves out terms that can't hold; the first that holds is the same.
                    if let Some(because) = because {
                        let first = caller.terms(scene.gate().policy(), operation, kind, None, |term, because| {
                            let holds = term.holds(&caller, operation, facts);
                            if holds { ControlFlow::Break(because) } else { ControlFlow::Continue(()) }
                        });
                        prop_assert_eq!(first.break_value().map(Reason::from), Some(Reason::from(because)));
                    }
                    prop_assert!(!(allowed && reach.is_nothing()));
                }
            }
        }
    }
}

/// "A wider scope includes the narrower ones": who holds a role with both covers what its wider rule covers, no more.
#[test]
fn of_a_role_the_widest_rule_counts() {
    let answers = |guest: serde_json::Value| {
        let world = serde_json::json!({ "objects": [
            { "id": "north", "kind": "organization" },
            { "id": "south", "kind": "organization" },
            { "id": "ada", "kind": "user", "parent": "north" },
            { "id": "bob", "kind": "user", "parent": "south" },
            { "id": "project", "kind": "project", "parent": "south" },
            { "id": "steward", "kind": "role", "builtin": true,
              "rules": [["grant", "view", "global"], ["grant", "delete", "global"]] },
            { "id": "annotator", "kind": "role", "builtin": true, "rules": [["run", "view", "own"]] },
            { "id": "guest", "kind": "role", "builtin": true, "includes": ["annotator"], "rules": guest },
            { "id": "of-ada", "kind": "grant", "parent": "server", "principal": "ada", "role": "guest" },
            { "id": "at-south", "kind": "grant", "parent": "south", "principal": "ada", "role": "steward" },
            { "id": "of-bob", "kind": "grant", "parent": "project", "principal": "bob", "role": "annotator" },
        ] });
        let world: World = serde_json::from_value(world).unwrap();
        let ask: Ask =
            serde_json::from_value(serde_json::json!({ "object": "of-bob", "operation": "delete" })).unwrap();
        assert_eq!(judge::answer(&world, Some("ada"), &ask), oracle::answer(&world, Some("ada"), &ask));
        judge::answer(&world, Some("ada"), &ask)
    };
    assert_eq!(answers(serde_json::json!([])), Verdict::Allow);
    assert_ne!(answers(serde_json::json!([["run", "view", "collaboration"]])), Verdict::Allow);
    assert_eq!(answers(serde_json::json!([["run", "view", "global"]])), Verdict::Allow);
}
