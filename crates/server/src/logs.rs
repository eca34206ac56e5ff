//! Log lines, for people or for machines.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::settings::{Log, LogFormat};

/// Starts logging, to standard error: standard output belongs to what commands print.
///
/// # Errors
/// A filter that means nothing.
pub fn start(log: &Log, quiet: bool) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(if quiet { "warn" } else { &log.filter })?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_span_events(FmtSpan::NONE);
    // A second start in one process, as in tests, keeps the first.
    let started = match log.format {
        LogFormat::Pretty => lines.with_target(false).try_init(),
        LogFormat::Json => lines.json().try_init(),
    };
    if started.is_err() {
        tracing::debug!("logging was started before");
    }
    Ok(())
}
