//! Commands that look and change nothing.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, bail};

use crate::settings::Settings;
use crate::wire;

/// Checks policy files.
pub(super) fn check_policy(settings: &Settings, directory: Option<PathBuf>) -> anyhow::Result<()> {
    let mut out = std::io::stdout();
    let directory = directory.or_else(|| settings.policies.clone());
    let summary = bailiwick_policy::check(directory.as_deref()).context("the policy files are not good")?;
    for warning in &summary.warnings {
        writeln!(out, "warning: {warning}")?;
    }
    match directory {
        Some(directory) => writeln!(out, "{}: {summary}", directory.display())?,
        None => writeln!(out, "built in: {summary}")?,
    }
    Ok(())
}

/// Holds the policy against tables of cases.
pub(super) fn test_policy(settings: &Settings, files: &[PathBuf]) -> anyhow::Result<()> {
    let policy = wire::policies(settings)?.current();
    let mut out = std::io::stdout();
    let mut differing = 0;
    for file in files {
        let name = file.display().to_string();
        let text = std::fs::read_to_string(file).with_context(|| name.clone())?;
        let outcome =
            bailiwick_policy::test(policy.clone(), &name, &text).context("the table is not good")?;
        if !outcome.differing.is_empty() {
            writeln!(out, "--- {name}\n+++ policy {}", policy.version())?;
        }
        for line in &outcome.differing {
            writeln!(out, "{line}")?;
        }
        writeln!(out, "{name}: {outcome}")?;
        differing += outcome.differing.len();
    }
    if differing > 0 {
        bail!("the policy is not what the tables say: {differing} differences");
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
