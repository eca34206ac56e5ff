//! `bailiwick-bench [NAME...]`: measures ours beside what it is compared with, and prints a table.

mod access;
mod checks;
mod child;
mod database;
mod gate;
mod http;
mod links;
mod lists;
mod load;
mod logins;
mod measure;
mod pocketbase;
mod process;
mod scene;
mod serving;
mod sources;
mod table;
mod work;
mod world;
mod writing;

use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use mimalloc::MiMalloc;

use crate::table::Table;

/// The one that the server has.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Measures ours beside what it is compared with, alternating in one run.
#[derive(Parser)]
struct Line {
    /// Which benchmarks; all if none is named.
    names: Vec<Name>,
}

/// A benchmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Name {
    /// A decision in the gate.
    Gate,
    /// Access rules, few and many.
    Access,
    /// Requests over HTTP beside a bare handler's.
    Http,
    /// A page of a million tasks beside SQL by hand.
    Lists,
    /// A page of sources, by tags and grants, beside SQL by hand.
    Sources,
    /// The links of a page.
    Links,
    /// Many questions in one request.
    Checks,
    /// Start and memory of the binary.
    Process,
    /// Requests while many sign in.
    Logins,
    /// Annotators who take tasks of one job.
    Work,
    /// PocketBase on the same data.
    Pocketbase,
}

impl Name {
    fn run(self, table: &mut Table) -> anyhow::Result<()> {
        match self {
            Self::Gate => gate::run(table),
            Self::Access => access::run(table),
            Self::Http => http::run(table),
            Self::Lists => lists::run(table),
            Self::Sources => sources::run(table),
            Self::Links => links::run(table),
            Self::Checks => checks::run(table),
            Self::Process => process::run(table),
            Self::Logins => logins::run(table),
            Self::Work => work::run(table),
            Self::Pocketbase => pocketbase::run(table),
        }
    }
}

fn main() -> anyhow::Result<ExitCode> {
    let line = Line::parse();
    let names = if line.names.is_empty() { Name::value_variants() } else { &line.names };
    let mut table = Table::begin()?;
    for name in names {
        name.run(&mut table)?;
    }
    // A row that falls short fails the run, after all rows have been printed.
    Ok(if table.all_reached() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
