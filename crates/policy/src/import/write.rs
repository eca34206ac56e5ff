//! Our `access_rules.json` of what was carried over: sorted, so that the same comes out of the same.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use bailiwick_domain::access::{Entitlement, Words};
use bailiwick_domain::{Kind, Operation};
use serde_json::json;

use super::{Carried, Open};

/// The tag by which public projects are read.
const READ: &str = "read";

/// What is read of a public project, its sources apart.
const WORK: [Kind; 6] = [Kind::Project, Kind::Job, Kind::Task, Kind::File, Kind::Dataset, Kind::Label];

/// The file.
pub(super) fn text(carried: &Carried<'_>) -> String {
    let (public, private) = (Entitlement::PUBLIC, Entitlement::PRIVATE);
    let (rules_name, routes_name) = (short(carried.rules_name), short(carried.routes_name));
    let mut entitlements = BTreeMap::from([
        (public.name(), "A project of visibility public, and all that hangs under it.".to_owned()),
        (private.name(), "A project of visibility private, and all that hangs under it.".to_owned()),
    ]);
    for (entitlement, line) in &carried.entitlements {
        entitlements
            .entry(entitlement)
            .or_insert_with(|| format!("Imported from {rules_name}, line {line}."));
    }
    let needed: BTreeSet<&str> =
        carried.needs.values().flat_map(BTreeMap::values).map(String::as_str).collect();
    let mut tags = BTreeMap::from([(READ, "Reading the work of a project.".to_owned())]);
    for tag in &needed {
        tags.entry(tag).or_insert_with(|| format!("Imported from {routes_name}."));
    }
    let sections = [
        section("entitlements", sentences(entitlements)),
        section("tags", sentences(tags)),
        section("apps", apps(carried)),
        section("rules", rules(carried, &rules_name)),
    ];
    format!("{{\n  \"$schema\": \"access_rules.schema.json\",\n{}\n}}\n", sections.join(",\n"))
}

/// Public projects are read in every app, whatever else was imported.
fn apps(carried: &Carried<'_>) -> Vec<String> {
    let entry = |(app, needs): (&String, &BTreeMap<(Kind, Operation), String>)| {
        let work = WORK.map(|kind| format!("      {}: {}", json!(format!("{kind}:view")), json!(READ)));
        let imported = needs.iter().map(|((kind, operation), tag)| {
            format!("      {}: {}", json!(format!("{kind}:{operation}")), json!(tag))
        });
        object(app, work.into_iter().chain(imported).collect())
    };
    carried.needs.iter().map(entry).collect()
}

fn rules(carried: &Carried<'_>, from: &str) -> Vec<String> {
    let [everybody, ..] = Words::NAMES;
    let reading =
        carried.needs.values().flatten().filter(|((_, operation), _)| *operation == Operation::View);
    let mut reading: BTreeSet<&str> = reading.map(|(_, tag)| tag.as_str()).collect();
    reading.insert(READ);
    let to = [everybody.to_owned()];
    let why = "A public project is shown to the world, its sources included.";
    let public = reading.into_iter().map(|tag| rule(tag, &to, why)).collect();
    let mut all = vec![object(Entitlement::PUBLIC.name(), public)];
    for (entitlement, tags) in &carried.rules {
        let line = |(tag, Open { to, line }): (&String, &Open)| {
            rule(tag, to, &format!("Imported from {from}, line {line}."))
        };
        all.push(object(entitlement, tags.iter().map(line).collect()));
    }
    all
}

fn rule(tag: &str, to: &[String], why: &str) -> String {
    let to: Vec<String> = to.iter().map(|name| json!(name).to_string()).collect();
    format!("      {}: {{ \"to\": [{}], \"why\": {} }}", json!(tag), to.join(", "), json!(why))
}

fn sentences(declared: BTreeMap<&str, String>) -> Vec<String> {
    declared.into_iter().map(|(name, sentence)| format!("    {}: {}", json!(name), json!(sentence))).collect()
}

fn object(key: &str, entries: Vec<String>) -> String {
    format!("    {}: {{\n{}\n    }}", json!(key), entries.join(",\n"))
}

fn section(key: &str, entries: Vec<String>) -> String {
    format!("  {}: {{\n{}\n  }}", json!(key), entries.join(",\n"))
}

/// The name of a file without the way to it, which may differ from one machine to another.
fn short(name: &str) -> String {
    Path::new(name).file_name().map_or_else(|| name.to_owned(), |name| name.to_string_lossy().into_owned())
}
