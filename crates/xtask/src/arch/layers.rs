//! Who depends on whom: inwards only.

use std::collections::BTreeMap;

use anyhow::Context;
use serde_json::Value;

use crate::run::{cargo, printed};

/// What a package of ours may name of ours: in what it ships, and beyond that in its tests.
struct Layer {
    name: &'static str,
    ships: &'static [&'static str],
    tests: &'static [&'static str],
}

const fn layer(name: &'static str, ships: &'static [&'static str], tests: &'static [&'static str]) -> Layer {
    Layer { name, ships, tests }
}

/// `domain <- app <- {http, worker} <- server`, `domain <- adapters <- server`; tools for tests beside them.
const LAYERS: &[Layer] = &[
    layer("domain", &[], &[]),
    layer("app", &["domain"], &["testkit", "persistence", "memory", "auth", "policy", "files"]),
    layer("http", &["domain", "app"], &[]),
    layer("worker", &["domain", "app"], &[]),
    layer("migrations", &[], &[]),
    layer("persistence", &["domain", "migrations"], &["testkit"]),
    layer("memory", &["domain"], &["testkit"]),
    layer("auth", &["domain"], &["testkit", "memory"]),
    layer("policy", &["domain"], &["testkit"]),
    layer("events", &["domain"], &["testkit"]),
    layer("backends", &["domain"], &["testkit"]),
    layer("files", &["domain"], &[]),
    layer(
        "server",
        &[
            "domain",
            "app",
            "http",
            "worker",
            "persistence",
            "memory",
            "auth",
            "policy",
            "events",
            "backends",
            "files",
        ],
        &["testkit"],
    ),
    layer("testkit", &["domain"], &[]),
    layer(
        "tests",
        &["domain", "app", "http", "persistence", "memory", "auth", "policy", "events", "files", "testkit"],
        &["server"],
    ),
    layer(
        "bench",
        &[
            "domain",
            "app",
            "http",
            "persistence",
            "memory",
            "auth",
            "policy",
            "events",
            "migrations",
            "server",
            "testkit",
        ],
        &[],
    ),
    layer("xtask", &[], &[]),
];

/// Every dependency that the table does not know.
pub fn faults() -> anyhow::Result<Vec<String>> {
    let metadata = printed(&mut cargo("metadata --no-deps --format-version 1"))?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    let packages = metadata.get("packages").and_then(Value::as_array).context("cargo metadata")?;
    let layers: BTreeMap<&str, &Layer> = LAYERS.iter().map(|layer| (layer.name, layer)).collect();
    let mut faults = Vec::new();
    for package in packages {
        let name = short(word(package, "name"));
        let Some(layer) = layers.get(name) else {
            faults.push(format!("{name}: not in the table of crates/xtask/src/arch/layers.rs"));
            continue;
        };
        let dependencies = package.get("dependencies").and_then(Value::as_array).context("dependencies")?;
        for dependency in dependencies.iter().filter(|dependency| dependency.get("path").is_some()) {
            let on = short(word(dependency, "name"));
            let ships = word(dependency, "kind") != "dev";
            let may = layer.ships.contains(&on) || (!ships && layer.tests.contains(&on));
            if !may {
                let how = if ships { "depends on" } else { "depends, in its tests, on" };
                faults.push(format!("{name} {how} {on}"));
            }
        }
    }
    Ok(faults)
}

/// A word of a JSON object; empty where it is absent.
fn word<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn short(package: &str) -> &str {
    package.strip_prefix("bailiwick-").unwrap_or(package)
}
