//! The links of a page of fifty tasks: how much processor time they take once the page has been read.

use std::hint::black_box;
use std::sync::Arc;

use anyhow::{Context, ensure};
use bailiwick_app::methods::Standings;
use bailiwick_app::{Cx, read};
use bailiwick_domain::entities::Task;
use bailiwick_domain::gate::Granted;
use bailiwick_domain::page::Query;
use bailiwick_domain::ports::{Authenticated, CredentialKey, Lookup};
use bailiwick_http::links;
use bailiwick_persistence::{Options, SeaStore};
use bailiwick_server::settings::{Flags, Settings};
use bailiwick_server::wire;
use tokio::runtime;

use crate::child::filled;
use crate::measure::{Rounds, Side, alone};
use crate::table::{Table, seconds};
use crate::world::Person;

const PAGE: usize = 50;
const MOST: f64 = 1e-3;

/// Measures and prints.
///
/// # Errors
/// The database.
pub fn run(table: &mut Table) -> anyhow::Result<()> {
    let database = filled(100_000)?;
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let store = Arc::new(SeaStore::connect(database.url(), &Options::default()).await?);
        let (app, _) = wire::app(&Settings::read(&Flags::default())?, store.clone()).await?;
        for person in [Person::FiftyProjects, Person::Everything] {
            let known = store.known(CredentialKey::User(person.id())).await?.context("nobody")?;
            let gate = app.gate();
            let caller = known.identity.caller(gate.policy(), gate.now()).context("not active")?;
            let who = Authenticated { caller: Arc::new(caller), ..Authenticated::anonymous() };
            let cx = Cx::new(app.clone(), gate, who, "list_tasks", "bench".to_owned());
            let page = read::list::<Task>(&cx, Query { limit: PAGE, ..Query::default() }).await?;
            ensure!(page.items.len() == PAGE, "{} tasks", page.items.len());
            let objects: Vec<_> = page.items.iter().map(Granted::object).collect();
            let near = objects.iter().flat_map(|object| {
                std::iter::once(&object.facts).chain(object.near.iter().map(|near| &*near.facts))
            });
            let standings = Standings::of(&cx, &cx.caller, near).await?;
            let of_page = || {
                for object in &objects {
                    black_box(links(&cx, &standings, object));
                }
                Ok(())
            };
            // Nothing waits for anything here: the time that passes is the processor's.
            let time = alone(Rounds { warm_up: 20, counted: 301 }, Side(1, of_page))?;
            let many = objects.iter().map(|object| links(&cx, &standings, object).len()).sum::<usize>();
            let what = format!("links: the {many} links of a page of 50 tasks, who sees {}", person.words());
            table.figure(&what, &seconds(time), "under 1 ms", Some(time < MOST))?;
        }
        anyhow::Ok(())
    })
}
