//! Short reads of SQLite, done on the thread that asks: a row by its key takes microseconds there, and to hand it to the
//! thread of a connection and back takes several times as long.
//!
//! A read that turns out long is stopped and left to the connections of the pool, and so is every one that does not succeed:
//! there it is waited for, timed and told of as any other.

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use quick_cache::sync::Cache;
use rusqlite::types::{Value as Cell, ValueRef};
use rusqlite::{Connection, OpenFlags};
use sea_orm::sqlx::sqlite::SqliteConnectOptions;
use sea_orm::{Statement, Value};

use crate::row::Row;

/// How many steps of SQLite are counted as one.
const STEPS: i32 = 1_000;
/// How many of these a read may take: some milliseconds, for which it holds up what else its thread has to do. Steps and
/// not time, so that a thread that has lost the processor meanwhile has not read for long.
const MOST: u32 = 100;
/// How long a statement that took too long is left to others from the beginning.
const LONG: Duration = Duration::from_secs(1);
/// How many statements a connection keeps prepared, and how many are known to take long.
const KEPT: usize = 200;

/// Connections that read on the thread that asks: as many as threads have asked at the same time.
pub struct Here {
    url: String,
    /// Those that rest; `None` once closed.
    resting: Mutex<Option<Vec<Reader>>>,
    /// Statements that took too long, and when.
    long: Cache<String, Instant>,
}

struct Reader {
    connection: Connection,
    /// How far its read has come, of [`MOST`].
    gone: Arc<AtomicU32>,
}

impl fmt::Debug for Here {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Here").finish_non_exhaustive()
    }
}

impl Here {
    /// For a database of SQLite. Nothing is opened yet.
    pub fn of(url: &str) -> Option<Self> {
        let of_sqlite = url.starts_with("sqlite:");
        let (resting, long) = (Mutex::new(Some(Vec::new())), Cache::new(KEPT));
        of_sqlite.then(|| Self { url: url.to_owned(), resting, long })
    }

    /// The rows of a read, if it is a short one that succeeds.
    pub fn rows(&self, statement: &Statement) -> Option<Vec<Row>> {
        if self.long.get(&statement.sql).is_some_and(|since| since.elapsed() < LONG) {
            return None;
        }
        let reader = match self.resting(|resting| resting.pop())? {
            Some(reader) => reader,
            None => Reader::open(&self.url).ok()?,
        };
        let begun = Instant::now();
        let rows = reader.read(statement);
        self.resting(|resting| resting.push(reader));
        match rows {
            Ok(rows) => {
                let (rows_returned, elapsed) = (rows.len(), begun.elapsed());
                // As the driver of the pool tells of what it runs.
                tracing::debug!(target: "sqlx::query", summary = statement.sql, rows_returned, ?elapsed);
                Some(rows)
            }
            Err(error) => {
                if error.sqlite_error_code() == Some(rusqlite::ErrorCode::OperationInterrupted) {
                    self.long.insert(statement.sql.clone(), Instant::now());
                }
                None
            }
        }
    }

    /// Closes the connections; nothing is read here from now on.
    pub fn close(&self) {
        *self.resting.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn resting<R>(&self, with: impl FnOnce(&mut Vec<Reader>) -> R) -> Option<R> {
        self.resting.lock().unwrap_or_else(PoisonError::into_inner).as_mut().map(with)
    }
}

impl Reader {
    fn open(url: &str) -> Result<Self, rusqlite::Error> {
        let options: SqliteConnectOptions =
            url.parse().map_err(|_| rusqlite::Error::InvalidPath(url.into()))?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(options.get_filename(), flags)?;
        connection.pragma_update(None, "query_only", true)?;
        // Whatever must be waited for is waited for elsewhere.
        connection.busy_timeout(Duration::ZERO)?;
        connection.set_prepared_statement_cache_capacity(KEPT);
        let gone = Arc::new(AtomicU32::new(0));
        let goes = Arc::clone(&gone);
        connection.progress_handler(STEPS, Some(move || goes.fetch_add(1, Ordering::Relaxed) >= MOST))?;
        Ok(Self { connection, gone })
    }

    fn read(&self, statement: &Statement) -> Result<Vec<Row>, rusqlite::Error> {
        self.gone.store(0, Ordering::Relaxed);
        let mut prepared = self.connection.prepare_cached(&statement.sql)?;
        for (at, value) in statement.values.iter().flat_map(|values| values.iter()).enumerate() {
            prepared.raw_bind_parameter(at + 1, bound(value)?)?;
        }
        let width = prepared.column_count();
        let names = (0..width).rev().take(Row::NAMED).rev();
        let names: Arc<[String]> =
            names.map(|at| prepared.column_name(at).map(ToOwned::to_owned)).collect::<Result<_, _>>()?;
        let mut found = Vec::new();
        let mut rows = prepared.raw_query();
        while let Some(row) = rows.next()? {
            let cells = (0..width).map(|at| row.get::<_, Cell>(at));
            found.push(Row::Here(cells.collect::<Result<_, _>>()?, Arc::clone(&names)));
        }
        Ok(found)
    }
}

/// A value as it is bound. Kinds of values that no read binds are left to the pool.
fn bound(value: &Value) -> Result<rusqlite::types::ToSqlOutput<'_>, rusqlite::Error> {
    let value = match value {
        Value::Bool(value) => value.map_or(ValueRef::Null, |value| ValueRef::Integer(value.into())),
        Value::Int(value) => value.map_or(ValueRef::Null, |value| ValueRef::Integer(value.into())),
        Value::BigInt(value) => value.map_or(ValueRef::Null, ValueRef::Integer),
        Value::String(value) => {
            value.as_ref().map_or(ValueRef::Null, |value| ValueRef::Text(value.as_bytes()))
        }
        Value::Uuid(value) => value.as_ref().map_or(ValueRef::Null, |value| ValueRef::Blob(value.as_bytes())),
        _ => {
            debug_assert!(false, "a read binds what is not bound here: {value:?}");
            return Err(rusqlite::Error::InvalidQuery);
        }
    };
    Ok(rusqlite::types::ToSqlOutput::Borrowed(value))
}

#[cfg(test)]
mod tests {
    use bailiwick_domain::ports::Store;
    use sea_orm::{ConnectionTrait, DbBackend, Statement};
    use uuid::Uuid;

    use crate::row::Row;
    use crate::store::Place;
    use crate::tests::filled;

    fn statement(sql: &str, values: Vec<sea_orm::Value>) -> Statement {
        Statement::from_sql_and_values(DbBackend::Sqlite, sql, values)
    }

    /// The cells of a row, by the types that rows are read as.
    fn told(row: &Row) -> String {
        let (whole, flag): (i64, bool) = (row.at(0).unwrap(), row.named("flag").unwrap());
        let (text, id): (String, Option<Uuid>) = (row.at(2).unwrap(), row.at(3).unwrap());
        let (none, bytes): (Option<String>, Vec<u8>) = (row.at(4).unwrap(), row.at(5).unwrap());
        assert!(row.at::<i64>(6).is_err() && row.named::<i64>("whole_not").is_err());
        format!("{whole} {flag} {text} {id:?} {none:?} {bytes:?}")
    }

    #[tokio::test]
    async fn what_is_read_here_is_what_the_pool_reads() {
        let (store, ..) = filled().await;
        let here = store.place.here.clone().unwrap();
        let sql = "SELECT ? + 1 AS whole, ? AS flag, ? AS text, ? AS id, ? AS missing, x'00ff' AS bytes";
        let values = vec![
            i64::MAX.saturating_sub(1).into(),
            true.into(),
            "å\n\"'; --".into(),
            Uuid::from_u128(7).into(),
            None::<String>.into(),
        ];
        let by_pool = store.readers().query_all_raw(statement(sql, values.clone())).await.unwrap();
        let by_pool: Vec<String> = by_pool.into_iter().map(|row| told(&Row::Pool(row))).collect();
        let read_here: Vec<String> = here.rows(&statement(sql, values)).unwrap().iter().map(told).collect();
        assert_eq!(read_here, by_pool);
        assert_eq!(read_here.len(), 1);
    }

    #[tokio::test]
    async fn a_long_read_is_left_to_the_pool() {
        let (store, ..) = filled().await;
        let here = store.place.here.clone().unwrap();
        let long = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n LIMIT 1000000) \
                    SELECT COUNT(*) FROM n";
        assert!(here.rows(&statement(long, Vec::new())).is_none());
        assert!(here.long.get(long).is_some());
        let found = store.rows(statement(long, Vec::new())).await.unwrap();
        assert_eq!(found[0].at::<i64>(0).unwrap(), 1_000_000);
        // The connection is as good as before.
        assert_eq!(here.rows(&statement("SELECT 1", Vec::new())).unwrap()[0].at::<i64>(0).unwrap(), 1);
    }

    #[tokio::test]
    async fn what_fails_here_is_told_of_by_the_pool_and_nothing_is_written() {
        let (store, ..) = filled().await;
        let here = store.place.here.clone().unwrap();
        for sql in ["SELECT missing FROM nowhere", "DELETE FROM grants", "SELECT"] {
            assert!(here.rows(&statement(sql, Vec::new())).is_none(), "{sql}");
            assert!(store.rows(statement(sql, Vec::new())).await.is_err(), "{sql}");
        }
        let grants = here.rows(&statement("SELECT COUNT(*) FROM grants", Vec::new())).unwrap();
        assert!(grants[0].at::<i64>(0).unwrap() > 0);
    }

    #[tokio::test]
    async fn a_thread_is_left_to_its_own_unit_of_work() {
        let (store, ..) = filled().await;
        let unit = store.begin().await.unwrap();
        assert!(store.place.here().is_none());
        let other = store.clone();
        assert!(std::thread::spawn(move || other.place.here().is_some()).join().unwrap());
        unit.rollback().await.unwrap();
        assert!(store.place.here().is_some());
    }

    #[tokio::test]
    async fn after_it_is_closed_nothing_is_read_here() {
        let (store, ..) = filled().await;
        let here = store.place.here.clone().unwrap();
        assert!(here.rows(&statement("SELECT 1", Vec::new())).is_some());
        store.close().await.unwrap();
        assert!(here.rows(&statement("SELECT 1", Vec::new())).is_none());
    }
}
