//! What keeps requests together: idempotency, the outbox, settings.

use bailiwick_domain::ports::{OutboxEvent, Remembered, StoreError};
use bailiwick_domain::{Kind, PrincipalId};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use crate::fixture::World;

fn answer(world: &World, principal: Option<PrincipalId>, key: &str) -> Remembered {
    Remembered {
        principal,
        key: key.to_owned(),
        fingerprint: "of method, path and body".to_owned(),
        object_id: world.id(),
        at: world.now(),
    }
}

async fn remember(world: &World, answer: &Remembered) -> Result<(), StoreError> {
    let unit = world.begin().await;
    unit.remember(answer).await?;
    unit.commit().await
}

/// Nobody gets the answer of another, nor one that is too old.
pub async fn an_answer_is_remembered_for_its_principal(world: World) {
    let (ada, key) = (Some(PrincipalId::user(world.id())), Some(PrincipalId::api_key(world.id())));
    let same_id = ada.map(|ada| PrincipalId::api_key(ada.id));
    let of_ada = answer(&world, ada, "k");
    let of_key = answer(&world, key, "k");
    let of_operator = answer(&world, None, "k");
    for answer in [&of_ada, &of_key, &of_operator] {
        remember(&world, answer).await.unwrap();
    }
    let recent = world.now() - Duration::hours(1);
    let recall = async |principal, key, since: OffsetDateTime| {
        world.store.recall(principal, key, since).await.unwrap()
    };
    assert_eq!(recall(ada, "k", recent).await, Some(of_ada));
    assert_eq!(recall(key, "k", recent).await, Some(of_key));
    assert_eq!(recall(None, "k", recent).await, Some(of_operator));
    assert_eq!(recall(same_id, "k", recent).await, None);
    assert_eq!(recall(ada, "K", recent).await, None);
    assert_eq!(recall(ada, "k", world.now() + Duration::hours(1)).await, None, "too old");
}

/// Of two requests with one key, the second learns that it was the second. The operator is somebody, too.
pub async fn an_answer_is_remembered_once(world: World) {
    for principal in [Some(PrincipalId::user(world.id())), None] {
        let first = answer(&world, principal, "k");
        remember(&world, &first).await.unwrap();
        let second = remember(&world, &answer(&world, principal, "k")).await;
        assert!(matches!(second, Err(StoreError::Taken(_))), "{principal:?}: {second:?}");
        let recent = world.now() - Duration::hours(1);
        assert_eq!(world.store.recall(principal, "k", recent).await.unwrap(), Some(first));
    }
}

/// A key is good again when a day has passed, for everybody.
pub async fn an_answer_is_kept_for_a_day(world: World) {
    let ada = Some(PrincipalId::user(world.id()));
    let first = answer(&world, ada, "k");
    let of_operator = answer(&world, None, "k");
    remember(&world, &first).await.unwrap();
    remember(&world, &of_operator).await.unwrap();
    world.clock.advance(Duration::hours(24) - Duration::microseconds(1));
    assert!(matches!(remember(&world, &answer(&world, ada, "k")).await, Err(StoreError::Taken(_))));
    world.clock.advance(Duration::microseconds(1));
    let second = answer(&world, ada, "k");
    remember(&world, &second).await.unwrap();
    let long_ago = world.now() - Duration::days(9);
    assert_eq!(world.store.recall(ada, "k", long_ago).await.unwrap(), Some(second));
}

/// Oldest first, until they are published.
pub async fn events_leave_the_outbox_in_order(world: World) {
    let event = |after: i64| OutboxEvent {
        id: world.id(),
        at: world.now() + Duration::microseconds(after),
        topic: "project.created".to_owned(),
        kind: Kind::Project,
        object_id: world.id(),
        payload: json!({ "project_id": world.id(), "number": after }),
    };
    let (third, first, second) = (event(3), event(1), event(2));
    let unit = world.begin().await;
    for event in [&third, &first, &second] {
        unit.push(event).await.unwrap();
    }
    unit.commit().await.unwrap();
    let store = &world.store;
    assert_eq!(store.outbox(9).await.unwrap(), [first.clone(), second.clone(), third.clone()]);
    assert_eq!(store.outbox(2).await.unwrap(), [first.clone(), second.clone()]);
    let unit = world.begin().await;
    unit.published(&[first.id, third.id, world.id()]).await.unwrap();
    unit.published(&[]).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(store.outbox(9).await.unwrap(), [second]);
}

/// Any JSON; the last one counts.
pub async fn settings_are_kept_and_taken_away(world: World) {
    let set = async |name: &str, value: Option<&Value>| {
        let unit = world.begin().await;
        unit.set_setting(name, value).await.unwrap();
        unit.commit().await.unwrap();
    };
    let get = async |name| world.store.setting(name).await.unwrap();
    assert_eq!(get("bootstrap").await, None);
    for value in
        [json!("text"), json!({ "é": [1, 2.5, null, true], "nested": { "a": "\u{1f980}" } }), json!(7)]
    {
        set("bootstrap", Some(&value)).await;
        assert_eq!(get("bootstrap").await, Some(value));
    }
    set("other", Some(&json!(false))).await;
    set("bootstrap", None).await;
    set("never", None).await;
    assert_eq!((get("bootstrap").await, get("other").await), (None, Some(json!(false))));
    assert_eq!(get("Other").await, None);
}

/// It does.
pub async fn storage_answers(world: World) {
    world.store.ping().await.unwrap();
    let unit = world.begin().await;
    unit.ping().await.unwrap();
}
