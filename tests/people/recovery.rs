//! A forgotten password.

use bailiwick_tests::{Storage, on_every_storage};
use serde_json::json;
use time::Duration;

use super::fixture::{ADDRESS, MATE, PASSWORD, Town, told};

on_every_storage!(
    a_link_sets_a_new_password_once_and_ends_everything,
    nobody_learns_who_has_an_account,
    an_address_that_was_not_proved_gets_no_letter,
    a_link_ends_after_half_an_hour,
    a_link_is_good_for_nothing_else,
    a_weak_password_leaves_the_link_good,
    two_at_once_set_one_password,
    whoever_is_suspended_recovers_nothing,
    a_change_of_password_or_address_ends_links,
    all_accounts_of_an_address_are_in_one_letter,
);

const NEW: &str = "another one entirely";

async fn a_link_sets_a_new_password_once_and_ends_everything(storage: Storage) {
    let town = Town::of(storage).await;
    let mate = town.proved_mate().await;
    let cookie = town.site.anon().with_cookie(MATE, PASSWORD).await;
    let token = town.recovery().await;
    let reset = json!({ "token": token, "new_password": NEW });
    let anon = town.site.anon();
    assert_eq!(anon.post("/auth/password/reset", reset.clone()).await.is(204).body, "");
    mate.get("/whoami").await.is(401);
    cookie.get("/whoami").await.is(401);
    assert_eq!((town.signs_in(MATE, PASSWORD).await, town.signs_in(MATE, NEW).await), (401, 201));
    let again = anon.post("/auth/password/reset", reset).await.is(401);
    let never = json!({ "token": format!("{token}x"), "new_password": NEW });
    let never = anon.post("/auth/password/reset", never).await.is(401);
    assert_eq!(again.body["detail"], never.body["detail"], "used up or never made look alike");
    town.carry().await;
    let letter = town.post.only();
    assert_eq!(letter.to, ADDRESS);
    assert!(letter.body.contains("north/mate") && letter.body.contains("set anew"), "{}", letter.body);
    let root = town.site.user("north/root").await;
    let events = told(&root, "reset_password").await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["reason"]["password"], "recovered");
    let log = root.get("/audit-events?limit=500").await.is(200).body.to_string();
    assert!(!log.contains(&token) && !log.contains(ADDRESS) && !log.contains(NEW));
}

async fn nobody_learns_who_has_an_account(storage: Storage) {
    let town = Town::of(storage).await;
    town.proved_mate().await;
    let mut answers = Vec::new();
    for account in [MATE, "north/nobody-at-all", "nowhere/mate", ADDRESS, "nobody@north.example", "x"] {
        let answer = town.site.anon().post("/auth/password/recover", json!({ "account": account })).await;
        let mut headers = answer.headers.clone();
        headers.remove("x-request-id");
        headers.remove("date");
        answers.push((answer.status, headers, answer.body.to_string()));
    }
    assert_eq!(answers[0].0, 202);
    assert!(answers.iter().all(|answer| answer == &answers[0]), "{answers:#?}");
    town.carry().await;
    let to: Vec<String> = town.post.empty().into_iter().map(|letter| letter.to).collect();
    assert_eq!(to, [ADDRESS, ADDRESS], "by name and by address");
    for account in ["", "a\nb", &"x".repeat(501)] {
        let answer = town.site.anon().post("/auth/password/recover", json!({ "account": account })).await;
        assert_eq!(answer.is(422).body["errors"][0]["pointer"], "/account");
    }
}

async fn an_address_that_was_not_proved_gets_no_letter(storage: Storage) {
    let town = Town::of(storage).await;
    for account in [MATE, ADDRESS] {
        town.site.anon().post("/auth/password/recover", json!({ "account": account })).await.is(202);
    }
    town.carry().await;
    assert_eq!(town.post.empty(), []);
}

async fn a_link_ends_after_half_an_hour(storage: Storage) {
    let town = Town::of(storage).await;
    town.proved_mate().await;
    let (early, late) = (town.recovery().await, town.recovery().await);
    let reset = async |token: &str| {
        let body = json!({ "token": token, "new_password": NEW });
        town.site.anon().post("/auth/password/reset", body).await.status.as_u16()
    };
    town.pass(Duration::minutes(30) - Duration::microseconds(1));
    assert_eq!(reset(&early).await, 204);
    town.carry().await;
    town.post.empty();
    assert_eq!(reset(&late).await, 401, "using one ends the others");
    let token = town.recovery().await;
    town.pass(Duration::minutes(30));
    assert_eq!(reset(&token).await, 401);
    assert_eq!(town.signs_in(MATE, NEW).await, 201);
}

async fn a_link_is_good_for_nothing_else(storage: Storage) {
    let town = Town::of(storage).await;
    let mate = town.proved_mate().await;
    let token = town.recovery().await;
    let anon = town.site.anon();
    mate.post("/auth/email/prove", json!({ "token": token })).await.is(401);
    let guest = json!({ "token": token, "username": "new", "password": NEW });
    anon.post("/invitations/accept", guest).await.is(401);
    anon.clone().bearer(&token).get("/whoami").await.is(401);
    let body = json!({ "email": "other@north.example", "current_password": PASSWORD });
    mate.post("/auth/email", body).await.is(202);
    town.carry().await;
    let proof = town.post.token("other@north.example");
    anon.post("/auth/password/reset", json!({ "token": proof, "new_password": NEW })).await.is(401);
    anon.post("/auth/password/reset", json!({ "token": token, "new_password": NEW })).await.is(204);
}

async fn a_weak_password_leaves_the_link_good(storage: Storage) {
    let town = Town::of(storage).await;
    town.proved_mate().await;
    let token = town.recovery().await;
    let reset = async |password: &str| {
        let body = json!({ "token": token, "new_password": password });
        town.site.anon().post("/auth/password/reset", body).await
    };
    assert_eq!(reset("short").await.is(422).body["errors"][0]["pointer"], "/new_password");
    reset(NEW).await.is(204);
}

async fn two_at_once_set_one_password(storage: Storage) {
    let town = Town::of(storage).await;
    town.proved_mate().await;
    let token = town.recovery().await;
    let reset = async |password: &'static str| {
        let body = json!({ "token": token, "new_password": password });
        town.site.anon().post("/auth/password/reset", body).await.status.as_u16()
    };
    let (one, two) = tokio::join!(reset("the first of two"), reset("the other of two"));
    assert!(matches!((one, two), (204, 401) | (401, 204)), "{one} {two}");
    let signed =
        (town.signs_in(MATE, "the first of two").await, town.signs_in(MATE, "the other of two").await);
    let expected = if one == 204 { (201, 401) } else { (401, 201) };
    assert_eq!(signed, expected);
}

async fn whoever_is_suspended_recovers_nothing(storage: Storage) {
    let town = Town::of(storage).await;
    town.proved_mate().await;
    let token = town.recovery().await;
    let root = town.site.user("north/root").await;
    let mate = root.get("/users?q=mate").await.is(200).ids()[0].clone();
    root.act(&format!("/users/{mate}/suspend")).await.is(200);
    town.site.anon().post("/auth/password/recover", json!({ "account": MATE })).await.is(202);
    town.carry().await;
    assert_eq!(town.post.empty(), []);
    let body = json!({ "token": token, "new_password": NEW });
    town.site.anon().post("/auth/password/reset", body.clone()).await.is(401);
    root.act(&format!("/users/{mate}/wake")).await.is(200);
    town.site.anon().post("/auth/password/reset", body).await.is(401);
    assert_eq!(town.signs_in(MATE, PASSWORD).await, 201);
    let token = town.recovery().await;
    let west = root.get("/organizations?q=west").await.is(200).ids()[0].clone();
    root.act(&format!("/organizations/{west}/suspend")).await.is(200);
    let body = json!({ "token": token, "new_password": NEW });
    town.site.anon().post("/auth/password/reset", body).await.is(204);
}

async fn a_change_of_password_or_address_ends_links(storage: Storage) {
    let town = Town::of(storage).await;
    let mate = town.proved_mate().await;
    let token = town.recovery().await;
    let body = json!({ "current_password": PASSWORD, "new_password": NEW });
    mate.post("/auth/password/change", body).await.is(204);
    town.carry().await;
    let letter = town.post.only();
    assert_eq!((&*letter.to, letter.body.contains("the password was changed")), (ADDRESS, true));
    let reset = async |token: &str| {
        let body = json!({ "token": token, "new_password": "yet another one" });
        town.site.anon().post("/auth/password/reset", body).await.status.as_u16()
    };
    assert_eq!(reset(&token).await, 401);
    let token = town.recovery().await;
    town.prove(&mate, NEW, "elsewhere@north.example").await;
    assert_eq!(reset(&token).await, 401, "it was mailed to an address that no longer counts");
}

async fn all_accounts_of_an_address_are_in_one_letter(storage: Storage) {
    let town = Town::of(storage).await;
    town.proved_mate().await;
    let sue = town.site.user("south/sue").await;
    town.prove(&sue, "password of south/sue", "Mate@North.example").await;
    town.site.anon().post("/auth/password/recover", json!({ "account": ADDRESS })).await.is(202);
    town.carry().await;
    let letter = town.post.only();
    assert!(letter.body.contains("north/mate") && letter.body.contains("south/sue"), "{}", letter.body);
    assert_eq!(letter.body.matches("token: ").count(), 2);
}
