//! The domain is pure: no runtime, no HTTP, no SQL, no clock or randomness of its own.

use std::collections::BTreeSet;

use crate::run::{cargo, printed};

/// What the domain names. A new one is a decision, made here.
const DIRECT: &[&str] =
    &["async-trait", "ipnet", "serde", "serde_json", "smallvec", "thiserror", "time", "utoipa", "uuid"];

/// What must not be below it at any depth, by the beginning of its name.
const NEVER: &[&str] = &[
    "actix",
    "axum",
    "async-std",
    "casbin",
    "chrono",
    "getrandom",
    "http",
    "hyper",
    "mio",
    "rand",
    "reqwest",
    "sea-",
    "smol",
    "sqlx",
    "tokio",
    "tower",
];

/// Whatever the domain stands on and should not.
pub fn faults() -> anyhow::Result<Vec<String>> {
    let tree = "tree --package bailiwick-domain --edges normal --prefix none --format {p}";
    let direct = names(&printed(&mut cargo(&format!("{tree} --features schema --depth 1")))?);
    let below = names(&printed(&mut cargo(&format!("{tree} --target wasm32-unknown-unknown")))?);
    let unknown = direct
        .iter()
        .filter(|name| !DIRECT.contains(&name.as_str()))
        .map(|name| format!("domain names {name}, which the list in crates/xtask/src/arch/pure.rs does not"));
    let banned = below
        .iter()
        .filter(|name| NEVER.iter().any(|never| name.starts_with(never)))
        .map(|name| format!("domain stands on {name}"));
    Ok(unknown.chain(banned).collect())
}

/// The packages of a printed tree, the root left out.
fn names(tree: &str) -> BTreeSet<String> {
    let names = tree.lines().filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "bailiwick-domain").map(str::to_owned).collect()
}
