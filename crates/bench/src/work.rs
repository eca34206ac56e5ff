//! Fifty annotators who take tasks of one job and complete them, as fast as the server lets them.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::{App, HttpServer};
use anyhow::{Context, bail, ensure};
use bailiwick_app::{Cx, accounts, read, world};
use bailiwick_domain::entities::{Dataset, File, Job, Project};
use bailiwick_domain::page::{Filter, Query};
use bailiwick_domain::ports::{Read, Record, Secret, Write};
use bailiwick_domain::{Facts, guards};
use bailiwick_server::settings::{Flags, Settings};
use bailiwick_server::{storage, wire};
use serde_json::json;
use tokio::runtime;

use crate::database::Database;
use crate::load::{Answer, Connection, ask, json_of, request, word};
use crate::measure::{quantile, sorted};
use crate::serving;
use crate::table::{Table, seconds};

/// The password of everybody.
const PASSWORD: &str = "a password that nobody guesses";
/// How many work.
const WORKERS: usize = 50;
/// How many tasks there are.
const TASKS: usize = 20_000;
/// How many files a job is launched over.
const FILES: usize = 100_000;
/// How many of them one statement stores.
const FILES_AT_ONCE: usize = 1_000;
/// How often one request is tried again when it is refused for others' sake.
const ATTEMPTS: usize = 20;

/// Measures and prints.
///
/// # Errors
/// A task was lost, or done twice; a request was refused.
pub fn run(table: &mut Table) -> anyhow::Result<()> {
    for kind in ["SQLite", "Postgres"] {
        let Some(database) = Database::fresh(kind, "work")? else { continue };
        let server = serve(database.url())?;
        measure(table, kind, server)?;
        launch(table, kind, server)?;
    }
    Ok(())
}

/// Launches a job over a dataset of many files, and reads what came of it.
fn launch(table: &mut Table, kind: &str, server: SocketAddr) -> anyhow::Result<()> {
    let root = bearer(server, "ada")?;
    let headers = [("Authorization", root.as_str())];
    let get = |path: &str| json_of(&ask(server, &request("GET", path, &headers, ""))?);
    let job = word(&get("/api/v1/jobs?q=over%20files")?, "/items/0/id")?;
    let (path, body) = (format!("/api/v1/jobs/{job}"), json!({ "status": "launched" }).to_string());
    let begun = Instant::now();
    json_of(&ask(server, &request("PATCH", &path, &headers, &body))?)?;
    while word(&get(&path)?, "/status")? != "active" {
        std::thread::sleep(Duration::from_millis(100));
    }
    let took = begun.elapsed().as_secs_f64();
    let timed = |path: &str| {
        let begun = Instant::now();
        get(path).map(|answer| (answer, begun.elapsed().as_secs_f64()))
    };
    let (progress, counting) = timed(&format!("{path}/progress"))?;
    let made = progress.pointer("/tasks").and_then(serde_json::Value::as_u64);
    ensure!(made == Some(FILES as u64), "{progress}");
    let (page, paging) = timed(&format!("{path}/tasks?limit=20&sort=-id"))?;
    ensure!(page.pointer("/items/19").is_some(), "{page}");
    let told = format!(
        "{} from launched to active; progress in {}, the last page of 20 in {}",
        seconds(took),
        seconds(counting),
        seconds(paging)
    );
    Ok(table.figure(&format!("work: a job of {FILES} files is launched, {kind}"), &told, "", None)?)
}

fn measure(table: &mut Table, kind: &str, server: SocketAddr) -> anyhow::Result<()> {
    let bearers =
        (0..WORKERS).map(|at| bearer(server, &format!("w{at}"))).collect::<anyhow::Result<Vec<_>>>()?;
    let root = bearer(server, "ada")?;
    let headers = [("Authorization", root.as_str())];
    let jobs = json_of(&ask(server, &request("GET", "/api/v1/jobs", &headers, ""))?)?;
    let job = word(&jobs, "/items/0/id")?;
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let begun = Instant::now();
    let workers = bearers.iter().map(|bearer| work(server, &job, bearer));
    let done = runtime.block_on(futures_util::future::try_join_all(workers))?;
    let took = begun.elapsed().as_secs_f64();
    let tasks: Vec<&String> = done.iter().flat_map(|done| &done.tasks).collect();
    ensure!(tasks.len() == TASKS, "{} tasks were done of {TASKS}", tasks.len());
    ensure!(tasks.iter().collect::<BTreeSet<_>>().len() == TASKS, "a task was done twice");
    let path = format!("/api/v1/jobs/{job}/progress");
    let progress = json_of(&ask(server, &request("GET", &path, &headers, ""))?)?;
    let complete = progress.pointer("/by_status/complete").and_then(serde_json::Value::as_u64);
    ensure!(complete == Some(TASKS as u64), "{progress}");
    let times = |of: fn(&Done) -> &Vec<f64>| sorted(done.iter().flat_map(of).copied());
    let (taken, completed) = (times(|done| &done.taking), times(|done| &done.completing));
    let again: usize = done.iter().map(|done| done.again).sum();
    let told = format!(
        "{:.0} tasks a second; p50 {} and p99 {} to take one, p50 {} and p99 {} to complete it; {again} requests were \
         asked to come again",
        TASKS as f64 / took,
        seconds(quantile(&taken, 0.5)),
        seconds(quantile(&taken, 0.99)),
        seconds(quantile(&completed, 0.5)),
        seconds(quantile(&completed, 0.99)),
    );
    let what = format!(
        "work: {WORKERS} annotators take and complete {TASKS} tasks of one job, none lost or doubled, {kind}"
    );
    Ok(table.figure(&what, &told, "", None)?)
}

/// What one of them did.
#[derive(Default)]
struct Done {
    tasks: Vec<String>,
    taking: Vec<f64>,
    completing: Vec<f64>,
    again: usize,
}

async fn work(server: SocketAddr, job: &str, bearer: &str) -> anyhow::Result<Done> {
    let mut connection = Connection::open(server).await?;
    let headers = [("Authorization", bearer)];
    let take = request("POST", &format!("/api/v1/jobs/{job}/tasks/next"), &headers, "{}");
    let mut done = Done::default();
    loop {
        let (answer, took) = timed(&mut connection, &take, &mut done.again).await?;
        if answer.status == 204 {
            return Ok(done);
        }
        done.taking.push(took);
        let task = word(&json_of(&answer)?, "/id")?;
        let body = json!({ "status": "complete" }).to_string();
        let complete = request("PATCH", &format!("/api/v1/tasks/{task}"), &headers, &body);
        let (answer, took) = timed(&mut connection, &complete, &mut done.again).await?;
        json_of(&answer)?;
        done.completing.push(took);
        done.tasks.push(task);
    }
}

/// An answer, and how long it took with all that was tried before.
async fn timed(
    connection: &mut Connection,
    request: &[u8],
    again: &mut usize,
) -> anyhow::Result<(Answer, f64)> {
    let begun = Instant::now();
    for _ in 0..ATTEMPTS {
        let answer = connection.ask(request).await?;
        let contended =
            answer.status == 503 || String::from_utf8_lossy(&answer.body).contains("problem:contention");
        if !contended {
            return Ok((answer, begun.elapsed().as_secs_f64()));
        }
        *again += 1;
    }
    bail!("refused {ATTEMPTS} times")
}

fn bearer(server: SocketAddr, user: &str) -> anyhow::Result<String> {
    let login = json!({ "username": format!("north/{user}"), "password": PASSWORD }).to_string();
    let tokens = json_of(&ask(server, &request("POST", "/api/v1/auth/tokens", &[], &login))?)?;
    Ok(format!("Bearer {}", word(&tokens, "/access_token")?))
}

fn world_file() -> String {
    let mut users = String::from("  - username: ada\n");
    let mut grants = String::from("grants:\n- {user: north/ada, role: root, at: server}\n");
    for worker in 0..WORKERS {
        users += &format!("  - username: w{worker}\n");
        grants += &format!("- {{user: north/w{worker}, role: annotator, at: north/p/j}}\n");
    }
    let tasks: String = (0..TASKS).map(|task| format!("      - name: t{task}\n")).collect();
    format!(
        "organizations:\n- name: north\n  users:\n{users}  projects:\n  - name: p\n    jobs:\n    - name: j\n      \
         status: active\n      tasks:\n{tasks}    - name: over files\n{grants}"
    )
}

/// Fills an empty database and serves from it, on threads that last as long as the process.
fn serve(database: &str) -> anyhow::Result<SocketAddr> {
    let database = database.to_owned();
    serving::serve(|| begin(database))
}

/// Puts files into a dataset of the job that is launched; bytes they have none.
async fn fill(cx: &Cx) -> anyhow::Result<()> {
    let named =
        |name: &str| Query { filters: vec![Filter::NameContains(name.to_owned())], ..Query::default() };
    let project = read::list::<Project>(cx, named("p")).await?.items.pop().context("no project")?.id();
    let job = read::list::<Job>(cx, named("over files")).await?.items.pop().context("no job")?.id();
    let unit = cx.store.begin().await?;
    let project = Read::<Project>::find(&*unit, project).await?.context("no project")?;
    let job = Read::<Job>::find(&*unit, job).await?.context("no job")?;
    let data = Dataset { name: "all".to_owned(), description: String::new() };
    let permit = cx.gate.create::<Dataset, Project>(&cx.caller, Some(project.clone()));
    let dataset =
        permit.map_err(|denial| anyhow::anyhow!("{denial:?}"))?.make(cx.new_id(), cx.gate.now(), data);
    Write::add(&*unit, &dataset).await?;
    let link = |holder: &Facts, target: &Facts| {
        guards::link(&cx.gate, &cx.caller, holder, Some(target))
            .map_err(|refused| anyhow::anyhow!("{refused:?}"))
    };
    Record::tie(&*unit, &link(cx.gate.facts(&job), &dataset.object().facts)?).await?;
    for chunk in 0..FILES / FILES_AT_ONCE {
        let mut files = Vec::with_capacity(FILES_AT_ONCE);
        for file in 0..FILES_AT_ONCE {
            let data = File {
                name: format!("{:06}.png", chunk * FILES_AT_ONCE + file),
                media_type: "image/png".to_owned(),
                bytes: 0,
                sha256: String::new(),
                width: None,
                height: None,
                stored: cx.new_id(),
            };
            let permit = cx.gate.create::<File, Project>(&cx.caller, Some(project.clone()));
            let permit = permit.map_err(|denial| anyhow::anyhow!("{denial:?}"))?;
            files.push(permit.make(cx.new_id(), cx.gate.now(), data));
        }
        Write::add_all(&*unit, &files).await?;
        for file in &files {
            Record::tie(&*unit, &link(&dataset.object().facts, &file.object().facts)?).await?;
        }
    }
    Ok(unit.commit().await?)
}

async fn begin(database: String) -> anyhow::Result<SocketAddr> {
    let mut settings = Settings::read(&Flags { database: Some(database), ..Flags::default() })?;
    settings.files.url = Some("memory:".to_owned());
    let made = storage::connect(&settings, storage::without_end(&settings, true)).await?;
    made.migrate().await?;
    let (app, _) = wire::app(&settings, Arc::new(made.clone())).await?;
    let cx = Cx::operator(app, "bench");
    let file =
        world::parse(&world_file(), "work.yaml").map_err(|faults| anyhow::anyhow!(faults.join("\n")))?;
    world::apply(&cx, &file, world::Options { prune: false }).await?;
    for user in (0..WORKERS).map(|at| format!("w{at}")).chain(["ada".to_owned()]) {
        ensure!(accounts::set_password(&cx, "north", &user, &Secret::new(PASSWORD)).await?, "no {user}");
    }
    fill(&cx).await?;
    drop(cx);
    made.close().await?;
    let store = storage::connect(&settings, storage::options(&settings)).await?;
    let (app, cursor_key) = wire::app(&settings, Arc::new(store)).await?;
    let worked = app.clone();
    actix_web::rt::spawn(async move {
        loop {
            if let Err(error) = bailiwick_app::work::go_on(&worked).await {
                eprintln!("work could not be done: {error:?}");
            }
            actix_web::rt::time::sleep(Duration::from_millis(500)).await;
        }
    });
    let http = wire::http(&settings, app, cursor_key)?;
    let server = HttpServer::new(move || App::new().service(http.service()))
        .workers(settings.workers)
        .disable_signals()
        .bind("127.0.0.1:0")?;
    let address = server.addrs().first().copied().context("no address")?;
    actix_web::rt::spawn(server.run());
    Ok(address)
}
