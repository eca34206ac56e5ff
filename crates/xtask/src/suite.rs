//! Every test, and what was left out.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use crate::run::{cargo, shown, works};

/// A server that tests run on where the environment names one.
struct Server {
    name: &'static str,
    variable: &'static str,
    /// The variable whose URL says where it answers.
    answers: &'static str,
    /// What the names of those tests contain, and no others.
    word: &'static str,
}

const SERVERS: &[Server] = &[
    Server { name: "Postgres", variable: "POSTGRES_URL", answers: "POSTGRES_URL", word: "postgres" },
    Server { name: "MariaDB", variable: "MYSQL_URL", answers: "MYSQL_URL", word: "mysql" },
    Server { name: "S3", variable: "S3_URL", answers: "AWS_ENDPOINT_URL", word: "on_s3" },
];

/// Every storage, so that one build has all of them.
pub const FEATURES: &str = "bailiwick-server/sqlite,bailiwick-server/postgres,bailiwick-server/mysql,\
                            bailiwick-server/memory,bailiwick-server/s3,bailiwick-tests/postgres,bailiwick-tests/mysql";

/// The modules that tests of a storage stand in.
const STORAGES: &[&str] = &["memory", "sqlite", "postgres", "mysql"];

/// How the tests came out.
#[derive(Default)]
pub struct Outcome {
    passed: u64,
    failed: u64,
    /// A test program failed, or did not compile.
    bad: bool,
    /// What was left out, and why.
    skipped: Vec<String>,
    /// Of each storage, how many tests of the conformance suite passed, and how many others.
    storages: BTreeMap<String, (u64, u64)>,
}

/// The command that runs every test.
pub fn tests() -> Command {
    let words = "test --locked --workspace --exclude bailiwick-bench --no-fail-fast --features";
    let mut command = cargo(words);
    command.arg(FEATURES);
    command
}

/// Runs every test that needs Rust and a C compiler alone, and those of every server that the environment names.
///
/// # Errors
/// Cargo can't be started.
pub fn run() -> anyhow::Result<Outcome> {
    eprintln!("test: compiling everything; the first time this takes several minutes");
    let mut outcome = Outcome::default();
    let mut all = tests();
    all.arg("--");
    for Server { name, variable, word, .. } in SERVERS {
        if std::env::var_os(variable).is_none() {
            outcome.skipped.push(format!("SKIPPED all tests on {name}: {variable} names no server"));
            all.args(["--skip", word]);
        }
    }
    // What some tests need beside us, what shows that it is there, and a word of their names.
    for (name, says, word) in [
        ("python3", &["--version"][..], "played_in_python"),
        ("pycocotools of python3", &["-c", "import pycocotools"], "public_coco_reader"),
    ] {
        if works(Command::new("python3").args(says)) {
            continue;
        }
        if std::env::var_os("CI").is_some() {
            bail!("{name} is not there, and CI leaves no test out");
        }
        outcome.skipped.push(format!("SKIPPED tests `{word}`: {name} is not there"));
        all.args(["--skip", word]);
    }
    outcome.add_all(&mut all)?;
    Ok(outcome)
}

/// Whether every server that the environment names can be reached.
///
/// # Errors
/// One can't.
pub fn servers_answer() -> anyhow::Result<()> {
    for Server { name, variable, answers, .. } in SERVERS {
        let named = std::env::var_os(variable).and_then(|_| std::env::var(answers).ok());
        let Some(url) = named else {
            eprintln!("ci: {variable} names no {name}: its tests will be skipped");
            continue;
        };
        let place =
            url.split_once("://").map_or(&*url, |(_, rest)| rest).split('/').next().unwrap_or_default();
        let place = place.rsplit('@').next().unwrap_or_default();
        TcpStream::connect(place).with_context(|| format!("{answers}: {name} does not answer at {place}"))?;
    }
    Ok(())
}

impl Outcome {
    /// Says what was skipped, and how many passed.
    ///
    /// # Errors
    /// Not every test passed.
    pub fn tell(&self) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        writeln!(out)?;
        for (storage, (conform, others)) in &self.storages {
            writeln!(out, "{storage}: {conform} tests of the conformance suite passed, {others} others")?;
        }
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

    /// Counts a test of a storage, `test sqlite::conforms::storage_answers ... ok` or `test rights::memory::root_stays ...
    /// ok`, or adds a summary, `test result: ok. 3 passed; 0 failed; ...`, if the line is one.
    fn add(&mut self, line: &str) {
        if let Some(test) = line.strip_prefix("test ").and_then(|test| test.strip_suffix(" ... ok")) {
            let mut modules = test.split("::");
            if let Some(storage) = modules.find(|module| STORAGES.contains(module)) {
                let (conform, others) = self.storages.entry(storage.to_owned()).or_default();
                *(if modules.next() == Some("conforms") { conform } else { others }) += 1;
            }
        }
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
        for line in [
            "sqlite::conforms::a ... ok",
            "sqlite::conforms::b ... FAILED",
            "sqlite::c ... ok",
            "rights::sqlite::d ... ok",
            "e::f ... ok",
        ] {
            outcome.add(&format!("test {line}"));
        }
        assert_eq!(outcome.storages, [("sqlite".to_owned(), (1, 2))].into());
    }
}
