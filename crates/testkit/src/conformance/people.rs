//! Letters, mailed links, second factors, marks, and invitations beside grants.

use bailiwick_domain::entities::{Invitation, User};
use bailiwick_domain::ports::{Letter, LinkPurpose, MailedLink, SecondFactor};
use bailiwick_domain::{Kind, Object};
use serde_json::json;
use time::Duration;
use uuid::Uuid;

use super::{ids, sorted};
use crate::fixture::{ALWAYS, Sample, World, acting, user};

async fn letter(world: &World, due: Duration) -> Letter {
    let now = world.now();
    let what = json!({ "letter": "to nobody", "n": 1 });
    let letter = Letter { id: world.id(), at: now, due_at: now + due, attempts: 0, what };
    let unit = world.begin().await;
    unit.post(&letter).await.unwrap();
    unit.commit().await.unwrap();
    letter
}

/// The one that waits longest first, and no more than asked for; one of a unit that was undone never was.
pub async fn letters_wait_until_they_are_due(world: World) {
    let later = letter(&world, Duration::hours(1)).await;
    let second = letter(&world, Duration::ZERO).await;
    let first = letter(&world, Duration::seconds(-1)).await;
    let unit = world.begin().await;
    unit.post(&Letter { id: world.id(), ..first.clone() }).await.unwrap();
    unit.rollback().await.unwrap();
    let now = world.now();
    assert_eq!(world.store.letters(now, 10).await.unwrap(), [first.clone(), second.clone()]);
    assert_eq!(world.store.letters(now, 1).await.unwrap(), std::slice::from_ref(&first));
    let unit = world.begin().await;
    unit.remove_letter(first.id).await.unwrap();
    unit.commit().await.unwrap();
    let then = now + Duration::hours(1);
    assert_eq!(world.store.letters(then, 10).await.unwrap(), [second, later]);
}

/// Two servers that see the same letter do not both send it.
pub async fn a_letter_is_taken_by_one(world: World) {
    let letter = letter(&world, Duration::ZERO).await;
    let next = world.now() + Duration::seconds(15);
    let unit = world.begin().await;
    assert!(unit.take_letter(&letter, next).await.unwrap());
    assert!(!unit.take_letter(&letter, next).await.unwrap());
    unit.commit().await.unwrap();
    let unit = world.begin().await;
    assert!(!unit.take_letter(&letter, next).await.unwrap(), "it was taken by another one");
    unit.rollback().await.unwrap();
    assert_eq!(world.store.letters(world.now(), 10).await.unwrap(), []);
    let again = Letter { attempts: 1, due_at: next, ..letter };
    assert_eq!(world.store.letters(next, 10).await.unwrap(), [again]);
}

fn link(world: &World, hash: &str, subject: Uuid) -> MailedLink {
    MailedLink {
        hash: hash.to_owned(),
        purpose: LinkPurpose::Recovery,
        subject,
        address: "Ada@Example.org".to_owned(),
        data: json!({ "kept": [1, 2] }),
        expires_at: world.now() + Duration::minutes(30),
    }
}

/// Within a unit and across units.
pub async fn a_mailed_link_is_good_once(world: World) {
    let stored = link(&world, "first", world.id());
    let unit = world.begin().await;
    unit.add_link(&stored).await.unwrap();
    for &purpose in LinkPurpose::ALL {
        let other = MailedLink { purpose, ..link(&world, purpose.word(), world.id()) };
        unit.add_link(&other).await.unwrap();
        assert_eq!(unit.mailed_link(purpose.word()).await.unwrap(), Some(other));
    }
    unit.commit().await.unwrap();
    assert_eq!(world.store.mailed_link("first").await.unwrap(), Some(stored.clone()));
    assert_eq!(world.store.mailed_link("FIRST").await.unwrap(), None);
    let unit = world.begin().await;
    assert!(unit.use_link("first").await.unwrap());
    unit.rollback().await.unwrap();
    let unit = world.begin().await;
    assert!(unit.use_link("first").await.unwrap(), "what was rolled back was no use");
    assert!(!unit.use_link("first").await.unwrap());
    assert!(!unit.use_link("unknown").await.unwrap());
    unit.commit().await.unwrap();
    assert_eq!(world.store.mailed_link("first").await.unwrap(), None);
}

/// And no others.
pub async fn links_end_with_what_they_are_about(world: World) {
    let (mine, others) = (world.id(), world.id());
    let unit = world.begin().await;
    for (hash, subject) in [("one", mine), ("two", mine), ("three", others)] {
        unit.add_link(&link(&world, hash, subject)).await.unwrap();
    }
    unit.end_links_of(mine).await.unwrap();
    unit.commit().await.unwrap();
    for (hash, there) in [("one", false), ("two", false), ("three", true)] {
        assert_eq!(world.store.mailed_link(hash).await.unwrap().is_some(), there, "{hash}");
    }
}

/// Whatever its case; by one that was not proved, nobody is.
pub async fn a_user_is_found_by_an_address_that_was_proved(world: World) {
    let north = world.organization("north").await;
    let at = |name: &str, email: &str, proved: bool| User {
        email: Some(email.to_owned()),
        email_verified_at: proved.then(|| world.now()),
        ..user(name)
    };
    let add = async |data| world.add(&world.made_user(&crate::fixture::op(), &north, data)).await;
    let one = add(at("one", "Ada@Example.org", true)).await;
    let two = add(at("two", "ada@example.org", true)).await;
    add(at("three", "ada@example.org", false)).await;
    add(at("four", "bob@example.org", true)).await;
    let found = async |address| world.store.users_at(address).await.unwrap();
    assert_eq!(sorted(found("ADA@example.ORG").await), ids([&one, &two]));
    assert!(found("ada@example.or").await.is_empty() && found("%").await.is_empty());
    let moved = world.changed_user(&one, |user| user.move_to(Some("ada@elsewhere.example".to_owned())));
    world.try_save(&moved).await.unwrap();
    assert_eq!(found("ada@example.org").await, [two.id]);
    assert!(found("ada@elsewhere.example").await.is_empty());
}

/// It goes with its user.
pub async fn a_second_factor_is_kept_renewed_and_removed(world: World) {
    let north = world.organization("north").await;
    let (ada, bob) = (world.user(&north, "ada").await, world.user(&north, "bob").await);
    let mut factor = SecondFactor {
        secret: "JBSWY3DPEHPK3PXP".to_owned(),
        confirmed_at: None,
        last_step: 0,
        recovery: Vec::new(),
    };
    let set = async |of: &Object<User>, factor: Option<&SecondFactor>| {
        let unit = world.begin().await;
        unit.set_second_factor(of.id, factor).await.unwrap();
        unit.commit().await.unwrap();
    };
    let stored = async |of: &Object<User>| world.store.second_factor(of.id).await.unwrap();
    assert_eq!(stored(&ada).await, None);
    set(&ada, Some(&factor)).await;
    assert_eq!(stored(&ada).await, Some(factor.clone()));
    factor.confirmed_at = Some(world.now());
    factor.last_step = i64::MAX;
    factor.recovery = vec!["5e".repeat(32), "7a".repeat(32)];
    set(&ada, Some(&factor)).await;
    set(&bob, Some(&factor)).await;
    assert_eq!(stored(&ada).await, Some(factor.clone()));
    set(&ada, None).await;
    assert_eq!((stored(&ada).await, stored(&bob).await), (None, Some(factor)));
    world.try_remove(&[world.removed_user(&bob)]).await.unwrap();
    assert_eq!(stored(&bob).await, None);
}

/// Those that lie in the past go, with the links that have ended.
pub async fn marks_are_set_and_tidied(world: World) {
    let now = world.now();
    let keys = ["a", "A", "b", "c"].map(str::to_owned);
    assert!(world.store.marks(&keys).await.unwrap().is_empty());
    let unit = world.begin().await;
    unit.set_mark("a", now).await.unwrap();
    unit.set_mark("a", now + Duration::microseconds(1)).await.unwrap();
    unit.set_mark("A", now + Duration::days(90)).await.unwrap();
    unit.set_mark("b", now).await.unwrap();
    unit.add_link(&MailedLink { expires_at: now, ..link(&world, "over", world.id()) }).await.unwrap();
    unit.add_link(&link(&world, "good", world.id())).await.unwrap();
    unit.commit().await.unwrap();
    let found = sorted(world.store.marks(&keys).await.unwrap());
    let a = ("a".to_owned(), now + Duration::microseconds(1));
    let big = ("A".to_owned(), now + Duration::days(90));
    assert_eq!(found, [big.clone(), a.clone(), ("b".to_owned(), now)]);
    let unit = world.begin().await;
    unit.tidy(now).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(sorted(world.store.marks(&keys).await.unwrap()), [big, a]);
    assert_eq!(world.store.mailed_link("over").await.unwrap(), None);
    assert!(world.store.mailed_link("good").await.unwrap().is_some());
}

/// Found by role and by id, to nobody yet.
pub async fn invitations_count_as_the_grants_that_they_will_be(world: World) {
    let Sample { ada, viewer, lead, north, .. } = Sample::on(&world).await;
    let before = world.store.granting(&[viewer.id]).await.unwrap().len();
    let counted = async || {
        let of_viewer = world.store.dependents(&viewer.facts).await.unwrap();
        of_viewer.into_iter().filter(|(kind, _)| *kind == Kind::Grant).collect::<Vec<_>>()
    };
    let counted_before = counted().await;
    let [(_, so_far)] = counted_before.as_slice() else { unreachable!("{counted_before:?}") };
    let span = (None, Some(world.now() + Duration::days(1)));
    let invited = world.made_invitation(&acting(&ada), &viewer, &north, "guest@example.org", span);
    let invited = world.add(&invited).await;
    let granting = world.store.granting(&[viewer.id]).await.unwrap();
    assert_eq!(granting.len(), before + 1);
    assert_eq!(counted().await, [(Kind::Grant, so_far + 1)]);
    let held = world.store.held_grants(&[invited.id]).await.unwrap();
    let [held] = held.as_slice() else { unreachable!("{held:?}") };
    assert_eq!((held.grant.grant, held.grant.role, held.home), (invited.id, viewer.id, None));
    assert_eq!((held.grant.principal.id, held.grant.ends_at), (Uuid::nil(), span.1));
    assert_eq!(held.grant.at, world.again(&north).await.facts);
    assert_eq!(held.grant.full, viewer.data.full);
    assert!(world.store.granting(&[lead.id]).await.unwrap().iter().all(|of| of.grant.grant != invited.id));
}

/// As grants do; those elsewhere stay.
pub async fn invitations_go_with_their_place_and_their_role(world: World) {
    let north = world.organization("north").await;
    let ada = world.user(&north, "ada").await;
    let by = acting(&ada);
    let viewer = world.built_in("viewer").await;
    let lead = world.add(&world.made_role(&by, &north, crate::fixture::role("lead", &[]))).await;
    let (alpha, beta) = (world.project(&north, "alpha").await, world.project(&north, "beta").await);
    let job = world.job(&alpha, "job").await;
    let invite = async |new| world.add::<Invitation>(&new).await;
    let in_job = invite(world.made_invitation(&by, &viewer, &job, "a@example.org", ALWAYS)).await;
    let in_alpha = invite(world.made_invitation(&by, &viewer, &alpha, "b@example.org", ALWAYS)).await;
    let to_lead = invite(world.made_invitation(&by, &lead, &beta, "c@example.org", ALWAYS)).await;
    let stays = invite(world.made_invitation(&by, &viewer, &beta, "d@example.org", ALWAYS)).await;
    world.try_remove(&[world.removed(&job)]).await.unwrap();
    assert_eq!(ids(&world.all::<Invitation>().await), ids([&in_alpha, &to_lead, &stays]));
    assert!(world.find::<Invitation>(in_job.id).await.is_none());
    world.try_remove(&[world.removed(&alpha)]).await.unwrap();
    assert_eq!(ids(&world.all::<Invitation>().await), ids([&to_lead, &stays]));
    world.try_remove(&[world.removed_role(&lead)]).await.unwrap();
    assert_eq!(ids(&world.all::<Invitation>().await), ids([&stays]));
}
