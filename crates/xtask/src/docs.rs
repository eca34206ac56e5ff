//! Documents that are made from the code. The test `docs` of `tests/` makes them; plain `cargo test` checks them too.

use crate::run::{cargo, succeed};

/// The same features as the whole suite, so that nothing is compiled twice.
const MAKE: &str = "test --quiet --workspace --test docs";

/// Writes the documents.
///
/// # Errors
/// The code does not compile; the files can't be written.
pub fn write() -> anyhow::Result<()> {
    succeed(cargo(MAKE).env("DOCS", "write"))
}

/// Checks that the documents are what the code says.
///
/// # Errors
/// They are stale.
pub fn check() -> anyhow::Result<()> {
    succeed(cargo(MAKE).env_remove("DOCS"))
}
