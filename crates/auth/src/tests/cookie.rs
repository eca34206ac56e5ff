//! Cookie sessions: what the cookie looks like, that it can't be altered, key rotation, rotation at login.

use bailiwick_domain::PrincipalId;
use bailiwick_domain::ports::{AuthError, Authenticator, Freshness, Presented, Scheme};

use super::world::{NOW, PASSWORD, World, altered, browser, config, key, login};

#[tokio::test]
async fn a_sign_in_gives_a_cookie_that_proves_who_asks() {
    let world = World::new().await;
    let presented = Presented { user_agent: "Browser\n/1".to_owned(), ..Presented::default() };
    let signed_in = world.sign_in(&presented).await;
    assert_eq!(signed_in.identity.principal, PrincipalId::user(world.ada));
    let who = world.authenticate(&browser(&signed_in.set_cookies), NOW).await.unwrap();
    assert_eq!(who.caller.principal, Some(PrincipalId::user(world.ada)));
    assert_eq!((who.scheme, who.session.as_ref()), (Scheme::Cookie, Some(&signed_in.session)));
    assert_eq!(signed_in.session.user_agent, "Browser/1");
    assert!(who.set_cookies.is_empty());
}

#[tokio::test]
async fn over_tls_cookies_stay_on_the_host_and_away_from_scripts() {
    let world = World::new().await;
    let [session, csrf] = world.sign_in(&Presented::default()).await.set_cookies.try_into().unwrap();
    let (pair, attributes) = session.split_once("; ").unwrap();
    assert!(pair.starts_with("__Host-bailiwick="));
    assert_eq!(attributes, "HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=1209600");
    let (pair, attributes) = csrf.split_once("; ").unwrap();
    assert!(pair.starts_with("__Host-bailiwick-csrf="));
    assert_eq!(attributes, "SameSite=Strict; Secure; Path=/; Max-Age=1209600");
}

#[tokio::test]
async fn without_tls_the_cookie_has_a_plain_name() {
    let mut plain = config();
    plain.secure = false;
    let world = World::with(plain).await;
    let signed_in = world.sign_in(&Presented::default()).await;
    assert!(signed_in.set_cookies[0].starts_with("bailiwick="));
    assert!(!signed_in.set_cookies.iter().any(|cookie| cookie.contains("Secure")));
    assert!(world.is_ada(&browser(&signed_in.set_cookies), NOW).await);
}

#[tokio::test]
async fn no_altered_cookie_is_good() {
    let world = World::new().await;
    let cookie = browser(&world.sign_in(&Presented::default()).await.set_cookies[..1]).cookies.remove(0);
    let (name, value) = cookie.split_once('=').unwrap();
    let mut wrong = altered(value);
    wrong.extend([String::new(), "x".to_owned(), "é".repeat(60), value[1..].to_owned(), value.repeat(2)]);
    wrong.extend((0..value.len()).map(|length| value[..length].to_owned()));
    assert!(wrong.len() > 500);
    for value in wrong {
        let presented = Presented { cookies: vec![format!("{name}={value}")], ..Presented::default() };
        assert!(!world.is_ada(&presented, NOW).await, "{value}");
    }
}

#[tokio::test]
async fn an_old_key_still_opens_and_its_cookie_is_signed_anew() {
    let world = World::new().await;
    let old = browser(&world.sign_in(&Presented::default()).await.set_cookies);
    let mut rotated = config();
    rotated.cookie_keys = vec![key(2), key(1)];
    let auth = world.restarted(rotated.clone());
    let who = auth.authenticate(&old, &world.policy, NOW, Freshness::Presumed).await.unwrap();
    assert_eq!(who.set_cookies.len(), 1);
    let new = browser(&who.set_cookies);
    assert_ne!(new.cookies, old.cookies);
    assert!(
        auth.authenticate(&new, &world.policy, NOW, Freshness::Presumed)
            .await
            .unwrap()
            .set_cookies
            .is_empty()
    );

    rotated.cookie_keys = vec![key(2)];
    let auth = world.restarted(rotated);
    assert!(auth.authenticate(&new, &world.policy, NOW, Freshness::Presumed).await.is_ok());
    assert!(matches!(
        auth.authenticate(&old, &world.policy, NOW, Freshness::Presumed).await,
        Err(AuthError::NotGood)
    ));
}

#[tokio::test]
async fn a_sign_in_ends_the_session_that_came_along_and_takes_nothing_from_it() {
    let world = World::new().await;
    let planted = world.sign_in(&Presented::default()).await;
    let victim = browser(&planted.set_cookies);
    let signed_in = world.sign_in(&victim).await;
    assert_ne!(signed_in.session.id, planted.session.id);
    assert_ne!(signed_in.set_cookies, planted.set_cookies);
    assert_ne!(signed_in.csrf, planted.csrf);
    assert!(!world.is_ada(&victim, NOW).await);
    assert!(world.is_ada(&browser(&signed_in.set_cookies), NOW).await);
}

#[tokio::test]
async fn a_failed_sign_in_ends_nothing() {
    let world = World::new().await;
    let signed_in = world.sign_in(&Presented::default()).await;
    let presented = browser(&signed_in.set_cookies);
    let failed = world.try_sign_in(&world.auth, &login("north/ada", "wrong horse"), &presented).await;
    assert!(matches!(failed, Err(AuthError::NotGood)));
    assert!(world.is_ada(&presented, NOW).await);
    assert_eq!(world.store.sessions_of(world.ada).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_cookie_that_is_not_good_does_not_keep_anybody_from_signing_in() {
    let world = World::new().await;
    for cookies in ["__Host-bailiwick=gone", "__Host-bailiwick=one; __Host-bailiwick=two"] {
        let presented = Presented { cookies: vec![cookies.to_owned()], ..Presented::default() };
        let signed_in = world.try_sign_in(&world.auth, &login("north/ada", PASSWORD), &presented).await;
        assert!(signed_in.is_ok());
    }
}

#[tokio::test]
async fn an_ended_session_and_a_suspended_person_are_not_good() {
    let world = World::new().await;
    let (first, second) =
        (world.sign_in(&Presented::default()).await, world.sign_in(&Presented::default()).await);
    world.end(first.session.id).await;
    assert!(!world.is_ada(&browser(&first.set_cookies), NOW).await);
    assert!(world.is_ada(&browser(&second.set_cookies), NOW).await);
    world.suspend_ada().await;
    assert!(!world.is_ada(&browser(&second.set_cookies), NOW).await);
}

#[tokio::test]
async fn forgetting_names_both_cookies() {
    let world = World::new().await;
    let forgotten = world.auth.forget_cookies();
    assert_eq!(
        forgotten,
        [
            "__Host-bailiwick=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0",
            "__Host-bailiwick-csrf=; SameSite=Strict; Secure; Path=/; Max-Age=0",
        ]
    );
}

#[tokio::test]
async fn storage_holds_no_secret() {
    let world = World::new().await;
    let signed_in = world.sign_in(&Presented::default()).await;
    let stored = world.store.sessions_of(world.ada).await.unwrap().remove(0);
    let cookie = browser(&signed_in.set_cookies).cookies.remove(0);
    for kept in [&stored.secret_hash, &stored.csrf_hash] {
        assert_eq!(kept.len(), 64);
        assert!(!cookie.contains(kept.as_str()));
    }
}
