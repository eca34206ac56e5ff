//! Documents that are made from the code: what stands in `docs/` is what the binary says.
//!
//! `cargo xtask docs` writes them (`DOCS=write`); otherwise a document that is stale fails its test.
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code")]

use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use bailiwick_server::settings::{Flags, Settings};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, QueryResult, Statement};

const MADE: &str = "made from the code by `cargo xtask docs`; do not edit";

/// What the binary prints, away from this directory's files and this environment's settings.
fn bailiwick(words: &[&str]) -> String {
    let place = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_bailiwick"))
        .args(words)
        .current_dir(place.path())
        .env_clear()
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Compares a document with what it should say, or writes it.
fn is(name: &str, made: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
    if std::env::var_os("DOCS").is_some_and(|wish| wish == "write") {
        std::fs::write(&path, made).unwrap();
        return;
    }
    let stands = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = made.lines().zip(stands.lines()).position(|(made, stands)| made != stands);
    let line = differs.unwrap_or_else(|| made.lines().count().min(stands.lines().count())) + 1;
    assert!(made == stands, "docs/{name} is stale from line {line} on: `cargo xtask docs` writes it");
}

#[test]
fn permissions() {
    is("permissions.md", &format!("# Permissions\n\n<!-- {MADE} -->\n\n{}", bailiwick(&["permissions"])));
}

#[test]
fn openapi() {
    is("openapi.json", &bailiwick(&["openapi"]));
}

/// Every setting stands in its page, with its default.
#[test]
fn configuration() {
    let settings = Settings::read(&Flags::default()).unwrap();
    let page = include_str!("../../../docs/configuration.md");
    let mut rows = Vec::new();
    for (key, value) in serde_json::to_value(settings).unwrap().as_object().unwrap() {
        match value.as_object() {
            Some(section) => {
                rows.extend(section.iter().map(|(name, value)| (format!("{key}.{name}"), value.clone())))
            }
            None => rows.push((key.clone(), value.clone())),
        }
    }
    for (key, value) in rows {
        let row = page.lines().find(|line| line.starts_with(&format!("| `{key}` |")));
        let row = row.unwrap_or_else(|| panic!("docs/configuration.md has no row of `{key}`"));
        let default = match value {
            serde_json::Value::Null => "none".to_owned(),
            serde_json::Value::Array(items) if items.is_empty() => "none".to_owned(),
            serde_json::Value::Array(items) => {
                items.iter().filter_map(|item| item.as_str()).collect::<Vec<_>>().join(",")
            }
            serde_json::Value::String(text) => text,
            _ if ["workers", "storage.connections", "passwords.at_once"].contains(&key.as_str()) => {
                "cores".to_owned()
            }
            other => other.to_string(),
        };
        assert!(
            row.split('|').nth(2).unwrap().contains(&default),
            "the default of `{key}` is {default}: {row}"
        );
    }
}

#[tokio::test]
async fn schema() {
    let place = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}?mode=rwc", place.path().join("schema.db").display());
    bailiwick(&["--database", &url, "migrate"]);
    let db = Database::connect(&url).await.unwrap();
    let mut page = format!(
        "# Schema\n\n<!-- {MADE} -->\n\nAs SQLite has it; Postgres and MySQL have the same tables and columns. Instants \
         (columns that end in `_at`) are microseconds since\n1970, UTC. Lineage columns (`organization_id`, `project_id`, `job_id`) stand \
         on every row, so that a list is one indexed query.\n"
    );
    let tables =
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";
    for table in rows(&db, tables).await {
        describe(&db, &text(&table, "name"), &mut page).await;
    }
    db.close().await.unwrap();
    is("schema.md", &page);
}

/// One table: its columns, and its indexes.
async fn describe(db: &DatabaseConnection, table: &str, page: &mut String) {
    write!(page, "\n## {table}\n\n| column | type | | refers to |\n|---|---|---|---|\n").unwrap();
    let refers = rows(db, &format!("SELECT * FROM pragma_foreign_key_list('{table}')")).await;
    for column in rows(db, &format!("SELECT * FROM pragma_table_info('{table}')")).await {
        let name = text(&column, "name");
        let key = if number(&column, "pk") > 0 { "key" } else { "" };
        let empty = if number(&column, "notnull") == 0 && key.is_empty() { "may be absent" } else { key };
        let to = refers.iter().find(|to| text(to, "from") == name).map(|to| text(to, "table"));
        let kind = text(&column, "type");
        writeln!(page, "| {name} | {kind} | {empty} | {} |", to.unwrap_or_default()).unwrap();
    }
    let indexes = rows(db, &format!("SELECT * FROM pragma_index_list('{table}') ORDER BY name")).await;
    for (nth, index) in indexes.iter().filter(|index| text(index, "origin") == "c").enumerate() {
        let columns = rows(db, &format!("SELECT * FROM pragma_index_info('{}')", text(index, "name"))).await;
        let columns: Vec<String> = columns.iter().map(|column| text(column, "name")).collect();
        let unique = if number(index, "unique") > 0 { "unique" } else { "index" };
        let gap = if nth == 0 { "\n" } else { "" };
        writeln!(page, "{gap}- {unique} ({})", columns.join(", ")).unwrap();
    }
}

async fn rows(db: &DatabaseConnection, sql: &str) -> Vec<QueryResult> {
    db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap()
}

fn text(row: &QueryResult, column: &str) -> String {
    row.try_get("", column).unwrap()
}

fn number(row: &QueryResult, column: &str) -> i64 {
    row.try_get("", column).unwrap()
}
