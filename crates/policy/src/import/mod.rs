//! Access rules in the files of Vachan Engine, brought into ours: `access_rules.json` (entitlement -> tag -> roles) and
//! `api-permissions.csv` (what a route needs, in which app).
//!
//! What has no counterpart here is left out, and told with its line and the reason.

mod routes;
mod rules;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use bailiwick_domain::ports::PolicyError;
use bailiwick_domain::{Kind, Operation};

use self::routes::Routes;
use self::rules::Rules;
use crate::access_file::WORDS;
use crate::compile::Checked;
use crate::faults::Faults;
use crate::file_policy::files;
use crate::files::Files;
use crate::roles_file::RolesFile;

/// A file to be imported: how messages name it, and what it says.
#[derive(Debug, Clone, Copy)]
pub struct Original<'t> {
    /// Its name.
    pub name: &'t str,
    /// What it says.
    pub text: &'t str,
}

/// What comes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// `access_rules.json`.
    pub access_rules: String,
    /// What was left out, each as `file:line: what and why`.
    pub left_out: Vec<String>,
    /// What `roles.csv` needs before these access rules can be loaded beside it: lines to add and to take out.
    pub roles: Vec<String>,
}

/// To whom a tag is opened, and where that stood.
struct Open {
    to: Vec<String>,
    line: usize,
}

/// What is carried over.
struct Carried<'t> {
    /// Entitlements that sources may carry, with their lines.
    entitlements: BTreeMap<String, usize>,
    /// App -> kind and operation -> tag.
    needs: BTreeMap<String, BTreeMap<(Kind, Operation), String>>,
    /// Entitlement -> tag -> to whom.
    rules: BTreeMap<String, BTreeMap<String, Open>>,
    /// How reasons name the original files.
    rules_name: &'t str,
    routes_name: &'t str,
}

/// Brings two files into ours. The roles that rules name are looked for in the policy files of a directory, or in those
/// that the binary was built with.
///
/// # Errors
/// Every fault of the two files with its line, and of the policy files; nothing comes out then.
pub fn import_vachan(
    rules: Original<'_>,
    permissions: Original<'_>,
    directory: Option<&Path>,
) -> Result<Imported, PolicyError> {
    let mut rules_faults = Faults::of(rules.name);
    let read = Rules::parse(rules.text, &mut rules_faults);
    let mut routes_faults = Faults::of(permissions.name);
    let routes = Routes::parse(permissions.text, &mut routes_faults);
    let mut messages = rules_faults.into_messages();
    messages.extend(routes_faults.into_messages());
    if !messages.is_empty() {
        return Err(PolicyError(messages));
    }
    let mut left = Faults::of(rules.name);
    let mut left_routes = Faults::of(permissions.name);
    let carried = carry(read, routes, (rules.name, permissions.name), &mut left, &mut left_routes);
    let mut files = files(directory)?;
    let roles = roles(&carried, &mut files)?;
    files.access.text = write::text(&carried);
    // What was made here must be good.
    Checked::read(&files)?.compile()?;
    let mut left_out = left.into_messages();
    left_out.extend(left_routes.into_messages());
    Ok(Imported { access_rules: files.access.text, left_out, roles })
}

fn carry<'t>(
    read: Rules,
    routes: Routes,
    (rules_name, routes_name): (&'t str, &'t str),
    left: &mut Faults<'_>,
    left_routes: &mut Faults<'_>,
) -> Carried<'t> {
    let mut rules = read.carried(left);
    let opened: BTreeSet<String> = rules.values().flat_map(|tags| tags.keys().cloned()).collect();
    let needs = routes.carried(&opened, left_routes);
    let needed: BTreeSet<&String> = needs.values().flat_map(BTreeMap::values).collect();
    for (entitlement, tags) in &mut rules {
        tags.retain(|tag, open| {
            let keep = needed.contains(tag);
            if !keep {
                left.at(
                    open.line,
                    format!("`{entitlement}`, `{tag}` is left out: no operation here needs `{tag}`"),
                );
            }
            keep
        });
    }
    let mut entitlements = BTreeMap::new();
    for (entitlement, line) in &read.entitlements {
        let Some(tags) = rules.get(entitlement) else { continue };
        if tags.is_empty() {
            left.at(*line, format!("`{entitlement}` is declared and opens nothing: sources may carry it"));
        }
        entitlements.insert(entitlement.clone(), *line);
    }
    rules.retain(|_, tags| !tags.is_empty());
    Carried { entitlements, needs, rules, rules_name, routes_name }
}

/// What `roles.csv` needs, and the same done to the text that it has.
fn roles(carried: &Carried<'_>, files: &mut Files) -> Result<Vec<String>, PolicyError> {
    let mut faults = Faults::of(&files.roles.name);
    let file = RolesFile::parse(&files.roles.text, &mut faults);
    let messages = faults.into_messages();
    if !messages.is_empty() {
        return Err(PolicyError(messages));
    }
    let opens = carried.rules.values().flat_map(BTreeMap::values);
    let named: BTreeSet<&str> = opens.flat_map(|open| open.to.iter().map(String::as_str)).collect();
    let name = files.roles.name.clone();
    let mut told = Vec::new();
    let idle = file.headings.iter().filter(|heading| {
        !named.contains(heading.name.as_str()) && !file.lines.iter().any(|line| line.role == heading.name)
    });
    let idle: Vec<usize> = idle.map(|heading| heading.line).collect();
    let mut kept = Vec::new();
    for (at, text) in files.roles.text.lines().enumerate().map(|(at, text)| (at + 1, text)) {
        if idle.contains(&at) {
            told.push(format!(
                "{name}:{at}: to be taken out, since nothing gives this role anything: {text}"
            ));
        } else {
            kept.push(text.to_owned());
        }
    }
    for role in named.iter().filter(|role| !WORDS.contains(role)) {
        if !file.headings.iter().any(|heading| heading.name == **role) {
            let heading = format!("# [{role}] For access rules that were imported.");
            told.push(format!("{name}: to be added at the end: {heading}"));
            kept.push(heading);
        }
    }
    files.roles.text = kept.join("\n") + "\n";
    Ok(told)
}
