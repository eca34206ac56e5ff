//! A decision in the gate.

use std::hint::black_box;

use crate::measure::{Rounds, alternate};
use crate::table::{Table, Target};

/// Measures and prints.
///
/// # Errors
/// As [`alternate`].
pub fn run(table: &mut Table) -> anyhow::Result<()> {
    // Until there is more: how far two runs of the same thing lie apart on this machine.
    let same = || {
        (0..100_000u64).for_each(|n| {
            black_box(n);
        });
        Ok(())
    };
    let pair = alternate(Rounds::default(), 100_000, same, same)?;
    table.pair("the same loop twice: how noisy the machine is", &pair, Target::Told)?;
    Ok(())
}
