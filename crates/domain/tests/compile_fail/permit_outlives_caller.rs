//! A permit does not outlive the request of its caller.
use bailiwick_domain::entities::Job;
use bailiwick_domain::{Caller, Gate, Granted, Sealed, View};

fn keep(gate: &Gate, row: Sealed<Job>) -> Option<Granted<'_, View, Job>> {
    let caller = Caller::anonymous();
    gate.open(&caller, Some(row)).ok()
}

fn main() {}
