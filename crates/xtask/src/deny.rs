//! Licences, banned crates and sources of all that we depend on: cargo-deny, by `deny.toml`.

use crate::run::{cargo, succeed, succeed_at_last, works};

/// Checks; installs cargo-deny first where it is missing.
///
/// # Errors
/// It can't be had, or finds fault.
pub fn check() -> anyhow::Result<()> {
    if !works(&mut cargo("deny --version")) {
        eprintln!("ci: cargo-deny is missing and is being installed: about three minutes on two cores");
        // Built without optimisation and debug information: it runs for seconds, and takes many times longer to be optimised.
        let mut install = cargo("install cargo-deny --locked --debug --quiet");
        succeed_at_last(install.env("CARGO_PROFILE_DEV_DEBUG", "false"))?;
    }
    // What it reads are the sources of all crates, of every platform; it would fetch them itself, but once.
    succeed_at_last(&mut cargo("fetch --locked --quiet"))?;
    succeed(&mut cargo("deny --locked --offline check bans licenses sources"))
}
