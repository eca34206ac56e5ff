//! Storage in SQLite, Postgres or MySQL: the sea-orm adapter of the storage ports.
//!
//! Each kind says in a file of its own (`tables/`) what its table looks like; finding, listing, adding, saving
//! and removing are written once over all of them. Which database it is, only `dialect` asks, and `here`,
//! which is SQLite's alone.

#[cfg(not(any(feature = "sqlite", feature = "postgres", feature = "mysql")))]
compile_error!("storage needs at least one of the features `sqlite`, `postgres` and `mysql`");

mod backup;
mod beside;
mod blocks;
mod cache;
mod cells;
mod dialect;
mod error;
#[cfg(feature = "sqlite")]
mod here;
#[cfg(not(feature = "sqlite"))]
#[path = "nowhere.rs"]
mod here;
mod imports;
mod lookup;
mod migrate;
mod near;
mod page;
mod part;
mod people;
mod prepared;
mod private;
mod reach;
mod read;
mod record;
mod row;
mod run;
mod shares;
mod stamps;
mod store;
mod table;
mod tables;
#[cfg(test)]
mod tests;
mod under_way;
mod walk;
mod write;

pub use backup::BackupError;
pub use dialect::{DATABASES, knows};
pub use migrate::{MigrateError, Status};
pub use row::{Reads, Row};
pub use store::{Options, Place, Pools, Sea, SeaStore, SeaUnit, Transaction};
