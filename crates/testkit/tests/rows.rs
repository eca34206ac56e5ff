//! Every row of the decision tables, through the gate.

use bailiwick_testkit::rows::{tables, through_the_gate};

#[test]
fn the_gate_agrees_with_every_row() {
    let tables = tables().unwrap_or_else(|error| panic!("{error}"));
    let tallies = through_the_gate(&tables);
    for (file, tally) in &tallies {
        println!("{file}: {tally}");
    }
    assert!(tallies.values().all(|tally| tally.differing.is_empty()), "{tallies:#?}");
}
