//! Where a request names an id, as the OpenAPI document says.

use std::fmt;

use bailiwick_tests::Answer;
use serde_json::{Value, json};

/// A place for an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Slot {
    /// In the path.
    Path(String),
    /// In the query.
    Query(String),
    /// In the body, as a JSON pointer.
    Body(String),
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(name) => write!(f, "{{{name}}}"),
            Self::Query(name) => write!(f, "?{name}="),
            Self::Body(pointer) => f.write_str(pointer),
        }
    }
}

impl Slot {
    /// Whether an object of this kind may be named there; of what its name does not tell, any.
    pub fn may_be(&self, kind: &str) -> bool {
        let name = match self {
            Self::Path(_) => return true,
            Self::Query(name) => name,
            Self::Body(pointer) => pointer.rsplit('/').next().unwrap_or_default(),
        };
        let named = name.strip_suffix("_id").unwrap_or(name);
        match named {
            "assignee" | "author" | "reviewer" | "owner" | "maker" => kind == "user",
            "parent" => kind == "task",
            "executor" => kind == "organization",
            "organization" | "user" | "project" | "job" | "task" | "file" | "dataset" | "label" | "node"
            | "collaboration" => kind == named,
            _ => true,
        }
    }

    /// Whether an answer is about this place.
    pub fn is_told(&self, answer: &Answer) -> bool {
        let named = |place: &str| {
            let errors = answer.body["errors"].as_array();
            errors.is_some_and(|errors| errors.iter().any(|error| error["pointer"] == place))
        };
        match (answer.status.as_u16(), self) {
            // A list of nothing is what a filter finds that names nothing.
            (200, Self::Query(_)) => answer.body["items"].as_array().is_none_or(Vec::is_empty),
            // What is asked about an id is answered as for one of nothing.
            (200, Self::Body(pointer)) => {
                pointer.starts_with("/checks/") || pointer.starts_with("/principal/")
            }
            (403 | 404, _) => true,
            (422, Self::Query(name)) => named(name),
            (422, Self::Body(pointer)) => {
                named(pointer) || pointer.rsplit_once('/').is_some_and(|(above, _)| named(above))
            }
            _ => false,
        }
    }
}

/// Every place for an id in the requests of an operation.
pub fn of_document(document: &Value, deed: &str) -> Vec<Slot> {
    let paths = document["paths"].as_object().unwrap();
    let operations = paths.values().flat_map(|path| path.as_object().unwrap().values());
    let operation = operations.into_iter().find(|operation| operation["operationId"] == deed);
    let operation = operation.unwrap_or_else(|| panic!("{deed} is not in the document"));
    let mut found = Vec::new();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap().to_owned();
        match (parameter["schema"]["format"] == "uuid", parameter["in"].as_str()) {
            (true, Some("path")) => found.push(Slot::Path(name)),
            (true, Some("query")) => found.push(Slot::Query(name)),
            _ => {}
        }
    }
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    let mut pointers = Vec::new();
    collect(document, schema, String::new(), 0, &mut pointers);
    pointers.sort();
    pointers.dedup();
    found.extend(pointers.into_iter().map(Slot::Body));
    found
}

fn collect(document: &Value, schema: &Value, at: String, depth: usize, found: &mut Vec<String>) {
    if depth > 12 {
        return;
    }
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.rsplit('/').next().unwrap();
        return collect(document, &document["components"]["schemas"][name], at, depth + 1, found);
    }
    if schema["format"] == "uuid" {
        found.push(at);
        return;
    }
    for parts in ["allOf", "anyOf", "oneOf"] {
        for part in schema[parts].as_array().into_iter().flatten() {
            collect(document, part, at.clone(), depth + 1, found);
        }
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        collect(document, property, format!("{at}/{name}"), depth + 1, found);
    }
    if !schema["items"].is_null() {
        collect(document, &schema["items"], format!("{at}/0"), depth + 1, found);
    }
}

/// Puts an id where a pointer leads, and what leads there.
pub fn put(body: &mut Value, pointer: &str, id: &str) {
    let mut at = body;
    for part in pointer.split('/').skip(1) {
        at = match part.parse::<usize>() {
            Ok(index) => {
                if !at.is_array() {
                    *at = json!([]);
                }
                let list = at.as_array_mut().unwrap();
                while list.len() <= index {
                    list.push(json!({}));
                }
                &mut list[index]
            }
            Err(_) => {
                if !at.is_object() {
                    *at = json!({});
                }
                at.as_object_mut().unwrap().entry(part).or_insert(json!({}))
            }
        };
    }
    *at = json!(id);
}

/// Adds what a body needs for the id at this place to be looked at.
pub fn complete(deed: &str, pointer: &str, body: &mut Value) {
    let more = match (deed, pointer) {
        ("check_authz", "/principal/id") => json!({ "principal": { "kind": "user" } }),
        ("check_authz", "/checks/0/parent/id") => {
            json!({ "checks": [{ "operation": "create", "kind": "job", "parent": { "kind": "project" } }] })
        }
        _ => return,
    };
    let (Value::Object(fields), Value::Object(more)) = (body, more) else { return };
    fields.extend(more);
}
