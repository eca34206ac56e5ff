//! `access_rules.json`: what stands where.
//!
//! Four sections, each an object:
//! `entitlements` (what objects may carry) and `tags` (what access rules may open): name -> what it is;
//! `apps`: client app -> `"kind:operation"` -> the tag that this needs;
//! `rules`: entitlement -> tag -> `{"to": [built-in roles and words], "why": reason}`.

use serde::Deserialize;

use bailiwick_domain::access::Words;
use bailiwick_domain::{Kind, Operation};

use crate::faults::{Faults, one_of};
use crate::json::Json;

/// The words that stand for roles that no grant gives.
pub(crate) const WORDS: [&str; 3] = Words::NAMES;

const SECTIONS: [&str; 4] = ["entitlements", "tags", "apps", "rules"];

/// A name and the line that it stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub name: String,
    pub line: usize,
}

/// The tag that an operation on a kind needs, for credentials of an app.
#[derive(Debug)]
pub(crate) struct Need {
    pub app: String,
    pub kind: Kind,
    pub operation: Operation,
    pub tag: String,
    pub line: usize,
}

/// To whom a tag is opened on what carries an entitlement.
#[derive(Debug)]
pub(crate) struct AccessRule {
    pub entitlement: String,
    pub tag: String,
    pub to: Vec<String>,
    pub line: usize,
}

/// The file as a whole.
#[derive(Debug, Default)]
pub(crate) struct AccessFile {
    pub entitlements: Vec<Named>,
    pub tags: Vec<Named>,
    /// Every app that has a table, empty or not.
    pub apps: Vec<String>,
    pub needs: Vec<Need>,
    pub rules: Vec<AccessRule>,
    /// Entitlements under `rules`, whether or not a rule stands under them.
    pub opened: Vec<Named>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Opens {
    to: Vec<String>,
    why: String,
}

impl AccessFile {
    /// Reads the file; what an entry gets wrong by itself goes to `faults`, and the entry is left out.
    pub(crate) fn parse(text: &str, faults: &mut Faults<'_>) -> Self {
        let mut file = Self::default();
        let sections = Json::whole(text).entries(faults);
        let readable = faults.is_empty();
        for section in SECTIONS {
            if readable && !sections.iter().any(|(key, _)| key == section) {
                faults.at(1, format!("the section `{section}` is missing; it may be `{{}}`"));
            }
        }
        for (key, section) in sections {
            match key.as_str() {
                "entitlements" => file.entitlements = declared("entitlement", section, faults),
                "tags" => file.tags = declared("tag", section, faults),
                "apps" => file.apps(section, faults),
                "rules" => file.access_rules(section, faults),
                _ => faults.at(
                    section.line(),
                    format!("`{key}` is no section: {} would be right", one_of(SECTIONS)),
                ),
            }
        }
        file
    }

    fn apps(&mut self, section: Json<'_>, faults: &mut Faults<'_>) {
        for (app, table) in section.entries(faults) {
            if !is_name(&app) {
                faults.at(table.line(), not_a_name("app", &app));
            }
            self.apps.push(app.clone());
            for (asked, tag) in table.entries(faults) {
                let line = tag.line();
                let need = asked.split_once(':').and_then(|(kind, operation)| {
                    Some((Kind::from_word(kind)?, Operation::from_word(operation)?))
                });
                let Some((kind, operation)) = need else {
                    faults
                        .at(line, format!("`{asked}` is not of the form kind:operation, such as `job:view`"));
                    continue;
                };
                if let Some(tag) = tag.read::<String>(faults) {
                    self.needs.push(Need { app: app.clone(), kind, operation, tag, line });
                }
            }
        }
    }

    fn access_rules(&mut self, section: Json<'_>, faults: &mut Faults<'_>) {
        for (entitlement, tags) in section.entries(faults) {
            self.opened.push(Named { name: entitlement.clone(), line: tags.line() });
            for (tag, opens) in tags.entries(faults) {
                let line = opens.line();
                let Some(Opens { to, why }) = opens.read(faults) else { continue };
                if why.trim().is_empty() {
                    faults.at(
                        line,
                        format!("`{tag}` has no reason: a sentence as `why` says why it is opened"),
                    );
                }
                self.rules.push(AccessRule { entitlement: entitlement.clone(), tag, to, line });
            }
        }
    }
}

/// The names that a section declares, each with a sentence that says what it is.
fn declared(what: &str, section: Json<'_>, faults: &mut Faults<'_>) -> Vec<Named> {
    let mut names = Vec::new();
    for (name, sentence) in section.entries(faults) {
        let line = sentence.line();
        if !is_name(&name) {
            faults.at(line, not_a_name(what, &name));
        }
        if sentence.read::<String>(faults).is_some_and(|sentence| sentence.trim().is_empty()) {
            faults.at(line, format!("{what} `{name}` has no reason: a sentence says what it is"));
        }
        names.push(Named { name, line });
    }
    names
}

/// Names become words of a casbin line, so they hold nothing that casbin would read otherwise.
fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.chars().all(|char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-' | '/' | '.'))
}

fn not_a_name(what: &str, name: &str) -> String {
    format!("`{name}` is no name for an {what}: letters, digits, `_`, `-`, `/` and `.` make one")
        .replace("an tag", "a tag")
}
