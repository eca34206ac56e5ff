//! `POST /authz/check`: many questions in one request.

use serde_json::{Value, json};

use crate::child::{Child, filled};
use crate::load::{self, Load, request, word};
use crate::measure::{Rounds, Side, alternate};
use crate::table::{Table, Target, seconds};
use crate::world::Person;

const PAIRS: usize = 1_000;

/// Measures and prints.
///
/// # Errors
/// The binary does not start.
pub fn run(table: &mut Table) -> anyhow::Result<()> {
    let database = filled(100_000)?;
    let child = Child::start(&database)?;
    let bearer = child.bearer(Person::FiftyProjects)?;
    let tasks = child.tasks(&bearer, 500)?;
    let mut checks = Vec::new();
    for task in &tasks {
        checks.push(check("view", "task", word(task, "/id")?));
        checks.push(check("edit", "job", word(task, "/job_id")?));
    }
    let ask = |checks: &[Value]| {
        let headers = [("Authorization", bearer.as_str())];
        request("POST", "/api/v1/authz/check", &headers, &json!({ "checks": checks }).to_string())
    };
    let (many, one) = ([ask(&checks)], [ask(checks.get(..1).unwrap_or_default())]);
    let side = |requests| {
        let load = Load { connections: 1, requests: 20 };
        let address = child.address;
        Side(load.requests, move || load::run(address, requests, load, 200).map(|_| ()))
    };
    let pair = alternate(Rounds { warm_up: 2, counted: 15 }, side(&many), side(&one))?;
    let what = "checks: 1,000 pairs of an operation and a task or job in one request, beside one pair";
    table.pair(what, &pair, Target::Told)?;
    let told = seconds(pair.ours / PAIRS as f64);
    Ok(table.figure("checks: of that, a pair", &told, "", None)?)
}

fn check(operation: &str, kind: &str, id: String) -> Value {
    json!({ "operation": operation, "kind": kind, "id": id })
}
