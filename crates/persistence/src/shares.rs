//! Connections: a pool for each runtime that asks, which is its share of them.
//!
//! A connection belongs to the runtime that opened it: what comes over it wakes that runtime's thread. Where another one
//! waits for it, each answer wakes two threads, one after the other.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use bailiwick_domain::ports::StoreError;
use sea_orm::{ConnectOptions, Database, DatabaseConnection};
use tokio::runtime::{Handle, Id};

use crate::dialect;
use crate::error::store;
use crate::store::Options;

/// From when on a connection that rests is asked whether it still lives, before it is used: short, so that what goes on
/// beside requests does not make a connection look fresh that a restart of the database has ended.
const RESTED: Duration = Duration::from_millis(100);

/// Connections to one database. Clones are the same ones.
#[derive(Debug, Clone)]
pub struct Shares(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// For who has no share.
    first: DatabaseConnection,
    /// Whose each share is, as soon as somebody has taken it.
    others: Vec<(OnceLock<Id>, DatabaseConnection)>,
    /// Whose the first one is.
    opener: Option<Id>,
}

impl Shares {
    /// Those that write or those that read. The first share is that of the runtime that calls this, and connected at once; the
    /// others are taken by those that ask, one by one. Who comes when all are taken shares the first.
    ///
    /// # Errors
    /// The database can't be reached.
    pub async fn open(url: &str, options: &Options, writes: bool) -> Result<Self, StoreError> {
        let one_writer = dialect::has_one_writer(url);
        // The driver of SQLite has threads of its own, whoever asks.
        let workers = if one_writer { 0 } else { options.workers };
        let each = match options.connections.div_ceil(workers.max(1)) {
            _ if one_writer && writes => 1,
            each => each.max(1),
        };
        let first = open(url, options, each, writes, false).await?;
        let mut others = Vec::new();
        for _ in 0..workers {
            others.push(open(url, options, each, writes, true).await?);
        }
        Ok(Self::of(first, others))
    }

    /// These connections: the first are those of the runtime that calls this.
    pub fn of(first: DatabaseConnection, others: Vec<DatabaseConnection>) -> Self {
        let others = others.into_iter().map(|share| (OnceLock::new(), share)).collect();
        Self(Arc::new(Shared { first, others, opener: this_runtime() }))
    }

    /// The share of the runtime that asks.
    pub fn here(&self) -> &DatabaseConnection {
        let Shared { first, others, opener } = &*self.0;
        let Some(me) = this_runtime().filter(|me| Some(*me) != *opener) else { return first };
        let mine = others.iter().find(|(whose, _)| *whose.get_or_init(|| me) == me);
        mine.map_or(first, |(_, share)| share)
    }

    /// Closes all of them.
    ///
    /// # Errors
    /// The database could not finish what was under way.
    pub async fn close(&self) -> Result<(), StoreError> {
        for share in std::iter::once(&self.0.first).chain(self.0.others.iter().map(|(_, share)| share)) {
            share.close_by_ref().await.map_err(store)?;
        }
        Ok(())
    }
}

fn this_runtime() -> Option<Id> {
    Handle::try_current().ok().map(|runtime| runtime.id())
}

/// Connections of one share; `when_asked`, where none is to be opened before somebody asks.
async fn open(
    url: &str,
    options: &Options,
    connections: u32,
    writes: bool,
    when_asked: bool,
) -> Result<DatabaseConnection, StoreError> {
    let mut connect = ConnectOptions::new(url);
    connect
        .max_connections(connections)
        .connect_lazy(when_asked)
        .acquire_timeout(options.patience)
        // A ping before each statement would cost more than most statements. A connection that died while it was
        // used is not taken back into the pool, so one that rests is asked only where it may have died since.
        .test_before_acquire_if_idle_for(RESTED)
        .sqlx_logging_level(log::LevelFilter::Debug)
        .sqlx_slow_statements_logging_settings(log::LevelFilter::Warn, options.slow);
    dialect::prepare(&mut connect, options, writes);
    // A file of SQLite that somebody else opens for the first time is locked, and does not ask to be waited for.
    let until = Instant::now() + options.patience;
    loop {
        // Boxed: what a driver does to connect is nested too deep for those who nest more around it.
        match Box::pin(Database::connect(connect.clone())).await.map_err(store) {
            Err(StoreError::Busy(_)) if Instant::now() < until => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            opened => return opened,
        }
    }
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use sea_orm::{ConnectOptions, ConnectionTrait, Database};
    use tokio::runtime::{Builder, Runtime};

    use super::Shares;

    #[test]
    fn each_runtime_has_a_share_and_who_comes_late_shares_the_first() {
        let runtime = || Builder::new_current_thread().enable_all().build().unwrap();
        // Connections that nobody opens.
        let connection = async || {
            let lazy = ConnectOptions::new("sqlite::memory:").connect_lazy(true).to_owned();
            Database::connect(lazy).await.unwrap()
        };
        let opener = runtime();
        let shares = opener
            .block_on(async { Shares::of(connection().await, vec![connection().await, connection().await]) });
        let (one, two, late) = (runtime(), runtime(), runtime());
        let has = |runtime: &Runtime| runtime.block_on(async { std::ptr::from_ref(shares.here()) });
        let (of_one, of_opener, of_two) = (has(&one), has(&opener), has(&two));
        assert!(of_one != of_opener && of_two != of_opener && of_one != of_two);
        assert_eq!(has(&late), of_opener);
        assert_eq!([has(&two), has(&opener), has(&one)], [of_two, of_opener, of_one]);
        drop((one, two));
        opener.block_on(shares.close()).unwrap();
        for share in [of_one, of_opener, of_two] {
            let all = [&shares.0.first, &shares.0.others[0].1, &shares.0.others[1].1];
            let share = all.into_iter().find(|one| std::ptr::from_ref(*one) == share).unwrap();
            assert!(opener.block_on(share.execute_unprepared("SELECT 1")).is_err());
        }
    }
}
