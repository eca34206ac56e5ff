//! A page of sources out of a hundred thousand, for callers to whom tags and grants open parts of them, beside what somebody
//! would write by hand for that caller.

mod by_hand;

use std::sync::Arc;

use anyhow::{Context, ensure};
use bailiwick_app::Cx;
use bailiwick_domain::access::Entitlement;
use bailiwick_domain::entities::{ContentType, Project, Shelf, Source};
use bailiwick_domain::page::{FieldValue, Filter, Position, Query};
use bailiwick_domain::ports::{Read, Store, Write};
use bailiwick_persistence::{Options, SeaStore};
use bailiwick_server::settings::{Flags, Settings};
use bailiwick_server::wire;
use serde_json::json;
use time::OffsetDateTime;
use uuid::Uuid;

use self::by_hand::{ByHand, Row, Way};
use crate::child::fill_all;
use crate::database::Database;
use crate::measure::{Rounds, alone, alternate};
use crate::scene::Scene;
use crate::table::{Table, Target};
use crate::world::{PROJECTS, Person, What, analyze, grant, id};

/// How many sources a project has: two revisions of each version.
const OF_PROJECT: u64 = 100;
/// How many sources a page shows.
const PAGE: usize = 20;
/// Before which page one reads far into the list.
const FAR: usize = 100;
const ROUNDS: Rounds = Rounds { warm_up: 3, counted: 41 };
/// The organization in which who sees fifty projects also develops methods.
const STUDIED: u64 = 7;

/// Measures and prints.
///
/// # Errors
/// A database can't be reached, or the two do not find the same.
pub fn run(table: &mut Table) -> anyhow::Result<()> {
    for name in crate::database::NAMES {
        let Some(database) = Database::fresh(name, "sources")? else { continue };
        let scene = Scene::of(&database, fill(&database))?;
        for person in [Person::FiftyProjects, Person::Nothing] {
            beside_by_hand(table, name, &scene, person)?;
        }
    }
    Ok(())
}

/// What is said of a caller.
const fn words(person: Person) -> &'static str {
    match person {
        Person::FiftyProjects => {
            "who has 50 of 1,000 projects, tags as everybody, and more tags in an organization"
        }
        _ => "who has tags as everybody",
    }
}

fn beside_by_hand(table: &mut Table, name: &str, scene: &Scene, person: Person) -> anyhow::Result<()> {
    let caller = scene.caller(person)?;
    let store = &scene.store;
    let sets = scene.runtime.block_on(by_hand::Sets::read(store))?;
    let far = scene.runtime.block_on(async {
        let before = ByHand::of(person, Way::Walk, store, &sets, None, FAR * PAGE).list(store).await?;
        ensure!(before.len() == FAR * PAGE, "{} sources are too few", before.len());
        before.last().map(|row| row.id).context("no source")
    })?;
    for (page, after) in [("first page", None), ("page 101", Some(far))] {
        let query = page_after(after);
        let ways = [Way::Walk, Way::Union].map(|way| ByHand::of(person, way, store, &sets, after, PAGE + 1));
        scene.runtime.block_on(async {
            let ours = scene.ours::<Source>(&caller, &query).await?;
            let ours: Vec<Row> =
                ours.iter().map(|source| Row::of(source.object())).collect::<Result<_, _>>()?;
            ensure!(ours.len() == PAGE, "{} sources", ours.len());
            for by_hand in &ways {
                let theirs: Vec<Row> = by_hand.list(store).await?.into_iter().take(PAGE).collect();
                ensure!(ours == theirs, "{name}, {}, {page}: {ours:?}\nby hand: {theirs:?}", words(person));
            }
            anyhow::Ok(())
        })?;
        // Whoever writes by hand takes the faster one.
        let [walk, union] = &ways;
        let walks = alone(ROUNDS, scene.by_hand(&|| walk.list(store)))?;
        let best = if walks < alone(ROUNDS, scene.by_hand(&|| union.list(store)))? { walk } else { union };
        let pair =
            alternate(ROUNDS, scene.pages::<Source>(&caller, &query), scene.by_hand(&|| best.list(store)))?;
        let what = format!("sources: {} on {name}, {page}, beside SQL by hand", words(person));
        table.pair(&what, &pair, Target::TimesTheTime(1.3))?;
    }
    Ok(())
}

/// The latest of each that is not in the trash, as lists hold them unasked.
fn page_after(after: Option<Uuid>) -> Query {
    let after = after.map(|id| Position { value: FieldValue::Id(id), id });
    let filters = vec![
        Filter::Is("status", FieldValue::text(Shelf::Active.word())),
        Filter::Is("latest", FieldValue::Flag(true)),
    ];
    Query { limit: PAGE, filters, after, ..Query::default() }
}

/// Fills a database with projects, people, and a hundred sources of each project.
async fn fill(database: &Database) -> anyhow::Result<()> {
    fill_all(database, 0).await?;
    let store = SeaStore::connect(database.url(), &Options { statement: None, ..Options::default() }).await?;
    let db = store.writer();
    let studies = Some(id(What::Organization, STUDIED));
    // The numbers before are those of the world's own grants.
    grant(db, 1_000, Person::FiftyProjects, ("BcsDeveloper", "organization", "organization_id", studies))
        .await?;
    let (app, _) = wire::app(&Settings::read(&Flags::default())?, Arc::new(store.clone())).await?;
    let cx = Cx::operator(app, "bench");
    let now = OffsetDateTime::from_unix_timestamp(1_790_000_000)?;
    for n in 0..PROJECTS {
        let project = Read::<Project>::find(&store, id(What::Project, n)).await?;
        let mut new = Vec::new();
        for at in 0..OF_PROJECT {
            let permit = cx.gate.create::<Source, Project>(&cx.caller, project.clone());
            let permit = permit.ok().context("the operator may make no sources")?;
            new.push(permit.make(id(What::Source, at * PROJECTS + n), now, source(n, at)?));
        }
        let unit = store.begin().await?;
        Write::add_all(&*unit, &new).await?;
        unit.commit().await?;
    }
    analyze(db).await?;
    Ok(store.close().await?)
}

/// The source at a place of a project. Which revisions are the latest, and which tags they carry, follows no order of ids.
fn source(project: u64, at: u64) -> anyhow::Result<Source> {
    let shuffled = (at * 37 + project) % OF_PROJECT;
    let version = shuffled % (OF_PROJECT / 2);
    let tags: &[&str] = match shuffled % 20 {
        0 => &["content", "open-access"],
        1 => &["content", "publishable"],
        2..=5 => &["content"],
        6 => &["research-use"],
        7 => &["content", "research-use"],
        8 => &["editable"],
        9 => &["content", "derivable"],
        _ => &[],
    };
    let revision = if shuffled < OF_PROJECT / 2 { "1.9" } else { "1.10" };
    let mut source = Source {
        name: String::new(),
        content_type: ContentType::Scripture,
        language: "en".to_owned(),
        abbreviation: format!("V{version}"),
        revision: revision.parse().map_err(anyhow::Error::msg)?,
        year: Some(1_611),
        license: "CC0-1.0".to_owned(),
        labels: Vec::new(),
        metadata: json!({ "publisher": "Somebody", "pages": 1_234 }),
        entitlements: tags.iter().map(|tag| Entitlement::new(*tag)).collect(),
        status: Shelf::Active,
        latest: true,
    };
    source.name = source.named();
    Ok(source)
}
