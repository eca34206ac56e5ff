//! What random worlds and questions promise.

use std::collections::BTreeMap;

use super::*;
use crate::decisions::Ask;
use crate::oracle::{Verdict, answer};
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

/// Every outcome is met often enough to be worth comparing.
#[test]
fn random_questions_meet_every_outcome() {
    let mut runner = TestRunner::deterministic();
    let mut met = BTreeMap::new();
    for _ in 0..500 {
        let world = worlds().new_tree(&mut runner).unwrap().current();
        for _ in 0..20 {
            let (caller, ask) = questions(&world).new_tree(&mut runner).unwrap().current();
            let outcome = match answer(&world, caller.as_deref(), &ask) {
                Verdict::Allow => "allow".to_owned(),
                Verdict::Deny(answer) => format!("{answer:?}"),
                Verdict::List(ids) if ids.is_empty() => "empty list".to_owned(),
                Verdict::List(_) => "list".to_owned(),
            };
            *met.entry(outcome).or_insert(0) += 1;
        }
    }
    assert_eq!(met.len(), 8, "{met:?}");
    assert!(met.values().all(|times| *times >= 50), "{met:?}");
}

proptest! {
    /// "exactly the set of objects that the caller may view"
    #[test]
    fn a_list_holds_what_may_be_viewed(
        (world, (caller, _)) in worlds().prop_flat_map(|world| {
            let questions = questions(&world);
            (Just(world), questions)
        })
    ) {
        for kind in Kind::ALL {
            let Verdict::List(ids) = answer(&world, caller.as_deref(), &Ask::List { kind: *kind })
            else { continue };
            for object in world.objects.iter().filter(|object| object.kind == *kind) {
                let ask = Ask::View { object: object.id.clone(), kind: None };
                let seen = answer(&world, caller.as_deref(), &ask) == Verdict::Allow;
                prop_assert_eq!(seen, ids.contains(&object.id));
            }
        }
    }

    /// Membership, anchors and makers are as the model wants them.
    #[test]
    fn a_world_obeys_the_model(world in worlds()) {
        let find = |id: &String| world.objects.iter().find(|object| object.id == *id);
        for object in &world.objects {
            let named = [&object.maker, &object.assignee, &object.executes, &object.node];
            for id in named.into_iter().flatten() {
                prop_assert!(find(id).is_some(), "{object:?}");
            }
            if let Some(collaboration) = &object.collaboration {
                let members = &find(collaboration).unwrap().members;
                prop_assert!(members.contains(object.parent.as_ref().unwrap()), "{object:?}");
            }
            if object.kind == Kind::Grant {
                let holder = find(object.principal.as_ref().unwrap()).unwrap();
                prop_assert!(matches!(holder.kind, Kind::User | Kind::ApiKey), "{object:?}");
                prop_assert!(object.role.is_some(), "{object:?}");
            }
        }
    }

    /// Worlds can be kept in files.
    #[test]
    fn a_world_survives_being_written(world in worlds()) {
        let written = serde_json::to_string(&world).unwrap();
        prop_assert_eq!(serde_json::from_str::<World>(&written).unwrap(), world);
    }
}
