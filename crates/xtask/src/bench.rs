//! The benchmarks, built for release.

use crate::run::{cargo, succeed};

/// Runs the benchmarks of these names, or all.
///
/// # Errors
/// They do not build, or a row falls short of its target.
pub fn run(names: &[&str]) -> anyhow::Result<()> {
    // The binary `bailiwick` is measured as a process of its own; it lies beside the one that measures.
    let build = "build --locked --release --package bailiwick-bench --package bailiwick-server --no-default-features \
                 --features bailiwick-bench/peers,bailiwick-bench/servers";
    succeed(&mut cargo(build))?;
    let line = "run --locked --release --package bailiwick-bench --features peers,servers --";
    succeed(cargo(line).args(names))
}
