//! Registration, where it is switched on.

use bailiwick_app::people::settings::{People, Registration};
use bailiwick_tests::{Storage, on_every_storage};
use serde_json::json;
use time::Duration;

use super::fixture::{ADDRESS, Town};

on_every_storage!(
    nobody_registers_unless_it_is_switched_on,
    an_account_begins_with_a_proved_address,
    who_has_an_account_is_told_by_mail_alone,
    a_registration_ends_and_serves_once,
);

const GUEST: &str = "guest@example.org";

fn open() -> People {
    let registration = Registration {
        organization: "west".to_owned(),
        role: Some("viewer".to_owned()),
        at: Some("west/far".to_owned()),
    };
    People { registration: Some(registration), ..bailiwick_tests::site::with_mail() }
}

async fn nobody_registers_unless_it_is_switched_on(storage: Storage) {
    let town = Town::of(storage).await;
    let anon = town.site.anon();
    anon.post("/auth/register", json!({ "email": GUEST })).await.is(403);
    let made = json!({ "token": "none", "username": "new", "password": "long enough" });
    anon.post("/auth/register/prove", made).await.is(403);
    town.carry().await;
    assert_eq!(town.post.empty(), []);
}

async fn an_account_begins_with_a_proved_address(storage: Storage) {
    let town = Town::with(storage, open()).await;
    let anon = town.site.anon();
    anon.post("/auth/register", json!({ "email": GUEST })).await.is(202);
    let root = town.site.user("north/root").await;
    let people = root.all("/users?limit=500").await.len();
    town.carry().await;
    let token = town.post.token(GUEST);
    assert_eq!(root.all("/users?limit=500").await.len(), people, "a letter is no account");
    let made = |name: &str| json!({ "token": token, "username": name, "password": "a word of the guest" });
    let taken = anon.post("/auth/register/prove", made("wes")).await.is(409);
    assert_eq!(taken.body["errors"][0]["pointer"], "/username");
    let made = anon.post("/auth/register/prove", made("guest")).await.is(201);
    assert_eq!(made.body["username"], "west/guest");
    let guest = anon.with_tokens("west/guest", "a word of the guest").await;
    let whoami = guest.get("/whoami").await.is(200);
    assert_eq!(whoami.body["grants"].as_array().unwrap().len(), 1);
    assert_eq!(whoami.body["grants"][0]["role_name"], "viewer");
    assert_eq!(guest.get("/projects").await.is(200).ids().len(), 1 + 1, "far, and north's open one");
}

async fn who_has_an_account_is_told_by_mail_alone(storage: Storage) {
    let town = Town::with(storage, open()).await;
    town.proved_mate().await;
    let register = async |address: &str| {
        let answer = town.site.anon().post("/auth/register", json!({ "email": address })).await.is(202);
        answer.body.to_string()
    };
    assert_eq!(register("MATE@north.example").await, register(GUEST).await);
    town.carry().await;
    let letters = town.post.empty();
    let to_mate = letters.iter().find(|letter| letter.to == "MATE@north.example").unwrap();
    assert!(to_mate.body.contains("north/mate") && !to_mate.body.contains("token"), "{}", to_mate.body);
    assert_ne!(ADDRESS, GUEST);
    let wrong = town.site.anon().post("/auth/register", json!({ "email": "no address" })).await.is(422);
    assert_eq!(wrong.body["errors"][0]["pointer"], "/email");
}

async fn a_registration_ends_and_serves_once(storage: Storage) {
    let town = Town::with(storage, open()).await;
    let anon = town.site.anon();
    let token = async || {
        anon.post("/auth/register", json!({ "email": GUEST })).await.is(202);
        town.carry().await;
        town.post.token(GUEST)
    };
    let prove = async |token: &str, name: &str| {
        let body = json!({ "token": token, "username": name, "password": "a word of the guest" });
        anon.post("/auth/register/prove", body).await.status.as_u16()
    };
    let late = token().await;
    town.pass(Duration::hours(24));
    assert_eq!(prove(&late, "late").await, 401);
    let (one, two) = (token().await, token().await);
    assert_eq!(prove(&one, "one").await, 201);
    assert_eq!(prove(&one, "again").await, 401);
    assert_eq!(prove(&two, "two").await, 401, "the address has an account by now");
}
