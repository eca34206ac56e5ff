//! Who asks what: random pairs of a caller and a deed, half allowed, half denied.

use anyhow::bail;
use bailiwick_domain::{Caller, Facts, Gate, Judgement, Kind, Operation};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// What is done to a task or a run, which both have a lineage of four levels.
const DEEDS: &[(Kind, Operation)] = &[
    (Kind::Task, Operation::View),
    (Kind::Task, Operation::Edit),
    (Kind::Task, Operation::Delete),
    (Kind::Run, Operation::View),
    (Kind::Run, Operation::Edit),
    (Kind::Run, Operation::Delete),
    (Kind::Grant, Operation::Create),
    (Kind::Event, Operation::Send),
    (Kind::Event, Operation::Receive),
];

/// How many of each deed are allowed, and how many are denied.
const EACH: usize = 200;

/// Whether somebody may do a deed to an object.
#[derive(Debug, Clone, Copy)]
pub struct Ask {
    /// Index of who asks.
    pub caller: usize,
    /// What is done.
    pub operation: Operation,
    /// To what kind; for create, the new object's.
    pub kind: Kind,
    /// Index of the object; for create, of the parent.
    pub object: usize,
}

/// What the gate says.
pub fn allows(gate: &Gate, caller: &Caller, ask: Ask, facts: &Facts) -> bool {
    matches!(gate.judge_operation(caller, ask.operation, ask.kind, facts), Judgement::Allowed(_))
}

/// Random asks, as many allowed as denied for every deed, mixed.
///
/// # Errors
/// They do not come together.
pub fn asks(gate: &Gate, callers: &[Caller], objects: &[Facts]) -> anyhow::Result<Vec<Ask>> {
    let mut random = StdRng::seed_from_u64(4);
    let mut asks = Vec::new();
    for &(kind, operation) in DEEDS {
        let of = if kind == Kind::Run { Kind::Run } else { Kind::Task };
        let (mut allowed, mut denied, mut tries) = (0, 0, 0);
        while allowed < EACH || denied < EACH {
            tries += 1;
            if tries > 100 * EACH {
                bail!("{operation} {kind}: {allowed} allowed, {denied} denied of {tries}");
            }
            let ask = Ask {
                caller: random.random_range(0..callers.len()),
                operation,
                kind,
                object: random.random_range(0..objects.len()),
            };
            let (Some(caller), Some(facts)) = (callers.get(ask.caller), objects.get(ask.object)) else {
                continue;
            };
            if facts.kind != of {
                continue;
            }
            let count = if allows(gate, caller, ask, facts) { &mut allowed } else { &mut denied };
            if *count < EACH {
                *count += 1;
                asks.push(ask);
            }
        }
    }
    rand::seq::SliceRandom::shuffle(asks.as_mut_slice(), &mut random);
    Ok(asks)
}
