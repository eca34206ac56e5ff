//! "from a start (inclusive) to an end (exclusive)"

use bailiwick_domain::Facts;

use crate::fixture::{at, grant};

#[test]
fn a_grant_starts_inclusive() {
    let mut held = grant(10, Facts::server(), "job:view:global");
    held.starts_at = Some(at(100));
    assert!(!held.is_live(at(99)));
    assert!(held.is_live(at(100)));
}

#[test]
fn a_grant_ends_exclusive() {
    let mut held = grant(10, Facts::server(), "job:view:global");
    held.ends_at = Some(at(100));
    assert!(held.is_live(at(99)));
    assert!(!held.is_live(at(100)));
}

/// "a grant counts until it has ended [...], whether or not it has begun"
#[test]
fn a_grant_yet_to_start_counts_and_gives_nothing() {
    let mut held = grant(10, Facts::server(), "job:view:global");
    (held.starts_at, held.ends_at) = (Some(at(150)), Some(at(200)));
    assert!(held.counts(at(100)) && !held.is_live(at(100)));
    assert!(!held.counts(at(200)));
}

#[test]
fn a_grant_out_of_force_counts_and_gives_nothing() {
    let mut held = grant(10, Facts::server(), "job:view:global");
    held.in_force = false;
    assert!(held.counts(at(100)) && !held.is_live(at(100)));
}
