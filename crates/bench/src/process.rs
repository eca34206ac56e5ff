//! The process: how soon it is ready, how much memory it takes.

use std::time::Duration;

use crate::child::{Child, filled};
use crate::load::{self, Load, request, word};
use crate::table::{Table, seconds};
use crate::world::Person;

/// How often it is started.
const STARTS: usize = 21;
const TASKS: u64 = 100_000;

/// Measures and prints.
///
/// # Errors
/// The binary does not start.
pub fn run(table: &mut Table) -> anyhow::Result<()> {
    let database = filled(TASKS)?;
    let mut times = Vec::new();
    for _ in 0..STARTS {
        times.push(Child::start(&database)?.ready.as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    let middle = times.get(STARTS / 2).copied().unwrap_or(f64::NAN);
    let told =
        format!("{} (at most {})", seconds(middle), seconds(times.last().copied().unwrap_or(f64::NAN)));
    let what = "process: from start to ready, on a migrated SQLite file";
    table.figure(what, &told, "under 300 ms", Some(middle < 0.3))?;

    let child = Child::start(&database)?;
    std::thread::sleep(Duration::from_secs(2));
    memory(table, "process: resident memory, idle", child.memory("VmRSS")?, 40.0)?;
    let bearer = child.bearer(Person::FiftyProjects)?;
    let headers = [("Authorization", bearer.as_str())];
    // Tasks and pages in turns, from 256 connections that stay open.
    let tasks = child.tasks(&bearer, 50)?;
    let mut requests = Vec::new();
    for task in &tasks {
        for path in [format!("/api/v1/tasks/{}", word(task, "/id")?), "/api/v1/tasks?limit=50".to_owned()] {
            requests.push(request("GET", &path, &headers, ""));
        }
    }
    load::run(child.address, &requests, Load { connections: 256, requests: 20_000 }, 200)?;
    memory(table, "process: resident memory at most, 256 connections", child.memory("VmHWM")?, 150.0)
}

fn memory(table: &mut Table, what: &str, found: f64, most: f64) -> anyhow::Result<()> {
    Ok(table.figure(what, &format!("{found:.1} MiB"), &format!("under {most} MiB"), Some(found < most))?)
}
