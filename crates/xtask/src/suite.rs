//! Every test, and what was left out.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use crate::run::{cargo, shown};

/// A database server that the storage suite runs on where the environment names one.
struct Server {
    name: &'static str,
    variable: &'static str,
    feature: &'static str,
}

const SERVERS: &[Server] = &[
    Server { name: "Postgres", variable: "POSTGRES_URL", feature: "postgres" },
    Server { name: "MariaDB", variable: "MYSQL_URL", feature: "mysql" },
];

/// What the summaries of test programs add up to.
#[derive(Default)]
struct Count {
    passed: u64,
    failed: u64,
}

/// Runs every test that needs Rust and a C compiler alone, and the storage suite on every server that is named.
///
/// # Errors
/// A test fails, or does not compile.
pub fn run() -> anyhow::Result<()> {
    eprintln!("test: compiling everything; the first time this takes several minutes");
    let mut count = Count::default();
    let mut good = counted(&mut cargo("test --locked --workspace --no-fail-fast"), &mut count)?;
    let mut skipped = Vec::new();
    for Server { name, variable, feature } in SERVERS {
        let what = format!("the storage suite on {name}");
        if std::env::var_os(variable).is_none() {
            skipped.push(format!("SKIPPED {what}: {variable} names no server"));
            continue;
        }
        eprintln!("test: {what}");
        let suite = format!(
            "test --locked --package bailiwick-persistence --no-default-features --features {feature} --test servers"
        );
        good &= counted(&mut cargo(&suite), &mut count)?;
    }
    let mut out = std::io::stdout().lock();
    writeln!(out)?;
    for line in skipped {
        writeln!(out, "{line}")?;
    }
    writeln!(out, "{} passed, {} failed", count.passed, count.failed)?;
    if !good {
        bail!("not every test passed");
    }
    Ok(())
}

/// Runs a test command, shows what it prints, adds up its summaries. Whether all passed.
fn counted(command: &mut Command, count: &mut Count) -> anyhow::Result<bool> {
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("{} can't be started", shown(command)))?;
    let lines = BufReader::new(child.stdout.take().context("no output")?).split(b'\n');
    let mut out = std::io::stdout().lock();
    for line in lines {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        writeln!(out, "{line}")?;
        count.add(&line);
    }
    Ok(child.wait()?.success())
}

impl Count {
    /// Adds a summary, if the line is one: `test result: ok. 3 passed; 0 failed; ...`.
    fn add(&mut self, line: &str) {
        let Some((_, summary)) = line.split_once("test result: ") else { return };
        let numbers = |word: &str| {
            let (before, _) = summary.split_once(word)?;
            before.split_whitespace().next_back()?.parse::<u64>().ok()
        };
        self.passed += numbers(" passed").unwrap_or(0);
        self.failed += numbers(" failed").unwrap_or(0);
    }
}

#[cfg(test)]
mod tests {
    use super::Count;

    #[test]
    fn summaries_add_up() {
        let mut count = Count::default();
        count.add("running 3 tests");
        count.add(
            "test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.03s",
        );
        count.add("test result: FAILED. 5 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out");
        assert_eq!((count.passed, count.failed), (17, 2));
    }
}
