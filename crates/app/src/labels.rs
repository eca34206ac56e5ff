//! Labels: making and changing them, and what annotations by them look like.

use std::str::FromStr;

use bailiwick_domain::entities::{Label, Name, Project, Shape, Text};
use bailiwick_domain::gate::Edit;
use bailiwick_domain::ports::Unit;
use jsonschema::{PatternOptions, Validator};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::create::{create_under, nothing_more};
use crate::cx::Cx;
use crate::edit::edit;
use crate::error::AppError;
use crate::read::Shown;

/// How many bytes a schema has at most.
const LONGEST_SCHEMA: usize = 32 * 1_024;
/// How many patterns and formats are in it at most.
const MOST_PATTERNS: usize = 20;
/// How many bytes a compiled pattern takes at most.
const LARGEST_PATTERN: usize = 64 * 1_024;

/// A colour: `#rrggbb`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(value_type = String, pattern = "^#[0-9a-f]{6}$"))]
pub struct Color(String);

impl Default for Color {
    fn default() -> Self {
        Self("#808080".to_owned())
    }
}

impl FromStr for Color {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6);
        let good = digits.is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        if good { Ok(Self(text.to_ascii_lowercase())) } else { Err("a colour is `#rrggbb`, as #1f77b4") }
    }
}

impl<'de> Deserialize<'de> for Color {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A new label.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewLabel {
    /// Unique in the project.
    pub name: Name,
    /// When to use it.
    #[serde(default)]
    pub description: Text,
    /// How it is drawn; grey where absent.
    #[serde(default)]
    pub color: Color,
    /// What part of a file it is for.
    pub shape: Shape,
    /// What else an annotation by it says: a JSON Schema of an object; nothing where absent.
    pub attributes: Option<Value>,
}

/// Changes of a label. Its shape stays: annotations by it have it.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct LabelPatch {
    /// Unique in the project.
    pub name: Option<Name>,
    /// When to use it.
    pub description: Option<Text>,
    /// How it is drawn.
    pub color: Option<Color>,
    /// What else an annotation by it says, from now on: a JSON Schema of an object.
    pub attributes: Option<Value>,
}

/// Makes a label in a project.
///
/// # Errors
/// The denial; a name that is taken; attributes that are no schema.
pub async fn create_label(cx: &Cx, project: Uuid, body: NewLabel) -> Result<Shown<'_, Label>, AppError> {
    let nothing = json!({ "type": "object", "additionalProperties": false });
    let attributes = body.attributes.unwrap_or(nothing);
    let label = Label {
        name: body.name.into_string(),
        description: body.description.into_string(),
        color: body.color.0,
        shape: body.shape,
        attributes,
    };
    let checked = async |_: &dyn Unit, _: &_| {
        validator(&label.attributes)?;
        Ok(label.clone())
    };
    create_under::<Project, Label>(cx, project, checked, nothing_more).await
}

/// Changes a label.
///
/// # Errors
/// The denial; a name that is taken; attributes that are no schema.
pub async fn edit_label(cx: &Cx, id: Uuid, body: LabelPatch) -> Result<Shown<'_, Label>, AppError> {
    edit::<Edit, Label>(cx, id, async |_, granted| {
        if let Some(attributes) = &body.attributes {
            validator(attributes)?;
        }
        Ok(granted.change(cx.gate.now(), |label| {
            if let Some(name) = &body.name {
                label.name = name.as_str().to_owned();
            }
            if let Some(description) = &body.description {
                label.description = description.clone().into_string();
            }
            if let Some(color) = &body.color {
                label.color.clone_from(&color.0);
            }
            if let Some(attributes) = &body.attributes {
                label.attributes.clone_from(attributes);
            }
        }))
    })
    .await
}

/// What checks attributes by a schema, in a time that grows with the length of both and no faster: its patterns take no
/// longer than a text is long, there are few of them, and it refers to nothing, so that nothing in it is gone through twice.
fn validator(schema: &Value) -> Result<Validator, AppError> {
    let wrong = |what: String| AppError::invalid("/attributes", what);
    if !schema.is_object() {
        return Err(wrong("a JSON Schema, which is an object".to_owned()));
    }
    if schema.to_string().len() > LONGEST_SCHEMA {
        return Err(wrong(format!("a JSON Schema of at most {LONGEST_SCHEMA} bytes")));
    }
    let (mut patterns, mut refers) = (0, None);
    walk(schema, &mut |key, value| match key {
        "pattern" | "format" => patterns += 1,
        "patternProperties" => patterns += value.as_object().map_or(1, serde_json::Map::len),
        "$ref" | "$dynamicRef" | "$recursiveRef" => refers = Some(key.to_owned()),
        _ => {}
    });
    if let Some(refers) = refers {
        return Err(wrong(format!(
            "a JSON Schema without `{refers}`: what it would refer to stands there itself"
        )));
    }
    if patterns > MOST_PATTERNS {
        return Err(wrong(format!("a JSON Schema with at most {MOST_PATTERNS} patterns and formats")));
    }
    jsonschema::options()
        .with_pattern_options(PatternOptions::regex().size_limit(LARGEST_PATTERN))
        .build(schema)
        .map_err(|error| wrong(format!("a JSON Schema: {error}")))
}

/// Tells every key of every object in a value, with what stands there.
fn walk(value: &Value, told: &mut impl FnMut(&str, &Value)) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                told(key, value);
                walk(value, told);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| walk(item, told)),
        _ => {}
    }
}

/// Refuses attributes that the schema of their label does not have, each fault with its place.
///
/// # Errors
/// They break it.
pub(crate) fn check_attributes(label: &Label, attributes: &Value) -> Result<(), AppError> {
    let validator = validator(&label.attributes)?;
    let faults: Vec<crate::FieldError> = validator
        .iter_errors(attributes)
        .take(20)
        .map(|fault| {
            crate::FieldError::new(
                format!("/attributes{}", fault.instance_path()),
                fault.masked().to_string(),
            )
        })
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(AppError::Invalid(faults)) }
}
