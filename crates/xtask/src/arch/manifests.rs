//! Manifests: every dependency stands in the root, once, with its reason, and is used.

use std::collections::BTreeSet;
use std::path::Path;

use super::{files, read};

/// The fewest characters that count as a reason.
const SHORTEST: usize = 3;

/// Dependencies without reason, without use, or declared outside of the root.
pub fn faults() -> anyhow::Result<Vec<String>> {
    let mut faults = Vec::new();
    let mut used = BTreeSet::new();
    let manifests = files("toml")?.into_iter().filter(|path| path.ends_with("Cargo.toml"));
    for path in manifests.filter(|path| path != Path::new("Cargo.toml")) {
        let text = read(&path)?;
        for (number, name, line) in dependencies(&text, "dependencies") {
            used.insert(name.to_owned());
            if !line.contains("workspace = true") {
                faults.push(format!("{}:{number}: {name} is not taken from the workspace", path.display()));
            }
        }
    }
    let text = read(Path::new("Cargo.toml"))?;
    for (number, name, line) in dependencies(&text, "workspace.dependencies") {
        let reason = line.rsplit_once('#').map_or("", |(_, reason)| reason.trim());
        if line.contains("path = ") {
            continue;
        }
        if reason.len() < SHORTEST {
            faults.push(format!("Cargo.toml:{number}: {name} has no reason"));
        }
        if !used.contains(name) {
            faults.push(format!("Cargo.toml:{number}: nobody uses {name}"));
        }
    }
    Ok(faults)
}

/// Number, name and text of every line in sections whose name ends so.
fn dependencies<'t>(
    manifest: &'t str,
    section: &'static str,
) -> impl Iterator<Item = (usize, &'t str, &'t str)> {
    let mut inside = false;
    manifest.lines().enumerate().filter_map(move |(number, line)| {
        if let Some(name) = line.strip_prefix('[') {
            inside = name.trim_end_matches(']').ends_with(section);
            return None;
        }
        let name = line.split(['.', ' ', '=']).next().unwrap_or_default();
        (inside && !name.is_empty() && !name.starts_with('#')).then_some((number + 1, name, line))
    })
}

#[cfg(test)]
mod tests {
    use super::dependencies;

    #[test]
    fn dependencies_are_read_from_their_sections_alone() {
        let manifest = "[package]\nname = \"a\"\n\n[dependencies]\n# Why.\nserde.workspace = true\n\n[dev-dependencies]\n\
                        tokio = { version = \"1\" }\n\n[features]\nx = []\n";
        let found: Vec<_> =
            dependencies(manifest, "dependencies").map(|(number, name, _)| (number, name)).collect();
        assert_eq!(found, [(6, "serde"), (9, "tokio")]);
    }
}
