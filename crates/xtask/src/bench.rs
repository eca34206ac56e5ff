//! The benchmarks, built for release.

use crate::run::{cargo, succeed};

/// Runs the benchmarks of these names, or all.
///
/// # Errors
/// They do not build, or a row falls short of its target.
pub fn run(names: &[&str]) -> anyhow::Result<()> {
    let line = "run --locked --release --package bailiwick-bench --features peers,servers --";
    succeed(cargo(line).args(names))
}
