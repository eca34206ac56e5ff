//! PocketBase on the same data, by the same rule, on the same machine.

mod binary;
mod fixed;
mod theirs;

use std::net::SocketAddr;

use anyhow::{Context, ensure};
use serde_json::Value;

use self::theirs::PocketBase;
use crate::child::{Child, filled};
use crate::load::{self, Load, Request, ask, json_of, request, word};
use crate::measure::{Rounds, Side, alternate};
use crate::table::{Table, Target};
use crate::world::Person;

const TASKS: u64 = 100_000;
const ROUNDS: Rounds = Rounds { warm_up: 2, counted: 15 };
const GETS: Load = Load { connections: 16, requests: 2_000 };
const PAGES: Load = Load { connections: 16, requests: 500 };

/// Measures and prints.
///
/// # Errors
/// PocketBase can't be had; the two do not answer alike.
pub fn run(table: &mut Table) -> anyhow::Result<()> {
    let directory = tempfile::tempdir()?;
    let binary = binary::find(directory.path())?;
    let version = binary::version(&binary)?;
    let database = filled(TASKS)?;
    let ours = Child::start(&database)?;
    let bearer = ours.bearer(Person::FiftyProjects)?;
    let theirs = PocketBase::filled(&binary, directory.path(), TASKS)?;
    let token = theirs.sign_in("users")?;
    let asks = |path: &str| request("GET", path, &[("Authorization", &bearer)], "");
    let asks_them = |path: &str| request("GET", path, &[("Authorization", &token)], "");

    let (mut gets, mut their_gets) = (Vec::new(), Vec::new());
    for task in ours.tasks(&bearer, 200)? {
        let number = word(&task, "/name")?.trim_start_matches('t').parse()?;
        gets.push(asks(&format!("/api/v1/tasks/{}", word(&task, "/id")?)));
        their_gets.push(asks_them(&format!("/api/collections/tasks/records/{}", theirs::id('t', number))));
    }
    for (ours_asks, theirs_asks) in gets.iter().zip(&their_gets) {
        let (ours, theirs) =
            (json_of(&ask(ours.address, ours_asks)?)?, json_of(&ask(theirs.address, theirs_asks)?)?);
        ensure!(ours.get("name") == theirs.get("name"), "{ours}\n{theirs}");
    }
    let sides = (side(ours.address, &gets, GETS), side(theirs.address, &their_gets, GETS));
    let pair = alternate(ROUNDS, sides.0, sides.1)?;
    let what = format!("pocketbase: a task by id beside PocketBase {version}");
    table.pair(&what, &pair, Target::TimesTheSpeed(4.0))?;

    let page = [asks("/api/v1/tasks?limit=20")];
    let their_page = [asks_them("/api/collections/tasks/records?perPage=20&skipTotal=1&sort=id")];
    let (found, theirs_found) = (names(ours.address, &page)?, names(theirs.address, &their_page)?);
    ensure!(found == theirs_found && found.len() == 20, "{found:?}\n{theirs_found:?}");
    let sides = (side(ours.address, &page, PAGES), side(theirs.address, &their_page, PAGES));
    let pair = alternate(ROUNDS, sides.0, sides.1)?;
    let what = format!("pocketbase: a page of 20 tasks without totals beside PocketBase {version}");
    table.pair(&what, &pair, Target::TimesTheSpeed(20.0))?;

    let fixed = fixed::serve(ask(ours.address, page.first().context("no request")?)?.body)?;
    let sides = (side(fixed, &page, PAGES), side(theirs.address, &their_page, PAGES));
    let pair = alternate(ROUNDS, sides.0, sides.1)?;
    let what = format!(
        "pocketbase: the bytes of that page from a handler that has them ready, beside PocketBase {version}"
    );
    Ok(table.pair(&what, &pair, Target::Told)?)
}

fn side(to: SocketAddr, requests: &[Request], load: Load) -> Side<impl FnMut() -> anyhow::Result<()>> {
    Side(load.requests, move || load::run(to, requests, load, 200).map(|_| ()))
}

/// The names of a page, in order.
fn names(to: SocketAddr, requests: &[Request]) -> anyhow::Result<Vec<String>> {
    let page = json_of(&ask(to, requests.first().context("no request")?)?)?;
    let items = page.get("items").and_then(Value::as_array).context("no items")?;
    items.iter().map(|item| word(item, "/name")).collect()
}
