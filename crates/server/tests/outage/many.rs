//! SQLite takes one writer at a time: many who write at once, and another process that holds the lock for a while,
//! are no error to anybody.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::asked::{Asked, fill};
use crate::faults::{Base, Kind, tell};

/// How many write at once.
const WRITERS: usize = 16;
/// How many tasks each makes.
const TASKS: usize = 25;
/// How many times each counts up.
const COUNTS: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn many_write_to_sqlite_at_once() {
    for durable in [true, false] {
        let base = Base::new(Kind::Sqlite).await;
        fill(&base);
        let server = base.serve_through(&base.url, "", &format!("[storage]\ndurable = {durable}"));
        let asked = Asked::of(&server).await;
        let begun = Instant::now();
        each(|writer| make(asked.clone(), writer)).await;
        let (made, rate) = (WRITERS * TASKS, (WRITERS * TASKS) as f64 / begun.elapsed().as_secs_f64());
        let refused: usize = each(|_| count(asked.clone())).await.into_iter().sum();
        tell(format_args!(
            "durable = {durable}: {WRITERS} writers made {made} tasks, {rate:.0} a second, and counted to {} with \
             {refused} refusals by If-Match; no error",
            WRITERS * COUNTS
        ));
        is_whole(&asked).await;
        if durable {
            held_by_another(&base, &asked).await;
        }
    }
}

/// Lets every writer do something at once.
async fn each<F: Future<Output: Send> + Send + 'static>(work: impl Fn(usize) -> F) -> Vec<F::Output> {
    let running = (0..WRITERS).map(|writer| tokio::spawn(work(writer))).collect::<Vec<_>>();
    let mut done = Vec::new();
    for one in running {
        done.push(one.await.unwrap());
    }
    done
}

async fn make(asked: Asked, writer: usize) {
    for number in 0..TASKS {
        asked.make(&format!("{writer} {number}")).await.is(201, 10.0);
    }
}

async fn count(asked: Asked) -> usize {
    let mut refused = 0;
    for _ in 0..COUNTS {
        refused += count_up(&asked).await;
    }
    refused
}

/// Adds one to the number in the task's description; tells how often another was faster.
async fn count_up(asked: &Asked) -> usize {
    let path = format!("/tasks/{}", asked.task);
    for refused in 0.. {
        let task = asked.read().await.is(200, 10.0).answer.body;
        let number = task["description"].as_str().unwrap().parse::<usize>().unwrap_or(0) + 1;
        let (body, tag) = (json!({ "description": number.to_string() }), format!("\"{}\"", task["version"]));
        let sent = asked.ann.try_send(&asked.at, "PATCH", &path, Some(&body), &[("if-match", &tag)]).await;
        match sent.unwrap() {
            answer if answer.status == 412 => {}
            answer => {
                answer.is(200);
                return refused;
            }
        }
    }
    unreachable!()
}

/// No update is lost, and no task.
async fn is_whole(asked: &Asked) {
    let task = asked.read().await.is(200, 5.0).answer.body;
    assert_eq!(task["description"], (WRITERS * COUNTS).to_string());
    assert_eq!(task["version"], WRITERS * COUNTS + 1);
    let page = asked.ann.get(&asked.at, "/tasks?count=true").await.is(200).body;
    assert_eq!(page["total"], WRITERS * TASKS + 1);
}

/// Another process writes, for two seconds: whoever wants to write waits, and whoever reads does not.
async fn held_by_another(base: &Base, asked: &Asked) {
    let look = base.look().await;
    look.run("BEGIN IMMEDIATE").await;
    let writers = (0..WRITERS).map(|writer| {
        let asked = asked.clone();
        tokio::spawn(async move { asked.make(&format!("late {writer}")).await.is(201, 9.0).took })
    });
    let writers = writers.collect::<Vec<_>>();
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(2) {
        asked.read().await.is(200, 5.0);
    }
    look.run("COMMIT").await;
    let mut longest = Duration::ZERO;
    for one in writers {
        longest = longest.max(one.await.unwrap());
    }
    assert!(longest >= Duration::from_secs(2));
    tell(format_args!(
        "another process held the lock for 2 s: {WRITERS} writers waited {longest:?} at most, no error"
    ));
}
