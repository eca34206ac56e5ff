//! Licences, banned crates and sources of all that we depend on: cargo-deny, by `deny.toml`.

use crate::run::{cargo, succeed, works};

/// Checks; installs cargo-deny first where it is missing.
///
/// # Errors
/// It can't be had, or finds fault.
pub fn check() -> anyhow::Result<()> {
    if !works(&mut cargo("deny --version")) {
        eprintln!("ci: cargo-deny is missing and is being installed: about three minutes on two cores");
        // Built without optimisation: it runs for seconds, and takes many times longer to be optimised.
        succeed(&mut cargo("install cargo-deny --locked --debug --quiet"))?;
    }
    succeed(&mut cargo("deny --locked check bans licenses sources"))
}
