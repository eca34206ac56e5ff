//! Readers that ask all the time, and the judge of what they were told.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::task::JoinHandle;

use crate::faults::{Answer, Client};
use crate::world::World;

/// What a reader asks, and what tells that it was allowed.
#[derive(Debug, Clone)]
pub enum Ask {
    /// An object: it is shown.
    Show(String),
    /// A list: it holds something.
    List(String),
    /// A change of an object's description: it is done.
    Edit(String),
}

/// Who asks what.
#[derive(Debug, Clone)]
pub struct Probe {
    pub who: Client,
    pub ask: Ask,
}

impl Probe {
    pub fn show(who: &Client, path: impl Into<String>) -> Self {
        Self { who: who.clone(), ask: Ask::Show(path.into()) }
    }

    pub fn list(who: &Client, path: impl Into<String>) -> Self {
        Self { who: who.clone(), ask: Ask::List(path.into()) }
    }

    pub fn edit(who: &Client, path: impl Into<String>) -> Self {
        Self { who: who.clone(), ask: Ask::Edit(path.into()) }
    }

    /// Whether it was allowed; `None` where the answer does not tell. An error where there is no answer: the servers
    /// have stopped.
    async fn ask(&self, at: &str, number: usize) -> Result<Option<bool>, ()> {
        let answer = match &self.ask {
            Ask::Show(path) | Ask::List(path) => self.who.try_send(at, "GET", path, None, &[]).await,
            Ask::Edit(path) => {
                let body = json!({ "description": number.to_string() });
                self.who.try_send(at, "PATCH", path, Some(&body), &[]).await
            }
        };
        let answer = answer.ok_or(())?;
        Ok(match (&self.ask, answer.status) {
            (Ask::List(_), 200) => {
                Some(answer.body["items"].as_array().is_some_and(|items| !items.is_empty()))
            }
            (_, 200) => Some(true),
            (_, 401 | 403 | 404) => Some(false),
            // Another change came between.
            (Ask::Edit(_), 409) => None,
            _ => panic!("{self:?}: {} {:#}", answer.status, answer.body),
        })
    }
}

/// A request: when it began and ended, by which server and probe, and whether it was allowed.
#[derive(Debug, Clone)]
struct Event {
    begun: Instant,
    ended: Instant,
    server: usize,
    probe: usize,
    allowed: bool,
}

/// A change: when it was sent and acknowledged, and whether the probes are allowed from then on.
#[derive(Debug, Clone, Copy)]
struct Change {
    sent: Instant,
    acknowledged: Instant,
    allowed: bool,
}

/// Readers of some probes, each on each server.
pub struct Watch {
    probes: Vec<Probe>,
    over: Arc<AtomicBool>,
    events: Arc<Mutex<Vec<Event>>>,
    seen: Vec<Arc<AtomicUsize>>,
    readers: Vec<JoinHandle<()>>,
    changes: Vec<Change>,
}

/// How many requests each reader makes between two changes, at least.
const BETWEEN: usize = 3;

impl Watch {
    /// Begins to ask; all of it is allowed until the first change.
    pub async fn begin(world: &World, probes: Vec<Probe>) -> Self {
        let (over, events) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Vec::new())));
        let (mut seen, mut readers) = (Vec::new(), Vec::new());
        for server in 0..world.servers.len() {
            for (probe, what) in probes.iter().cloned().enumerate() {
                let (over, events, at) = (over.clone(), events.clone(), world.at(server).to_owned());
                let count = Arc::new(AtomicUsize::new(0));
                seen.push(count.clone());
                readers.push(tokio::spawn(async move {
                    while !over.load(Ordering::SeqCst) {
                        let begun = Instant::now();
                        let Ok(allowed) = what.ask(&at, count.load(Ordering::SeqCst)).await else { return };
                        let ended = Instant::now();
                        if let Some(allowed) = allowed {
                            events.lock().unwrap().push(Event { begun, ended, server, probe, allowed });
                        }
                        count.fetch_add(1, Ordering::SeqCst);
                    }
                }));
            }
        }
        let watch = Self { probes, over, events, seen, readers, changes: Vec::new() };
        watch.settle().await;
        watch
    }

    /// Waits until every reader has asked a few times more.
    async fn settle(&self) {
        let goals: Vec<_> =
            self.seen.iter().map(|count| count.load(Ordering::SeqCst) + BETWEEN + 1).collect();
        let begun = Instant::now();
        while self.seen.iter().zip(&goals).any(|(count, goal)| count.load(Ordering::SeqCst) < *goal) {
            assert!(
                self.readers.iter().all(|reader| !reader.is_finished()),
                "a reader ended: {:?}",
                self.probes
            );
            assert!(begun.elapsed() < Duration::from_secs(60), "readers hang: {:?}", self.probes);
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Makes a change after which the probes are allowed, or are not; again where others came between. Tells the answer.
    pub async fn change(&mut self, allowed: bool, deed: impl AsyncFn() -> Answer) -> Answer {
        let sent = Instant::now();
        for _ in 0..20 {
            let answer = deed().await;
            let acknowledged = Instant::now();
            if answer.body["type"] == "urn:bailiwick:problem:contention" {
                continue;
            }
            assert!(matches!(answer.status, 200 | 201 | 204), "{} {:#}", answer.status, answer.body);
            self.changes.push(Change { sent, acknowledged, allowed });
            self.settle().await;
            return answer;
        }
        panic!("others come between without end");
    }

    /// Takes over the last change of another watch: it concerns these probes too, and they are not allowed from then on.
    pub async fn taken_with(&mut self, other: &Self) {
        self.changes.push(Change { allowed: false, ..*other.changes.last().unwrap() });
        self.settle().await;
    }

    /// Has the operator make a change, in a process beside the servers.
    pub async fn operator(&mut self, allowed: bool, deed: impl FnOnce() + Send + 'static) {
        let sent = Instant::now();
        tokio::task::spawn_blocking(deed).await.unwrap();
        self.changes.push(Change { sent, acknowledged: Instant::now(), allowed });
        self.settle().await;
    }

    /// Stops asking, and judges.
    pub async fn end(self, what: &str) -> Tally {
        self.over.store(true, Ordering::SeqCst);
        for reader in self.readers {
            reader.await.unwrap();
        }
        let (mut tally, mut faults) = (Tally::default(), Vec::new());
        tally.taken = self.changes.iter().filter(|change| !change.allowed).count() as u64;
        tally.given = self.changes.len() as u64 - tally.taken;
        for event in self.events.lock().unwrap().iter() {
            tally.requests += 1;
            let Some(expected) = expected(&self.changes, event) else { continue };
            if expected {
                tally.allowed += 1;
            } else {
                tally.refused += 1;
            }
            if event.allowed != expected {
                let before = self.changes.iter().rfind(|change| change.acknowledged < event.begun);
                let since = before.map(|change| event.begun - change.acknowledged);
                let Event { server, probe, allowed, .. } = event;
                let ask = &self.probes[*probe].ask;
                let told = if *allowed { "allowed" } else { "refused" };
                faults
                    .push(format!("server {server} {told} {ask:?}, begun {since:?} after the change before"));
            }
        }
        assert!(
            faults.is_empty(),
            "{what}: {} of {} wrong:\n{}",
            faults.len(),
            tally.requests,
            faults.join("\n")
        );
        tally
    }
}

/// What a request must have been told; `None` where a change was under way meanwhile.
fn expected(changes: &[Change], event: &Event) -> Option<bool> {
    if changes.iter().any(|change| change.sent <= event.ended && event.begun <= change.acknowledged) {
        return None;
    }
    let last = changes.iter().rfind(|change| change.acknowledged < event.begun);
    Some(last.is_none_or(|change| change.allowed))
}

/// How much was seen.
#[derive(Debug, Default)]
pub struct Tally {
    requests: u64,
    allowed: u64,
    refused: u64,
    pub taken: u64,
    given: u64,
}

impl Tally {
    pub fn add(&mut self, other: Self) {
        self.requests += other.requests;
        self.allowed += other.allowed;
        self.refused += other.refused;
        self.taken += other.taken;
        self.given += other.given;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { requests, allowed, refused, taken, given } = self;
        write!(
            f,
            "{taken} times something was taken away and {given} times given back under {requests} requests; all \
             {refused} that began after a taking was acknowledged were refused, all {allowed} that began before any or \
             after a giving were allowed, {} overlapped a change",
            requests - allowed - refused
        )
    }
}

/// Whether the judge sees a fault at all.
#[test]
fn an_allow_after_a_revocation_is_found() {
    let zero = Instant::now();
    let at = |milliseconds| zero + Duration::from_millis(milliseconds);
    let changes = [
        Change { sent: at(10), acknowledged: at(20), allowed: false },
        Change { sent: at(30), acknowledged: at(40), allowed: true },
    ];
    let told = |begun, ended| {
        expected(&changes, &Event { begun: at(begun), ended: at(ended), server: 0, probe: 0, allowed: true })
    };
    assert_eq!(told(1, 9), Some(true));
    assert_eq!((told(1, 10), told(15, 16), told(20, 25), told(25, 30)), (None, None, None, None));
    assert_eq!(told(21, 29), Some(false));
    assert_eq!((told(21, 41), told(41, 50)), (None, Some(true)));
}
