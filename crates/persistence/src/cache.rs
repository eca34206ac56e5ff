//! A cache of the rows that stand near many others and seldom change: organizations, projects, users, nodes, API keys,
//! roles, collaborations and client apps.
//!
//! Whatever changes one of them renews the stamp of rights in the same unit of work. A row is kept under the stamp that
//! the statement read that read it, and serves a statement that has read the same stamp: it is what that statement
//! would have read itself. A unit of work takes and does not keep: what it reads may be rolled back. Once it has renewed the
//! stamp itself it finds nothing, for nobody has committed that stamp.

use std::cell::Cell;
use std::sync::atomic::{AtomicI64, Ordering};

use bailiwick_domain::Kind;
use bailiwick_domain::ports::StoreError;
use quick_cache::sync;
use uuid::Uuid;

use crate::blocks::{self, Named, Shared};
use crate::cells::Cells;

/// How many rows are kept at most.
const ROOM: usize = 20_000;

type Key = (i64, Kind, Uuid);

/// Rows by the stamp of rights, kind and id; `None` for one that is not there. Of older stamps they are pushed out in time.
pub struct Cache {
    rows: sync::Cache<Key, Option<Shared>>,
    /// The stamp under which a row was last kept.
    latest: AtomicI64,
}

impl std::fmt::Debug for Cache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cache").field("rows", &self.rows.len()).finish_non_exhaustive()
    }
}

impl Cache {
    pub fn new() -> Self {
        Self { rows: sync::Cache::new(ROOM), latest: AtomicI64::new(i64::MIN) }
    }

    /// Whether rows may be found that serve a statement; `presumed` is the stamp that it will find, as far as is known.
    pub fn may_serve(&self, presumed: Option<i64>) -> bool {
        let latest = self.latest.load(Ordering::Relaxed);
        presumed.map_or(latest != i64::MIN, |presumed| presumed == latest)
    }

    fn put(&self, stamp: i64, kind: Kind, id: Uuid, found: Option<&Shared>) {
        let key = (stamp, kind, id);
        if !self.rows.contains_key(&key) {
            self.rows.insert(key, found.cloned());
        }
        self.latest.store(stamp, Ordering::Relaxed);
    }
}

/// How a statement gets at the rows that a cache may keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum By {
    /// It joins them.
    Joins,
    /// It reads their ids, for a cache to tell the rest.
    Cache,
}

/// Where such rows come from as a statement's rows are read.
pub enum Source<'c> {
    /// From the statement, and into the cache if there is one: with the stamp that the statement read.
    Joined(Option<(&'c Cache, i64)>),
    /// From the cache, under the stamp that the statement read.
    Cached {
        /// The cache.
        cache: &'c Cache,
        /// The stamp.
        stamp: i64,
        /// Whether a row was asked for that is not in it: what was read is of no use then.
        missed: Cell<bool>,
    },
}

impl<'c> Source<'c> {
    /// For what was selected in this way; `keeps`, where what was joined goes into the cache.
    pub fn of(by: By, cache: &'c Cache, stamp: i64, keeps: bool) -> Self {
        match by {
            By::Cache => Self::Cached { cache, stamp, missed: Cell::new(false) },
            By::Joins => Self::Joined(keeps.then_some((cache, stamp))),
        }
    }

    /// Whether the cache had all that it was asked for.
    pub fn is_whole(&self) -> bool {
        !matches!(self, Self::Cached { missed, .. } if missed.get())
    }

    /// The row of this kind and id; `read` reads it where it was joined.
    pub fn one(
        &self,
        cells: &mut Cells<'_>,
        kind: Kind,
        id: Option<Uuid>,
        read: impl FnOnce(&mut Cells<'_>) -> Result<Option<Named>, StoreError>,
    ) -> Result<Option<Shared>, StoreError> {
        match self {
            Self::Joined(into) => {
                let found = read(cells)?.map(blocks::shared);
                if let (Some((cache, stamp)), Some(id)) = (into, id) {
                    cache.put(*stamp, kind, id, found.as_ref());
                }
                Ok(found)
            }
            Self::Cached { cache, stamp, missed } => {
                let Some(id) = id else { return Ok(None) };
                match cache.rows.get(&(*stamp, kind, id)) {
                    Some(found) => Ok(found),
                    None => {
                        missed.set(true);
                        Ok(None)
                    }
                }
            }
        }
    }
}
