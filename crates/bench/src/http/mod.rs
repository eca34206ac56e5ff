//! Requests over HTTP beside a bare handler's.

mod bare;
mod bare_post;
mod site;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::Value;
use tokio::runtime;

use crate::database::{self, Database};
use crate::load::{self, Connection, Load, Request, request};
use crate::measure::{Rounds, Side, alternate};
use crate::table::{Table, Target};
use site::{Credentials, Site};

const LOAD: Load = Load { connections: 16, requests: 4_000 };

/// `GET /tasks/{id}` by every scheme, on SQLite and on the servers that the environment names.
pub fn run(table: &mut Table) -> anyhow::Result<()> {
    for name in database::NAMES {
        if let Some(database) = Database::fresh(name, "http")? {
            show(table, name, database.url())?;
        }
    }
    Ok(())
}

fn show(table: &mut Table, name: &str, database: &str) -> anyhow::Result<()> {
    let site = Site::start(database)?;
    for Credentials { name: scheme, headers } in &site.credentials {
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (&**name, &**value)).collect();
        let path = |id: &String| request("GET", &format!("/api/v1/tasks/{id}"), &headers, "");
        let requests: Vec<Request> = site.tasks.iter().map(path).collect();
        same(&site, &requests)?;
        let load = |to| {
            let requests = &requests;
            move || load::run(to, requests, LOAD, 200).map(|_: Vec<Duration>| ())
        };
        let [through_pool, as_ours] = site.bare;
        let beside = |bare| {
            let (ours, bare) = (Side(LOAD.requests, load(site.ours)), Side(LOAD.requests, load(bare)));
            alternate(Rounds { warm_up: 2, counted: 15 }, ours, bare)
        };
        let what = format!("`GET /tasks/{{id}}` on {name}, {scheme}");
        table.pair(&what, &beside(through_pool)?, Target::TimesTheSpeed(0.85))?;
        let what = format!("{what}, beside a bare handler that reads as ours does");
        table.pair(&what, &beside(as_ours)?, Target::Told)?;
    }
    post(table, name, &site)
}

/// `POST` of a task, with its audit event and its outbox event, on both; a bare insert of such rows beside it.
fn post(table: &mut Table, name: &str, site: &Site) -> anyhow::Result<()> {
    const POSTS: Load = Load { connections: 16, requests: 400 };
    let bearer = site.credentials.iter().find(|by| by.name == "bearer token").context("no bearer token")?;
    let headers: Vec<(&str, &str)> = bearer.headers.iter().map(|(name, value)| (&**name, &**value)).collect();
    let path = format!("/api/v1/jobs/{}/tasks", site.job);
    let made = AtomicUsize::new(0);
    let load = |to| {
        let (headers, path, made) = (&headers, &path, &made);
        move || {
            let request = |_| {
                let name = format!("made {}", made.fetch_add(1, Ordering::Relaxed));
                request("POST", path, headers, &serde_json::json!({ "name": name }).to_string())
            };
            let requests: Vec<Request> = (0..POSTS.requests).map(request).collect();
            load::run(to, &requests, POSTS, 201).map(|_: Vec<Duration>| ())
        }
    };
    let beside = |bare| {
        let (ours, bare) = (Side(POSTS.requests, load(site.ours)), Side(POSTS.requests, load(bare)));
        alternate(Rounds { warm_up: 1, counted: 15 }, ours, bare)
    };
    let [one_pool, as_ours] = site.bare;
    let what = format!("`POST` of a task on {name}");
    table.pair(&what, &beside(one_pool)?, Target::TimesTheSpeed(0.6))?;
    let what = format!("{what}, beside a bare handler over connections like ours");
    Ok(table.pair(&what, &beside(as_ours)?, Target::Told)?)
}

/// Both must answer the same bytes, or there is nothing to compare.
fn same(site: &Site, requests: &[Request]) -> anyhow::Result<()> {
    runtime::Builder::new_current_thread().enable_io().build()?.block_on(async {
        let (mut ours, mut bare) =
            (Connection::open(site.ours).await?, Connection::open(site.bare[0]).await?);
        for request in requests {
            let (ours, bare) = (ours.ask(request).await?, bare.ask(request).await?);
            let told = |body: &[u8]| String::from_utf8_lossy(body).into_owned();
            ensure!(ours.body == bare.body, "ours: {}\nbare: {}", told(&ours.body), told(&bare.body));
            ensure!(serde_json::from_slice::<Value>(&ours.body).is_ok() && ours.status == 200);
        }
        Ok(())
    })
}
