//! Commands that look and change nothing.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;

use crate::settings::Settings;
use crate::wire;

/// Checks policy files.
pub(super) fn check_policy(settings: &Settings, directory: Option<PathBuf>) -> anyhow::Result<()> {
    let mut out = std::io::stdout();
    match directory.or_else(|| settings.policies.clone()) {
        Some(directory) => {
            let summary = bailiwick_policy::check(&directory).context("the policy files are not good")?;
            writeln!(out, "{}: {summary}", directory.display())?;
        }
        None => {
            let policy = wire::policies(settings)?.current();
            writeln!(out, "built in: {} roles, version {}", policy.roles().len(), policy.version())?;
        }
    }
    Ok(())
}

/// Prints the table of the built-in roles.
pub(super) fn permissions(settings: &Settings) -> anyhow::Result<()> {
    let policy = wire::policies(settings)?.current();
    write!(std::io::stdout(), "{}", bailiwick_policy::markdown(&policy))?;
    Ok(())
}

/// Prints the OpenAPI document.
pub(super) fn openapi() -> anyhow::Result<()> {
    let document = bailiwick_http::document(&bailiwick_http::routes());
    writeln!(std::io::stdout(), "{}", document.to_pretty_json()?)?;
    Ok(())
}
