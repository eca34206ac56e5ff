//! Every test, and what was left out.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use crate::run::{cargo, shown};

/// A database server that the storage suite and the tests of faults run on where the environment names one.
struct Server {
    name: &'static str,
    variable: &'static str,
    feature: &'static str,
}

const SERVERS: &[Server] = &[
    Server { name: "Postgres", variable: "POSTGRES_URL", feature: "postgres" },
    Server { name: "MariaDB", variable: "MYSQL_URL", feature: "mysql" },
];

/// How the tests came out.
#[derive(Default)]
pub struct Outcome {
    passed: u64,
    failed: u64,
    /// A test program failed, or did not compile.
    bad: bool,
    /// What was left out, and why.
    skipped: Vec<String>,
}

/// Runs every test that needs Rust and a C compiler alone, and on every server that is named the storage suite and the tests of
/// faults.
///
/// # Errors
/// Cargo can't be started.
pub fn run() -> anyhow::Result<Outcome> {
    eprintln!("test: compiling everything; the first time this takes several minutes");
    let mut outcome = Outcome::default();
    outcome.add_all(&mut cargo("test --locked --workspace --exclude bailiwick-bench --no-fail-fast"))?;
    for Server { name, variable, feature } in SERVERS {
        let what = format!("the storage suite and the tests of faults on {name}");
        if std::env::var_os(variable).is_none() {
            outcome.skipped.push(format!("SKIPPED {what}: {variable} names no server"));
            continue;
        }
        eprintln!("test: {what}");
        let suite = format!(
            "test --locked --package bailiwick-persistence --no-default-features --features {feature} --lib --test servers"
        );
        outcome.add_all(&mut cargo(&suite))?;
        eprintln!("test: faults with {name}");
        let faults = format!(
            "test --locked --package bailiwick-server --features {feature} --test crash --test outage -- {feature}"
        );
        outcome.add_all(&mut cargo(&faults))?;
    }
    Ok(outcome)
}

impl Outcome {
    /// Says what was skipped, and how many passed.
    ///
    /// # Errors
    /// Not every test passed.
    pub fn tell(&self) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        writeln!(out)?;
        for line in &self.skipped {
            writeln!(out, "{line}")?;
        }
        writeln!(out, "{} passed, {} failed", self.passed, self.failed)?;
        if self.bad {
            bail!("not every test passed");
        }
        Ok(())
    }

    /// Runs a test command, shows what it prints, adds up its summaries.
    fn add_all(&mut self, command: &mut Command) -> anyhow::Result<()> {
        command.stdout(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("{} can't be started", shown(command)))?;
        let lines = BufReader::new(child.stdout.take().context("no output")?).split(b'\n');
        let mut out = std::io::stdout().lock();
        for line in lines {
            let line = line?;
            let line = String::from_utf8_lossy(&line);
            writeln!(out, "{line}")?;
            self.add(&line);
        }
        self.bad |= !child.wait()?.success();
        Ok(())
    }

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
    use super::Outcome;

    #[test]
    fn summaries_add_up() {
        let mut outcome = Outcome::default();
        outcome.add("running 3 tests");
        outcome.add(
            "test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.03s",
        );
        outcome.add("test result: FAILED. 5 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out");
        assert_eq!((outcome.passed, outcome.failed), (17, 2));
    }
}
