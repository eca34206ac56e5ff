//! Our server over a fresh database, as `bailiwick serve` wires it, and a bare one over the same connections.

use std::net::SocketAddr;
use std::sync::Arc;

use actix_web::{App, HttpServer, web};
use anyhow::{Context, ensure};
use bailiwick_app::{Cx, accounts, world};
use bailiwick_domain::ports::Secret;
use bailiwick_domain::rule::id_of_name;
use bailiwick_persistence::Options;
use bailiwick_server::settings::{Flags, Hidden, Settings};
use bailiwick_server::{storage, wire};
use base64::Engine;
use serde_json::{Value, json};

use super::bare::{self, Bare, Way};
use super::bare_post;
use crate::load::{Connection, json_of, request, word};
use crate::serving;
use crate::world::{analyze, fill};

/// The password of everybody.
const PASSWORD: &str = "a password that nobody guesses";
/// How many tasks there are that are read.
const TASKS: usize = 200;
/// How many others there are: a database that has few rows goes through them instead of looking for one.
const OTHERS: u64 = 100_000;

/// How a request proves who asks.
pub struct Credentials {
    /// The scheme.
    pub name: &'static str,
    /// The headers.
    pub headers: Vec<(String, String)>,
}

/// A server with people, grants and tasks.
pub struct Site {
    /// Where ours listens.
    pub ours: SocketAddr,
    /// Where the bare one listens that reads through the pool, and the one that reads as ours does.
    pub bare: [SocketAddr; 2],
    /// The same caller by each scheme; holds twenty grants.
    pub credentials: Vec<Credentials>,
    /// Ids of tasks that they may view.
    pub tasks: Vec<String>,
    /// The job that the tasks are in.
    pub job: String,
}

fn world_file() -> String {
    let mut text = String::from(
        "organizations:\n- name: north\n  users:\n  - username: ada\n  - username: ben\n  projects:\n",
    );
    let mut grants = String::from("grants:\n- {user: north/ada, role: root, at: server}\n");
    for project in 0..20 {
        text += &format!("  - name: p{project}\n    jobs:\n    - name: j\n");
        grants += &format!("- {{user: north/ben, role: owner, at: north/p{project}}}\n");
        if project == 0 {
            text += "      tasks:\n";
            (0..TASKS).for_each(|task| text += &format!("      - name: t{task}\n"));
        }
    }
    format!("{text}{grants}")
}

impl Site {
    /// Fills an empty database and serves from it, on threads that last as long as the process.
    ///
    /// # Errors
    /// The database can't be reached or is not empty.
    pub fn start(database: &str) -> anyhow::Result<Self> {
        let database = database.to_owned();
        serving::serve(async move || Self::serve(&database).await)
    }

    async fn serve(database: &str) -> anyhow::Result<Self> {
        let mut settings =
            Settings::read(&Flags { database: Some(database.to_owned()), ..Flags::default() })?;
        settings.database = Hidden(database.to_owned());
        let made = storage::connect(&settings, storage::without_end(&settings, true)).await?;
        made.migrate().await?;
        let store = storage::connect(&settings, storage::options(&settings)).await?;
        let (app, cursor_key) = wire::app(&settings, Arc::new(store)).await?;
        fill(made.writer(), OTHERS).await?;
        let cx = Cx::operator(app.clone(), "bench");
        let file =
            world::parse(&world_file(), "bench.yaml").map_err(|faults| anyhow::anyhow!(faults.join("\n")))?;
        world::apply(&cx, &file, world::Options { prune: false }).await?;
        for user in ["ada", "ben"] {
            let set = accounts::set_password(&cx, "north", user, &Secret::new(PASSWORD)).await?;
            ensure!(set, "{user} is not there");
        }
        analyze(made.writer()).await?;
        made.close().await?;
        let http = wire::http(&settings, app, cursor_key)?;
        let server = HttpServer::new(move || App::new().service(http.service()))
            .workers(settings.workers)
            .disable_signals()
            .bind("127.0.0.1:0")?;
        let ours = server.addrs().first().copied().context("no address")?;
        actix_web::rt::spawn(server.run());
        let nowhere = ours;
        let mut site =
            Self { ours, bare: [nowhere; 2], credentials: Vec::new(), tasks: Vec::new(), job: String::new() };
        let task = site.sign_in().await?;
        let one_pool = Options { workers: 0, ..storage::options(&settings) };
        let ways = [(Way::Pool, one_pool), (Way::Ours, storage::options(&settings))];
        for ((way, options), address) in ways.into_iter().zip(&mut site.bare) {
            let store = storage::connect(&settings, options).await?;
            let posting = web::Data::new(bare_post::Bare {
                store: store.clone(),
                organization: word(&task, "/path/0/id")?.parse()?,
                project: word(&task, "/path/1/id")?.parse()?,
                maker: uuid::Uuid::nil(),
            });
            let (bare, way) = (web::Data::new(Bare::like(store, &task)?), web::Data::new(way));
            let server = HttpServer::new(move || {
                App::new()
                    .app_data(bare.clone())
                    .app_data(posting.clone())
                    .app_data(way.clone())
                    .route("/api/v1/tasks/{id}", web::get().to(bare::show))
                    .route("/api/v1/jobs/{id}/tasks", web::post().to(bare_post::create))
            })
            .workers(settings.workers)
            .disable_signals()
            .bind("127.0.0.1:0")?;
            *address = server.addrs().first().copied().context("no address")?;
            actix_web::rt::spawn(server.run());
        }
        Ok(site)
    }

    /// Signs in by every scheme; answers a task as the caller sees it.
    async fn sign_in(&mut self) -> anyhow::Result<Value> {
        let mut connection = Connection::open(self.ours).await?;
        let login = json!({ "username": "north/ben", "password": PASSWORD }).to_string();
        let tokens = json_of(&connection.ask(&request("POST", "/api/v1/auth/tokens", &[], &login)).await?)?;
        let bearer = format!("Bearer {}", word(&tokens, "/access_token")?);
        let headers = [("Authorization", bearer.as_str())];
        let answer = connection.ask(&request("POST", "/api/v1/auth/login", &[], &login)).await?;
        json_of(&answer)?;
        let lines = answer.head.split("\r\n").filter_map(|line| line.strip_prefix("set-cookie: "));
        let cookies: Vec<&str> = lines.filter_map(|line| line.split(';').next()).collect();

        let tasks = connection.ask(&request("GET", "/api/v1/tasks?limit=500", &headers, "")).await?;
        let tasks = json_of(&tasks)?;
        let items = tasks.get("items").and_then(Value::as_array).context("no tasks")?;
        ensure!(items.len() == TASKS, "{} tasks", items.len());
        self.tasks = items.iter().map(|task| word(task, "/id")).collect::<Result<_, _>>()?;
        let first = items.first().context("no task")?;
        self.job = word(first, "/job_id")?;

        let key = json!({ "name": "bench", "role_id": id_of_name("role", "owner") }).to_string();
        let keys = format!("/api/v1/projects/{}/api-keys", word(first, "/project_id")?);
        let made = json_of(&connection.ask(&request("POST", &keys, &headers, &key)).await?)?;
        let basic = format!("{}:{}", word(&made, "/id")?, word(&made, "/secret")?);
        let basic = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(basic));
        let path = format!("/api/v1/tasks/{}", word(first, "/id")?);
        let task = json_of(&connection.ask(&request("GET", &path, &headers, "")).await?)?;
        let credentials = |name, header: &str, value: String| Credentials {
            name,
            headers: vec![(header.to_owned(), value)],
        };
        self.credentials = vec![
            credentials("cookie", "Cookie", cookies.join("; ")),
            credentials("API key", "Authorization", basic),
            credentials("bearer token", "Authorization", bearer),
        ];
        Ok(task)
    }
}
