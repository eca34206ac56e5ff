//! Tokens of machines, and the bytes that are stored of runs.

use bailiwick_domain::entities::{Run, Stored};
use bailiwick_domain::guards::Report;
use bailiwick_domain::ports::{Credential, CredentialKey, MachineToken, StoreError};
use bailiwick_domain::{Object, PrincipalId};
use time::Duration;
use uuid::Uuid;

use super::machines::{known, token};
use crate::fixture::{Sample, World};

async fn is_there(world: &World, token: &MachineToken) -> bool {
    known(world, CredentialKey::Machine(token.id)).await.is_some()
}

/// All of one, and no other's.
pub async fn tokens_of_a_machine_end_together(world: World) {
    let Sample { north_node, south_node, open, .. } = Sample::on(&world).await;
    let north = PrincipalId::node(north_node.id);
    let mine = [token(&world, north).await, token(&world, north).await];
    let theirs = token(&world, PrincipalId::node(south_node.id)).await;
    let container = token(&world, PrincipalId::container(open.id)).await;
    for token in mine.iter().chain([&theirs, &container]) {
        assert!(is_there(&world, token).await, "a node may have several");
    }
    let unit = world.begin().await;
    unit.end_machine_tokens(north).await.unwrap();
    unit.end_machine_tokens(PrincipalId::node(world.id())).await.unwrap();
    // Of another kind by the same id.
    unit.end_machine_tokens(PrincipalId::container(south_node.id)).await.unwrap();
    unit.commit().await.unwrap();
    for token in &mine {
        assert!(!is_there(&world, token).await);
    }
    assert!(is_there(&world, &theirs).await && is_there(&world, &container).await);
}

/// A second one takes the first one's place; other containers keep theirs.
pub async fn a_container_has_one_token(world: World) {
    let Sample { open, elsewhere, .. } = Sample::on(&world).await;
    let other = token(&world, PrincipalId::container(elsewhere.id)).await;
    let first = token(&world, PrincipalId::container(open.id)).await;
    let second = token(&world, PrincipalId::container(open.id)).await;
    assert!(!is_there(&world, &first).await);
    assert!(is_there(&world, &second).await && is_there(&world, &other).await);
}

/// With the node its own, with the run its container's.
pub async fn tokens_go_with_their_node_and_with_their_run(world: World) {
    let Sample { far_node, north_node, open, elsewhere, .. } = Sample::on(&world).await;
    let far = token(&world, PrincipalId::node(far_node.id)).await;
    let near = token(&world, PrincipalId::node(north_node.id)).await;
    let gone = token(&world, PrincipalId::container(open.id)).await;
    let stays = token(&world, PrincipalId::container(elsewhere.id)).await;
    world.try_remove(&[world.removed_node(&far_node)]).await.unwrap();
    world.try_remove(&[world.removed_run(&open)]).await.unwrap();
    assert!(!is_there(&world, &far).await && !is_there(&world, &gone).await);
    assert!(is_there(&world, &near).await && is_there(&world, &stays).await);
    // That the principal is not there is no reason to take the token for ended: it is gone.
    let unit = world.begin().await;
    unit.add_machine_token(&far).await.unwrap();
    unit.add_machine_token(&gone).await.unwrap();
    unit.commit().await.unwrap();
    assert!(!is_there(&world, &far).await && !is_there(&world, &gone).await);
}

/// It is no change that a save would have to know of.
pub async fn a_node_that_was_heard_of_is_noted(world: World) {
    let Sample { north_node, south_node, .. } = Sample::on(&world).await;
    let at = world.now() + Duration::microseconds(1);
    let touch = async |id: Uuid| {
        let unit = world.begin().await;
        unit.touch_node(id, at).await?;
        unit.commit().await
    };
    touch(north_node.id).await.unwrap();
    let heard = world.again(&north_node).await;
    assert_eq!(heard.data.last_seen_at, Some(at));
    assert_eq!((heard.version, heard.updated_at), (north_node.version, north_node.updated_at));
    assert_eq!(world.again(&south_node).await.data.last_seen_at, south_node.data.last_seen_at);
    let token = token(&world, PrincipalId::node(north_node.id)).await;
    let found = known(&world, CredentialKey::Machine(token.id)).await.unwrap();
    assert!(matches!(found.credential, Credential::Machine { last_seen_at, .. } if last_seen_at == Some(at)));
    assert!(matches!(touch(world.id()).await, Err(StoreError::Stale)));
}

/// Every byte there is, a mebibyte of them, and none.
pub async fn stored_bytes_come_back_exactly(world: World) {
    let all: Vec<u8> = (0..=u8::MAX).cycle().take(1 << 20).collect();
    let parts = [all.as_slice(), b"", b"\0\xff'\\", &all];
    let (blob, other) = (world.id(), world.id());
    let unit = world.begin().await;
    for (number, bytes) in (0..).zip(parts) {
        unit.add_blob_part(blob, number, bytes).await.unwrap();
    }
    unit.add_blob_part(other, 0, b"other").await.unwrap();
    assert_eq!(unit.blob_part(other, 0).await.unwrap().unwrap(), b"other");
    unit.commit().await.unwrap();
    let part = async |blob, number| world.store.blob_part(blob, number).await.unwrap();
    for (number, bytes) in (0..).zip(parts) {
        assert!(part(blob, number).await.unwrap() == bytes, "part {number}");
    }
    assert_eq!(part(other, 0).await.unwrap(), b"other");
    assert_eq!(part(blob, 4).await, None);
    assert_eq!(part(world.id(), 0).await, None);

    let unit = world.begin().await;
    let twice = unit.add_blob_part(blob, 1, b"again").await;
    assert!(matches!(twice, Err(StoreError::Taken("part"))), "{twice:?}");
    unit.rollback().await.unwrap();
}

/// All parts of those, and no others.
pub async fn stored_bytes_are_taken_away(world: World) {
    let blobs = [world.id(), world.id(), world.id()];
    let unit = world.begin().await;
    for blob in blobs {
        for number in 0..3 {
            unit.add_blob_part(blob, number, &[7; 9]).await.unwrap();
        }
    }
    unit.commit().await.unwrap();
    let unit = world.begin().await;
    unit.drop_blobs(&blobs[..2]).await.unwrap();
    unit.drop_blobs(&[]).await.unwrap();
    unit.commit().await.unwrap();
    for (blob, stays) in blobs.into_iter().zip([false, false, true]) {
        for number in 0..3 {
            assert_eq!(world.store.blob_part(blob, number).await.unwrap().is_some(), stays);
        }
    }
}

/// Also what was stored after the run had been read.
pub async fn a_removed_run_takes_what_is_stored_of_it(world: World) {
    let Sample { open, done, .. } = Sample::on(&world).await;
    let result = Stored { blob: world.id(), parts: 1, bytes: 5 };
    let active = Report { status: Some(bailiwick_domain::entities::RunStatus::Active), ..Report::default() };
    world.try_save(&world.reported(&open, &active)).await.unwrap();
    let read_before = world.again(&open).await;
    let report = Report { result: Some(result), ..Report::default() };
    world.try_save(&world.reported(&read_before, &report)).await.unwrap();
    let unit = world.begin().await;
    let blobs = |run: &Object<Run>| run.data.blobs().collect::<Vec<_>>();
    for blob in [blobs(&open), blobs(&done), vec![result.blob]].concat() {
        unit.add_blob_part(blob, 0, b"bytes").await.unwrap();
    }
    unit.commit().await.unwrap();
    world.try_remove(&[world.removed_run(&read_before)]).await.unwrap();
    let is_there = async |blob| world.store.blob_part(blob, 0).await.unwrap().is_some();
    for blob in [blobs(&open), vec![result.blob]].concat() {
        assert!(!is_there(blob).await);
    }
    for blob in blobs(&done) {
        assert!(is_there(blob).await, "of another run");
    }
}
