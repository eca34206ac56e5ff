//! A cookie alone changes nothing: the CSRF token must come with it.

use bailiwick_domain::ports::{AuthError, Presented};

use super::world::{NOW, World, altered, bearer, browser};

async fn changes(world: &World, presented: &Presented, csrf: Option<&str>) -> bool {
    let presented = Presented { changes: true, csrf: csrf.map(str::to_owned), ..presented.clone() };
    match world.authenticate(&presented, NOW).await {
        Ok(_) => true,
        Err(AuthError::Csrf) => false,
        Err(other) => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_change_by_cookie_needs_the_token_of_its_session() {
    let world = World::new().await;
    let signed_in = world.sign_in(&Presented::default()).await;
    let other = world.sign_in(&Presented::default()).await;
    let presented = browser(&signed_in.set_cookies);
    let token = signed_in.csrf.reveal();
    assert!(changes(&world, &presented, Some(token)).await);
    assert!(!changes(&world, &presented, None).await);
    assert!(!changes(&world, &presented, Some("")).await);
    assert!(!changes(&world, &presented, Some(other.csrf.reveal())).await);
    assert!(!changes(&world, &presented, Some(&signed_in.session.csrf_hash)).await);
    for wrong in altered(token) {
        assert!(!changes(&world, &presented, Some(&wrong)).await, "{wrong}");
    }
}

#[tokio::test]
async fn reading_needs_no_token_and_neither_does_a_bearer() {
    let world = World::new().await;
    let signed_in = world.sign_in(&Presented::default()).await;
    assert!(world.is_ada(&browser(&signed_in.set_cookies), NOW).await);
    assert!(changes(&world, &bearer(&world.tokens().await.access), None).await);
}

#[tokio::test]
async fn scripts_of_our_own_pages_find_the_token_in_its_cookie() {
    let world = World::new().await;
    let signed_in = world.sign_in(&Presented::default()).await;
    let expected = format!("__Host-bailiwick-csrf={};", signed_in.csrf.reveal());
    assert!(signed_in.set_cookies[1].starts_with(&expected));
}
