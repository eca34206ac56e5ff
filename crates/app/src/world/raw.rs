//! The world file as it stands in YAML or JSON: every value still text, with its line.

use serde::{Deserialize, Deserializer};
use serde_saphyr::{Error, Spanned};

use super::faults::Faults;
use crate::patch::nullable;

/// How many values a file has at most: those of some millions of people.
const LARGEST: usize = 20_000_000;

/// Text with its line.
pub type Text = Spanned<String>;

/// The whole file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawWorld {
    #[serde(deserialize_with = "list")]
    pub organizations: Vec<RawOrganization>,
    #[serde(deserialize_with = "list")]
    pub collaborations: Vec<RawCollaboration>,
    #[serde(deserialize_with = "said_list")]
    pub grants: Option<Vec<RawGrant>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawOrganization {
    pub name: Text,
    #[serde(default, deserialize_with = "list")]
    pub users: Vec<RawUser>,
    #[serde(default, deserialize_with = "list")]
    pub roles: Vec<RawRole>,
    #[serde(default, deserialize_with = "list")]
    pub projects: Vec<RawProject>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawUser {
    pub username: Text,
    #[serde(default, deserialize_with = "nullable")]
    pub email: Option<Option<Text>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawRole {
    pub name: Text,
    pub description: Option<Text>,
    #[serde(default, deserialize_with = "list")]
    pub includes: Vec<Text>,
    #[serde(default, deserialize_with = "list")]
    pub rules: Vec<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawProject {
    pub name: Text,
    pub description: Option<Text>,
    pub visibility: Option<Text>,
    #[serde(default, deserialize_with = "nullable")]
    pub collaboration: Option<Option<Text>>,
    pub archived: Option<bool>,
    #[serde(default, deserialize_with = "list")]
    pub jobs: Vec<RawJob>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawJob {
    pub name: Text,
    pub description: Option<Text>,
    pub status: Option<Text>,
    #[serde(default, deserialize_with = "list")]
    pub tasks: Vec<RawTask>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawTask {
    pub name: Text,
    pub description: Option<Text>,
    pub status: Option<Text>,
    #[serde(default, deserialize_with = "nullable")]
    pub assignee: Option<Option<Text>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawCollaboration {
    pub name: Text,
    #[serde(default, deserialize_with = "list")]
    pub organizations: Vec<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawGrant {
    pub user: Text,
    pub role: Text,
    pub at: Text,
    pub starts_at: Option<Text>,
    pub ends_at: Option<Text>,
}

/// A list; a field with nothing after it holds none.
fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// A list, with the difference between none and an empty one.
fn said_list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<Vec<T>>, D::Error> {
    list(from).map(Some)
}

/// Reads a file; what is no YAML, or of another shape, ends the reading at once.
pub fn read(text: &str, faults: &mut Faults<'_>) -> Option<RawWorld> {
    let mut at = String::new();
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_nodes: LARGEST, max_events: 4 * LARGEST },
    };
    let read = serde_saphyr::with_deserializer_from_str_with_options(text, options, |from| {
        serde_path_to_error::deserialize(from).map_err(|error| {
            at = error.path().to_string();
            error.into_inner()
        })
    });
    match read {
        Ok(world) => Some(Option::unwrap_or_default(world)),
        Err(error) => {
            shape(text, &at, error.without_snippet(), faults);
            None
        }
    }
}

/// Puts an error of the reader into words.
fn shape(text: &str, at: &str, error: &Error, faults: &mut Faults<'_>) {
    let line = error.location().map_or(1, |location| location.line());
    let before = usize::try_from(line).unwrap_or(1).saturating_sub(1);
    let stands = text.lines().nth(before).unwrap_or_default().trim();
    // The last name on the way down; the reader calls what it can't name `?`, and text with its line has a `value`.
    let names = at.rsplit('.').map(|part| part.split('[').next().unwrap_or(part));
    let mut names = names.filter(|name| !matches!(*name, "" | "?" | "value"));
    let field = names.next().unwrap_or("world");
    match error {
        Error::SerdeUnknownField { field: unknown, expected, .. } => {
            let right = format!("is no field here; right would be {}", expected.join(", "));
            faults.add(line, unknown, unknown, right);
        }
        Error::SerdeMissingField { field: missing, .. } => {
            faults.add(line, missing, stands, format!("stands there without `{missing}`, which is needed"));
        }
        Error::DuplicateMappingKey { key, .. } => {
            let right = "stands there, but this field is there already; right would be once";
            faults.add(line, key.as_deref().unwrap_or(field), stands, right);
        }
        Error::MultipleDocuments { .. } => {
            faults.add(line, field, stands, "begins a second document; right would be one");
        }
        Error::NullIntoString { .. } => {
            faults.add(line, field, stands, "has nothing here; right would be a text");
        }
        Error::Unexpected { expected, .. } => {
            let right = match *expected {
                "sequence start" => "a list",
                "mapping start" => "fields with their values",
                "string scalar" => "a text",
                other => other,
            };
            faults.add(line, field, stands, format!("stands there; right would be {right}"));
        }
        other => {
            let said = other.to_string();
            let said = said.rsplit_once(" at line ").map_or(said.as_str(), |(said, _)| said);
            faults.add(line, field, stands, format!("stands there, but: {said}"));
        }
    }
}
