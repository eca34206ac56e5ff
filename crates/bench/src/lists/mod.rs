//! A page of tasks out of a million, beside what somebody would write by hand for that caller.

mod by_hand;
mod facts;

use anyhow::ensure;
use bailiwick_domain::entities::Task;
use bailiwick_domain::page::{FieldValue, Position, Query};
use uuid::Uuid;

use self::by_hand::{ByHand, Reads, Row, before_page_1000};
use crate::child::fill_all;
use crate::database::Database;
use crate::measure::{Rounds, alternate};
use crate::scene::Scene;
use crate::table::{Table, Target};
use crate::world::Person;

const TASKS: u64 = 1_000_000;
const FEW: u64 = 1_000;
/// How many tasks a page shows.
const PAGE: usize = 20;
const ROUNDS: Rounds = Rounds { warm_up: 3, counted: 41 };

/// Measures and prints.
///
/// # Errors
/// A database can't be reached, or the two do not find the same.
pub fn run(table: &mut Table) -> anyhow::Result<()> {
    for name in crate::database::NAMES {
        let Some(database) = Database::fresh(name, "many")? else { continue };
        let many = scene(&database, TASKS)?;
        for person in Person::ALL {
            beside_by_hand(table, name, &many, person)?;
        }
        if let Some(database) = Database::fresh(name, "few")? {
            let few = scene(&database, FEW)?;
            Person::ALL.into_iter().try_for_each(|person| cost_the_same(table, name, &few, &many, person))?;
        }
    }
    Ok(())
}

fn scene(database: &Database, tasks: u64) -> anyhow::Result<Scene> {
    Scene::of(database, fill_all(database, tasks))
}

fn beside_by_hand(table: &mut Table, name: &str, scene: &Scene, person: Person) -> anyhow::Result<()> {
    let caller = scene.caller(person)?;
    let store = &scene.store;
    let far = scene.runtime.block_on(before_page_1000(store, person, PAGE))?;
    for (page, after) in [("first page", None), ("page 1,000", far)] {
        if page != "first page" && after.is_none() {
            continue;
        }
        let query = page_after(after);
        let by_hand =
            |reads| ByHand::of(person, store.readers().get_database_backend(), after, PAGE + 1, reads);
        let (shown, facts) = (by_hand(Reads::Shown), by_hand(Reads::Facts));
        scene.runtime.block_on(async {
            let ours = scene.ours::<Task>(&caller, &query).await?;
            let ours: Vec<Row> = ours.iter().map(|task| Row::of(task.object())).collect::<Result<_, _>>()?;
            ensure!(ours.len() == if person == Person::Nothing { 0 } else { PAGE });
            for by_hand in [&shown, &facts] {
                let theirs: Vec<Row> = by_hand.list(store).await?.into_iter().take(PAGE).collect();
                ensure!(ours == theirs, "{name}, {}, {page}: {ours:?}\nby hand: {theirs:?}", person.words());
            }
            anyhow::Ok(())
        })?;
        let what = format!("list: {} on {name}, {page}, beside SQL by hand", person.words());
        let pair =
            alternate(ROUNDS, scene.pages::<Task>(&caller, &query), scene.by_hand(&|| facts.list(store)))?;
        table.pair(&format!("{what} that reads what links need"), &pair, Target::TimesTheTime(1.3))?;
        let pair =
            alternate(ROUNDS, scene.pages::<Task>(&caller, &query), scene.by_hand(&|| shown.list(store)))?;
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
    let found = few.runtime.block_on(few.ours::<Task>(&of_few, &query))?.len();
    ensure!(found == if person == Person::Nothing { 0 } else { PAGE }, "{}: {found}", person.words());
    let pair = alternate(ROUNDS, many.pages::<Task>(&of_many, &query), few.pages::<Task>(&of_few, &query))?;
    let what = format!("list: {} on {name}, of 1,000,000 tasks beside of 1,000", person.words());
    Ok(table.pair(&what, &pair, Target::TimesTheTime(1.3))?)
}

fn page_after(after: Option<Uuid>) -> Query {
    let after = after.map(|id| Position { value: FieldValue::Id(id), id });
    Query { limit: PAGE, after, ..Query::default() }
}
