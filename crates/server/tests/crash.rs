//! The server is killed in the middle of its work, many times: what it acknowledged is there, what it did not is
//! there wholly or not at all.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

mod faults;
mod support;

#[path = "crash/whole.rs"]
mod whole;
#[path = "crash/writer.rs"]
mod writer;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use faults::{Base, Client, Dice, Kind, built_in};
use serde_json::json;
use tokio::task::JoinHandle;
use writer::{Place, Tally, Writer};

const WORLD: &str = "
organizations:
  - name: acme
    users:
      - username: ann
      - username: bob
      - username: cat
    projects:
      - name: work
        visibility: private
grants:
  - user: acme/ann
    role: owner
    at: acme
";

/// How many write at once.
const WRITERS: usize = 6;

#[cfg(feature = "sqlite")]
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_half_done_on_sqlite() {
    kill_again_and_again(Kind::Sqlite, 200).await;
}

#[cfg(feature = "postgres")]
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_half_done_on_postgres() {
    kill_again_and_again(Kind::Postgres, 15).await;
}

#[cfg(feature = "mysql")]
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_half_done_on_mysql() {
    kill_again_and_again(Kind::MySql, 15).await;
}

/// `CRASH_ROUNDS` asks for another number of rounds.
async fn kill_again_and_again(kind: Kind, rounds: usize) {
    let rounds = std::env::var("CRASH_ROUNDS").map_or(rounds, |rounds| rounds.parse().unwrap());
    let mut dice = Dice::new();
    let base = Base::new(kind).await;
    let look = base.look().await;
    whole::keep_outbox(&look).await;
    base.fill(WORLD, &["acme/ann"], "a good password");
    let mut server = base.serve();
    let mut writers = writers(server.at(), &mut dice).await;
    let (begun, mut tally) = (Instant::now(), Tally::default());
    for round in 1..=rounds {
        let acknowledged = Arc::new(AtomicU64::new(0));
        let working = writers.into_iter().map(|mut writer: Writer| {
            let (at, acknowledged) = (server.at().to_owned(), acknowledged.clone());
            tokio::spawn(async move {
                writer.work(&at, &acknowledged).await;
                writer
            })
        });
        let working = working.collect::<Vec<_>>();
        // In the middle of the work, wherever that is: after some writes, and a moment more.
        let some = dice.below(2 * WRITERS as u64);
        while acknowledged.load(Ordering::SeqCst) < some {
            assert!(
                !working.iter().all(JoinHandle::is_finished),
                "the server died by itself: {}",
                server.log()
            );
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_millis(dice.below(60))).await;
        let log = server.log();
        // Dropped, it is killed.
        drop(server);
        assert!(!log.contains("panicked"), "{log}");
        writers = Vec::new();
        for writer in working {
            writers.push(writer.await.unwrap());
        }
        server = base.serve();
        whole::check(&look, &format!("after the kill of round {round}")).await;
        for writer in &mut writers {
            writer.settle(&look, server.at(), &mut tally).await;
        }
        whole::check(&look, &format!("after what was repeated in round {round}")).await;
        whole::is_what_writers_know(&look, &writers, round).await;
    }
    faults::tell(format_args!("{kind:?}: {rounds} kills in {} s: {tally}", begun.elapsed().as_secs()));
    assert!(
        tally.acknowledged > rounds as u64 && tally.unanswered >= rounds as u64,
        "hardly anything was tried: {tally}"
    );
}

async fn writers(at: &str, dice: &mut Dice) -> Vec<Writer> {
    let (ann, _) = Client::tokens(at, "acme/ann", "a good password").await;
    let organization = ann.id(at, "/organizations?q=acme").await;
    let project = ann.id(at, "/projects?q=work").await;
    let people = [ann.id(at, "/users?q=bob").await, ann.id(at, "/users?q=cat").await];
    let mut writers = Vec::new();
    for number in 0..WRITERS {
        let under = format!("/organizations/{organization}");
        let (_, key) = ann.new_key(at, &under, &format!("writer {number}"), &built_in("owner")).await;
        let name = format!("home of {number}");
        let job =
            ann.post(at, &format!("/projects/{project}/jobs"), json!({ "name": name })).await.is(201).id();
        let place = Place { project: project.clone(), job, people: people.clone() };
        writers.push(Writer::new(number, key, place, dice.fork()));
    }
    writers
}
