//! `cargo xtask COMMAND`: the checks around the code.

mod arch;
mod bench;
mod ci;
mod deny;
mod docs;
mod run;
mod suite;

use std::process::ExitCode;

use anyhow::bail;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  arch            the house: who depends on whom, reasons of dependencies, rules of source files, paths that docs name
  docs [--check]  writes docs/permissions.md, docs/schema.md and docs/openapi.json; --check: fails where they are stale
  test            every test that needs Rust and a C compiler alone; says by name what was skipped
  ci              the whole of CI
  bench [NAME...] measures ours beside what it is compared with; all benchmarks if none is named";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match command(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn command(words: &[&str]) -> anyhow::Result<()> {
    match words {
        ["arch"] => arch::check(),
        ["docs"] => docs::write(),
        ["docs", "--check"] => docs::check(),
        ["test"] => suite::run()?.tell(),
        ["ci"] => ci::run(),
        ["bench", names @ ..] => bench::run(names),
        _ => bail!("no such command\n\n{USAGE}"),
    }
}
