//! Every row of the decision tables, through the gate alone and through HTTP.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_testkit::decisions::{Answer, Ask, Expect, Kind, Row, World};
use bailiwick_testkit::judge;
use bailiwick_testkit::oracle::Verdict;
use bailiwick_testkit::rows::{Tally, agrees, tables, through_the_gate};
use bailiwick_tests::Storage;
use bailiwick_tests::rows::ask::{kind_of, list, no_routes, send};
use bailiwick_tests::rows::fit::{EXTRA, id_on_server, is_kept};
use bailiwick_tests::rows::snapshot::snapshot;
use bailiwick_tests::rows::{Outcome, Request, Setting, Worlds, fit, request};
use reqwest::Method;

type Tallies = BTreeMap<String, Tally>;

/// Rows of one world, each with its file.
type Group = Vec<(String, Row)>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gate_and_server_agree_with_every_row() {
    let tables = tables().unwrap();
    let gate = through_the_gate(&tables);
    println!("Through the gate:");
    print(&gate);

    let mut http = Tallies::new();
    for (file, _) in &tables {
        http.insert(file.clone(), Tally::default());
    }
    let groups = groups(tables, &mut http);
    for tallies in through_http(groups, Storage::Memory).await {
        merge(&mut http, tallies);
    }
    println!("Through HTTP, in memory:");
    print(&http);
    assert!(gate.values().chain(http.values()).all(|tally| tally.differing.is_empty()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_on_sqlite_agrees_with_a_sample() {
    // Rows, at least; of every world all.
    const SAMPLE: usize = 100;
    let groups = groups(tables().unwrap(), &mut Tallies::new());
    let rows: usize = groups.iter().map(Vec::len).sum();
    let every = (rows / SAMPLE).max(1);
    let mut spread: Vec<(usize, Group)> = groups.into_iter().enumerate().collect();
    spread.sort_by_key(|(number, _)| number % every);
    let mut taken = 0;
    let wanted = spread.into_iter().map(|(_, group)| group).take_while(|group| {
        let more = taken < SAMPLE;
        taken += group.len();
        more
    });
    let sample = wanted.collect();
    let mut http = Tallies::new();
    for tallies in through_http(sample, Storage::Sqlite).await {
        merge(&mut http, tallies);
    }
    println!("Through HTTP, a sample on SQLite:");
    print(&http);
    assert!(http.values().all(|tally| tally.differing.is_empty()));
}

fn print(tallies: &Tallies) {
    for (file, tally) in tallies {
        println!("  {file}: {tally}");
    }
}

fn merge(into: &mut Tallies, tallies: Tallies) {
    for (file, tally) in tallies {
        into.entry(file).or_default().merge(tally);
    }
}

/// The rows that can be asked, by world; of the others the reason is counted.
fn groups(tables: Vec<(String, Vec<Row>)>, not_yet: &mut Tallies) -> Vec<Group> {
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    for (file, rows) in tables {
        for row in rows {
            match unaskable(&row) {
                Some(why) => not_yet.entry(file.clone()).or_default().leave(why),
                None => {
                    let world = serde_json::to_string(&row.world).unwrap();
                    groups.entry(world).or_default().push((file.clone(), row));
                }
            }
        }
    }
    groups.into_values().collect()
}

/// Why a row can't be asked yet.
fn unaskable(row: &Row) -> Option<String> {
    let held = match fit(&row.world) {
        Ok(held) => held,
        Err(why) => return Some(why),
    };
    match &row.ask {
        Ask::List { kind } if !is_kept(*kind) || *kind == Kind::Container => Some(no_routes(*kind)),
        Ask::List { .. } => None,
        ask => request(Worlds { told: &row.world, held: &held }, ask).err(),
    }
}

/// Puts every group of rows to a server of its own, on two threads.
async fn through_http(groups: Vec<Group>, storage: Storage) -> Vec<Tallies> {
    let mut halves = [Vec::new(), Vec::new()];
    for (number, group) in groups.into_iter().enumerate() {
        halves[number % 2].push(group);
    }
    let run = |half: Vec<Group>| {
        let runtime = tokio::runtime::Handle::current();
        tokio::task::spawn_blocking(move || {
            half.into_iter().map(|group| runtime.block_on(carry_out(group, storage))).collect::<Vec<_>>()
        })
    };
    let [one, other] = halves.map(run);
    [one.await.unwrap(), other.await.unwrap()].concat()
}

async fn carry_out(group: Group, storage: Storage) -> Tallies {
    let told = group[0].1.world.clone();
    let callers: BTreeSet<String> = group.iter().filter_map(|(_, row)| row.caller.clone()).collect();
    let setting = Setting::of(fit(&told).unwrap(), storage, &callers).await;
    for caller in &callers {
        // The first use of a key is noted, which is no change that a row speaks of.
        let _ = setting.actor(Some(caller)).get("/whoami").await;
    }
    let before = snapshot(&*setting.site.app.store).await;
    let mut tallies = Tallies::new();
    let mut allowed = None;
    for (file, row) in &group {
        let fitted = judge::answer(&setting.world, row.caller.as_deref(), &row.ask);
        let verdict = match &row.ask {
            Ask::List { kind } => listed(&setting, row, *kind).await,
            ask => {
                let request = request(Worlds { told: &told, held: &setting.world }, ask).unwrap();
                let verdict = asked(&setting, row, &request).await;
                if request.method != Method::GET && matches!(verdict, Ok(Verdict::Allow)) {
                    allowed = Some((file, row, request));
                }
                verdict
            }
        };
        let verdict = match snapshot(&*setting.site.app.store).await == before {
            true => verdict,
            false => Err(format!("{verdict:?}, and something changed")),
        };
        let verdict = match agrees(row, &fitted) {
            true => verdict,
            false => Err(format!("{verdict:?}, but of the fitted world the gate says {fitted:?}")),
        };
        let verdict = verdict.map(|verdict| named_by_path(verdict, &row.ask, &fitted));
        let verdict = verdict.as_ref().map_err(String::as_str);
        tallies.entry(file.clone()).or_default().count(row, verdict);
    }
    if let Some((file, row, request)) = allowed {
        let done = carried_out(&setting, row, &request, &before).await;
        tallies.entry(file.clone()).or_default().differing.extend(done.err());
    }
    tallies
}

/// What a row ties to an object, the route names in its path: what may not be named is not found there.
fn named_by_path(verdict: Verdict, ask: &Ask, judged: &Verdict) -> Verdict {
    let ties = matches!(ask, Ask::Link { .. } | Ask::Unlink { .. });
    match (verdict, judged) {
        (Verdict::Deny(Answer::Hidden), Verdict::Deny(Answer::Unprocessable)) if ties => judged.clone(),
        (verdict, _) => verdict,
    }
}

/// What the server answers. What a row denies is tried in earnest; what it allows is tried dry, so that the world stays
/// as it is for the next row.
async fn asked(setting: &Setting, row: &Row, request: &Request) -> Result<Verdict, String> {
    let actor = setting.actor(row.caller.as_deref());
    let dry = row.expect == Expect::Allow && request.method != Method::GET;
    let outcome = send(actor, request, if dry { "?dry_run=true" } else { "" }).await?;
    if row.expect == Expect::Deny && outcome == Outcome::Dependents {
        // What hangs under it is in the way before all else. Would it go without?
        let last = send(actor, request, "?dry_run=true&cascade=true").await?;
        return Ok(last.into());
    }
    Ok(outcome.into())
}

/// The last write of a world that was allowed, in earnest.
async fn carried_out(
    setting: &Setting,
    row: &Row,
    request: &Request,
    before: &[String],
) -> Result<(), String> {
    let outcome = send(setting.actor(row.caller.as_deref()), request, "").await?;
    let after = snapshot(&*setting.site.app.store).await;
    let says_nothing = request.method == Method::PATCH && request.body == Some(serde_json::json!({}));
    match outcome {
        Outcome::Done if after != before || says_nothing => Ok(()),
        Outcome::Dependents if after == before => Ok(()),
        other => Err(format!("{}: allowed dry, in earnest {other:?}", row.id)),
    }
}

/// A list, over all its pages, by the names of the row.
async fn listed(setting: &Setting, row: &Row, kind: Kind) -> Result<Verdict, String> {
    let ids = match list(setting.actor(row.caller.as_deref()), kind, 3).await {
        Ok(ids) => ids,
        Err(denied) => return Ok(denied.into()),
    };
    let world: &World = &setting.world;
    let of_kind = world.objects.iter().filter(|object| kind_of(object.kind) == kind_of(kind));
    let seen = of_kind.filter(|object| ids.contains(&id_on_server(world, object)));
    Ok(Verdict::List(seen.map(|object| object.id.clone()).filter(|id| !id.starts_with(EXTRA)).collect()))
}
