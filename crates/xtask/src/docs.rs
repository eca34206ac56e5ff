//! Documents that are made from the code. The test `docs` of `tests/` makes them; plain `cargo test` checks them too.

use std::process::Command;

use crate::run::{cargo, succeed};
use crate::suite::FEATURES;

/// The test that makes them, with the features of the whole suite, so that nothing is compiled twice.
fn make() -> Command {
    let mut command = cargo("test --quiet --workspace --exclude bailiwick-bench --test docs --features");
    command.arg(FEATURES);
    command
}

/// Writes the documents.
///
/// # Errors
/// The code does not compile; the files can't be written.
pub fn write() -> anyhow::Result<()> {
    succeed(make().env("DOCS", "write"))
}

/// Checks that the documents are what the code says.
///
/// # Errors
/// They are stale.
pub fn check() -> anyhow::Result<()> {
    succeed(make().env_remove("DOCS"))
}
