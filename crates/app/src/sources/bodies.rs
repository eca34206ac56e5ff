//! What contents look like, by the type of their source: a JSON Schema each, and what they are called and searched by.

use std::sync::LazyLock;

use bailiwick_domain::entities::{ContentType, Name};
use jsonschema::Validator;
use serde_json::Value;

use crate::error::FieldError;

/// How many faults of one body are told at most.
const MOST_FAULTS: usize = 20;

/// The schema of the contents of sources of this type, as JSON.
pub const fn schema(of: ContentType) -> &'static str {
    match of {
        ContentType::Scripture => include_str!("scripture.schema.json"),
        ContentType::Commentary => include_str!("commentary.schema.json"),
        ContentType::Dictionary => include_str!("dictionary.schema.json"),
        ContentType::Media => include_str!("media.schema.json"),
        ContentType::Document => include_str!("document.schema.json"),
    }
}

/// What follows from a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    /// What it is called in its source.
    pub name: String,
    /// What of it can be searched.
    pub text: String,
}

/// Checks a body by its type's schema. `at` is the pointer to where the body stands.
///
/// # Errors
/// Each fault, with its place.
pub(crate) fn check(of: ContentType, body: &Value, at: &str) -> Result<Told, Vec<FieldError>> {
    let compiled = VALIDATORS.iter().find(|(known, _)| *known == of);
    let validator = match compiled.map(|(_, compiled)| compiled) {
        Some(Ok(validator)) => validator,
        Some(Err(fault)) => return Err(vec![FieldError::new(at, fault.clone())]),
        None => return Err(vec![FieldError::new(at, "nothing says what such contents look like")]),
    };
    let faults: Vec<FieldError> = validator
        .iter_errors(body)
        .take(MOST_FAULTS)
        .map(|fault| FieldError::new(format!("{at}{}", fault.instance_path()), fault.masked().to_string()))
        .collect();
    if !faults.is_empty() {
        return Err(faults);
    }
    if let Some(place) = nul(body) {
        return Err(vec![FieldError::new(format!("{at}{place}"), "a text has no NUL character")]);
    }
    let (names, name) = name(of, body);
    let name = name.parse::<Name>();
    let name = name.map_err(|fault| vec![FieldError::new(format!("{at}/{names}"), fault.to_string())])?;
    let searched = if of == ContentType::Dictionary { "meaning" } else { "text" };
    Ok(Told { name: name.into_string(), text: text(body, searched).to_owned() })
}

static VALIDATORS: LazyLock<Vec<(ContentType, Result<Validator, String>)>> = LazyLock::new(|| {
    let compile = |of: ContentType| {
        let schema: Value = serde_json::from_str(schema(of)).map_err(|error| error.to_string())?;
        jsonschema::validator_for(&schema).map_err(|error| error.to_string())
    };
    ContentType::ALL.iter().map(|&of| (of, compile(of))).collect()
});

/// The field that names it most, and what it is called.
fn name(of: ContentType, body: &Value) -> (&'static str, String) {
    // By JSON Schema `1.0` is a whole number too.
    let number = |field: &str| {
        let number = body.get(field)?;
        number
            .as_i64()
            .map(|whole| whole.to_string())
            .or_else(|| Some(format!("{:.0}", number.as_f64()? + 0.0)))
    };
    match of {
        ContentType::Scripture | ContentType::Commentary => {
            let mut name = text(body, "book").to_owned();
            if let Some(chapter) = number("chapter") {
                name = format!("{name} {chapter}");
            }
            if let Some(verse) = number("verse") {
                name = format!("{name}:{verse}");
            }
            if let Some(last) = number("last_verse") {
                name = format!("{name}-{last}");
            }
            ("book", name)
        }
        ContentType::Dictionary => ("word", text(body, "word").to_owned()),
        ContentType::Media | ContentType::Document => ("title", text(body, "title").to_owned()),
    }
}

fn text<'v>(body: &'v Value, field: &str) -> &'v str {
    body.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// Where a NUL character stands, which not every database keeps.
pub(super) fn nul(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => text.contains('\0').then(String::new),
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(at, item)| nul(item).map(|place| format!("/{at}{place}")))
        }
        Value::Object(fields) => fields.iter().find_map(|(key, value)| {
            if key.contains('\0') {
                return Some(String::new());
            }
            nul(value).map(|place| format!("/{key}{place}"))
        }),
        _ => None,
    }
}
