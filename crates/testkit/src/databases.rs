//! What a database holds: its schema as `docs/schema.md` tells it, and every row.

#![expect(clippy::unwrap_used, reason = "a database that can't be read fails its test")]

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, QueryResult, Statement,
};

/// A table: its columns by name, each with whether it may be absent and the table that it refers to; its indexes, each
/// with whether it is unique and its columns.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Table {
    /// The columns.
    pub columns: BTreeMap<String, (bool, Option<String>)>,
    /// The indexes, the primary key's apart.
    pub indexes: BTreeSet<(bool, Vec<String>)>,
    /// The primary key.
    pub key: Vec<String>,
}

/// Tables by name.
pub type Schema = BTreeMap<String, Table>;
/// Rows by table, each row its cells as text by column, in no order.
pub type Rows = BTreeMap<String, BTreeSet<BTreeMap<String, Option<String>>>>;

/// One connection.
pub async fn connect(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options).await.unwrap()
}

/// The rows of a query.
pub async fn rows(db: &DatabaseConnection, sql: &str) -> Vec<QueryResult> {
    db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap()
}

/// The cell of a row that holds text, or nothing.
fn text(row: &QueryResult, at: usize) -> String {
    row.try_get_by_index::<Option<String>>(at).unwrap().unwrap_or_default()
}

/// The schema that `docs/schema.md` tells.
pub fn told(page: &str) -> Schema {
    let mut schema = Schema::new();
    for section in page.split("\n## ").skip(1) {
        let (name, body) = section.split_once('\n').unwrap();
        let mut table = Table::default();
        for line in body.lines() {
            if let Some(index) = line.strip_prefix("- ") {
                let (kind, columns) = index.split_once(" (").unwrap();
                let columns = columns.trim_end_matches(')').split(", ").map(str::to_owned);
                table.indexes.insert((kind == "unique", columns.collect()));
            } else if let Some(row) = line.strip_prefix("| ").filter(|row| !row.starts_with("column ")) {
                let cells: Vec<&str> = row.split('|').map(str::trim).collect();
                let [column, _, how, to, ..] = cells[..] else { continue };
                if how == "key" {
                    table.key.push(column.to_owned());
                }
                let to = Some(to.to_owned()).filter(|to| !to.is_empty());
                table.columns.insert(column.to_owned(), (how == "may be absent", to));
            }
        }
        schema.insert(name.to_owned(), table);
    }
    schema
}

/// The schema that a database has.
pub async fn schema(db: &DatabaseConnection) -> Schema {
    let [columns, references, indexes] = match db.get_database_backend() {
        DbBackend::Sqlite => SQLITE,
        DbBackend::Postgres => POSTGRES,
        _ => MYSQL,
    };
    let mut schema = Schema::new();
    for row in rows(db, columns).await {
        let table = schema.entry(text(&row, 0)).or_default();
        table.columns.insert(text(&row, 1), (text(&row, 2) == "YES", None));
    }
    for row in rows(db, references).await {
        let table = schema.get_mut(&text(&row, 0)).unwrap();
        table.columns.get_mut(&text(&row, 1)).unwrap().1 = Some(text(&row, 2));
    }
    for row in rows(db, indexes).await {
        let table = schema.get_mut(&text(&row, 0)).unwrap();
        let columns = text(&row, 2).split(',').map(str::to_owned).collect();
        match text(&row, 1).as_str() {
            "key" => table.key = columns,
            kind => {
                table.indexes.insert((kind == "unique", columns));
            }
        }
    }
    schema
}

/// Every row of every table.
pub async fn dump(db: &DatabaseConnection) -> Rows {
    let mut all = Rows::new();
    for (name, table) in schema(db).await {
        let quote = |column: &String| match db.get_database_backend() {
            DbBackend::Sqlite => format!("quote(\"{column}\")"),
            DbBackend::Postgres => format!("\"{column}\"::text"),
            _ => format!("HEX(CAST(`{column}` AS BINARY))"),
        };
        let cells: Vec<String> = table.columns.keys().map(quote).collect();
        let select = format!("SELECT {} FROM {name}", cells.join(", "));
        let read = |row: &QueryResult| {
            let cell = |(at, column): (usize, &String)| (column.clone(), row.try_get_by_index(at).unwrap());
            table.columns.keys().enumerate().map(cell).collect::<BTreeMap<_, _>>()
        };
        let found = rows(db, &select).await;
        all.insert(name.clone(), found.iter().map(read).collect());
    }
    all
}

/// Of each database three queries: table, column, whether it may be absent; table, column, what it refers to; table,
/// kind of index, its columns.
const SQLITE: [&str; 3] = [
    "SELECT t.name, c.name, CASE WHEN c.\"notnull\" = 0 AND c.pk = 0 THEN 'YES' ELSE 'NO' END \
     FROM sqlite_master t JOIN pragma_table_info(t.name) c \
     WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'",
    "SELECT t.name, f.\"from\", f.\"table\" FROM sqlite_master t JOIN pragma_foreign_key_list(t.name) f \
     WHERE t.type = 'table'",
    "SELECT t.name, CASE WHEN i.\"unique\" THEN 'unique' ELSE 'index' END, \
     (SELECT group_concat(name) FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno)) \
     FROM sqlite_master t JOIN pragma_index_list(t.name) i WHERE t.type = 'table' AND i.origin = 'c' \
     UNION ALL SELECT t.name, 'key', \
     (SELECT group_concat(name) FROM (SELECT name FROM pragma_table_info(t.name) WHERE pk > 0 ORDER BY pk)) \
     FROM sqlite_master t WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' \
     AND EXISTS (SELECT 1 FROM pragma_table_info(t.name) WHERE pk > 0)",
];

const POSTGRES: [&str; 3] = [
    "SELECT table_name::text, column_name::text, is_nullable::text FROM information_schema.columns \
     WHERE table_schema = 'public'",
    "SELECT conrelid::regclass::text, a.attname::text, confrelid::regclass::text FROM pg_constraint \
     JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = conkey[1] \
     WHERE contype = 'f' AND connamespace = 'public'::regnamespace",
    "SELECT indrelid::regclass::text, \
     CASE WHEN indisprimary THEN 'key' WHEN indisunique THEN 'unique' ELSE 'index' END, \
     (SELECT string_agg(a.attname, ',' ORDER BY k.at) FROM unnest(indkey::int2[]) WITH ORDINALITY k(num, at) \
      JOIN pg_attribute a ON a.attrelid = indrelid AND a.attnum = k.num) \
     FROM pg_index JOIN pg_class c ON c.oid = indrelid WHERE c.relnamespace = 'public'::regnamespace",
];

const MYSQL: [&str; 3] = [
    "SELECT CAST(table_name AS CHAR), CAST(column_name AS CHAR), CAST(is_nullable AS CHAR) \
     FROM information_schema.columns WHERE table_schema = DATABASE()",
    "SELECT CAST(table_name AS CHAR), CAST(column_name AS CHAR), CAST(referenced_table_name AS CHAR) \
     FROM information_schema.key_column_usage \
     WHERE table_schema = DATABASE() AND referenced_table_name IS NOT NULL",
    "SELECT CAST(table_name AS CHAR), CAST(CASE WHEN index_name = 'PRIMARY' THEN 'key' \
     WHEN non_unique = 0 THEN 'unique' ELSE 'index' END AS CHAR), \
     CAST(GROUP_CONCAT(column_name ORDER BY seq_in_index) AS CHAR) \
     FROM information_schema.statistics WHERE table_schema = DATABASE() \
     GROUP BY table_name, index_name, non_unique",
];
