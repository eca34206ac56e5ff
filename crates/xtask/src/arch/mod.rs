//! The architecture check: what the house's rules say that neither compiler nor clippy can see.

mod layers;
mod manifests;
mod paths;
mod pure;
mod sources;
pub mod storages;

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::run::root;

/// A check: what it is about, and what finds its faults.
type Check = (&'static str, fn() -> anyhow::Result<Vec<String>>);

const CHECKS: &[Check] = &[
    ("layers", layers::faults),
    ("the domain is pure", pure::faults),
    ("manifests", manifests::faults),
    ("each storage alone", storages::faults),
    ("source files", sources::faults),
    ("paths that documents name", paths::faults),
];

/// Checks everything; every fault is told with its place.
///
/// # Errors
/// Faults; what can't be read.
pub fn check() -> anyhow::Result<()> {
    let mut count = 0;
    for (what, faults) in CHECKS {
        let faults = faults().with_context(|| (*what).to_owned())?;
        eprintln!("arch: {what}: {}", if faults.is_empty() { "good" } else { "faults" });
        for fault in &faults {
            eprintln!("  {fault}");
        }
        count += faults.len();
    }
    if count > 0 {
        bail!("{count} faults");
    }
    Ok(())
}

/// Every file with this ending, by its path inside the workspace, in order; what is built or hidden left out.
fn files(ending: &str) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![root().to_owned()];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(&directory)? {
            let entry = entry?;
            let (path, name) = (entry.path(), entry.file_name());
            let hidden = name.to_string_lossy().starts_with('.');
            if entry.file_type()?.is_dir() {
                if !hidden && name != "target" {
                    open.push(path);
                }
            } else if path.extension().is_some_and(|found| found == ending) {
                found.push(path.strip_prefix(root())?.to_owned());
            }
        }
    }
    found.sort();
    Ok(found)
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(root().join(path)).with_context(|| path.display().to_string())
}
