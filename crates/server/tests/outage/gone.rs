//! The database goes away and comes back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::asked::{Asked, fill};
use crate::faults::{Base, Client, Cluster, Credential, Kind, Line, Proxy, Running, tell, wait_until_ready};

/// Short waits, so that the test is short.
const SETTINGS: &str = "[storage]\nwait = 3\nstatement = 3\nconnections = 4";
/// How long the whole of a request may take in these tests, in seconds.
const WHOLE: u64 = 6;
/// Within how many seconds a test must have its answer: the whole, and what a busy machine adds.
const WITHIN: f64 = 10.0;
/// What an outage may be called.
const SORTS: &[&str] = &["unavailable", "busy"];

#[cfg(feature = "postgres")]
#[tokio::test(flavor = "multi_thread")]
async fn postgres_stops_and_starts() {
    let Some(cluster) = Cluster::start() else {
        tell("SKIPPED: no programs of Postgres here to run one of the test's own; PG_BINDIR may name them");
        return;
    };
    let base = Base::over(Kind::Postgres, cluster.url.clone());
    fill(&base);
    let server = base.serve_through(&base.url, &format!("answer_within = {WHOLE}"), SETTINGS);
    let asked = Asked::of(&server).await;
    for round in 0..3 {
        let name = format!("round {round}");
        let traffic = Traffic::begin(&asked);
        cluster.down();
        is_gone(&server, &asked, &name, SORTS).await;
        cluster.up();
        is_back(&server, &asked, &name).await;
        traffic.end(&format!("stop and start, {name}")).await;
    }
    // Back before anybody notices: connections that rested are found dead, and nobody is told.
    tokio::time::sleep(Duration::from_millis(700)).await;
    cluster.down();
    cluster.up();
    for timed in asked.every_sort().await {
        assert!(timed.answer.status < 500, "{timed:?}");
    }
}

#[cfg(feature = "postgres")]
#[tokio::test(flavor = "multi_thread")]
async fn the_line_to_postgres_is_cut_and_goes_silent() {
    line_fails(Kind::Postgres).await;
}

#[cfg(feature = "mysql")]
#[tokio::test(flavor = "multi_thread")]
async fn the_line_to_mysql_is_cut_and_goes_silent() {
    line_fails(Kind::MySql).await;
}

async fn line_fails(kind: Kind) {
    let base = Base::new(kind).await;
    fill(&base);
    let target = base.url.split('@').nth(1).unwrap().split('/').next().unwrap().to_owned();
    let proxy = Proxy::to(target.clone()).await;
    let through = base.url.replace(&target, &format!("127.0.0.1:{}", proxy.port));
    let server = base.serve_through(&through, &format!("answer_within = {WHOLE}"), SETTINGS);
    let asked = Asked::of(&server).await;
    let traffic = Traffic::begin(&asked);
    proxy.set(Line::Cut);
    is_gone(&server, &asked, "cut", SORTS).await;
    proxy.set(Line::Up);
    is_back(&server, &asked, "cut").await;
    // Nothing is heard, as when a network swallows packets; then all that was sent arrives.
    proxy.set(Line::Silent);
    is_gone(&server, &asked, "silent", &["too-late", "unavailable", "busy"]).await;
    proxy.set(Line::Up);
    is_back(&server, &asked, "silent").await;
    // The same, and then the connections turn out to be dead.
    proxy.set(Line::Silent);
    is_gone(&server, &asked, "dead", &["too-late", "unavailable", "busy"]).await;
    proxy.set(Line::Cut);
    tokio::time::sleep(Duration::from_millis(200)).await;
    proxy.set(Line::Up);
    is_back(&server, &asked, "dead").await;
    traffic.end("line cut, silent, dead").await;
}

/// Every sort of request gets a complete 503 in time; the process is live, and not ready.
async fn is_gone(server: &Running, asked: &Asked, name: &str, sorts: &[&str]) {
    let nobody = Client::new(Credential::Nobody);
    // What is under way when the database goes may have been done.
    tokio::time::sleep(Duration::from_millis(100)).await;
    for _ in 0..2 {
        let (all, ready, live) = tokio::join!(
            asked.every_sort(),
            nobody.get(server.at(), "/health/ready"),
            nobody.get(server.at(), "/health/live"),
        );
        for timed in all {
            timed.fails(sorts, WITHIN);
        }
        assert_eq!((ready.status, live.status), (503, 200));
    }
    asked.make(name).await.fails(sorts, WITHIN);
}

/// Without a restart, every sort of request works again, and what was to be made is made once.
async fn is_back(server: &Running, asked: &Asked, name: &str) {
    wait_until_ready(&server.server, true, 10).await;
    for round in 0..5 {
        for timed in asked.every_sort().await {
            // Connections that broke while they were used go when they are used.
            assert!(timed.answer.status < 500 || round == 0, "{timed:?}");
        }
    }
    let made = asked.make(name).await.is(201, WITHIN).answer.id();
    assert_eq!(asked.make(name).await.is(201, WITHIN).answer.id(), made);
}

/// Readers and writers that go on all the time: nothing but good answers, conflicts and 503, each in time.
struct Traffic {
    over: Arc<AtomicBool>,
    counts: Arc<[AtomicU64; 2]>,
    running: Vec<tokio::task::JoinHandle<()>>,
}

impl Traffic {
    fn begin(asked: &Asked) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let counts = Arc::new([const { AtomicU64::new(0) }; 2]);
        let running = (0..4).map(|number| {
            let (asked, over, counts) = (asked.clone(), over.clone(), counts.clone());
            tokio::spawn(async move {
                while !over.load(Ordering::SeqCst) {
                    let begun = Instant::now();
                    let timed = if number % 2 == 0 { asked.read().await } else { asked.edit().await };
                    let bad = match timed.answer.status {
                        200 | 409 => 0,
                        503 => 1,
                        _ => panic!("{timed:?}"),
                    };
                    assert!(begun.elapsed() < Duration::from_secs_f64(WITHIN), "{timed:?}");
                    counts[bad].fetch_add(1, Ordering::SeqCst);
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            })
        });
        Self { over: over.clone(), counts: counts.clone(), running: running.collect() }
    }

    async fn end(self, what: &str) {
        self.over.store(true, Ordering::SeqCst);
        for one in self.running {
            one.await.unwrap();
        }
        let [good, bad] = [0, 1].map(|which: usize| self.counts[which].load(Ordering::SeqCst));
        tell(format_args!(
            "{what}: of the traffic meanwhile, {good} were served and {bad} got 503; nothing else"
        ));
        assert!(good > 0 && bad > 0, "{what}");
    }
}
