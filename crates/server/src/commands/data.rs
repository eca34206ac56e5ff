//! Commands that work on the database, as the operator at the console.

use std::io::{BufRead, Write};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use bailiwick_app::{App, AppError, Cx, accounts, policy_diff, world};
use bailiwick_domain::ports::{PolicySource, Secret};
use bailiwick_policy::FilePolicy;

use super::{Diff, FailOn};
use crate::settings::Settings;
use crate::{storage, wire};

/// The application over storage that is made where it is missing.
async fn open(settings: &Settings) -> anyhow::Result<Arc<App>> {
    Ok(wire::app(settings, storage::open(settings).await?).await?.0)
}

/// The application over storage that is there; opening it changes nothing.
async fn look(settings: &Settings) -> anyhow::Result<Arc<App>> {
    wire::viewer(settings, storage::existing(settings).await?)
}

/// Does something as the operator, and closes storage whatever came of it: an SQLite file is whole then, without a log beside it.
async fn with<R>(
    app: Arc<App>,
    deed: &'static str,
    work: impl AsyncFnOnce(Cx) -> anyhow::Result<R>,
) -> anyhow::Result<R> {
    let store = Arc::clone(&app.store);
    let outcome = work(Cx::operator(app, deed)).await;
    let closed = store.close().await;
    let outcome = outcome?;
    closed?;
    Ok(outcome)
}

/// Brings the schema up to date, or tells how far it is.
#[cfg(feature = "database")]
pub(super) async fn migrate(settings: &Settings, only_tell: bool) -> anyhow::Result<()> {
    let store = storage::connect(settings, storage::without_end(settings, !only_tell)).await?;
    if !only_tell {
        store.migrate().await?;
    }
    let status = store.status().await?;
    store.close().await?;
    let mut out = std::io::stdout();
    for name in &status.applied {
        writeln!(out, "applied  {name}")?;
    }
    for name in &status.pending {
        writeln!(out, "pending  {name}")?;
    }
    for name in &status.unknown {
        writeln!(out, "unknown  {name}  (of a newer version)")?;
    }
    Ok(())
}

/// There is nothing to bring up to date.
#[cfg(not(feature = "database"))]
pub(super) async fn migrate(_settings: &Settings, _only_tell: bool) -> anyhow::Result<()> {
    bail!("storage in memory has no schema, and this binary was built without any database")
}

/// Applies a world file.
pub(super) async fn apply(
    settings: &Settings,
    file: &Path,
    dry_run: bool,
    prune: bool,
) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{} can't be read", file.display()))?;
    let name = file.file_name().map_or_else(|| "world".into(), |name| name.to_string_lossy());
    let world = world::parse(&text, &name).map_err(|errors| anyhow::anyhow!(errors.join("\n")))?;
    // A dry run needs the rows of the built-in roles, as every start of a server does, and a database to be there.
    let app = if dry_run {
        wire::app(settings, storage::existing(settings).await?).await?.0
    } else {
        open(settings).await?
    };
    let plan = with(app, "apply", async |mut cx| {
        cx.wish.dry_run = dry_run;
        world::apply(&cx, &world, world::Options { prune }).await.map_err(in_words)
    });
    let plan = plan.await?;
    let mut out = std::io::stdout();
    write!(out, "{plan}")?;
    if dry_run {
        writeln!(out, "dry run: nothing was changed")?;
    }
    Ok(())
}

/// Prints the world.
pub(super) async fn export(settings: &Settings) -> anyhow::Result<()> {
    let world = with(look(settings).await?, "export", async |cx| world::export(&cx).await.map_err(in_words));
    write!(std::io::stdout(), "{}", world.await?)?;
    Ok(())
}

/// Tells what would change from one policy to another.
pub(super) async fn policy_diff(settings: &Settings, diff: &Diff) -> anyhow::Result<()> {
    let load = |directory: &Path| {
        let policy = FilePolicy::load(directory).with_context(|| format!("{}", directory.display()))?;
        anyhow::Ok(policy.current())
    };
    let (old, new) = (load(&diff.old)?, load(&diff.new)?);
    let difference = with(look(settings).await?, "policy_diff", async |cx| {
        policy_diff::policy_diff(&cx, &old, &new).await.map_err(in_words)
    });
    let difference = difference.await?;
    let mut out = std::io::stdout();
    if diff.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&difference)?)?;
    } else {
        write!(out, "{difference}")?;
    }
    let fails = match diff.fail_on {
        Some(FailOn::Gain) => difference.gains > 0,
        Some(FailOn::Loss) => difference.losses > 0,
        Some(FailOn::Any) => difference.gains + difference.losses > 0,
        None => false,
    };
    if fails {
        bail!("{} gains, {} losses", difference.gains, difference.losses);
    }
    Ok(())
}

/// Copies the database.
#[cfg(feature = "database")]
pub(super) async fn backup(settings: &Settings, file: &Path) -> anyhow::Result<()> {
    let store = storage::connect(settings, storage::without_end(settings, false)).await?;
    store.backup(file).await?;
    store.close().await?;
    writeln!(std::io::stdout(), "{} holds all that the database held", file.display())?;
    Ok(())
}

/// There is nothing to copy.
#[cfg(not(feature = "database"))]
pub(super) async fn backup(_settings: &Settings, _file: &Path) -> anyhow::Result<()> {
    bail!("storage in memory is nowhere else, and this binary was built without any database")
}

/// Sets a user's password from standard input.
pub(super) async fn set_password(settings: &Settings, user: &str) -> anyhow::Result<()> {
    let Some((organization, username)) = user.split_once('/') else {
        bail!("a user is named organization/username");
    };
    let mut password = String::new();
    std::io::stdin().lock().read_line(&mut password)?;
    let password = Secret::new(password.trim_end_matches(['\r', '\n']));
    let is_set = with(look(settings).await?, "set_password", async |cx| {
        accounts::set_password(&cx, organization, username, &password).await.map_err(in_words)
    });
    if !is_set.await? {
        bail!("there is no user {user}");
    }
    writeln!(std::io::stdout(), "the password of {user} is set, and all its sessions are ended")?;
    Ok(())
}

fn in_words(error: AppError) -> anyhow::Error {
    match error {
        AppError::Invalid(faults) => {
            let lines = faults.iter().map(|fault| format!("{}: {}", fault.pointer, fault.detail));
            anyhow::anyhow!(lines.collect::<Vec<_>>().join("\n"))
        }
        AppError::Store(error) => anyhow::Error::new(error),
        error => match error.guard() {
            Some(guard) => anyhow::anyhow!("{}", guard.says()),
            None => anyhow::Error::new(error),
        },
    }
}
