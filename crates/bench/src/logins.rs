//! Sign-ins beside other requests: hashing passwords must not keep them waiting.

use std::hint::black_box;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use thread_priority::ThreadPriority;
use tokio::runtime;

use crate::child::{Child, filled, login};
use crate::load::{Connection, Request, request, word};
use crate::measure::{Pair, quantile, sorted};
use crate::table::{Table, Target};
use crate::world::Person;

/// How many sign in at once.
const LOGINS: usize = 200;
/// How many others ask meanwhile, one request at a time each.
const CONNECTIONS: usize = 16;
const ROUNDS: usize = 15;

/// Measures and prints.
///
/// # Errors
/// The binary does not start.
pub fn run(table: &mut Table) -> anyhow::Result<()> {
    let database = filled(100_000)?;
    let child = Child::start(&database)?;
    let bearer = child.bearer(Person::FiftyProjects)?;
    let mut requests = Vec::new();
    for task in child.tasks(&bearer, 200)? {
        let path = format!("/api/v1/tasks/{}", word(&task, "/id")?);
        requests.push(request("GET", &path, &[("Authorization", &bearer)], ""));
    }
    // The first burst warms up and tells how long one takes.
    let (mut burst, _) = beside_logins(child.address, &requests)?;
    let (mut slowest, mut middle, mut signed_in, mut lasted) = (Vec::new(), Vec::new(), 0, Vec::new());
    let mut counting = Vec::new();
    for _ in 0..ROUNDS {
        let alone = beside(child.address, &requests, &AtomicBool::new(false), Some(burst.took))?;
        let least = beside_counting(child.address, &requests, burst.took)?;
        counting.push((quantile(&least, 0.99), quantile(&alone, 0.99)));
        let (next, with) = beside_logins(child.address, &requests)?;
        burst = next;
        signed_in += burst.signed_in;
        lasted.push(burst.took.as_secs_f64());
        slowest.push((quantile(&with, 0.99), quantile(&alone, 0.99)));
        middle.push((quantile(&with, 0.5), quantile(&alone, 0.5)));
    }
    let what =
        "logins: the slowest hundredth of `GET /tasks/{id}` (p99) beside 200 sign-ins at once, beside none";
    table.pair(what, &Pair::of(&slowest), Target::TimesTheTime(2.0))?;
    let what = "logins: the same beside one thread of the lowest priority that only counts, beside none";
    table.pair(what, &Pair::of(&counting), Target::Told)?;
    let what = "logins: the middle of the same requests (p50)";
    table.pair(what, &Pair::of(&middle), Target::Told)?;
    let took = crate::table::seconds(quantile(&sorted(lasted.into_iter()), 0.5));
    let told = format!("{} signed in, the others told to come later; {took}", signed_in / ROUNDS);
    Ok(table.figure("logins: of 200 at once", &told, "", None)?)
}

/// What became of sign-ins at once.
struct Burst {
    signed_in: usize,
    took: Duration,
}

/// Others' times while many sign in.
fn beside_logins(to: SocketAddr, requests: &[Request]) -> anyhow::Result<(Burst, Vec<f64>)> {
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let burst = scope.spawn(|| {
            let burst = logins(to);
            done.store(true, Ordering::Relaxed);
            burst
        });
        let times = beside(to, requests, &done, None)?;
        let burst = burst.join().ok().context("the sign-ins ended early")??;
        Ok((burst, times))
    })
}

/// Others' times while a thread of the lowest priority counts: the least that any work of the processor's beside them costs.
fn beside_counting(to: SocketAddr, requests: &[Request], lasts: Duration) -> anyhow::Result<Vec<f64>> {
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let counting = scope.spawn(|| {
            ThreadPriority::Min.set_for_current()?;
            let mut count = 0_u64;
            while !done.load(Ordering::Relaxed) {
                count = black_box(count.wrapping_add(1));
            }
            anyhow::Ok(())
        });
        let times = beside(to, requests, &AtomicBool::new(false), Some(lasts));
        done.store(true, Ordering::Relaxed);
        counting.join().ok().context("the counting ended early")??;
        times
    })
}

/// Sign-ins, all at once, each over a connection of its own.
fn logins(to: SocketAddr) -> anyhow::Result<Burst> {
    let runtime = runtime::Builder::new_current_thread().enable_io().build()?;
    runtime.block_on(async {
        let begun = Instant::now();
        let each = (0..LOGINS).map(|at| async move {
            let person = Person::ALL.into_iter().cycle().nth(at).context("nobody")?;
            let answer = Connection::open(to).await?.ask(&login(person)).await?;
            match answer.status {
                201 => Ok(true),
                429 | 503 => Ok(false),
                status => bail!("{status} {}", String::from_utf8_lossy(&answer.body)),
            }
        });
        let all = futures_util::future::try_join_all(each).await?;
        let signed_in = all.into_iter().filter(|signed_in| *signed_in).count();
        ensure!(signed_in > 0, "nobody could sign in");
        Ok(Burst { signed_in, took: begun.elapsed() })
    })
}

/// The times of requests until it is done, or for so long; in seconds, sorted.
fn beside(
    to: SocketAddr,
    requests: &[Request],
    done: &AtomicBool,
    lasts: Option<Duration>,
) -> anyhow::Result<Vec<f64>> {
    let runtime = runtime::Builder::new_current_thread().enable_io().build()?;
    runtime.block_on(async {
        let begun = Instant::now();
        let goes_on = || !done.load(Ordering::Relaxed) && lasts.is_none_or(|lasts| begun.elapsed() < lasts);
        let goes_on = &goes_on;
        let clients = (0..CONNECTIONS).map(|client| async move {
            let mut connection = Connection::open(to).await?;
            let mut times = Vec::new();
            let mine = requests.iter().cycle().skip(client * requests.len() / CONNECTIONS);
            for request in mine.take_while(|_| goes_on()) {
                let begun = Instant::now();
                let answer = connection.ask(request).await?;
                times.push(begun.elapsed().as_secs_f64());
                ensure!(answer.status == 200, "{}", answer.status);
            }
            anyhow::Ok(times)
        });
        let times = futures_util::future::try_join_all(clients).await?;
        Ok(sorted(times.into_iter().flatten()))
    })
}
