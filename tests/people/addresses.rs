//! Addresses that count.

use bailiwick_tests::{Storage, on_every_storage};
use serde_json::json;
use time::Duration;

use super::fixture::{ADDRESS, MATE, PASSWORD, Town};

on_every_storage!(
    an_address_counts_when_it_is_proved,
    another_s_link_proves_nothing,
    a_link_to_an_address_is_good_once_and_for_a_day,
    an_address_set_by_others_does_not_count,
);

async fn an_address_counts_when_it_is_proved(storage: Storage) {
    let town = Town::of(storage).await;
    let mate = town.proved_mate().await;
    let other = town.mate().await;
    let id = mate.get("/whoami").await.is(200).body["principal"]["id"].as_str().unwrap().to_owned();
    let me = format!("/users/{id}");
    let proved = mate.get(&me).await.is(200);
    assert!(proved.body["email_verified_at"].is_string(), "{:#}", proved.body);
    let ask = |password: &str| json!({ "email": "new@north.example", "current_password": password });
    let wrong = mate.post("/auth/email", ask("wrong password")).await.is(422);
    assert_eq!(wrong.body["errors"][0]["pointer"], "/current_password");
    mate.post("/auth/email", ask(PASSWORD)).await.is(202);
    town.carry().await;
    let token = town.post.token("new@north.example");
    assert_eq!(mate.get(&me).await.is(200).body, proved.body, "until it is proved nothing changes");
    other.get("/whoami").await.is(200);
    mate.post("/auth/email/prove", json!({ "token": token })).await.is(204);
    let after = mate.get(&me).await.is(200);
    assert_eq!(after.body["email"], "new@north.example");
    other.get("/whoami").await.is(401);
    town.carry().await;
    let letter = town.post.only();
    assert_eq!((&*letter.to, letter.body.contains("the mail address was changed")), (ADDRESS, true));
    // Those who may not edit the person see neither.
    let sue = town.site.user("south/sue").await;
    let seen = sue.get(&me).await;
    assert!(!seen.body.to_string().contains("email"), "{:#}", seen.body);
}

async fn another_s_link_proves_nothing(storage: Storage) {
    let town = Town::of(storage).await;
    let mate = town.mate().await;
    let body = json!({ "email": "new@north.example", "current_password": PASSWORD });
    mate.post("/auth/email", body).await.is(202);
    town.carry().await;
    let token = json!({ "token": town.post.token("new@north.example") });
    let sue = town.site.user("south/sue").await;
    sue.post("/auth/email/prove", token.clone()).await.is(401);
    town.site.anon().post("/auth/email/prove", token.clone()).await.is(401);
    mate.post("/auth/email/prove", token).await.is(204);
}

async fn a_link_to_an_address_is_good_once_and_for_a_day(storage: Storage) {
    let town = Town::of(storage).await;
    let mate = town.proved_mate().await;
    let ask = async || {
        let mate = town.mate().await;
        let body = json!({ "email": "new@north.example", "current_password": PASSWORD });
        mate.post("/auth/email", body).await.is(202);
        town.carry().await;
        json!({ "token": town.post.token("new@north.example") })
    };
    let token = ask().await;
    town.pass(Duration::hours(24));
    drop(mate);
    let mate = town.mate().await;
    mate.post("/auth/email/prove", token).await.is(401);
    let token = ask().await;
    mate.post("/auth/email/prove", token.clone()).await.is(204);
    mate.post("/auth/email/prove", token).await.is(401);
}

async fn an_address_set_by_others_does_not_count(storage: Storage) {
    let town = Town::of(storage).await;
    town.proved_mate().await;
    let root = town.site.user("north/root").await;
    let mate = root.get("/users?q=mate").await.is(200).ids()[0].clone();
    let changed =
        root.patch(&format!("/users/{mate}"), json!({ "email": "root@north.example" })).await.is(200);
    assert_eq!(changed.body.get("email_verified_at"), None);
    town.carry().await;
    assert_eq!(town.post.only().to, ADDRESS, "who had proved it is told");
    town.site.anon().post("/auth/password/recover", json!({ "account": MATE })).await.is(202);
    town.carry().await;
    assert_eq!(town.post.empty(), []);
}
