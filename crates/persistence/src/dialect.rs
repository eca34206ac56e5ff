//! Where databases differ. Nothing else asks which database it is.

#[cfg(feature = "sqlite")]
use std::time::Duration;

use sea_orm::sea_query::{Expr, ExprTrait, Func};
use sea_orm::{ConnectOptions, DbBackend, IsolationLevel, SqliteTransactionMode, TransactionOptions, sqlx};

/// The databases that this build knows, by the scheme of their addresses.
pub const DATABASES: &[&str] = &[
    #[cfg(feature = "sqlite")]
    "sqlite",
    #[cfg(feature = "postgres")]
    "postgres",
    #[cfg(feature = "mysql")]
    "mysql",
];

/// How long SQLite waits for another process that writes.
#[cfg(feature = "sqlite")]
const BUSY: Duration = Duration::from_secs(5);

/// Whether this build has a driver for an address.
pub fn knows(url: &str) -> bool {
    address(url).is_ok()
}

/// An address as drivers take it; they know each scheme by one name.
pub fn address(url: &str) -> Result<String, String> {
    let (scheme, rest) = url.split_once(':').unwrap_or((url, ""));
    let scheme = match scheme {
        "postgresql" => "postgres",
        "mariadb" => "mysql",
        scheme => scheme,
    };
    if DATABASES.contains(&scheme) {
        return Ok(format!("{scheme}:{rest}"));
    }
    Err(format!("an address begins with {}: in this build", DATABASES.join(": or ")))
}

/// Prepares connections. `writes` is false for those that only read.
pub fn prepare(options: &mut ConnectOptions, create: bool, writes: bool) {
    #[cfg(feature = "sqlite")]
    options.map_sqlx_sqlite_opts(move |options| {
        use sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
        let options = options
            .create_if_missing(create)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(BUSY)
            .foreign_keys(true);
        if writes { options } else { options.pragma("query_only", "on") }
    });
    let _ = (options, create, writes);
}

/// Whether the database takes one writer at a time, so that reads get connections of their own.
pub fn has_one_writer(url: &str) -> bool {
    url.starts_with("sqlite:")
}

/// Whether the URL names a database that lives in one connection alone.
pub fn is_in_memory(url: &str) -> bool {
    url.starts_with("sqlite:") && (url.contains(":memory:") || url.contains("mode=memory"))
}

/// How a unit of work begins: nothing that it reads changes before it commits.
pub fn unit(backend: DbBackend) -> TransactionOptions {
    match backend {
        DbBackend::Sqlite => TransactionOptions {
            // A deferred transaction that begins to write after another has written fails at once.
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        },
        _ => TransactionOptions {
            isolation_level: Some(IsolationLevel::Serializable),
            ..TransactionOptions::default()
        },
    }
}

/// Whether a statement failed because another unit of work came between.
pub fn came_between(error: &dyn sqlx::error::DatabaseError) -> bool {
    let code = error.code().unwrap_or_default();
    #[cfg(feature = "sqlite")]
    if error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
        // The low byte tells SQLITE_BUSY (5) and SQLITE_LOCKED (6), whatever else is in the code.
        return code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6));
    }
    #[cfg(feature = "mysql")]
    if let Some(error) = error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
        // Waited too long for a lock, or a deadlock.
        return matches!(error.number(), 1205 | 1213);
    }
    // Serialization failure, deadlock, lock not available.
    matches!(code.as_ref(), "40001" | "40P01" | "55P03")
}

/// Whether a text contains another one, which is in lower case, ASCII letters of both cases alike.
pub fn contains(backend: DbBackend, text: Expr, lower: String) -> Expr {
    let (position, text) = match backend {
        // In the collation of our columns this knows the letters of ASCII alone.
        DbBackend::Postgres => ("STRPOS", Func::lower(text).into()),
        DbBackend::MySql => ("INSTR", ('A'..='Z').fold(text, replace_with_lower)),
        _ => ("INSTR", Func::lower(text).into()),
    };
    Func::cust(position).arg(text).arg(lower).gt(0)
}

/// MySQL's own LOWER knows the letters of every script.
fn replace_with_lower(text: Expr, upper: char) -> Expr {
    Func::cust("REPLACE").arg(text).arg(upper.to_string()).arg(upper.to_ascii_lowercase().to_string()).into()
}

/// The values of a column of ids in a group, as a JSON array. `None` of no rows on some databases.
pub fn ids(backend: DbBackend, column: &str) -> Expr {
    Expr::cust(match backend {
        DbBackend::Postgres => format!("JSON_AGG({column}::text)::text"),
        DbBackend::MySql => format!("CAST(JSON_ARRAYAGG(HEX({column})) AS CHAR)"),
        _ => format!("JSON_GROUP_ARRAY(HEX({column}))"),
    })
}

/// The pairs of two columns of ids in a group, each as `id:id`, as a JSON array.
pub fn pairs(backend: DbBackend, first: &str, second: &str) -> Expr {
    Expr::cust(match backend {
        DbBackend::Postgres => format!("JSON_AGG({first}::text || ':' || {second}::text)::text"),
        DbBackend::MySql => format!("CAST(JSON_ARRAYAGG(CONCAT(HEX({first}), ':', HEX({second}))) AS CHAR)"),
        _ => format!("JSON_GROUP_ARRAY(HEX({first}) || ':' || HEX({second}))"),
    })
}
