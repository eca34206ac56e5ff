//! The original's `access_rules.json`: entitlement -> tag -> roles.

use std::collections::BTreeMap;

use bailiwick_domain::access::Words;
use serde_json::value::RawValue;

use super::Open;
use crate::access_check::wider;
use crate::access_file::is_name;
use crate::faults::Faults;
use crate::json::{Json, Lines};
use crate::roles_file;

/// Entitlements that stand for a sort of route, which no source carries.
const OF_ROUTES: [&str; 9] = [
    "meta-content",
    "translation-project",
    "generic-translation",
    "lookup-content",
    "jobs",
    "media",
    "file-ops",
    "user",
    "data-manipulation",
];

/// The file, as it stands.
pub(super) struct Rules {
    /// Entitlements with their lines.
    pub(super) entitlements: Vec<(String, usize)>,
    opens: Vec<(String, String, Open)>,
}

impl Rules {
    /// Reads the file; each fault names the place in it by its pointer.
    pub(super) fn parse(text: &str, faults: &mut Faults<'_>) -> Self {
        let mut rules = Self { entitlements: Vec::new(), opens: Vec::new() };
        let lines = Lines::of(text);
        for (entitlement, tags) in entries(Json::whole(&lines), "", faults) {
            let pointer = below("", &entitlement);
            named(&pointer, "an entitlement", &entitlement, tags.line(), faults);
            rules.entitlements.push((entitlement.clone(), tags.line()));
            for (tag, roles) in entries(tags, &pointer, faults) {
                let pointer = below(&pointer, &tag);
                named(&pointer, "a tag", &tag, roles.line(), faults);
                let open = Open { to: to(roles, &pointer, faults), line: roles.line() };
                rules.opens.push((entitlement.clone(), tag, open));
            }
        }
        rules
    }

    /// What sources may carry, and to whom it opens something: what else there is is told.
    pub(super) fn carried(&self, left: &mut Faults<'_>) -> BTreeMap<String, BTreeMap<String, Open>> {
        let mut carried: BTreeMap<String, BTreeMap<String, Open>> = BTreeMap::new();
        for (entitlement, line) in &self.entitlements {
            if OF_ROUTES.contains(&entitlement.as_str()) {
                let why = match entitlement.as_str() {
                    "translation-project" => {
                        "projects carry public or private, and grants say who does what in one"
                    }
                    _ => "it stands for a sort of route, and no kind here carries it",
                };
                left.at(*line, format!("`{entitlement}` is left out with all its tags: {why}"));
            } else {
                carried.insert(entitlement.clone(), BTreeMap::new());
            }
        }
        for (entitlement, tag, Open { to, line }) in &self.opens {
            let Some(tags) = carried.get_mut(entitlement) else { continue };
            if to.is_empty() {
                left.at(*line, format!("`{entitlement}`, `{tag}` is left out: it is opened to nobody"));
                continue;
            }
            let mut names: Vec<String> = Vec::new();
            for name in to {
                if names.contains(name) {
                    left.at(*line, format!("`{entitlement}`, `{tag}`: `{name}` stands there twice"));
                } else if let Some(wider) = wider(name, to) {
                    left.at(
                        *line,
                        format!("`{entitlement}`, `{tag}`: `{name}` is left out beside `{wider}`, which means it too"),
                    );
                } else {
                    names.push(name.clone());
                }
            }
            tags.insert(tag.clone(), Open { to: names, line: *line });
        }
        carried
    }
}

/// The roles and words of a tag, in our words.
fn to(roles: Json<'_>, pointer: &str, faults: &mut Faults<'_>) -> Vec<String> {
    let mut inner = Faults::of("");
    let read = roles.read::<Vec<&RawValue>>(&mut inner);
    faults.absorb(inner, pointer);
    let mut to = Vec::new();
    for (at, role) in read.into_iter().flatten().enumerate() {
        match serde_json::from_str::<String>(role.get()) {
            Ok(role) if roles_file::is_name(&role) => to.push(our_word(&role).to_owned()),
            _ => faults.at(
                roles.line(),
                format!(
                    "{pointer}/{at}: {role} is no role: a name of letters, digits, `_` and `-` would be right"
                ),
            ),
        }
    }
    to
}

/// What we call a role that no grant gives.
fn our_word(role: &str) -> &str {
    let [everybody, registered_user, created_user] = Words::NAMES;
    match role {
        "noAuthRequired" => everybody,
        "registeredUser" => registered_user,
        "resourceCreatedUser" => created_user,
        role => role,
    }
}

fn entries<'t>(json: Json<'t>, pointer: &str, faults: &mut Faults<'_>) -> Vec<(String, Json<'t>)> {
    let mut inner = Faults::of("");
    let entries = json.entries(&mut inner);
    faults.absorb(inner, pointer);
    entries
}

fn named(pointer: &str, what: &str, name: &str, line: usize, faults: &mut Faults<'_>) {
    if !is_name(name) {
        faults.at(
            line,
            format!(
                "{pointer}: `{name}` is no name for {what}: letters, digits, `_`, `-`, `/` and `.` make one"
            ),
        );
    }
}

fn below(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}
