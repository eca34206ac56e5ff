//! How letters go: after the commit, again when the carrier is away, by a real mail server.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use bailiwick_events::SmtpMailer;
use bailiwick_tests::{Storage, on_every_storage};
use serde_json::json;
use time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use super::fixture::{ADDRESS, MATE, PASSWORD, Town};

on_every_storage!(
    a_carrier_that_is_away_loses_no_letter,
    a_letter_that_nobody_takes_is_given_up,
    a_server_without_mail_says_so,
    a_letter_goes_by_smtp,
);

async fn a_carrier_that_is_away_loses_no_letter(storage: Storage) {
    let town = Town::of(storage).await;
    town.proved_mate().await;
    town.post.away.store(true, Ordering::SeqCst);
    town.site.anon().post("/auth/password/recover", json!({ "account": MATE })).await.is(202);
    assert_eq!(town.site.send_letters(&town.post).await, 0);
    town.post.away.store(false, Ordering::SeqCst);
    assert_eq!(town.site.send_letters(&town.post).await, 0, "not again at once");
    town.pass(Duration::seconds(15));
    assert_eq!(town.site.send_letters(&town.post).await, 1);
    let reset = json!({ "token": town.post.token(ADDRESS), "new_password": "another one entirely" });
    town.site.anon().post("/auth/password/reset", reset).await.is(204);
    assert_eq!(town.site.send_letters(&town.post).await, 1, "the news of it");
    assert_eq!(town.site.send_letters(&town.post).await, 0);
}

async fn a_letter_that_nobody_takes_is_given_up(storage: Storage) {
    let town = Town::of(storage).await;
    let mate = town.mate().await;
    let body = json!({ "email": ADDRESS, "current_password": PASSWORD });
    mate.post("/auth/email", body).await.is(202);
    town.post.away.store(true, Ordering::SeqCst);
    let mut tries = 0;
    for _ in 0..200 {
        town.pass(Duration::minutes(30));
        let due =
            bailiwick_domain::ports::PeopleLookup::letters(&*town.site.app.store, town_now(&town), 10).await;
        tries += due.unwrap().len();
        town.carry().await;
    }
    assert!((50..100).contains(&tries), "{tries} attempts");
    town.post.away.store(false, Ordering::SeqCst);
    town.pass(Duration::days(1));
    assert_eq!(town.site.send_letters(&town.post).await, 0);
}

fn town_now(town: &Town) -> time::OffsetDateTime {
    bailiwick_domain::ports::Clock::now(&*town.clock)
}

async fn a_server_without_mail_says_so(storage: Storage) {
    let town = Town::with(storage, bailiwick_app::people::settings::People::default()).await;
    let mate = town.mate().await;
    let anon = town.site.anon();
    let refused = anon.post("/auth/password/recover", json!({ "account": MATE })).await.is(409);
    assert_eq!(refused.body["type"], "urn:bailiwick:problem:state");
    let body = json!({ "email": ADDRESS, "current_password": PASSWORD });
    mate.post("/auth/email", body).await.is(409);
    let body = json!({ "current_password": PASSWORD, "new_password": "another one entirely" });
    mate.post("/auth/password/change", body).await.is(204);
    assert_eq!(town.site.send_letters(&town.post).await, 0);
}

/// A mail server that takes one letter, after it has turned the first conversation away. What it was told, line by line.
async fn sink() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("smtp://{}", listener.local_addr().unwrap());
    let heard = Arc::new(Mutex::new(Vec::new()));
    let hears = heard.clone();
    tokio::spawn(async move {
        for turn in 0.. {
            let (stream, _) = listener.accept().await.unwrap();
            let (read, mut write) = stream.into_split();
            let mut lines = BufReader::new(read).lines();
            write.write_all(b"220 sink.example ESMTP\r\n").await.unwrap();
            let mut in_data = false;
            while let Ok(Some(line)) = lines.next_line().await {
                let answer = match line.split(' ').next().unwrap_or_default() {
                    _ if in_data && line == "." => {
                        in_data = false;
                        "250 taken\r\n"
                    }
                    _ if in_data => "",
                    "EHLO" => "250-sink.example\r\n250 8BITMIME\r\n",
                    "MAIL" if turn == 0 => "451 not now\r\n",
                    "DATA" => {
                        in_data = true;
                        "354 go on\r\n"
                    }
                    "QUIT" => "221 bye\r\n",
                    _ => "250 ok\r\n",
                };
                hears.lock().unwrap().push(line);
                if write.write_all(answer.as_bytes()).await.is_err() {
                    break;
                }
            }
        }
    });
    (address, heard)
}

async fn a_letter_goes_by_smtp(storage: Storage) {
    let town = Town::of(storage).await;
    town.proved_mate().await;
    let (address, heard) = sink().await;
    let mailer = SmtpMailer::new(&address, "Bailiwick <no-reply@bailiwick.example>").unwrap();
    town.site.anon().post("/auth/password/recover", json!({ "account": MATE })).await.is(202);
    assert_eq!(town.site.send_letters(&mailer).await, 0, "451 is no end");
    town.pass(Duration::seconds(15));
    assert_eq!(town.site.send_letters(&mailer).await, 1);
    let heard = heard.lock().unwrap().join("\n");
    for part in [
        "MAIL FROM:<no-reply@bailiwick.example>",
        "RCPT TO:<mate@north.example>",
        "From: Bailiwick <no-reply@bailiwick.example>",
        "To: mate@north.example",
        "Subject: A new password",
        "Content-Type: text/plain; charset=utf-8",
    ] {
        assert!(heard.contains(part), "no `{part}` in\n{heard}");
    }
    let token = bailiwick_tests::post::token(&heard);
    let reset = json!({ "token": token, "new_password": "another one entirely" });
    town.site.anon().post("/auth/password/reset", reset).await.is(204);
    assert_eq!(town.signs_in(MATE, "another one entirely").await, 201);
}
