//! The schema of `access_rules.json` says what the reader of it says.

use bailiwick_domain::{Kind, Operation};
use serde_json::{Value, json};

use crate::access_check::cannot_be_opened;
use crate::compile::Checked;
use crate::files::Files;

const SCHEMA: &str = include_str!("../../../../policies/access_rules.schema.json");

fn schema() -> Value {
    serde_json::from_str(SCHEMA).unwrap()
}

fn validator() -> jsonschema::Validator {
    jsonschema::draft202012::meta::validate(&schema()).unwrap();
    jsonschema::draft202012::new(&schema()).unwrap()
}

fn shipped() -> Value {
    serde_json::from_str(&Files::built_in().access.text).unwrap()
}

/// Whether the reader finds it good.
fn is_read(access: &Value) -> bool {
    let mut files = Files::built_in();
    files.access.text = access.to_string();
    if *access != shipped() {
        // Roles of client apps, which none of these files names.
        let roles = files.roles.text.split("# Roles of client apps").next().unwrap().to_owned();
        files.roles.text = roles;
    }
    Checked::read(&files).is_ok()
}

/// A small file, with one piece exchanged.
fn file(pointer: &str, value: Value) -> Value {
    let mut file = json!({
        "entitlements": { "public": "Open." },
        "tags": { "read": "Reading." },
        "apps": { "default": { "job:view": "read" }, "Vachan-online": {} },
        "rules": { "public": { "read": { "to": ["everybody", "viewer"], "why": "It is open." } } }
    });
    let (above, key) = pointer.rsplit_once('/').unwrap();
    let key = key.replace("~1", "/");
    file.pointer_mut(above).unwrap()[key.as_str()] = value;
    file
}

#[test]
fn the_shipped_file_names_the_schema_and_keeps_to_it() {
    assert_eq!(shipped()["$schema"], "access_rules.schema.json");
    assert!(validator().is_valid(&shipped()) && is_read(&shipped()));
}

#[test]
fn good_files_keep_to_it() {
    let empty = json!({ "entitlements": {}, "tags": {}, "apps": {}, "rules": {} });
    let good = [
        empty,
        file("/$schema", json!("https://example.org/any.json")),
        file("/entitlements/9.of-3_a", json!("A name of every sort.")),
        file("/apps/other", json!({ "content:create": "read", "source:delete": "read" })),
        file("/rules/public/read/to", json!(["createdUser"])),
    ];
    for file in good {
        let told: Vec<String> = validator().iter_errors(&file).map(|error| error.to_string()).collect();
        assert_eq!(told, [""; 0], "{file}");
        assert!(is_read(&file), "{file}");
    }
}

#[test]
fn bad_files_do_not_and_are_not_read_either() {
    let mut without = shipped();
    without.as_object_mut().unwrap().remove("rules");
    let bad = [
        json!([]),
        without,
        file("/$schema", json!(7)),
        file("/more", json!({})),
        file("/entitlements/public", json!("")),
        file("/entitlements/public", json!(["Open."])),
        file("/entitlements/a, b", json!("What casbin would read otherwise.")),
        file("/tags/-read", json!("Begins otherwise.")),
        file("/apps/my app", json!({})),
        file("/apps/default", json!({ "jobs:view": "read" })),
        file("/apps/default", json!({ "job:send": "read" })),
        file("/apps/default", json!({ "user:view": "read" })),
        file("/apps/default/job:view", json!(["read"])),
        file("/rules/public", json!({})),
        file("/rules/public/read", json!({ "to": ["everybody"] })),
        file("/rules/public/read", json!({ "to": ["everybody"], "why": " " })),
        file("/rules/public/read", json!({ "to": ["everybody"], "why": "Open.", "until": "May" })),
        file("/rules/public/read/to", json!([])),
        file("/rules/public/read/to", json!("everybody")),
        file("/rules/public/read/to", json!(["everybody", "everybody"])),
    ];
    for file in bad {
        assert!(!validator().is_valid(&file), "{file}");
        assert!(!is_read(&file), "{file}");
    }
}

#[test]
fn it_knows_what_can_be_opened() {
    let schema = schema();
    let known: Vec<&str> = schema["$defs"]["deed"]["enum"]
        .as_array()
        .unwrap()
        .iter()
        .map(|deed| deed.as_str().unwrap())
        .collect();
    for &kind in Kind::ALL {
        for &operation in Operation::ALL {
            let deed = format!("{kind}:{operation}");
            assert_eq!(known.contains(&deed.as_str()), cannot_be_opened(kind, operation).is_none(), "{deed}");
        }
    }
    let opened = known.iter().filter(|deed| {
        let (kind, operation) = deed.split_once(':').unwrap();
        Kind::from_word(kind).is_some() && Operation::from_word(operation).is_some()
    });
    assert_eq!(opened.count(), known.len());
}
