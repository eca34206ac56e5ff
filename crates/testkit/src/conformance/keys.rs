//! Ids and keys: told apart byte by byte.

use bailiwick_domain::entities::Organization;
use bailiwick_domain::page::{FieldValue, Filter, Query, Sort};
use bailiwick_domain::ports::{RefreshToken, Remembered, Scheme, Session};
use serde_json::json;
use time::Duration;
use uuid::Uuid;

use super::listed;
use super::names::ALIKE;
use crate::fixture::{World, op, organization};

/// Ids that differ in one place, also in the first bit and the last.
const IDS: [u128; 9] = [
    0,
    1,
    0x0a,
    0xa0,
    0x00ff_ffff_ffff_ffff_ffff_ffff_ffff_ffff,
    0x0900_0000_0000_0000_0000_0000_0000_0000,
    0x7fff_ffff_ffff_ffff_ffff_ffff_ffff_ffff,
    0x8000_0000_0000_0000_0000_0000_0000_0000,
    u128::MAX,
];

/// Found, filtered and sorted.
pub async fn ids_are_told_apart_and_ordered_by_every_byte(world: World) {
    let (gate, operator) = (world.gate(), op());
    for id in IDS.into_iter().rev() {
        let permit = gate.create_at_server::<Organization>(&operator).unwrap();
        let id = Uuid::from_u128(id);
        let made = world.add(&permit.make(id, world.now(), organization(&id.to_string()))).await;
        assert_eq!((made.id, made.data.name), (id, id.to_string()));
    }
    for (number, id) in IDS.into_iter().enumerate() {
        let value = FieldValue::Id(Uuid::from_u128(id));
        let found = async |filter| {
            let query = Query { filters: vec![filter], ..Query::default() };
            let found = listed::<Organization>(&world, &query).await;
            found.into_iter().map(|organization| organization.id.as_u128()).collect::<Vec<_>>()
        };
        assert_eq!(found(Filter::Is("id", value.clone())).await, [id]);
        assert_eq!(found(Filter::After("id", value)).await, IDS.split_at(number + 1).1);
    }
    let sort = Sort { field: "id", descending: true };
    let found = listed::<Organization>(&world, &Query { sort, ..Query::default() }).await;
    assert!(found.iter().map(|organization| organization.id.as_u128()).eq(IDS.into_iter().rev()));
}

/// Nobody gets the answer to another request.
pub async fn keys_of_requests_differ_by_every_byte(world: World) {
    let answers = ALIKE.map(|key| Remembered {
        principal: None,
        key: key.to_owned(),
        fingerprint: key.to_owned(),
        object_id: world.id(),
        at: world.now(),
    });
    for answer in &answers {
        let unit = world.begin().await;
        unit.remember(answer).await.unwrap();
        unit.commit().await.unwrap();
    }
    let since = world.now() - Duration::hours(1);
    for answer in answers {
        let recalled = world.store.recall(None, &answer.key, since).await.unwrap();
        assert_eq!(recalled, Some(answer));
    }
}

/// Each has a value of its own.
pub async fn settings_differ_by_every_byte(world: World) {
    let unit = world.begin().await;
    for name in ALIKE {
        unit.set_setting(name, Some(&json!(name))).await.unwrap();
    }
    unit.set_setting(ALIKE[0], None).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(world.store.setting(ALIKE[0]).await.unwrap(), None);
    for name in &ALIKE[1..] {
        assert_eq!(world.store.setting(name).await.unwrap(), Some(json!(name)));
    }
}

/// No refresh token is good for another's family.
pub async fn hashes_differ_by_every_byte(world: World) {
    let north = world.organization("north").await;
    let ada = world.user(&north, "ada").await;
    let now = world.now();
    for hash in ALIKE {
        let session = Session {
            id: world.id(),
            user_id: ada.id,
            scheme: Scheme::Bearer,
            secret_hash: hash.to_owned(),
            csrf_hash: String::new(),
            created_at: now,
            last_seen_at: now,
            idle_at: now,
            expires_at: now,
            user_agent: "🦀".repeat(200),
            client_app_id: None,
        };
        let token =
            RefreshToken { hash: hash.to_owned(), session_id: session.id, used: false, expires_at: now };
        let unit = world.begin().await;
        unit.add_session(&session).await.unwrap();
        unit.add_refresh_token(&token).await.unwrap();
        unit.commit().await.unwrap();
        assert_eq!(world.store.refresh_token(hash).await.unwrap(), Some(token));
    }
    let unit = world.begin().await;
    assert!(unit.use_refresh_token(ALIKE[0]).await.unwrap());
    unit.commit().await.unwrap();
    for hash in &ALIKE[1..] {
        assert!(!world.store.refresh_token(hash).await.unwrap().unwrap().used, "{hash}");
    }
    let sessions = world.store.sessions_of(ada.id).await.unwrap();
    assert_eq!(sessions.len(), ALIKE.len());
    assert!(sessions.iter().all(|session| session.user_agent.chars().count() == 200));
}
