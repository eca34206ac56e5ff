//! The world file as it stands in YAML or JSON: every value still text, with its line.

use serde::{Deserialize, Deserializer};
use serde_saphyr::{Error, Spanned};

use super::faults::Faults;
use crate::patch::nullable;

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
    #[serde(default, deserialize_with = "list")]
    pub jobs: Vec<RawJob>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawJob {
    pub name: Text,
    pub description: Option<Text>,
    #[serde(default, deserialize_with = "list")]
    pub tasks: Vec<RawTask>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawTask {
    pub name: Text,
    pub description: Option<Text>,
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
    let read = serde_saphyr::with_deserializer_from_str(text, |from| {
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
    let stands =
        text.lines().nth(usize::try_from(line).unwrap_or(1).saturating_sub(1)).unwrap_or_default().trim();
    let field = at.rsplit('.').find(|part| !part.is_empty()).unwrap_or("world");
    match error {
        Error::SerdeUnknownField { field: unknown, expected, .. } => {
            faults.add(
                line,
                unknown,
                unknown,
                format!("is no field here; right would be {}", expected.join(", ")),
            );
        }
        Error::SerdeMissingField { field: missing, .. } => {
            faults.add(line, missing, stands, format!("stands there without `{missing}`, which is needed"));
        }
        Error::DuplicateMappingKey { .. } => {
            faults.add(
                line,
                field,
                stands,
                "stands there, but this field is there already; right would be once",
            );
        }
        Error::MultipleDocuments { .. } => {
            faults.add(line, field, stands, "begins a second document; right would be one");
        }
        Error::NullIntoString { .. } => {
            faults.add(line, field, stands, "has nothing here; right would be a text")
        }
        other => {
            let said = other.to_string();
            let said = said.rsplit_once(" at line ").map_or(said.as_str(), |(said, _)| said);
            faults.add(line, field, stands, format!("stands there, but: {said}"));
        }
    }
}
