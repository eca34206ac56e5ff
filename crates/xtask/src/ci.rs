//! The whole of CI, cheapest first; it stops at the first step that fails.

use std::time::Instant;

use anyhow::{Context, bail};

use crate::arch::storages;
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
    ("database servers answer", suite::servers_answer),
    ("lints", lints),
    ("each storage alone", storages),
    ("tests are compiled", || succeed(suite::tests().arg("--no-run"))),
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

/// Clippy over everything, with the features that the tests have, so that dependencies are checked once.
fn lints() -> anyhow::Result<()> {
    let lint = format!("clippy --locked --workspace --all-targets --features {}", suite::FEATURES);
    succeed(cargo(&lint).args(["--", "-D", "warnings"]))
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

/// Each storage is a feature, and none needs another; a server without any says what to choose.
fn storages() -> anyhow::Result<()> {
    let alone = "--locked --package bailiwick-server --no-default-features";
    for feature in storages::features() {
        succeed(cargo(&format!("clippy {alone} --features {feature}")).args(["--", "-D", "warnings"]))?;
    }
    let none = cargo(&format!("check {alone}")).output()?;
    if none.status.success() || !String::from_utf8_lossy(&none.stderr).contains("choose from the features") {
        bail!("a server without storage is built, or does not say what to choose");
    }
    Ok(())
}
