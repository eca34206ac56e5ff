//! Commands that look at files and change nothing in storage.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use bailiwick_policy::Original;

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

/// Writes our access rules of two files of another system.
pub(super) fn import_vachan(
    settings: &Settings,
    rules: &Path,
    permissions: &Path,
    out: Option<&Path>,
) -> anyhow::Result<()> {
    let read = |path: &Path| {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).with_context(|| format!("{name} can't be read"))?;
        anyhow::Ok((name, text))
    };
    let ((rules_name, rules), (permissions_name, permissions)) = (read(rules)?, read(permissions)?);
    let rules = Original { name: &rules_name, text: &rules };
    let permissions = Original { name: &permissions_name, text: &permissions };
    let imported = bailiwick_policy::import_vachan(rules, permissions, settings.policies.as_deref())
        .context("nothing was imported")?;
    match out {
        Some(out) => std::fs::write(out, &imported.access_rules)
            .with_context(|| format!("{} can't be written", out.display()))?,
        None => write!(std::io::stdout(), "{}", imported.access_rules)?,
    }
    let mut told = std::io::stderr();
    for line in imported.left_out.iter().chain(&imported.roles) {
        writeln!(told, "{line}")?;
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
