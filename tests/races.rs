//! Requests at the same time: what must happen once happens once, and what was taken away stays away.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use bailiwick_tests::{Actor, Answer, Site, Stage, Storage, on_every_storage, on_servers};
use serde_json::{Value, json};

on_every_storage!(
    a_name_is_given_once,
    a_repeated_request_makes_one_object,
    one_change_of_a_version_wins,
    a_refresh_token_is_spent_once,
    the_bootstrap_secret_is_spent_once,
    two_roots_do_not_take_each_other_out,
    after_a_revocation_nobody_gets_in,
);

on_servers!(
    a_name_is_given_once,
    a_repeated_request_makes_one_object,
    one_change_of_a_version_wins,
    a_refresh_token_is_spent_once,
    the_bootstrap_secret_is_spent_once,
    two_roots_do_not_take_each_other_out,
    after_a_revocation_nobody_gets_in,
);

/// The same request by many at once.
async fn at_once(actor: &Actor, path: &str, bodies: impl Iterator<Item = Value>) -> Vec<Answer> {
    let mut running = Vec::new();
    for body in bodies {
        let (actor, path) = (actor.clone(), path.to_owned());
        running.push(tokio::spawn(async move { actor.post(&path, body).await }));
    }
    let mut answers = Vec::new();
    for one in running {
        answers.push(one.await.unwrap());
    }
    answers
}

fn count(answers: &[Answer], status: u16) -> usize {
    answers.iter().filter(|answer| answer.status == status).count()
}

const MANY: usize = 8;

async fn a_name_is_given_once(storage: Storage) {
    let stage = Stage::set(storage).await;
    let jobs = format!("{}/jobs", stage.ids.address("project", "north/home"));
    let bodies = std::iter::repeat_n(json!({ "name": "once" }), MANY);
    let answers = at_once(stage.actor("editor"), &jobs, bodies).await;
    assert_eq!((count(&answers, 201), count(&answers, 409)), (1, MANY - 1), "{answers:#?}");
    let others = (0..MANY).map(|number| json!({ "name": format!("job {number}") }));
    let answers = at_once(stage.actor("editor"), &jobs, others).await;
    assert_eq!(count(&answers, 201), MANY, "{answers:#?}");
}

async fn a_repeated_request_makes_one_object(storage: Storage) {
    let stage = Stage::set(storage).await;
    let jobs = format!("{}/jobs", stage.ids.address("project", "north/home"));
    let editor = stage.actor("editor").clone().with("idempotency-key", "k");
    let answers = at_once(&editor, &jobs, std::iter::repeat_n(json!({ "name": "once" }), MANY)).await;
    assert_eq!(count(&answers, 201), MANY, "{answers:#?}");
    assert!(answers.iter().all(|answer| answer.id() == answers[0].id()));
}

async fn one_change_of_a_version_wins(storage: Storage) {
    let stage = Stage::set(storage).await;
    let job = stage.ids.address("job", "north/home/workup");
    let editor = stage.actor("editor");
    let seen = editor.get(&job).await;
    let tag = seen.headers["etag"].to_str().unwrap().to_owned();
    let mut running = Vec::new();
    for number in 0..MANY {
        let (editor, job) = (editor.clone().with("if-match", &tag), job.clone());
        let body = json!({ "name": format!("job {number}") });
        running.push(tokio::spawn(async move { editor.patch(&job, body).await }));
    }
    let mut answers = Vec::new();
    for one in running {
        answers.push(one.await.unwrap());
    }
    assert_eq!((count(&answers, 200), count(&answers, 412)), (1, MANY - 1), "{answers:#?}");
    let version = seen.body["version"].as_i64().unwrap() + 1;
    assert_eq!(editor.get(&job).await.body["version"], version);
}

async fn a_refresh_token_is_spent_once(storage: Storage) {
    let site = Site::start(storage).await;
    site.apply(include_str!("src/stage.yaml")).await;
    site.set_password("north/mate", "password of mate").await;
    let login = json!({ "username": "north/mate", "password": "password of mate" });
    let pair = site.anon().post("/auth/tokens", login).await.is(201).body;
    let body = json!({ "token": pair["refresh_token"] });
    let answers = at_once(&site.anon(), "/auth/tokens/refresh", std::iter::repeat_n(body, MANY)).await;
    assert!(count(&answers, 201) <= 1, "{answers:#?}");
    assert_eq!(count(&answers, 201) + count(&answers, 401), MANY, "{answers:#?}");
    // Who came second may be a thief: nobody keeps the session.
    for answer in answers.iter().filter(|answer| answer.status == 201) {
        site.anon().bearer(answer.body["access_token"].as_str().unwrap()).get("/whoami").await.is(401);
    }
}

async fn the_bootstrap_secret_is_spent_once(storage: Storage) {
    let site = Site::start(storage).await;
    let secret = bailiwick_app::accounts::offer_bootstrap(&site.operator()).await.unwrap().unwrap();
    let bodies = (0..MANY).map(|number| {
        json!({
            "secret": secret.reveal(), "organization": format!("first {number}"), "username": "ada",
            "password": "a good password"
        })
    });
    let answers = at_once(&site.anon(), "/auth/bootstrap", bodies).await;
    assert_eq!((count(&answers, 201), count(&answers, 401)), (1, MANY - 1), "{answers:#?}");
}

async fn two_roots_do_not_take_each_other_out(storage: Storage) {
    let stage = Stage::set(storage).await;
    let (root, spare) = (stage.actor("root").clone(), stage.site.user("north/spare").await);
    let of_root = stage.ids.address("grant", "north/root root server");
    let of_spare = stage.ids.address("grant", "north/spare root server");
    let one = tokio::spawn({
        let root = root.clone();
        async move { root.delete(&of_spare).await }
    });
    let other = tokio::spawn({
        let spare = spare.clone();
        async move { spare.delete(&of_root).await }
    });
    let answers = [one.await.unwrap(), other.await.unwrap()];
    assert_eq!(count(&answers, 204), 1, "{answers:#?}");
    let mut roots = 0;
    for who in [root, spare] {
        roots += who.get("/whoami").await.is(200).body["grants"].as_array().unwrap().len();
    }
    assert_eq!(roots, 1);
}

/// Readers and writers go on while a grant is revoked: whoever begins after the answer is refused.
async fn after_a_revocation_nobody_gets_in(storage: Storage) {
    const READERS: usize = 4;
    let stage = Stage::set(storage).await;
    let job = stage.ids.address("job", "north/home/workup");
    let held = stage.ids.address("grant", "north/editor editor north/home");
    let (revoked, tried) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let mut running = Vec::new();
    for number in 0..READERS {
        let (revoked, tried) = (revoked.clone(), tried.clone());
        let (editor, job) = (stage.actor("editor").clone(), job.clone());
        running.push(tokio::spawn(async move {
            let mut after = 0;
            while after < 20 {
                let begun_after = revoked.load(Ordering::SeqCst);
                let answer = match number % 2 {
                    0 => editor.get(&job).await,
                    _ => editor.patch(&job, json!({ "description": format!("{number} {after}") })).await,
                };
                tried.fetch_add(1, Ordering::SeqCst);
                if begun_after {
                    after += 1;
                    assert_eq!(answer.status, 404, "{answer:#?}");
                } else {
                    assert!(matches!(answer.status.as_u16(), 200 | 404 | 409), "{answer:#?}");
                }
            }
        }));
    }
    while tried.load(Ordering::SeqCst) < 20 {
        tokio::task::yield_now().await;
    }
    stage.actor("root").delete(&held).await.is(204);
    revoked.store(true, Ordering::SeqCst);
    for one in running {
        one.await.unwrap();
    }
}
