//! A page of tasks out of a million, beside what somebody would write by hand for that caller.

mod by_hand;
mod facts;

use std::hint::black_box;

use anyhow::{Context, ensure};
use bailiwick_domain::entities::Task;
use bailiwick_domain::gate::{Granted, View};
use bailiwick_domain::page::{FieldValue, Position, Query};
use bailiwick_domain::ports::{CredentialKey, Lookup, PolicySource, Read};
use bailiwick_domain::{Caller, Gate};
use bailiwick_persistence::{Options, SeaStore};
use bailiwick_policy::FilePolicy;
use time::OffsetDateTime;
use tokio::runtime::{self, Runtime};
use uuid::Uuid;

use self::by_hand::{ByHand, Reads, Row, before_page_1000};
use crate::child::fill_all;
use crate::database::Database;
use crate::measure::{Rounds, Side, alternate};
use crate::table::{Table, Target};
use crate::world::Person;

const TASKS: u64 = 1_000_000;
const FEW: u64 = 1_000;
/// How many tasks a page shows.
const PAGE: usize = 20;
/// How many pages one side reads before it is the other's turn.
const PAGES: usize = 20;
const ROUNDS: Rounds = Rounds { warm_up: 3, counted: 41 };

/// A filled database and one who asks.
struct Scene {
    runtime: Runtime,
    store: SeaStore,
    gate: Gate,
}

impl Scene {
    fn of(database: &Database, tasks: u64) -> anyhow::Result<Self> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let store = runtime.block_on(async {
            fill_all(database, tasks).await?;
            anyhow::Ok(SeaStore::connect(database.url(), &Options::default()).await?)
        })?;
        // Nothing in this world begins or ends.
        let now = OffsetDateTime::from_unix_timestamp(1_790_000_000)?;
        let gate = Gate::new(FilePolicy::built_in()?.current(), now);
        Ok(Self { runtime, store, gate })
    }

    fn caller(&self, person: Person) -> anyhow::Result<Caller> {
        let known = self.runtime.block_on(self.store.known(CredentialKey::User(person.id())))?;
        let known = known.context("nobody")?;
        known.identity.caller(self.gate.policy(), self.gate.now()).context("the caller is not active")
    }

    /// One page as a request reads it: reach, statement, objects, each opened by the gate.
    async fn ours<'c>(
        &'c self,
        caller: &'c Caller,
        query: &Query,
    ) -> anyhow::Result<Vec<Granted<'c, View, Task>>> {
        let visible = self.gate.visible::<Task>(caller);
        let page = self.store.list(&visible, query).await?;
        let opened = page.items.into_iter().map(|item| self.gate.open::<View, Task>(caller, Some(item)));
        opened.collect::<Result<Vec<_>, _>>().ok().context("a list held what the gate hides")
    }

    /// A side that reads a page again and again.
    fn pages<'s>(&'s self, caller: &'s Caller, query: &'s Query) -> Side<impl FnMut() -> anyhow::Result<()>> {
        Side(PAGES, move || {
            self.runtime.block_on(async {
                for _ in 0..PAGES {
                    black_box(self.ours(caller, query).await?);
                }
                Ok(())
            })
        })
    }

    /// A side that does so by hand.
    fn by_hand<'s>(&'s self, by_hand: &'s ByHand) -> Side<impl FnMut() -> anyhow::Result<()>> {
        Side(PAGES, move || {
            self.runtime.block_on(async {
                for _ in 0..PAGES {
                    black_box(by_hand.list(self.store.readers()).await?);
                }
                Ok(())
            })
        })
    }
}

/// Measures and prints.
///
/// # Errors
/// A database can't be reached, or the two do not find the same.
pub fn run(table: &mut Table) -> anyhow::Result<()> {
    for name in crate::database::NAMES {
        let Some(database) = Database::fresh(name, "many")? else { continue };
        let many = Scene::of(&database, TASKS)?;
        for person in Person::ALL {
            beside_by_hand(table, name, &many, person)?;
        }
        if let Some(database) = Database::fresh(name, "few")? {
            let few = Scene::of(&database, FEW)?;
            Person::ALL.into_iter().try_for_each(|person| cost_the_same(table, name, &few, &many, person))?;
        }
    }
    Ok(())
}

fn beside_by_hand(table: &mut Table, name: &str, scene: &Scene, person: Person) -> anyhow::Result<()> {
    let caller = scene.caller(person)?;
    let db = scene.store.readers();
    let far = scene.runtime.block_on(before_page_1000(db, person, PAGE))?;
    for (page, after) in [("first page", None), ("page 1,000", far)] {
        if page != "first page" && after.is_none() {
            continue;
        }
        let query = page_after(after);
        let by_hand = |reads| ByHand::of(person, db.get_database_backend(), after, PAGE + 1, reads);
        let (shown, facts) = (by_hand(Reads::Shown), by_hand(Reads::Facts));
        scene.runtime.block_on(async {
            let ours = scene.ours(&caller, &query).await?;
            let ours: Vec<Row> = ours.iter().map(|task| Row::of(task.object())).collect::<Result<_, _>>()?;
            ensure!(ours.len() == if person == Person::Nothing { 0 } else { PAGE });
            for by_hand in [&shown, &facts] {
                let theirs: Vec<Row> = by_hand.list(db).await?.into_iter().take(PAGE).collect();
                ensure!(ours == theirs, "{name}, {}, {page}: {ours:?}\nby hand: {theirs:?}", person.words());
            }
            anyhow::Ok(())
        })?;
        let what = format!("list: {} on {name}, {page}, beside SQL by hand", person.words());
        let pair = alternate(ROUNDS, scene.pages(&caller, &query), scene.by_hand(&facts))?;
        table.pair(&format!("{what} that reads what links need"), &pair, Target::TimesTheTime(1.3))?;
        let pair = alternate(ROUNDS, scene.pages(&caller, &query), scene.by_hand(&shown))?;
        table.pair(&format!("{what} that reads what is shown"), &pair, Target::TimesTheTime(1.3))?;
    }
    Ok(())
}

/// A page out of a million tasks beside one out of a thousand.
fn cost_the_same(
    table: &mut Table,
    name: &str,
    few: &Scene,
    many: &Scene,
    person: Person,
) -> anyhow::Result<()> {
    let query = page_after(None);
    let (of_few, of_many) = (few.caller(person)?, many.caller(person)?);
    let found = few.runtime.block_on(few.ours(&of_few, &query))?.len();
    ensure!(found == if person == Person::Nothing { 0 } else { PAGE }, "{}: {found}", person.words());
    let pair = alternate(ROUNDS, many.pages(&of_many, &query), few.pages(&of_few, &query))?;
    let what = format!("list: {} on {name}, of 1,000,000 tasks beside of 1,000", person.words());
    Ok(table.pair(&what, &pair, Target::TimesTheTime(1.3))?)
}

fn page_after(after: Option<Uuid>) -> Query {
    let after = after.map(|id| Position { value: FieldValue::Id(id), id });
    Query { limit: PAGE, after, ..Query::default() }
}
