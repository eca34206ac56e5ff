//! Running other programs, and where the workspace is.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, bail};

/// The directory of the workspace.
pub fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here)
}

/// A command of cargo in the workspace, from words that spaces part.
pub fn cargo(words: &str) -> Command {
    program("cargo", words)
}

/// A command of any program in the workspace, from words that spaces part.
pub fn program(name: &str, words: &str) -> Command {
    let mut command = Command::new(name);
    command.current_dir(root()).args(words.split_whitespace());
    command
}

/// Runs a command to its end; its output goes where ours goes.
///
/// # Errors
/// It can't be started, or fails.
pub fn succeed(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| format!("{} can't be started", shown(command)))?;
    if !status.success() {
        bail!("{} failed ({status})", shown(command));
    }
    Ok(())
}

/// Runs a command that needs the network, up to four times, ten seconds apart.
///
/// # Errors
/// As [`succeed`], that of the last time.
pub fn succeed_at_last(command: &mut Command) -> anyhow::Result<()> {
    for _ in 0..3 {
        match succeed(command) {
            Ok(()) => return Ok(()),
            Err(fault) => eprintln!("{fault}; once more in ten seconds"),
        }
        std::thread::sleep(Duration::from_secs(10));
    }
    succeed(command)
}

/// What a command prints.
///
/// # Errors
/// As [`succeed`]; output that is not text.
pub fn printed(command: &mut Command) -> anyhow::Result<String> {
    let output = command.output().with_context(|| format!("{} can't be started", shown(command)))?;
    if !output.status.success() {
        bail!("{} failed: {}", shown(command), String::from_utf8_lossy(&output.stderr).trim_end());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// Whether a command can be started and succeeds. What it prints is lost.
pub fn works(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

/// The command as somebody would type it.
pub fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
