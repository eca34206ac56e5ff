//! Sessions, tokens and keys. What ends here does not come back: each round has another.

use std::sync::Arc;

use serde_json::json;

use crate::faults::{Client, Credential, built_in};
use crate::watch::{Probe, Tally, Watch};
use crate::world::{PASSWORD, World};

/// Runs a deed against what a probe uses; tells what was seen.
macro_rules! once {
    ($world:expr, $tally:expr, $what:expr, $probes:expr, $deed:expr) => {{
        let mut watch = Watch::begin(&$world, $probes).await;
        let answer = watch.change(false, $deed).await;
        $tally.add(watch.end($what).await);
        answer
    }};
}

/// Logging out ends a cookie session.
pub async fn a_session(world: Arc<World>, rounds: usize) -> Tally {
    let (user, place) = world.viewer("session").await;
    let mut tally = Tally::default();
    for turn in 0..rounds {
        let cookie = Client::cookie(world.at(turn / 2), &user.login, PASSWORD).await;
        let probes = vec![Probe::show(&cookie, place.task()), Probe::list(&cookie, place.tasks())];
        let probes = probes.into_iter().chain([Probe::show(&cookie, "/auth/sessions")]).collect();
        once!(world, tally, "logout", probes, async || cookie.act(world.at(turn), "/auth/logout").await);
    }
    tally
}

/// A new password ends every other session and token of the user.
pub async fn sessions_by_password(world: Arc<World>, rounds: usize) -> Tally {
    let (user, place) = world.viewer("password").await;
    let (mut tally, mut password) = (Tally::default(), PASSWORD.to_owned());
    for turn in 0..rounds {
        let cookie = Client::cookie(world.at(turn / 2), &user.login, &password).await;
        let (token, _) = Client::tokens(world.at(turn), &user.login, &password).await;
        let (other, _) = Client::tokens(world.at(turn), &user.login, &password).await;
        let next = format!("another good password {turn}");
        let body = json!({ "current_password": password, "new_password": next });
        let probes = vec![Probe::show(&cookie, place.task()), Probe::show(&token, place.task())];
        let deed = async || other.post(world.at(turn), "/auth/password/change", body.clone()).await;
        once!(world, tally, "a new password", probes, deed);
        password = next;
    }
    tally
}

/// A user ends one of its sessions from another.
pub async fn one_of_ones_sessions(world: Arc<World>, rounds: usize) -> Tally {
    let (user, place) = world.viewer("other").await;
    let mut tally = Tally::default();
    for turn in 0..rounds {
        let cookie = Client::cookie(world.at(turn / 2), &user.login, PASSWORD).await;
        let listed = cookie.get(world.at(turn), "/auth/sessions").await.is(200).body;
        let items = listed["items"].as_array().unwrap();
        let current = items.iter().find(|item| item["current"] == true).unwrap();
        let path = format!("/auth/sessions/{}", current["id"].as_str().unwrap());
        let probes = vec![Probe::show(&cookie, place.task()), Probe::list(&cookie, place.tasks())];
        once!(world, tally, "a session", probes, async || user.client.delete(world.at(turn), &path).await);
    }
    tally
}

/// Logging out by an access token.
pub async fn a_token(world: Arc<World>, rounds: usize) -> Tally {
    let (user, place) = world.viewer("token").await;
    let mut tally = Tally::default();
    for turn in 0..rounds {
        let (token, _) = Client::tokens(world.at(turn / 2), &user.login, PASSWORD).await;
        let probes = vec![Probe::show(&token, place.task()), Probe::list(&token, place.tasks())];
        once!(world, tally, "a token", probes, async || token.act(world.at(turn), "/auth/logout").await);
    }
    tally
}

/// A refresh token is revoked: the access token of its family goes too.
pub async fn a_family(world: Arc<World>, rounds: usize) -> Tally {
    let (user, place) = world.viewer("family").await;
    let mut tally = Tally::default();
    for turn in 0..rounds {
        let (token, refresh) = Client::tokens(world.at(turn / 2), &user.login, PASSWORD).await;
        let nobody = token.with(Credential::Nobody);
        let probes = vec![Probe::show(&token, place.task())];
        let body = json!({ "token": refresh });
        let deed = async || nobody.post(world.at(turn), "/auth/tokens/revoke", body.clone()).await;
        once!(world, tally, "a family of tokens", probes, deed);
        nobody.post(world.at(turn + 1), "/auth/tokens/refresh", body).await.is(401);
    }
    tally
}

/// A refresh token gives the next pair: the access token before is gone.
pub async fn a_refreshed_token(world: Arc<World>, rounds: usize) -> Tally {
    let (user, place) = world.viewer("refresh").await;
    let (mut tally, (mut token, mut refresh)) =
        (Tally::default(), Client::tokens(world.at(0), &user.login, PASSWORD).await);
    for turn in 0..rounds {
        let nobody = token.with(Credential::Nobody);
        let probes = vec![Probe::show(&token, place.task())];
        let body = json!({ "token": refresh });
        let deed = async || nobody.post(world.at(turn), "/auth/tokens/refresh", body.clone()).await;
        let pair = once!(world, tally, "a token that was refreshed", probes, deed).body;
        token = nobody.with(Credential::Bearer(pair["access_token"].as_str().unwrap().to_owned()));
        refresh = pair["refresh_token"].as_str().unwrap().to_owned();
        token.get(world.at(turn + 1), &place.task()).await.is(200);
    }
    tally
}

/// A key is suspended and woken.
pub async fn a_key(world: Arc<World>, rounds: usize) -> Tally {
    let place = world.place("key").await;
    let under = format!("/organizations/{}", world.acme);
    let (id, key) = world.root.new_key(world.at(0), &under, "suspended", &built_in("viewer")).await;
    let probes = vec![Probe::show(&key, place.task()), Probe::list(&key, place.tasks())];
    let mut watch = Watch::begin(&world, probes).await;
    for turn in 0..rounds {
        for (deed, allowed) in [("suspend", false), ("wake", true)] {
            let path = format!("/api-keys/{id}/{deed}");
            watch.change(allowed, async || world.root.act(world.at(turn), &path).await).await;
        }
    }
    watch.end("a suspended key").await
}

/// A key gets a new secret: the old one is gone.
pub async fn a_secret(world: Arc<World>, rounds: usize) -> Tally {
    let place = world.place("secret").await;
    let under = format!("/organizations/{}", world.acme);
    let (id, mut key) = world.root.new_key(world.at(0), &under, "renewed", &built_in("viewer")).await;
    let mut tally = Tally::default();
    for turn in 0..rounds {
        let path = format!("/api-keys/{id}/secret");
        let probes = vec![Probe::show(&key, place.task()), Probe::list(&key, place.tasks())];
        let deed = async || world.root.act(world.at(turn), &path).await;
        let renewed = once!(world, tally, "an old secret", probes, deed).body;
        key = Client::new(Credential::Key(id.clone(), renewed["secret"].as_str().unwrap().to_owned()));
        key.get(world.at(turn + 1), &place.task()).await.is(200);
    }
    tally
}

/// A key is deleted.
pub async fn a_deleted_key(world: Arc<World>, rounds: usize) -> Tally {
    let place = world.place("deleted-key").await;
    let under = format!("/projects/{}", place.project);
    let mut tally = Tally::default();
    for turn in 0..rounds {
        let name = format!("key {turn}");
        let (id, key) = world.root.new_key(world.at(turn / 2), &under, &name, &built_in("viewer")).await;
        let probes = vec![Probe::show(&key, place.task()), Probe::list(&key, place.tasks())];
        let path = format!("/api-keys/{id}");
        once!(world, tally, "a deleted key", probes, async || world.root.delete(world.at(turn), &path).await);
    }
    tally
}
