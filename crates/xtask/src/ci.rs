//! The whole of CI, cheapest first; it stops at the first step that fails.

use std::time::Instant;

use anyhow::Context;

use crate::run::{cargo, printed, program, succeed, works};
use crate::{arch, deny, docs, suite};

/// What the domain must be able to be built for: no threads, no clock, no randomness, no files.
const BARE: &str = "wasm32-unknown-unknown";

/// A step: what it is, and what carries it out.
type Step = (&'static str, fn() -> anyhow::Result<()>);

const STEPS: &[Step] = &[
    ("format", || succeed(&mut cargo("fmt --all --check"))),
    ("architecture", arch::check),
    ("licences, bans, sources", deny::check),
    ("the domain alone, for wasm32", domain),
    ("lints", || succeed(&mut cargo("clippy --locked --workspace --all-targets -- -D warnings"))),
    ("each storage alone", storages),
    ("tests are compiled", || {
        succeed(&mut cargo("test --locked --workspace --exclude bailiwick-bench --no-run"))
    }),
    ("generated documents", docs::check),
];

/// Carries out all steps, and says how long each took.
///
/// # Errors
/// That of the first step that fails.
pub fn run() -> anyhow::Result<()> {
    let mut times = Vec::new();
    let mut timed =
        |name: &str, begun: Instant| times.push(format!("{:>5} s  {name}", begun.elapsed().as_secs()));
    let count = STEPS.len() + 1;
    for (index, (name, step)) in STEPS.iter().enumerate() {
        eprintln!("\n==> {}/{count} {name}", index + 1);
        let begun = Instant::now();
        step().with_context(|| format!("{name} failed after {} s", begun.elapsed().as_secs()))?;
        timed(name, begun);
    }
    eprintln!("\n==> {count}/{count} tests");
    let begun = Instant::now();
    let outcome = suite::run()?;
    timed("tests", begun);
    eprintln!("\n{}", times.join("\n"));
    // The tests have the last word.
    outcome.tell()
}

/// Builds the domain where there is no operating system. Where that target can't be had, it is built for this
/// machine; that nothing below it needs a runtime, the architecture check has seen.
fn domain() -> anyhow::Result<()> {
    let installed = || {
        let targets = printed(&mut program("rustup", "target list --installed"));
        targets.is_ok_and(|targets| targets.lines().any(|target| target == BARE))
    };
    if !installed() {
        works(&mut program("rustup", &format!("target add {BARE}")));
    }
    if installed() {
        return succeed(&mut cargo(&format!("check --locked --package bailiwick-domain --target {BARE}")));
    }
    eprintln!("ci: {BARE} can't be had here; the domain is checked for this machine");
    succeed(&mut cargo("check --locked --package bailiwick-domain"))
}

/// Each storage is a feature, and none needs another.
fn storages() -> anyhow::Result<()> {
    for (package, feature) in [("server", "sqlite"), ("persistence", "postgres"), ("persistence", "mysql")] {
        let lint = format!(
            "clippy --locked --package bailiwick-{package} --no-default-features --features {feature}"
        );
        succeed(cargo(&lint).args(["--", "-D", "warnings"]))?;
    }
    Ok(())
}
