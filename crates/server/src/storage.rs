//! Which storage stands behind an address: its scheme says, and the features say which schemes there are.

use std::path::Path;
use std::sync::Arc;
#[cfg(feature = "database")]
use std::time::Duration;

use anyhow::bail;
use bailiwick_domain::ports::Store;
#[cfg(feature = "memory")]
use bailiwick_memory::MemoryStore;
#[cfg(feature = "database")]
use bailiwick_persistence::{MigrateError, Options, SeaStore};

#[cfg(feature = "database")]
use crate::settings::{Hidden, Storage};

use crate::settings::Settings;

#[cfg(not(any(feature = "sqlite", feature = "postgres", feature = "mysql", feature = "memory")))]
compile_error!(
    "the server needs storage: choose from the features `sqlite`, `postgres`, `mysql` and `memory`"
);

/// What an address names.
enum Place {
    #[cfg(feature = "memory")]
    Memory,
    #[cfg(feature = "database")]
    Database,
}

/// The schemes of the addresses that this build knows.
pub fn schemes() -> Vec<&'static str> {
    #[cfg(feature = "database")]
    let databases = bailiwick_persistence::DATABASES;
    #[cfg(not(feature = "database"))]
    let databases: &[&str] = &[];
    let memory = if cfg!(feature = "memory") { Some("memory") } else { None };
    databases.iter().copied().chain(memory).collect()
}

fn place(url: &str) -> anyhow::Result<Place> {
    let scheme = url.split(':').next().unwrap_or_default();
    #[cfg(feature = "memory")]
    if scheme == "memory" {
        return Ok(Place::Memory);
    }
    #[cfg(feature = "database")]
    if bailiwick_persistence::knows(url) {
        return Ok(Place::Database);
    }
    bail!(
        "there is no storage `{scheme}:` in this binary, which was built for {}; others are features that it can be built with",
        schemes().join(", ")
    )
}

/// The address of storage that goes when the server stops, or with this directory.
///
/// # Errors
/// This build knows no such storage.
pub fn throw_away(directory: &Path) -> anyhow::Result<String> {
    if cfg!(feature = "sqlite") {
        return Ok(format!("sqlite://{}?mode=rwc", directory.join("demo.db").display()));
    }
    if cfg!(feature = "memory") {
        return Ok("memory:".to_owned());
    }
    bail!("name an empty database for the demo with `--database`; this binary knows {}", schemes().join(", "))
}

/// Storage to serve from and to write to: made where it is missing, its schema brought up to date.
///
/// # Errors
/// This build does not know it; it can't be reached; it was migrated by a newer server.
pub async fn open(settings: &Settings) -> anyhow::Result<Arc<dyn Store>> {
    match place(&settings.database.0)? {
        #[cfg(feature = "memory")]
        Place::Memory => Ok(Arc::new(MemoryStore::new())),
        #[cfg(feature = "database")]
        Place::Database => {
            let store = connect(settings, without_end(settings, true)).await?;
            store.migrate().await?;
            store.close().await?;
            Ok(Arc::new(connect(settings, options(settings)).await?))
        }
    }
}

/// Storage that is there: it is not made, and its schema not changed.
///
/// # Errors
/// As [`open`]; it is not there; its schema is not up to date.
pub async fn existing(settings: &Settings) -> anyhow::Result<Arc<dyn Store>> {
    match place(&settings.database.0)? {
        #[cfg(feature = "memory")]
        Place::Memory => Ok(Arc::new(MemoryStore::new())),
        #[cfg(feature = "database")]
        Place::Database => {
            let store = connect(settings, options(settings)).await?;
            let status = store.status().await?;
            if !status.unknown.is_empty() {
                return Err(MigrateError::Newer(status.unknown).into());
            }
            if !status.pending.is_empty() {
                bail!("the schema of the database is not up to date; `bailiwick migrate` brings it there");
            }
            Ok(Arc::new(store))
        }
    }
}

/// How the settings want the database; it is not made.
#[cfg(feature = "database")]
pub fn options(settings: &Settings) -> Options {
    let Storage { connections, wait, statement, durable } = settings.storage;
    Options {
        connections,
        workers: u32::try_from(settings.workers).unwrap_or(u32::MAX),
        patience: Duration::from_secs(wait),
        statement: Some(Duration::from_secs(statement)),
        durable,
        create: false,
        ..Options::default()
    }
}

/// [`options`] for migrations, which take the time that they take.
#[cfg(feature = "database")]
pub fn without_end(settings: &Settings, create: bool) -> Options {
    Options { statement: None, create, ..options(settings) }
}

/// A database, with its schema as it is.
///
/// # Errors
/// This build does not know it; it can't be reached; it is not there, and is not to be made.
#[cfg(feature = "database")]
pub async fn connect(settings: &Settings, options: Options) -> anyhow::Result<SeaStore> {
    let url = &*settings.database.0;
    #[cfg(feature = "memory")]
    if matches!(place(url)?, Place::Memory) {
        bail!("storage in memory has no schema and no file");
    }
    place(url)?;
    SeaStore::connect(url, &options).await.map_err(|error| {
        // Drivers repeat the address in their messages, with the password in it.
        let shown = format!("{:?}", Hidden(url.to_owned()));
        let cause = causes(&error.into()).replace(after_scheme(url), after_scheme(&shown));
        let cause = cause.replace(
            "pool timed out while waiting for an open connection",
            &format!("no connection within {} s; does a server listen there?", options.patience.as_secs()),
        );
        let hint =
            if options.create { "" } else { "; where there is none yet, `bailiwick migrate` makes it" };
        anyhow::anyhow!("the database {shown} can't be reached: {cause}{hint}")
    })
}

/// An error and what caused it, each text once: drivers say in their own what their cause says again.
#[cfg(feature = "database")]
fn causes(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |told, cause| match told.as_str() {
        "" => cause,
        told if told.contains(&cause) => told.to_owned(),
        told => format!("{told}: {cause}"),
    })
}

#[cfg(feature = "database")]
fn after_scheme(url: &str) -> &str {
    url.split_once("://").map_or(url, |(_, rest)| rest)
}
