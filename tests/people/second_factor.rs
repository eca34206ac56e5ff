//! The second factor.

use bailiwick_tests::{Actor, Answer, Storage, on_every_storage};
use serde_json::json;
use time::Duration;
use totp_rs::{Builder, Secret};

use super::fixture::{ADDRESS, MATE, PASSWORD, Town};

on_every_storage!(
    a_factor_counts_when_a_code_has_confirmed_it,
    a_code_is_taken_once,
    one_code_begins_one_session,
    a_recovery_code_stands_in_for_a_code_once,
    recovery_of_the_password_leaves_the_factor,
    it_is_switched_off_by_password_and_code,
    its_secret_is_shown_once,
);

pub fn code(town: &Town, secret: &str) -> String {
    use bailiwick_domain::ports::Clock;
    let secret = Secret::try_from_base32(secret).unwrap();
    let seconds = u64::try_from(town.clock.now().unix_timestamp()).unwrap();
    Builder::new().with_secret(secret).build().unwrap().generate(seconds).to_string()
}

/// Mate with a factor: who speaks for them, the secret and the recovery codes.
pub async fn enrolled(town: &Town) -> (Actor, String, Vec<String>) {
    let mate = town.mate().await;
    let made = mate.post("/auth/otp", json!({ "current_password": PASSWORD })).await.is(201);
    let secret = made.body["secret"].as_str().unwrap().to_owned();
    let confirmed = mate.post("/auth/otp/confirm", json!({ "code": code(town, &secret) })).await.is(200);
    let codes = confirmed.body["recovery_codes"].as_array().unwrap();
    let codes = codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect();
    town.pass(Duration::seconds(30));
    (mate, secret, codes)
}

async fn sign_in(town: &Town, route: &str, otp: Option<&str>) -> Answer {
    let mut body = json!({ "username": MATE, "password": PASSWORD });
    if let Some(otp) = otp {
        body["otp"] = json!(otp);
    }
    town.site.anon().post(route, body).await
}

async fn a_factor_counts_when_a_code_has_confirmed_it(storage: Storage) {
    let town = Town::of(storage).await;
    let (mate, other) = (town.proved_mate().await, town.mate().await);
    let wrong = mate.post("/auth/otp", json!({ "current_password": "wrong password" })).await.is(422);
    assert_eq!(wrong.body["errors"][0]["pointer"], "/current_password");
    mate.post("/auth/otp/confirm", json!({ "code": "000000" })).await.is(409);
    let made = mate.post("/auth/otp", json!({ "current_password": PASSWORD })).await.is(201);
    let secret = made.body["secret"].as_str().unwrap();
    assert!(made.body["uri"].as_str().unwrap().starts_with("otpauth://totp/Bailiwick:north%2Fmate?secret="));
    sign_in(&town, "/auth/tokens", None).await.is(201);
    assert_eq!(
        mate.get("/auth/otp").await.is(200).body,
        json!({ "enabled": false, "recovery_codes_left": 0 })
    );
    let wrong = if code(&town, secret) == "000000" { "111111" } else { "000000" };
    let wrong = mate.post("/auth/otp/confirm", json!({ "code": wrong })).await.is(422);
    assert_eq!(wrong.body["errors"][0]["pointer"], "/code");
    mate.post("/auth/otp/confirm", json!({ "code": code(&town, secret) })).await.is(200);
    other.get("/whoami").await.is(401);
    mate.get("/whoami").await.is(200);
    mate.post("/auth/otp", json!({ "current_password": PASSWORD })).await.is(409);
    mate.post("/auth/otp/confirm", json!({ "code": "000000" })).await;
    assert_eq!(
        mate.get("/auth/otp").await.is(200).body,
        json!({ "enabled": true, "recovery_codes_left": 10 })
    );
    town.carry().await;
    let letter = town.post.only();
    assert_eq!((&*letter.to, letter.body.contains("was switched on")), (ADDRESS, true));
    for route in ["/auth/login", "/auth/tokens"] {
        let refused = sign_in(&town, route, None).await.is(401);
        assert_eq!(refused.body["type"], "urn:bailiwick:problem:second-factor");
        let wrong = json!({ "username": MATE, "password": "wrong password", "otp": "000000" });
        let refused = town.site.anon().post(route, wrong).await.is(401);
        assert_eq!(
            refused.body["type"], "urn:bailiwick:problem:unauthenticated",
            "who guesses learns nothing"
        );
    }
}

async fn a_code_is_taken_once(storage: Storage) {
    let town = Town::of(storage).await;
    let (_, secret, _) = enrolled(&town).await;
    let now = code(&town, &secret);
    sign_in(&town, "/auth/login", Some(&now)).await.is(200);
    for route in ["/auth/login", "/auth/tokens"] {
        let replayed = sign_in(&town, route, Some(&now)).await.is(401);
        assert_eq!(replayed.body["type"], "urn:bailiwick:problem:second-factor");
    }
    town.pass(Duration::seconds(30));
    sign_in(&town, "/auth/tokens", Some(&now)).await.is(401);
    sign_in(&town, "/auth/tokens", Some(&code(&town, &secret))).await.is(201);
}

async fn one_code_begins_one_session(storage: Storage) {
    let town = Town::of(storage).await;
    let (mate, secret, _) = enrolled(&town).await;
    let before = mate.get("/auth/sessions").await.is(200).body["items"].as_array().unwrap().len();
    let now = code(&town, &secret);
    let once = async || sign_in(&town, "/auth/tokens", Some(&now)).await.status.as_u16();
    let all = tokio::join!(once(), once(), once(), once());
    let mut all = [all.0, all.1, all.2, all.3];
    all.sort_unstable();
    assert_eq!(all, [201, 401, 401, 401]);
    let after = mate.get("/auth/sessions").await.is(200).body["items"].as_array().unwrap().len();
    assert_eq!(after, before + 1);
}

async fn a_recovery_code_stands_in_for_a_code_once(storage: Storage) {
    let town = Town::of(storage).await;
    let (mate, _, codes) = enrolled(&town).await;
    sign_in(&town, "/auth/tokens", Some(&codes[0])).await.is(201);
    sign_in(&town, "/auth/tokens", Some(&codes[0])).await.is(401);
    sign_in(&town, "/auth/login", Some(&codes[1])).await.is(200);
    assert_eq!(mate.get("/auth/otp").await.is(200).body["recovery_codes_left"], 8);
}

async fn recovery_of_the_password_leaves_the_factor(storage: Storage) {
    let town = Town::of(storage).await;
    town.proved_mate().await;
    let (_, secret, _) = enrolled(&town).await;
    town.carry().await;
    town.post.empty();
    let reset = json!({ "token": town.recovery().await, "new_password": "another one entirely" });
    town.site.anon().post("/auth/password/reset", reset).await.is(204);
    let mut body = json!({ "username": MATE, "password": "another one entirely" });
    town.site.anon().post("/auth/tokens", body.clone()).await.is(401);
    body["otp"] = json!(code(&town, &secret));
    town.site.anon().post("/auth/tokens", body).await.is(201);
}

async fn it_is_switched_off_by_password_and_code(storage: Storage) {
    let town = Town::of(storage).await;
    let (mate, secret, codes) = enrolled(&town).await;
    let off = async |password: &str, code: &str| {
        let body = json!({ "current_password": password, "code": code });
        mate.post("/auth/otp/disable", body).await
    };
    let now = code(&town, &secret);
    assert_eq!(off("wrong password", &now).await.is(422).body["errors"][0]["pointer"], "/current_password");
    assert_eq!(off(PASSWORD, "no code").await.is(422).body["errors"][0]["pointer"], "/code");
    sign_in(&town, "/auth/tokens", Some(&codes[0])).await.is(201);
    off(PASSWORD, &now).await.is(204);
    sign_in(&town, "/auth/tokens", None).await.is(201);
    off(PASSWORD, &now).await.is(409);
    let key = town.site.user("north/root").await;
    assert_eq!(key.get("/auth/otp").await.is(200).body["enabled"], false);
}

async fn its_secret_is_shown_once(storage: Storage) {
    let town = Town::of(storage).await;
    let (mate, secret, codes) = enrolled(&town).await;
    let root = town.site.user("north/root").await;
    let id = mate.get("/whoami").await.is(200).body["principal"]["id"].as_str().unwrap().to_owned();
    for actor in [&mate, &root] {
        for path in
            [&format!("/users/{id}"), "/audit-events?limit=500", "/auth/otp", "/whoami", "/users?limit=500"]
        {
            let text = actor.get(path).await.is(200).body.to_string();
            assert!(!text.contains(&secret) && !text.contains(&codes[0]), "{path}");
        }
    }
}
