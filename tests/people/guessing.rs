//! What slows guessing, and locks nobody out.

use std::sync::Arc;

use bailiwick_app::people::settings::{Limit, People, Throttle};
use bailiwick_domain::ports::Record;
use bailiwick_policy::FilePolicy;
use bailiwick_tests::{Answer, Storage, on_every_storage, on_servers};
use serde_json::json;
use time::Duration;

use super::fixture::{ADDRESS, MATE, PASSWORD, Town};
use super::second_factor::{code, enrolled};

on_every_storage!(
    guesses_at_an_account_are_slowed,
    a_stranger_locks_nobody_out,
    guesses_from_an_address_are_slowed,
    guesses_at_once_are_counted_one_by_one,
    who_is_slowed_takes_nobodys_turn,
    letters_are_not_asked_for_without_end,
    two_servers_count_together,
    who_is_signed_in_does_not_guess_either,
    who_could_not_be_served_has_not_guessed,
    nor_by_changing_the_address_even_dry,
    codes_are_slowed_and_cost_no_password,
    a_hash_that_is_renewed_meanwhile_is_no_other_password,
    the_code_that_switches_it_off_is_not_guessed,
);

on_servers!(
    guesses_at_once_are_counted_one_by_one,
    codes_are_slowed_and_cost_no_password,
    a_hash_that_is_renewed_meanwhile_is_no_other_password,
);

const HOME: &str = "198.51.100.7";

fn slow() -> People {
    let limit = |burst, every| Limit { burst, every };
    let throttle = Throttle {
        account: limit(3, Duration::minutes(1)),
        address: limit(8, Duration::seconds(10)),
        code: limit(2, Duration::minutes(5)),
        letters: limit(2, Duration::minutes(10)),
        letters_address: limit(3, Duration::minutes(1)),
    };
    People { throttle, ..bailiwick_tests::site::with_mail() }
}

async fn sign_in(town: &Town, from: &str, user: &str, password: &str) -> Answer {
    let body = json!({ "username": user, "password": password });
    town.site.anon().with("x-forwarded-for", from).post("/auth/tokens", body).await
}

async fn status(town: &Town, from: &str, user: &str, password: &str) -> u16 {
    sign_in(town, from, user, password).await.status.as_u16()
}

async fn guesses_at_an_account_are_slowed(storage: Storage) {
    let town = Town::with(storage, slow()).await;
    for user in [MATE, "north/nobody-at-all"] {
        for n in 0..3 {
            assert_eq!(status(&town, &format!("203.0.113.{n}"), user, "guess").await, 401, "{user}");
        }
        let slowed = sign_in(&town, "203.0.113.9", user, "guess").await.is(429);
        assert_eq!(slowed.body["type"], "urn:bailiwick:problem:too-many");
        let after: i64 = slowed.headers["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((59..=61).contains(&after), "{after}");
        assert_eq!(
            status(&town, "203.0.113.9", user, PASSWORD).await,
            429,
            "slowed is slowed, right or wrong"
        );
        town.pass(Duration::seconds(60));
        assert_eq!(status(&town, "203.0.113.9", user, "guess").await, 401);
        assert_eq!(status(&town, "203.0.113.9", user, "guess").await, 429);
    }
}

async fn a_stranger_locks_nobody_out(storage: Storage) {
    let town = Town::with(storage, slow()).await;
    assert_eq!(status(&town, HOME, MATE, PASSWORD).await, 201);
    let mate = town.site.anon().with("x-forwarded-for", HOME).with_tokens(MATE, PASSWORD).await;
    for n in 0..5 {
        sign_in(&town, &format!("203.0.113.{n}"), MATE, "guess").await;
    }
    assert_eq!(status(&town, "203.0.113.9", MATE, "guess").await, 429);
    mate.get("/whoami").await.is(200);
    for _ in 0..5 {
        assert_eq!(status(&town, HOME, MATE, PASSWORD).await, 201, "where it has signed in before, it may");
    }
    for _ in 0..3 {
        assert_eq!(status(&town, HOME, MATE, "guess").await, 401);
    }
    assert_eq!(status(&town, HOME, MATE, "guess").await, 429, "nor are guesses free there");
    town.pass(Duration::seconds(60));
    assert_eq!(status(&town, HOME, MATE, PASSWORD).await, 201);
}

async fn guesses_from_an_address_are_slowed(storage: Storage) {
    let town = Town::with(storage, slow()).await;
    for n in 0..8 {
        assert_eq!(status(&town, "203.0.113.1", &format!("north/name-{n}"), "guess").await, 401);
    }
    assert_eq!(status(&town, "203.0.113.1", "north/one-more", "guess").await, 429);
    assert_eq!(status(&town, "203.0.113.2", "north/one-more", "guess").await, 401);
    town.pass(Duration::seconds(10));
    assert_eq!(status(&town, "203.0.113.1", "north/yet-another", "guess").await, 401);
}

async fn guesses_at_once_are_counted_one_by_one(storage: Storage) {
    let town = Town::with(storage, slow()).await;
    let guess = async |n: u8| status(&town, &format!("203.0.113.{n}"), MATE, "guess").await;
    let all = tokio::join!(guess(0), guess(1), guess(2), guess(3), guess(4), guess(5));
    let all = [all.0, all.1, all.2, all.3, all.4, all.5];
    assert_eq!(all.iter().filter(|status| **status == 401).count(), 3, "{all:?}");
    assert_eq!(all.iter().filter(|status| **status == 429).count(), 3, "{all:?}");
}

async fn who_is_slowed_takes_nobodys_turn(storage: Storage) {
    let town = Town::with(storage, slow()).await;
    for n in 0..3 {
        assert_eq!(status(&town, &format!("203.0.113.{n}"), MATE, "guess").await, 401);
    }
    let (turns, mut waiting) = town.site.take_password_turns().await;
    assert_eq!(status(&town, "203.0.113.9", MATE, "guess").await, 429, "it does not even ask for one");
    assert_eq!(status(&town, "203.0.113.9", "north/nobody-at-all", "guess").await, 503);
    drop(turns);
    waiting.shutdown().await;
    assert_eq!(status(&town, "203.0.113.9", MATE, "guess").await, 429);
    assert_eq!(status(&town, "203.0.113.9", "north/nobody-at-all", "guess").await, 401);
}

async fn letters_are_not_asked_for_without_end(storage: Storage) {
    let town = Town::with(storage, slow()).await;
    let mate = town.mate().await;
    town.prove(&mate, PASSWORD, ADDRESS).await;
    let ask = async |from: &str, account: &str| {
        let anon = town.site.anon().with("x-forwarded-for", from);
        anon.post("/auth/password/recover", json!({ "account": account })).await.status.as_u16()
    };
    for account in [MATE, "north/nobody-at-all"] {
        assert_eq!(ask("203.0.113.1", account).await, 202);
        assert_eq!(ask("203.0.113.2", account).await, 202);
        assert_eq!(ask("203.0.113.3", account).await, 429);
        assert_eq!(ask("203.0.113.5", &account.to_uppercase()).await, 429, "it is the same mailbox");
    }
    for n in 0..3 {
        assert_eq!(ask("203.0.113.4", &format!("north/name-{n}")).await, 202);
    }
    assert_eq!(ask("203.0.113.4", "north/one-more").await, 429);
    town.carry().await;
    assert_eq!(town.post.empty().len(), 2);
}

async fn two_servers_count_together(storage: Storage) {
    let town = Town::with(storage, slow()).await;
    let policies = Arc::new(FilePolicy::built_in().unwrap());
    let other = town.site.beside(policies).await;
    for n in 0..3 {
        assert_eq!(status(&town, &format!("203.0.113.{n}"), MATE, "guess").await, 401);
    }
    let body = json!({ "username": MATE, "password": "guess" });
    other.anon().with("x-forwarded-for", "203.0.113.9").post("/auth/login", body).await.is(429);
}

async fn who_is_signed_in_does_not_guess_either(storage: Storage) {
    let town = Town::with(storage, slow()).await;
    let mate = town.mate().await;
    let body = json!({ "current_password": "wrong password", "new_password": "another one entirely" });
    for _ in 0..3 {
        mate.post("/auth/password/change", body.clone()).await.is(422);
    }
    mate.post("/auth/password/change", body).await.is(429);
    town.pass(Duration::seconds(60));
    let body = json!({ "current_password": PASSWORD, "new_password": "another one entirely" });
    mate.post("/auth/password/change", body).await.is(204);
}

async fn who_could_not_be_served_has_not_guessed(storage: Storage) {
    let town = Town::with(storage, slow()).await;
    let mate = town.mate().await;
    let body = json!({ "current_password": PASSWORD, "new_password": "another one entirely" });
    let (turns, mut waiting) = town.site.take_password_turns().await;
    for _ in 0..5 {
        mate.post("/auth/password/change", body.clone()).await.is(503);
    }
    drop(turns);
    waiting.shutdown().await;
    mate.post("/auth/password/change", body).await.is(204);
}

async fn codes_are_slowed_and_cost_no_password(storage: Storage) {
    let town = Town::with(storage, slow()).await;
    let (_, secret, _) = enrolled(&town).await;
    let with = async |otp: &str| {
        let body = json!({ "username": MATE, "password": PASSWORD, "otp": otp });
        let anon = town.site.anon().with("x-forwarded-for", HOME);
        anon.post("/auth/tokens", body).await.status.as_u16()
    };
    let all = tokio::join!(with("000001"), with("000002"), with("000003"), with("000004"), with("000005"));
    let mut all = [all.0, all.1, all.2, all.3, all.4];
    all.sort_unstable();
    assert_eq!(all, [401, 401, 429, 429, 429], "no more at once than one by one");
    for _ in 0..4 {
        assert_eq!(with(&code(&town, &secret)).await, 429);
    }
    let guess = json!({ "username": MATE, "password": "guess", "otp": "000007" });
    let stranger = town.site.anon().with("x-forwarded-for", "203.0.113.1");
    assert_eq!(
        stranger.post("/auth/tokens", guess).await.status,
        401,
        "who does not know the password is not told of codes, nor has any"
    );
    // The password counts for itself: who has it is told that a code is missing.
    let answer = sign_in(&town, HOME, MATE, PASSWORD).await.is(401);
    assert_eq!(answer.body["type"], "urn:bailiwick:problem:second-factor", "{}", answer.body);
    town.pass(Duration::minutes(5));
    assert_eq!(with(&code(&town, &secret)).await, 201);
    assert_eq!(with("000006").await, 401, "what was right is taken back");
}

async fn a_hash_that_is_renewed_meanwhile_is_no_other_password(storage: Storage) {
    let town = Town::with(storage, slow()).await;
    let other = town.site.beside(Arc::new(FilePolicy::built_in().unwrap())).await;
    let me = town.mate().await.get("/whoami").await.is(200).body["principal"]["id"].clone();
    let me = me.as_str().unwrap().parse().unwrap();
    // As it was stored when hashes cost less.
    let old = town.site.cheaper_hash(PASSWORD).await;
    let body = json!({ "username": MATE, "password": PASSWORD });
    for _ in 0..5 {
        let unit = town.site.app.store.begin().await.unwrap();
        Record::set_password(&*unit, me, &old).await.unwrap();
        unit.commit().await.unwrap();
        let (here, there) = (town.site.anon(), other.anon());
        let both =
            tokio::join!(here.post("/auth/tokens", body.clone()), there.post("/auth/tokens", body.clone()));
        assert_eq!((both.0.status.as_u16(), both.1.status.as_u16()), (201, 201));
    }
}

async fn nor_by_changing_the_address_even_dry(storage: Storage) {
    let town = Town::with(storage, slow()).await;
    let mate = town.mate().await;
    let me = mate.get("/whoami").await.is(200).body["principal"]["id"].as_str().unwrap().to_owned();
    let path = format!("/users/{me}?dry_run=true");
    let guess = json!({ "email": "new@north.example", "current_password": "wrong password" });
    for _ in 0..3 {
        mate.patch(&path, guess.clone()).await.is(422);
    }
    mate.patch(&path, guess).await.is(429);
    let right = json!({ "email": "new@north.example", "current_password": PASSWORD });
    mate.patch(&path, right).await.is(429);
}

async fn the_code_that_switches_it_off_is_not_guessed(storage: Storage) {
    let town = Town::with(storage, slow()).await;
    let (mate, secret, _) = enrolled(&town).await;
    let guess = json!({ "current_password": PASSWORD, "code": "no code" });
    for _ in 0..2 {
        mate.post("/auth/otp/disable", guess.clone()).await.is(422);
    }
    let right = json!({ "current_password": PASSWORD, "code": code(&town, &secret) });
    mate.post("/auth/otp/disable", right).await.is(429);
}
