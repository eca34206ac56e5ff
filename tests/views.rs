//! What each audience sees of an object of each kind, as a table that is reviewed when it changes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use bailiwick_tests::{KINDS, Stage, Storage};
use serde_json::Value;

/// Who looks, in the order of the columns.
const AUDIENCES: &[&str] = &[
    "anonymous",
    "nobody",
    "annotator",
    "reviewer",
    "viewer",
    "editor",
    "manager",
    "owner",
    "root",
    "partner",
    "sue",
    "key",
    "node",
    "container",
];

/// Whether a field is there and says something (`+`), is there and says nothing (`.`), or can't be read (`-`); of each
/// audience the most that it sees of any object in these places.
#[tokio::test]
async fn every_audience_sees_what_its_views_declare() {
    let stage = Stage::set(Storage::Memory).await;
    let mut table = String::new();
    for place in ["north/home", "north/open", "south/shared"] {
        writeln!(table, "In {place}:").unwrap();
        for (kind, collection) in KINDS {
            let ids: Vec<&str> = stage
                .ids
                .of_kind(kind)
                .filter(|(path, _)| path.starts_with(place))
                .map(|(_, id)| id)
                .collect();
            let mut rows: BTreeMap<String, Vec<char>> = BTreeMap::new();
            let mut fields: BTreeSet<String> = BTreeSet::new();
            let mut seen: Vec<BTreeMap<String, char>> = Vec::new();
            for name in AUDIENCES {
                let mut most: BTreeMap<String, char> = BTreeMap::new();
                for id in &ids {
                    let answer = stage.actor(name).get(&format!("/{collection}/{id}")).await;
                    let Value::Object(view) = answer.body else { continue };
                    if answer.status != 200 {
                        continue;
                    }
                    for (field, value) in view {
                        let says = !value.is_null() && value != Value::Array(Vec::new());
                        let mark = most.entry(field).or_insert('.');
                        *mark = if says { '+' } else { *mark };
                    }
                }
                fields.extend(most.keys().cloned());
                seen.push(most);
            }
            for field in fields {
                let marks = seen.iter().map(|most| most.get(&field).copied().unwrap_or('-')).collect();
                rows.insert(field, marks);
            }
            for (field, marks) in rows {
                let marks: String = marks.into_iter().collect();
                writeln!(table, "  {marks}  {kind}.{field}").unwrap();
            }
        }
    }
    let head = format!("Columns: {}\n", AUDIENCES.join(", "));
    insta::assert_snapshot!("by_audience", format!("{head}{table}"));
}
