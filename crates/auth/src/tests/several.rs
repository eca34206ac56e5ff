//! None, several, and what is no credential at all.

use bailiwick_domain::ports::{AuthError, Presented, Scheme};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::world::{NOW, World, authorization, bearer, browser};

#[tokio::test]
async fn without_credentials_anybody_is_anonymous() {
    let world = World::new().await;
    let others = Presented {
        cookies: vec!["theme=dark; bailiwick=of another port".to_owned()],
        ..Presented::default()
    };
    for presented in [Presented::default(), others] {
        let who = world.authenticate(&presented, NOW).await.unwrap();
        assert!(who.caller.is_anonymous() && who.identity.is_none() && who.session.is_none());
        assert_eq!(who.scheme, Scheme::Anonymous);
    }
}

fn twice(headers: &[String]) -> Vec<String> {
    [headers, headers].concat()
}

#[tokio::test]
async fn two_credentials_are_refused_even_if_each_is_good() {
    let world = World::new().await;
    let cookie = browser(&world.sign_in(&Presented::default()).await.set_cookies);
    let token = bearer(&world.tokens().await.access);
    let pairs = [
        Presented { authorization: token.authorization.clone(), ..cookie.clone() },
        Presented { authorization: twice(&token.authorization), ..Presented::default() },
        Presented {
            authorization: vec![token.authorization[0].clone(), String::new()],
            ..Presented::default()
        },
        Presented { authorization: vec!["Basic".to_owned()], ..cookie.clone() },
        Presented { cookies: twice(&cookie.cookies), ..Presented::default() },
        Presented { cookies: vec![twice(&cookie.cookies).join("; ")], ..Presented::default() },
        Presented {
            cookies: vec![format!("__Host-bailiwick=x; {}", cookie.cookies[0])],
            ..Presented::default()
        },
    ];
    for presented in pairs {
        assert!(
            matches!(world.authenticate(&presented, NOW).await, Err(AuthError::Several)),
            "{presented:?}"
        );
    }
}

#[tokio::test]
async fn what_is_no_credential_looks_like_one_that_is_not_good() {
    let world = World::new().await;
    let encoded = |text: &str| format!("Basic {}", STANDARD.encode(text));
    let headers = [
        String::new(),
        " ".to_owned(),
        "Basic".to_owned(),
        "Basic ".to_owned(),
        "Basic %%%".to_owned(),
        format!("Basic {}", STANDARD.encode([0xff, 0xfe, b':'])),
        encoded(""),
        encoded(":"),
        encoded("ada:password"),
        encoded(&format!("{}:", world.key)),
        encoded(&format!("{}:bwk_é", world.key)),
        encoded(&format!("not-an-id:{}", world.secret.reveal())),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        "Bearer bwa_".to_owned(),
        "Bearer é".to_owned(),
        format!("Bearer bwa_{}", "z".repeat(71)),
        format!("Bearer {}", "x".repeat(100_000)),
        "Digest username=ada".to_owned(),
        "Negotiate".to_owned(),
    ];
    for header in headers {
        let refused = world.authenticate(&authorization(header.clone()), NOW).await;
        assert!(matches!(refused, Err(AuthError::NotGood)), "{header}");
    }
}
