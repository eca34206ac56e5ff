//! The store and its units of work.

use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bailiwick_domain::page::Query;
use bailiwick_domain::ports::{Presumption, Store, StoreError, Unit};
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, Statement, TransactionTrait};
use uuid::Uuid;

use crate::cache::{By, Cache, Source};
use crate::dialect;
use crate::error::store;
use crate::here::Here;
use crate::part::Part;
use crate::row::Row;
use crate::shares::Shares;
use crate::table::Table;
use crate::under_way::UnderWay;
use crate::{prepared, stamps};

/// Storage in a database: [`SeaStore`] reads outside of transactions, [`SeaUnit`] inside of one.
#[derive(Debug)]
pub struct Sea<P> {
    pub(crate) place: P,
}

/// Storage in a database. Clones share their connections.
pub type SeaStore = Sea<Pools>;

/// One transaction. Dropped without a commit, it rolls back.
pub type SeaUnit = Sea<Transaction>;

/// Where statements go.
pub trait Place: Send + Sync {
    /// What runs them.
    type Conn: ConnectionTrait + Send;

    /// Where reads go.
    fn conn(&self) -> &Self::Conn;

    /// What may read on the thread that asks, without `conn`.
    fn here(&self) -> Option<&Here> {
        None
    }

    /// What the request goes by that these statements belong to.
    fn presumption(&self) -> Option<&Presumption>;

    /// What is kept of what reads have found.
    fn cache(&self) -> &Cache;

    /// Whether what reads find here is committed, so that it may be kept.
    const KEEPS: bool;

    /// Whether the cache may serve reads here.
    fn is_served(&self) -> bool;

    /// Notes that the cache had not all that a read asked for.
    fn missed(&self);
}

/// Connections for reads, and those for writes, whose transactions are serializable.
#[derive(Debug, Clone)]
pub struct Pools {
    pub(crate) readers: Shares,
    pub(crate) writer: Shares,
    pub(crate) here: Option<Arc<Here>>,
    cache: Arc<Cache>,
    presumption: Option<Arc<Presumption>>,
}

/// A transaction that has begun.
#[derive(Debug)]
pub struct Transaction {
    conn: DatabaseTransaction,
    _under_way: UnderWay,
    cache: Arc<Cache>,
    presumption: Option<Arc<Presumption>>,
    /// Whether it has asked for what is not in the cache: most of all because it has renewed the stamp of rights, under
    /// which nothing is kept before it commits.
    missed: AtomicBool,
}

impl Place for Pools {
    type Conn = DatabaseConnection;

    fn conn(&self) -> &DatabaseConnection {
        self.readers.here()
    }

    /// Nothing while a unit of work of this thread is under way: reads that wait for the pool leave it the thread, on
    /// which it goes on many times until it is done, and others wait for it.
    fn here(&self) -> Option<&Here> {
        self.here.as_deref().filter(|_| !UnderWay::is_any())
    }

    fn presumption(&self) -> Option<&Presumption> {
        self.presumption.as_deref()
    }

    fn cache(&self) -> &Cache {
        &self.cache
    }

    const KEEPS: bool = true;

    fn is_served(&self) -> bool {
        true
    }

    fn missed(&self) {}
}

impl Place for Transaction {
    type Conn = DatabaseTransaction;

    fn conn(&self) -> &DatabaseTransaction {
        &self.conn
    }

    fn presumption(&self) -> Option<&Presumption> {
        self.presumption.as_deref()
    }

    fn cache(&self) -> &Cache {
        &self.cache
    }

    const KEEPS: bool = false;

    fn is_served(&self) -> bool {
        !self.missed.load(Ordering::Relaxed)
    }

    fn missed(&self) {
        self.missed.store(true, Ordering::Relaxed);
    }
}

impl<P: Place> Sea<P> {
    pub(crate) fn conn(&self) -> &P::Conn {
        self.place.conn()
    }

    /// The row of the object of this id, or one without an object; asks along with it for the stamp of rights, and whether
    /// what is presumed holds, as long as that is open.
    pub(crate) async fn row_of<T: Table>(&self, id: Uuid, by: By) -> Result<Vec<Row>, StoreError> {
        let presumption = self.open();
        let statement = prepared::find::<T>(self.conn().get_database_backend(), id, by, presumption)?;
        let rows = match self.here(&statement) {
            Some(rows) => rows,
            // One row there always is; not waiting for the end of them spares a turn.
            None => {
                let row = self.conn().query_one_raw(statement).await.map_err(store)?;
                row.into_iter().map(Row::Pool).collect()
            }
        };
        if let Some(presumption) = presumption {
            stamps::settle(&rows, presumption)?;
        }
        Ok(rows)
    }

    /// The rows of a page of what is in a part, or one without an object; asks along with it as [`Self::row_of`] does.
    pub(crate) async fn rows_of<T: Table>(
        &self,
        part: &Part,
        query: &Query,
        by: By,
    ) -> Result<Vec<Row>, StoreError> {
        let presumption = self.open();
        let backend = self.conn().get_database_backend();
        let statement = prepared::list::<T>(backend, (part, query), by, presumption)?;
        let rows = self.rows(statement).await?;
        if let Some(presumption) = presumption {
            stamps::settle(&rows, presumption)?;
        }
        Ok(rows)
    }

    /// The rows of a read, the way that those of objects are read.
    ///
    /// # Errors
    /// The database's; it does not answer in time.
    pub async fn rows(&self, statement: Statement) -> Result<Vec<Row>, StoreError> {
        if let Some(rows) = self.here(&statement) {
            return Ok(rows);
        }
        let rows = self.conn().query_all_raw(statement).await.map_err(store)?;
        Ok(rows.into_iter().map(Row::Pool).collect())
    }

    /// The rows of a read that is done on this thread.
    fn here(&self, statement: &Statement) -> Option<Vec<Row>> {
        self.place.here().and_then(|here| here.rows(statement))
    }

    fn open(&self) -> Option<&Presumption> {
        self.place.presumption().filter(|presumption| presumption.is_open())
    }

    /// In which ways to read, one after the other until what is read is whole.
    pub(crate) fn ways(&self) -> &'static [By] {
        let about = self.place.presumption().filter(|presumption| presumption.is_about_anybody());
        let presumed = about.map(|presumption| presumption.stamps().rights);
        let serves = self.place.is_served() && self.place.cache().may_serve(presumed);
        if serves { &[By::Cache, By::Joins] } else { &[By::Joins] }
    }

    /// What is read of rows that were selected in this way, if the cache has all that it takes.
    pub(crate) fn whole<R>(
        &self,
        by: By,
        rows: &[Row],
        read: impl FnOnce(&Source<'_>) -> Result<R, StoreError>,
    ) -> Result<Option<R>, StoreError> {
        let source = Source::of(by, self.place.cache(), stamps::rights(rows)?, P::KEEPS);
        let found = read(&source)?;
        if !source.is_whole() {
            self.place.missed();
            return Ok(None);
        }
        Ok(Some(found))
    }

    /// Asks whether what is presumed holds, unless that is known.
    pub(crate) async fn verify_presumption(&self) -> Result<(), StoreError> {
        match self.place.presumption() {
            Some(presumption) if presumption.is_open() => stamps::verify(self.conn(), presumption).await,
            Some(presumption) => presumption.check(),
            None => Ok(()),
        }
    }
}

impl Clone for SeaStore {
    fn clone(&self) -> Self {
        Self { place: self.place.clone() }
    }
}

/// How to connect.
#[derive(Debug, Clone)]
pub struct Options {
    /// How many connections read at most, and how many write; on SQLite, one writes.
    pub connections: u32,
    /// How many runtimes ask beside the one that connects, such as the workers of a server. Where there are any, each of them
    /// has connections of its own, the same part of these and at least one, and the one that connects has as many besides; on
    /// SQLite all share them.
    pub workers: u32,
    /// How long to wait for a free connection, and for a lock that another transaction holds.
    pub patience: Duration,
    /// How long a statement may run on a database that can end it (SQLite can't). `None`: for ever, and on such
    /// a database it waits for locks as long.
    pub statement: Option<Duration>,
    /// On SQLite, whether a commit is on the disk before it is acknowledged. If not, a power failure may take the
    /// last ones back, all of each; other databases have settings of their own for this.
    pub durable: bool,
    /// From what time on a statement is slow, and so logged as a warning.
    pub slow: Duration,
    /// Whether an SQLite file that is not there is made.
    pub create: bool,
}

impl Default for Options {
    /// As many connections as cores and at least two, 10 seconds of patience and for a statement, durable, slow from
    /// 200 milliseconds on.
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(4, NonZero::get);
        Self {
            connections: u32::try_from(cores).unwrap_or(4).max(2),
            workers: 0,
            patience: Duration::from_secs(10),
            statement: Some(Duration::from_secs(10)),
            durable: true,
            slow: Duration::from_millis(200),
            create: true,
        }
    }
}

impl SeaStore {
    /// Connects to a database, such as `sqlite:///var/lib/bailiwick/data.db`. The schema is left as it is: see
    /// [`SeaStore::migrate`].
    ///
    /// # Errors
    /// The database can't be reached; this build knows none of its scheme; or it is an SQLite database in memory,
    /// of which each connection would see its own.
    pub async fn connect(url: &str, options: &Options) -> Result<Self, StoreError> {
        let url = &*dialect::address(url).map_err(|error| StoreError::Unavailable(error.into()))?;
        if dialect::is_in_memory(url) {
            return Err(StoreError::Unavailable("an SQLite database must be a file".into()));
        }
        let writer = Shares::open(url, options, true).await?;
        let readers = Shares::open(url, options, false).await?;
        let (here, cache) = (Here::of(url).map(Arc::new), Arc::new(Cache::new()));
        Ok(Self { place: Pools { readers, writer, here, cache, presumption: None } })
    }

    /// The connections that reads of this runtime go through, for what else a program asks of the same database.
    pub fn readers(&self) -> &DatabaseConnection {
        self.place.readers.here()
    }

    /// The connections that units of work of this runtime go through.
    pub fn writer(&self) -> &DatabaseConnection {
        self.place.writer.here()
    }

    /// Closes every connection, so that an SQLite file is whole without its write-ahead log.
    ///
    /// # Errors
    /// The database could not finish what was under way.
    pub async fn close(&self) -> Result<(), StoreError> {
        if let Some(here) = &self.place.here {
            here.close();
        }
        self.place.readers.close().await?;
        self.place.writer.close().await
    }
}

#[async_trait]
impl Store for SeaStore {
    async fn begin(&self) -> Result<Box<dyn Unit>, StoreError> {
        let writer = self.place.writer.here();
        let options = dialect::unit(writer.get_database_backend());
        let conn = writer.begin_with_options(options).await.map_err(store)?;
        let under_way = UnderWay::begin();
        let (cache, presumption) = (Arc::clone(&self.place.cache), self.place.presumption.clone());
        let place =
            Transaction { conn, _under_way: under_way, cache, presumption, missed: AtomicBool::new(false) };
        Ok(Box::new(SeaUnit { place }))
    }

    fn presuming(&self, presumption: Arc<Presumption>) -> Option<Arc<dyn Store>> {
        let place = Pools { presumption: Some(presumption), ..self.place.clone() };
        Some(Arc::new(Self { place }))
    }

    async fn close(&self) -> Result<(), StoreError> {
        Self::close(self).await
    }
}

#[async_trait]
impl Unit for SeaUnit {
    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        self.verify_presumption().await?;
        self.place.conn.commit().await.map_err(store)
    }

    async fn rollback(self: Box<Self>) -> Result<(), StoreError> {
        self.place.conn.rollback().await.map_err(store)
    }
}
