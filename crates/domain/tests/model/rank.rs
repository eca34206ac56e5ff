//! Rank: who may touch a principal that holds more than they do.

use bailiwick_domain::Facts;
use bailiwick_domain::guards::{Concern, outranks, root_stays, spares_root};

use crate::fixture::{PROJECT, at, gate, grant, key, organization, project, root, standing, user};

#[test]
fn nobody_edits_who_holds_more() {
    let gate = gate();
    let low = user(10, &[grant(10, project(PROJECT), "job:edit:organization")]);
    let high = user(11, &[grant(11, organization(), "job:edit:organization")]);
    let target = standing(12, vec![grant(12, organization(), "job:edit:own")]);
    assert!(!outranks(&gate, &low, &target, Concern::Edit));
    assert!(outranks(&gate, &high, &target, Concern::Edit));
    assert!(outranks(&gate, &low, &standing(10, target.grants), Concern::Edit));
}

/// "a grant counts [...] whether or not it has begun"
#[test]
fn a_grant_yet_to_start_counts_for_rank() {
    let gate = gate();
    let mut later = grant(12, organization(), "job:edit:organization");
    (later.starts_at, later.in_force) = (Some(at(500)), false);
    assert!(!outranks(&gate, &user(10, &[]), &standing(12, vec![later.clone()]), Concern::Edit));
    later.ends_at = Some(at(100));
    assert!(outranks(&gate, &user(10, &[]), &standing(12, vec![later]), Concern::Edit));
}

/// "for a new secret, password or recovery address, a rule of scope own is covered only by a wider one"
#[test]
fn own_does_not_cover_own_for_a_secret() {
    let gate = gate();
    let own = user(10, &[grant(10, organization(), "job:edit:own")]);
    let wide = user(10, &[grant(10, organization(), "job:edit:organization")]);
    let target = standing(12, vec![grant(12, organization(), "job:edit:own")]);
    assert!(outranks(&gate, &own, &target, Concern::Edit));
    assert!(!outranks(&gate, &own, &target, Concern::Secret));
    assert!(outranks(&gate, &wide, &target, Concern::Secret));
}

/// "need no rank over what it holds outside the organization"; "who holds root [...] only by root"
#[test]
fn suspending_looks_inside_the_organization_and_spares_root() {
    let gate = gate();
    let nobody = user(10, &[]);
    let outside = standing(12, vec![grant(12, Facts::server(), "job:edit:global")]);
    assert!(outranks(&gate, &nobody, &outside, Concern::Standing));
    assert!(!outranks(&gate, &nobody, &outside, Concern::Edit));
    let rooted = standing(12, vec![root(12)]);
    let other_root = user(13, &[root(13)]);
    assert!(!outranks(&gate, &nobody, &rooted, Concern::Standing));
    assert!(outranks(&gate, &other_root, &rooted, Concern::Standing));
    assert!(!spares_root(&gate, &nobody, &[outside, rooted.clone()]));
    assert!(spares_root(&gate, &other_root, &[rooted]));
}

/// "a grant counts [...] whether or not it has begun"; "who holds root [...] is suspended or deleted only by root"
#[test]
fn who_is_root_from_tomorrow_is_not_deleted_today_even_by_themselves() {
    let gate = gate();
    let mut later = root(12);
    later.starts_at = Some(at(500));
    let tomorrow = standing(12, vec![later.clone()]);
    assert!(!outranks(&gate, &user(12, &[later.clone()]), &tomorrow, Concern::Standing));
    assert!(outranks(&gate, &user(12, &[later]), &tomorrow, Concern::Edit));
    assert!(outranks(&gate, &user(12, &[root(12)]), &standing(12, vec![root(12)]), Concern::Standing));
    assert!(outranks(&gate, &user(13, &[root(13)]), &tomorrow, Concern::Standing));
}

/// The maker is asked as the maker: it is not outranked by itself, but its key is by it.
#[test]
fn a_key_does_not_outrank_its_maker() {
    let gate = gate();
    let held = grant(10, organization(), "job:edit:organization");
    let mut later = grant(10, organization(), "job:view:organization");
    later.starts_at = Some(at(500));
    let maker = || user(10, &[held.clone()]);
    let same = standing(10, vec![held.clone()]);
    assert!(outranks(&gate, &key(20, &[held.clone()], maker()), &same, Concern::Edit));
    assert!(!outranks(&gate, &key(20, &[], maker()), &same, Concern::Edit));
    let more = standing(10, vec![held.clone(), later]);
    assert!(outranks(&gate, &maker(), &more, Concern::Edit));
    assert!(!outranks(&gate, &key(20, &[held.clone()], maker()), &more, Concern::Edit));
}

#[test]
fn a_lasting_root_stays() {
    assert!(root_stays(2, 1));
    assert!(!root_stays(1, 0));
    assert!(root_stays(0, 0));
}
