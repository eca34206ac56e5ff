//! Where databases differ. Nothing else asks which database it is.

mod many;

use std::time::{Duration, Instant};

use sea_orm::sea_query::{
    Expr, ExprTrait, Func, IntoIden, Query, QueryStatementBuilder, SelectStatement, SqliteQueryBuilder,
    TableRef,
};
use sea_orm::{
    ConnectOptions, ConnectionTrait, DbBackend, DbErr, IsolationLevel, SqliteTransactionMode,
    TransactionOptions, sqlx,
};

pub use self::many::{held, ids_as_text, is_one_of, rows_of, together};
use crate::store::Options;

/// The databases that this build knows, by the scheme of their addresses.
pub const DATABASES: &[&str] = &[
    #[cfg(feature = "sqlite")]
    "sqlite",
    #[cfg(feature = "postgres")]
    "postgres",
    #[cfg(feature = "mysql")]
    "mysql",
];

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
pub fn prepare(connect: &mut ConnectOptions, options: &Options, writes: bool) {
    #[cfg(feature = "sqlite")]
    {
        let Options { patience, durable, create, .. } = *options;
        connect.map_sqlx_sqlite_opts(move |connect| {
            use sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
            let file = connect.get_filename().to_owned();
            let in_memory =
                file.to_str().is_some_and(|name| name.contains(":memory:") || name.starts_with("file:"));
            if create
                && !in_memory
                && let Err(error) = crate::private::make(&file)
            {
                // SQLite will find the same, and say so to who asked for it.
                tracing::debug!(%error, file = %file.display(), "no file was made for the database");
            }
            let connect = connect
                .create_if_missing(create)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(if durable { SqliteSynchronous::Full } else { SqliteSynchronous::Normal })
                .busy_timeout(patience)
                .foreign_keys(true);
            if writes { connect } else { connect.pragma("query_only", "on") }
        });
    }
    #[cfg(feature = "postgres")]
    {
        let Options { patience, statement, .. } = *options;
        connect.map_sqlx_postgres_opts(move |connect| {
            // Statements here go the same way whatever is bound: planning a list anew costs more than reading it.
            // And none of them is worth compiling: a batch of files took a fifth of a second to compile, and none to read.
            let mut connect = connect.options([("plan_cache_mode", "force_generic_plan"), ("jit", "off")]);
            if writes {
                connect = connect.options([("default_transaction_isolation", "serializable")]);
            }
            let Some(statement) = statement else { return connect };
            let (patience, statement) = (patience.as_millis(), statement.as_millis());
            connect.options([
                ("lock_timeout", patience),
                ("statement_timeout", statement),
                // A server that hangs in the middle of a transaction does not hold its locks for ever.
                ("idle_in_transaction_session_timeout", statement),
            ])
        });
    }
    #[cfg(feature = "mysql")]
    {
        let mut set = Vec::new();
        if let Options { patience, statement: Some(statement), .. } = *options {
            let (lock, seconds) = (Ord::max(patience.as_secs(), 1), statement.as_secs_f64());
            // The first comment is MariaDB's to read, the second MySQL's, which can bound reads alone.
            set.push(format!(
                "SET SESSION innodb_lock_wait_timeout = {lock} \
                 /*M!100301 , max_statement_time = {seconds}, idle_transaction_timeout = {} */ \
                 /*!80000 , max_execution_time = {} */",
                Ord::max(statement.as_secs(), 1),
                statement.as_millis()
            ));
        }
        if writes {
            set.push("SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE".to_owned());
        }
        connect.map_sqlx_mysql_pool_opts(move |pool| {
            let set = set.clone();
            pool.after_connect(move |connection, _| {
                let set = set.clone();
                Box::pin(async move {
                    for set in set {
                        sqlx::Executor::execute(&mut *connection, sqlx::AssertSqlSafe(set)).await?;
                    }
                    Ok(())
                })
            })
        });
    }
    let _ = (connect, options, writes);
}

/// Whether the database takes one writer at a time.
pub fn has_one_writer(url: &str) -> bool {
    url.starts_with("sqlite:")
}

/// Whether the URL names a database that lives in one connection alone.
pub fn is_in_memory(url: &str) -> bool {
    url.starts_with("sqlite:") && (url.contains(":memory:") || url.contains("mode=memory"))
}

/// Whether rows can be locked and those that others have locked be left out. SQLite has one writer at a time.
pub const fn locks_rows(backend: DbBackend) -> bool {
    !matches!(backend, DbBackend::Sqlite)
}

/// How a unit of work begins: nothing that it reads changes before it commits. On connections that write, servers have
/// that from [`prepare`]; asked for here, it would be said to them each time.
pub fn unit(backend: DbBackend) -> TransactionOptions {
    // A deferred transaction that begins to write after another has written fails at once.
    let mode = (backend == DbBackend::Sqlite).then_some(SqliteTransactionMode::Immediate);
    TransactionOptions { sqlite_transaction_mode: mode, ..TransactionOptions::default() }
}

/// What copies the database into a new file, where a statement can do that.
pub fn copy(backend: DbBackend, file: &str) -> Option<String> {
    (backend == DbBackend::Sqlite).then(|| format!("VACUUM INTO '{}'", file.replace('\'', "''")))
}

/// How a change of the schema begins; it sees what was committed while it waited for its turn.
pub fn turn(backend: DbBackend) -> TransactionOptions {
    match backend {
        DbBackend::Sqlite => unit(backend),
        _ => TransactionOptions {
            isolation_level: Some(IsolationLevel::ReadCommitted),
            ..TransactionOptions::default()
        },
    }
}

/// Waits until no other server changes the schema. On SQLite the transaction itself is the turn.
pub async fn take_turn(conn: &impl ConnectionTrait) -> Result<(), DbErr> {
    match conn.get_database_backend() {
        DbBackend::Postgres => {
            conn.execute_unprepared("SELECT pg_advisory_xact_lock(7021936)").await.map(drop)
        }
        DbBackend::MySql => {
            // Little by little: no statement may take as long as all of a change of the schema.
            let lock = Query::select().expr(Expr::cust(format!("GET_LOCK({TURN}, 1)"))).take();
            let until = Instant::now() + PATIENCE;
            while Instant::now() < until {
                let row = conn.query_one(&lock).await?;
                let got = row.map(|row| row.try_get_by_index::<Option<i64>>(0)).transpose()?.flatten();
                if got == Some(1) {
                    return Ok(());
                }
            }
            Err(DbErr::Custom("another server has been changing the schema for ten minutes".into()))
        }
        _ => Ok(()),
    }
}

/// Lets the next server change the schema. On Postgres the end of the transaction does.
pub async fn give_turn(conn: &impl ConnectionTrait) -> Result<(), DbErr> {
    if conn.get_database_backend() == DbBackend::MySql {
        conn.execute_unprepared(&format!("DO RELEASE_LOCK({TURN})")).await?;
    }
    Ok(())
}

/// How long to wait for another server that changes the schema.
const PATIENCE: Duration = Duration::from_secs(600);

/// MySQL's locks are those of a server, not of a database, and their names are short.
const TURN: &str = "CONCAT('bailiwick:', MD5(DATABASE()))";

/// Why a statement failed, where trying again may help.
pub enum Hindrance {
    /// Another unit of work came between.
    CameBetween,
    /// It waited too long for a lock, or ran too long.
    TooLate,
}

/// What hindered a statement, if it was not at fault itself.
pub fn hindrance(error: &dyn sqlx::error::DatabaseError) -> Option<Hindrance> {
    use Hindrance::{CameBetween, TooLate};
    let code = error.code().unwrap_or_default();
    #[cfg(feature = "sqlite")]
    if error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
        return match code.parse::<u32>() {
            // SQLITE_BUSY_SNAPSHOT: what it read has changed since.
            Ok(517) => Some(CameBetween),
            // The low byte tells SQLITE_BUSY (5) and SQLITE_LOCKED (6), whatever else is in the code.
            Ok(code) if matches!(code & 0xff, 5 | 6) => Some(TooLate),
            _ => None,
        };
    }
    #[cfg(feature = "mysql")]
    if let Some(error) = error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
        return match error.number() {
            // A deadlock.
            1213 => Some(CameBetween),
            // Waited too long for a lock; ran too long, as MariaDB and as MySQL say it.
            1205 | 1969 | 3024 => Some(TooLate),
            _ => None,
        };
    }
    match code.as_ref() {
        // Serialization failure, deadlock.
        "40001" | "40P01" => Some(CameBetween),
        // Lock not available, query cancelled.
        "55P03" | "57014" => Some(TooLate),
        _ => None,
    }
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

/// The triples of three columns of ids in a group, each as `id:id:id`, as a JSON array.
pub fn triples(backend: DbBackend, first: &str, second: &str, third: &str) -> Expr {
    Expr::cust(match backend {
        DbBackend::Postgres => {
            format!("JSON_AGG({first}::text || ':' || {second}::text || ':' || {third}::text)::text")
        }
        DbBackend::MySql => format!(
            "CAST(JSON_ARRAYAGG(CONCAT(HEX({first}), ':', HEX({second}), ':', HEX({third}))) AS CHAR)"
        ),
        _ => format!("JSON_GROUP_ARRAY(HEX({first}) || ':' || HEX({second}) || ':' || HEX({third}))"),
    })
}

/// The pairs of a column of ids and one of text in a group, each as `id:text`, as a JSON array.
pub fn labelled(backend: DbBackend, id: &str, text: &str) -> Expr {
    Expr::cust(match backend {
        DbBackend::Postgres => format!("JSON_AGG({id}::text || ':' || {text})::text"),
        DbBackend::MySql => format!("CAST(JSON_ARRAYAGG(CONCAT(HEX({id}), ':', {text})) AS CHAR)"),
        _ => format!("JSON_GROUP_ARRAY(HEX({id}) || ':' || {text})"),
    })
}

/// Whether a page of the rows in which a column holds one of several ids had best be cut out of a page for each id, by a
/// join that reads one for each row of another table. `ids` is `None` where the database finds them itself.
///
/// SQLite stops reading at each id by itself. Postgres does not, and reads the whole table in order where it takes the
/// ids for common; MariaDB and MySQL read the one or the other, and MariaDB knows no such join.
pub fn reads_each(backend: DbBackend, ids: Option<usize>) -> bool {
    backend == DbBackend::Postgres && ids.is_none_or(|ids| (2..=FEW).contains(&ids))
}

/// Whether the order of a page has to say by which index it is to be read. Postgres, which keeps one plan whatever is bound,
/// takes a value to be as common as values are on average, and reads all rows of it where it thinks them few.
pub const fn reads_along_bounds(backend: DbBackend) -> bool {
    matches!(backend, DbBackend::Postgres)
}

/// Whether a page has to say where it begins even where that is the beginning. Without a bound of ids MariaDB may go through
/// the whole table in their order, until it finds as many rows of somebody as a page has; with one it goes by an index.
pub const fn begins_at_an_id(backend: DbBackend) -> bool {
    matches!(backend, DbBackend::MySql)
}

/// Whether a look at the first rows of a table may spare a page of each of many ids. MariaDB would look as often as what
/// was found is spoken of.
pub const fn walks(backend: DbBackend) -> bool {
    !matches!(backend, DbBackend::MySql)
}

/// Whether the first rows of a table that are a table themselves are asked for no further than is needed, and what can't
/// hold for any row is known before one is read. SQLite would sort all of them again, and look at it beside each.
pub const fn looks_ahead(backend: DbBackend) -> bool {
    !matches!(backend, DbBackend::Sqlite)
}

/// Up to how many ids a page for each costs less than what the planner may make of all of them.
const FEW: usize = 64;

/// The first rows of a select as a table; `lateral`, where that may speak of the tables before it; none, unless `when` holds,
/// which is the same for all rows and looked at before any is read.
///
/// On Postgres and SQLite the number stands in the statement itself. For a number that is bound, the plan that Postgres
/// keeps would be one for a tenth of all rows, so it would plan each time anew; so does SQLite each time one is bound.
pub fn first_rows(
    backend: DbBackend,
    mut select: SelectStatement,
    rows: u64,
    when: Option<&str>,
    alias: &'static str,
    lateral: bool,
) -> TableRef {
    if let Some(when) = when.filter(|_| backend != DbBackend::Sqlite) {
        select.and_where(Expr::cust(when.to_owned()));
    }
    let first = match backend {
        DbBackend::Postgres => {
            let select = Expr::SubQuery(None, Box::new(select.into_sub_query_statement()));
            Expr::cust_with_expr(format!("$1 LIMIT {rows}"), select)
        }
        DbBackend::Sqlite => {
            // As one more condition, SQLite would look at it beside every row.
            let rows = when.map_or_else(
                || rows.to_string(),
                |when| format!("(CASE WHEN {when} THEN {rows} ELSE 0 END)"),
            );
            // It takes no limit behind brackets.
            let (select, values) = select.build(SqliteQueryBuilder);
            Expr::cust_with_values(format!("{select} LIMIT {rows}"), values)
        }
        _ => return TableRef::SubQuery(select.limit(rows).take().into(), alias.into_iden()),
    };
    TableRef::FunctionCall(Func::cust(if lateral { "LATERAL " } else { "" }).arg(first), alias.into_iden())
}

/// The one column of the row that comes after so many. On SQLite, as in [`first_rows`], the number is not bound.
pub fn row_after(backend: DbBackend, mut select: SelectStatement, rows: u64) -> Expr {
    if backend != DbBackend::Sqlite {
        if rows > 0 {
            select.offset(rows);
        }
        return Expr::from(select.limit(1).take().into_sub_query_statement());
    }
    let (select, values) = select.build(SqliteQueryBuilder);
    Expr::cust_with_values(format!("({select} LIMIT 1 OFFSET {rows})"), values)
}
