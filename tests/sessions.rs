//! Signing in and out: what ends ends at once, and what sleeps wakes.

use bailiwick_tests::{Actor, Site, Stage, Storage, on_every_storage, on_servers};
use serde_json::{Value, json};

on_every_storage!(
    login_begins_a_new_session_each_time,
    logout_is_real,
    sessions_are_listed_and_ended,
    a_refresh_token_is_good_once,
    a_revoked_token_ends_its_family,
    a_new_password_ends_the_others,
    a_new_address_ends_the_others_and_needs_the_password,
    nobody_learns_who_is_there,
    a_suspended_user_is_out_until_woken,
    a_suspended_organization_is_out_until_woken,
    a_suspended_key_is_out_until_woken,
    a_new_secret_replaces_the_old_one,
    the_bootstrap_secret_is_good_once,
);

on_servers!(
    login_begins_a_new_session_each_time,
    logout_is_real,
    sessions_are_listed_and_ended,
    a_refresh_token_is_good_once,
    a_revoked_token_ends_its_family,
    a_new_password_ends_the_others,
    a_new_address_ends_the_others_and_needs_the_password,
    nobody_learns_who_is_there,
    a_suspended_user_is_out_until_woken,
    a_suspended_organization_is_out_until_woken,
    a_suspended_key_is_out_until_woken,
    a_new_secret_replaces_the_old_one,
    the_bootstrap_secret_is_good_once,
);

const MATE: &str = "north/mate";
const PASSWORD: &str = "password of north/mate";

async fn site(storage: Storage) -> Site {
    let site = Site::start(storage).await;
    site.apply(include_str!("src/stage.yaml")).await;
    site.set_password(MATE, PASSWORD).await;
    site
}

async fn sign_in(site: &Site) -> Actor {
    site.anon().with_cookie(MATE, PASSWORD).await
}

/// The name and value of the session cookie of an answer.
fn cookie(answer: &bailiwick_tests::Answer) -> String {
    let cookies = answer.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    let ours = cookies.filter(|cookie| cookie.starts_with("bailiwick=")).collect::<Vec<_>>();
    assert_eq!(ours.len(), 1, "{ours:?}");
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(ours[0].contains(attribute), "{}", ours[0]);
    }
    ours[0].split(';').next().unwrap().to_owned()
}

async fn login_begins_a_new_session_each_time(storage: Storage) {
    let site = site(storage).await;
    let body = json!({ "username": MATE, "password": PASSWORD });
    let browser = site.anon();
    let first = browser.post("/auth/login", body.clone()).await.is(200);
    let second = browser.post("/auth/login", body).await.is(200);
    assert_ne!(cookie(&first), cookie(&second));
    assert_ne!(first.body["csrf_token"], second.body["csrf_token"]);
    assert_eq!(first.body["user"]["username"], "mate");
    let with = |answer| site.anon().with("cookie", &cookie(answer));
    with(&second).get("/whoami").await.is(200);
    let whoami = with(&first).get("/whoami").await;
    assert!(
        whoami.status == 401
            || whoami.body["principal"] == with(&second).get("/whoami").await.body["principal"]
    );
}

async fn logout_is_real(storage: Storage) {
    let site = site(storage).await;
    let signed_in = site.anon().post("/auth/login", json!({ "username": MATE, "password": PASSWORD })).await;
    let csrf = signed_in.body["csrf_token"].as_str().unwrap();
    let stolen = site.anon().with("cookie", &cookie(&signed_in)).with("x-csrf-token", csrf);
    stolen.get("/tasks").await.is(200);
    let gone = stolen.act("/auth/logout").await.is(204);
    assert!(
        gone.headers.get_all("set-cookie").iter().any(|value| value.to_str().unwrap().contains("Max-Age=0"))
    );
    stolen.get("/tasks").await.is(401);

    let bearer = site.anon().with_tokens(MATE, PASSWORD).await;
    bearer.act("/auth/logout").await.is(204);
    bearer.get("/tasks").await.is(401);
    site.anon().act("/auth/logout").await.is(401);
}

async fn sessions_are_listed_and_ended(storage: Storage) {
    let site = site(storage).await;
    let (browser, app) = (sign_in(&site).await, site.anon().with_tokens(MATE, PASSWORD).await);
    let listed = browser.get("/auth/sessions").await.is(200);
    let items = listed.body["items"].as_array().unwrap();
    assert_eq!(items.len(), 2);
    let text = listed.body.to_string();
    assert!(!text.contains("hash") && !text.contains("secret"), "{text}");
    let is = |scheme: &str, current: bool| {
        items.iter().filter(|item| item["scheme"] == scheme && item["current"] == current).count()
    };
    assert_eq!((is("cookie", true), is("bearer", false)), (1, 1));
    let other = items.iter().find(|item| item["current"] == false).unwrap()["id"].as_str().unwrap();
    app.get("/whoami").await.is(200);

    site.set_password("north/viewer", "another password").await;
    let stranger = site.anon().with_tokens("north/viewer", "another password").await;
    let theirs = stranger.delete(&format!("/auth/sessions/{other}")).await.is(404);
    let nothing = stranger.delete(&format!("/auth/sessions/{}", uuid::Uuid::nil())).await.is(404);
    assert_eq!(told(&theirs.body), told(&nothing.body));
    app.get("/whoami").await.is(200);

    browser.delete(&format!("/auth/sessions/{other}")).await.is(204);
    app.get("/whoami").await.is(401);
    browser.delete(&format!("/auth/sessions/{other}")).await.is(404);
    browser.get("/whoami").await.is(200);
}

async fn tokens(site: &Site) -> (String, String) {
    let pair =
        site.anon().post("/auth/tokens", json!({ "username": MATE, "password": PASSWORD })).await.is(201);
    assert_eq!(pair.body["token_type"], "Bearer");
    assert!(pair.body["expires_in"].as_i64().unwrap() > 0);
    two(&pair.body)
}

fn two(pair: &Value) -> (String, String) {
    let text = |name: &str| pair[name].as_str().unwrap().to_owned();
    (text("access_token"), text("refresh_token"))
}

async fn refresh(site: &Site, token: &str) -> bailiwick_tests::Answer {
    site.anon().post("/auth/tokens/refresh", json!({ "token": token })).await
}

async fn a_refresh_token_is_good_once(storage: Storage) {
    let site = site(storage).await;
    let (access, first) = tokens(&site).await;
    let (newer_access, second) = two(&refresh(&site, &first).await.is(201).body);
    site.anon().bearer(&access).get("/whoami").await.is(401);
    site.anon().bearer(&newer_access).get("/whoami").await.is(200);
    site.anon().bearer(&second).get("/whoami").await.is(401);
    refresh(&site, &newer_access).await.is(401);

    refresh(&site, &first).await.is(401);
    site.anon().bearer(&newer_access).get("/whoami").await.is(401);
    refresh(&site, &second).await.is(401);
}

async fn a_revoked_token_ends_its_family(storage: Storage) {
    let site = site(storage).await;
    for which in [0, 1] {
        let (access, refresh_token) = tokens(&site).await;
        let (other, _) = tokens(&site).await;
        let token = if which == 0 { &access } else { &refresh_token };
        site.anon().post("/auth/tokens/revoke", json!({ "token": token })).await.is(204);
        site.anon().bearer(&access).get("/whoami").await.is(401);
        refresh(&site, &refresh_token).await.is(401);
        site.anon().bearer(&other).get("/whoami").await.is(200);
    }
    site.anon().post("/auth/tokens/revoke", json!({ "token": "none" })).await.is(204);
}

async fn a_new_password_ends_the_others(storage: Storage) {
    let site = site(storage).await;
    let (browser, other, app) =
        (sign_in(&site).await, sign_in(&site).await, site.anon().with_tokens(MATE, PASSWORD).await);
    let change = |current: &str, new: &str| json!({ "current_password": current, "new_password": new });
    let wrong =
        browser.post("/auth/password/change", change("wrong password", "a new password")).await.is(422);
    assert_eq!(wrong.body["errors"][0]["pointer"], "/current_password");
    for weak in ["short", "mate", ""] {
        let weak = browser.post("/auth/password/change", change(PASSWORD, weak)).await.is(422);
        assert_eq!(weak.body["errors"][0]["pointer"], "/new_password");
    }
    app.get("/whoami").await.is(200);

    browser.post("/auth/password/change", change(PASSWORD, "a new password")).await.is(204);
    browser.get("/whoami").await.is(200);
    other.get("/whoami").await.is(401);
    app.get("/whoami").await.is(401);
    let old = json!({ "username": MATE, "password": PASSWORD });
    site.anon().post("/auth/login", old).await.is(401);
    site.anon().with_cookie(MATE, "a new password").await;
}

async fn a_new_address_ends_the_others_and_needs_the_password(storage: Storage) {
    let site = site(storage).await;
    let (browser, other) = (sign_in(&site).await, site.anon().with_tokens(MATE, PASSWORD).await);
    let me = browser.get("/whoami").await.body["principal"]["id"].as_str().unwrap().to_owned();
    let me = format!("/users/{me}");
    for wrong in [json!({ "email": "new@north.example" }), json!({ "email": null, "current_password": "no" })]
    {
        let refused = browser.patch(&me, wrong).await.is(422);
        assert_eq!(refused.body["errors"][0]["pointer"], "/current_password");
    }
    assert_eq!(other.get(&me).await.is(200).body["email"], "mate@north.example");
    let right = json!({ "email": "new@north.example", "current_password": PASSWORD });
    assert_eq!(browser.patch(&me, right).await.is(200).body["email"], "new@north.example");
    other.get("/whoami").await.is(401);
    browser.get("/whoami").await.is(200);
}

/// The body of a problem, but for the request's id.
fn told(body: &Value) -> Value {
    let mut body = body.clone();
    body.as_object_mut().unwrap().remove("instance");
    body
}

async fn nobody_learns_who_is_there(storage: Storage) {
    let site = site(storage).await;
    site.set_password("north/viewer", "password of viewer").await;
    let root = site.user("north/root").await;
    let users = root.all("/users").await;
    let viewer = users.iter().find(|user| user["username"] == "viewer").unwrap()["id"].as_str().unwrap();
    root.act(&format!("/users/{viewer}/suspend")).await.is(200);
    let wrong = [
        (MATE, "wrong password"),
        ("north/viewer", "password of viewer"),
        ("north/nobody", "no password is set"),
        ("north/unknown", PASSWORD),
        ("nowhere/mate", PASSWORD),
        ("mate", PASSWORD),
        ("", ""),
        ("NORTH/MATE", PASSWORD),
        ("north/mate ", PASSWORD),
        ("north/mate/", PASSWORD),
        (MATE, "Password of north/mate"),
    ];
    for route in ["/auth/login", "/auth/tokens"] {
        let mut answers = Vec::new();
        for (username, password) in wrong {
            let body = json!({ "username": username, "password": password });
            let answer = site.anon().post(route, body).await.is(401);
            assert!(answer.headers.get("set-cookie").is_none());
            answers.push(told(&answer.body));
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
    }
}

async fn a_suspended_user_is_out_until_woken(storage: Storage) {
    let stage = Stage::set(storage).await;
    let (root, manager, key) = (stage.actor("root"), stage.actor("manager"), stage.actor("key"));
    let user = stage.ids.address("user", "north/manager");
    key.get("/jobs").await.is(200);
    root.act(&format!("{user}/suspend")).await.is(200);
    manager.get("/whoami").await.is(401);
    key.get("/jobs").await.is(401);
    let login = json!({ "username": "north/manager", "password": "password of north/manager" });
    stage.site.anon().post("/auth/login", login.clone()).await.is(401);

    root.act(&format!("{user}/wake")).await.is(200);
    // Suspending ended the sessions; the key and the password are good again.
    manager.get("/whoami").await.is(401);
    key.get("/jobs").await.is(200);
    let again = stage.site.anon().with_tokens("north/manager", "password of north/manager").await;
    assert!(!again.get("/jobs").await.is(200).ids().is_empty());
}

async fn a_suspended_organization_is_out_until_woken(storage: Storage) {
    let stage = Stage::set(storage).await;
    let (root, sue) = (stage.actor("root"), stage.actor("sue"));
    let south = stage.ids.address("organization", "south");
    let (key, wide) = (stage.ids.address("api_key", "south/robot"), stage.actor("wide-key"));
    let guest = json!({
        "principal": { "kind": "user", "id": stage.id("user", "north/viewer") },
        "role_id": stage.id("role", "viewer"),
        "anchor": { "level": "project", "id": stage.id("project", "south/inner") },
    });
    root.post("/grants", guest).await.is(201);
    let (guest, inner) = (stage.actor("viewer"), stage.ids.address("project", "south/inner"));
    guest.get(&inner).await.is(200);
    root.get(&key).await.is(200);
    root.act(&format!("{south}/suspend")).await.is(200);
    sue.get("/whoami").await.is(401);
    let login = json!({ "username": "south/sue", "password": "password of south/sue" });
    stage.site.anon().post("/auth/tokens", login).await.is(401);
    // What is granted in it gives nothing, and its objects stay for others.
    guest.get(&inner).await.is(404);
    root.get(&stage.ids.address("task", "south/shared/workup/loose")).await.is(200);
    wide.get(&stage.ids.address("project", "north/home")).await.is(200);

    root.act(&format!("{south}/wake")).await.is(200);
    guest.get(&inner).await.is(200);
    let again = stage.site.anon().with_tokens("south/sue", "password of south/sue").await;
    again.get(&stage.ids.address("project", "north/home")).await.is(200);
    again.get(&stage.ids.address("project", "south/shared")).await.is(200);
}

async fn a_suspended_key_is_out_until_woken(storage: Storage) {
    let stage = Stage::set(storage).await;
    let (manager, key) = (stage.actor("manager"), stage.actor("key"));
    let address = stage.ids.address("api_key", "north/home/robot");
    manager.act(&format!("{address}/suspend")).await.is(200);
    key.get("/jobs").await.is(401);
    manager.act(&format!("{address}/wake")).await.is(200);
    key.get("/jobs").await.is(200);
    manager.delete(&format!("{address}?cascade=true")).await.is(204);
    key.get("/jobs").await.is(401);
}

async fn a_new_secret_replaces_the_old_one(storage: Storage) {
    let stage = Stage::set(storage).await;
    let (manager, old) = (stage.actor("manager"), stage.actor("key"));
    let address = stage.ids.address("api_key", "north/home/robot");
    let dry = manager.act(&format!("{address}/secret?dry_run=true")).await.is(200);
    old.get("/jobs").await.is(200);
    let id = stage.id("api_key", "north/home/robot");
    let tried = stage.site.anon().api_key(id, dry.body["secret"].as_str().unwrap_or("none"));
    tried.get("/jobs").await.is(401);

    let renewed = manager.act(&format!("{address}/secret")).await.is(200);
    old.get("/jobs").await.is(401);
    let new = stage.site.anon().api_key(id, renewed.body["secret"].as_str().unwrap());
    new.get("/jobs").await.is(200);
    let shown = manager.get(&address).await.is(200).body;
    assert!(shown.get("secret").is_none() && !shown.to_string().contains("hash"), "{shown:#}");
    // Who holds less than the key does not get its secret.
    stage.actor("editor").act(&format!("{address}/secret")).await.is(404);
}

async fn the_bootstrap_secret_is_good_once(storage: Storage) {
    use bailiwick_app::accounts::offer_bootstrap;
    let site = Site::start(storage).await;
    let secret = offer_bootstrap(&site.operator()).await.unwrap().unwrap();
    let body = |secret: &str| {
        json!({
            "secret": secret, "organization": "first", "username": "ada", "password": "a good password"
        })
    };
    site.anon().post("/auth/bootstrap", body("wrong")).await.is(401);
    let made = site.anon().post("/auth/bootstrap", body(secret.reveal())).await.is(201);
    site.anon().post("/auth/bootstrap", body(secret.reveal())).await.is(401);
    assert!(offer_bootstrap(&site.operator()).await.unwrap().is_none());
    let ada = site.anon().with_tokens("first/ada", "a good password").await;
    assert_eq!(ada.get("/whoami").await.body["principal"]["id"], made.body["user_id"]);
    ada.post("/organizations", json!({ "name": "second" })).await.is(201);
}
