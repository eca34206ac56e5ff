//! Serving: bind, tell, follow signals, stop gracefully.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpServer;
use anyhow::Context;
use bailiwick_app::people::letters;
use bailiwick_app::{App, Cx, accounts, outbox, policy, work};
use bailiwick_domain::ports::{Mailer, Secret};
use bailiwick_events::Broadcast;
use tokio::signal::unix::{SignalKind, signal};

use crate::settings::Settings;
use crate::{demo, storage, wire};

/// How many events a slow listener of this process may fall behind.
const KEPT: usize = 1_024;
/// How often it is looked for letters.
const CARRY_EVERY: Duration = Duration::from_secs(1);
/// How often what has ended is removed.
const TIDY_EVERY: Duration = Duration::from_secs(600);
/// How often it is looked for jobs that were launched, exports, and bytes that belong to nothing.
const WORK_EVERY: Duration = Duration::from_millis(500);
/// How often the outbox is looked at.
const RELAY_EVERY: Duration = Duration::from_millis(500);

/// Serves until SIGTERM or SIGINT.
///
/// # Errors
/// The database, the policy files, the address.
pub async fn serve(settings: &Settings, with_demo: bool) -> anyhow::Result<()> {
    tracing::info!(settings = serde_json::to_string(settings)?, "starting");
    let store = storage::open(settings).await?;
    let (app, cursor_key) = wire::app(settings, store).await?;
    let http = wire::http(settings, app.clone(), cursor_key)?;
    let mailer = settings.mailer()?;
    let server = HttpServer::new(move || actix_web::App::new().service(http.service()))
        .workers(settings.workers)
        .shutdown_timeout(settings.stop_after)
        .bind(&settings.listen)
        .with_context(|| format!("{} can't be listened on", settings.listen))?;
    let address = server.addrs().first().map(ToString::to_string).unwrap_or_default();
    // The address is ours: now a secret that is offered can be used.
    let told = if with_demo {
        demo::fill(&app).await?
    } else {
        accounts::offer_bootstrap(&Cx::operator(app.clone(), "start"))
            .await?
            .map(|secret| first_start(&secret))
    };
    let running = server.run();
    if let Some(mailer) = mailer {
        carry(app.clone(), mailer);
    }
    work(app.clone());
    follow(app);
    let mut out = std::io::stdout();
    writeln!(out, "Bailiwick listens on http://{address}  (documents: http://{address}/docs/)")?;
    if let Some(told) = told {
        writeln!(out, "{}", told.replace("{address}", &address))?;
    }
    out.flush()?;
    running.await.context("the server stopped")?;
    tracing::info!("stopped");
    Ok(())
}

fn first_start(secret: &Secret) -> String {
    format!(
        "\nThis database is empty. Make the first organization and its first user, who gets root, with this secret;\n\
         it is good once, and the next start on an empty database prints another:\n\n  \
         curl -X POST http://{{address}}/api/v1/auth/bootstrap -H 'Content-Type: application/json' \\\n    \
         -d '{{\"secret\": \"{}\", \"organization\": \"ORGANIZATION\", \"username\": \"NAME\", \"password\": \"PASSWORD\"}}'\n",
        secret.reveal()
    )
}

/// Hands letters to the carrier, beside requests: a carrier that is slow or away holds nobody up.
fn carry(app: Arc<App>, mailer: Box<dyn Mailer>) {
    actix_web::rt::spawn(async move {
        let mut tick = tokio::time::interval(CARRY_EVERY);
        loop {
            tick.tick().await;
            let cx = Cx::operator(app.clone(), "send_letters");
            if let Err(error) = letters::send_letters(&cx, &*mailer, 100).await {
                tracing::warn!(%error, "letters could not be sent; they stay");
            }
        }
    });
}

/// Makes what requests have asked for: tasks of launched jobs, exports, contents of files. Bytes that belong to nothing go.
fn work(app: Arc<App>) {
    actix_web::rt::spawn(async move {
        let mut tick = tokio::time::interval(WORK_EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            if let Err(error) = work::go_on(&app).await {
                tracing::warn!(%error, "work that was asked for could not be done; it stays");
            }
        }
    });
}

/// What goes on beside requests: the outbox, and SIGHUP for the policy files.
fn follow(app: Arc<App>) {
    let relayed = app.clone();
    tokio::spawn(async move {
        let bus = Broadcast::new(KEPT);
        let mut tick = tokio::time::interval(RELAY_EVERY);
        loop {
            tick.tick().await;
            if let Err(error) = outbox::relay(&*relayed.store, &bus, 1_000).await {
                tracing::warn!(%error, "the outbox could not be relayed");
            }
        }
    });
    let tidied = app.clone();
    actix_web::rt::spawn(async move {
        let mut tick = tokio::time::interval(TIDY_EVERY);
        loop {
            tick.tick().await;
            if let Err(error) = letters::tidy(&Cx::operator(tidied.clone(), "tidy")).await {
                tracing::warn!(%error, "what has ended could not be removed");
            }
        }
    });
    actix_web::rt::spawn(async move {
        let Ok(mut hangups) = signal(SignalKind::hangup()) else {
            tracing::warn!("SIGHUP can't be followed on this system");
            return;
        };
        while hangups.recv().await.is_some() {
            match policy::reload_policy(&Cx::operator(app.clone(), "reload_policy")).await {
                Ok(version) => tracing::info!(version, "new policy files are in force"),
                Err(bailiwick_app::AppError::Policy(faults)) => {
                    tracing::error!(
                        faults = faults.join("; "),
                        "the policy files are not good; the old ones stay"
                    );
                }
                Err(error) => tracing::error!(%error, "the policy files could not be reloaded"),
            }
        }
    });
}
