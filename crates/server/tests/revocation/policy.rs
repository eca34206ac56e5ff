//! The policy: one server reads its files again, and all go by it.

use std::sync::Arc;

use crate::faults::built_in;
use crate::watch::{Probe, Tally, Watch};
use crate::world::World;

/// A built-in role loses a rule, and gets it back.
pub async fn a_rule_of_a_built_in_role(world: Arc<World>, rounds: usize) -> Tally {
    const RULE: &str = "p, reviewer, task, edit, global";
    let (user, place) = (world.user("reviewer").await, world.place("reviewer").await);
    world.grant(&user.id, &built_in("reviewer"), "project", &place.project).await;
    let file = world.policies.path().join("roles.csv");
    let whole = std::fs::read_to_string(&file).unwrap();
    assert!(whole.contains(RULE));
    let less = whole.replace(RULE, "p, reviewer, event, receive, global");
    let mut watch = Watch::begin(&world, vec![Probe::edit(&user.client, place.task())]).await;
    for turn in 0..rounds {
        for (text, allowed) in [(&less, false), (&whole, true)] {
            std::fs::write(&file, text).unwrap();
            watch.change(allowed, async || world.root.act(world.at(turn), "/policy/reload").await).await;
        }
    }
    watch.end("a rule of a built-in role").await
}
