//! The adapters of time and randomness.

use std::collections::HashSet;

use bailiwick_domain::ports::{Clock, Random};

use super::world::{NOW, seconds};
use crate::{SystemClock, SystemRandom};

#[test]
fn the_clock_goes_on_in_utc_to_the_microsecond() {
    let (first, second) = (SystemClock.now(), SystemClock.now());
    assert!(first <= second && first > NOW - seconds(365 * 86_400));
    assert!(first.offset().is_utc());
    assert_eq!((first.nanosecond() % 1000, second.nanosecond() % 1000), (0, 0));
}

#[test]
fn ids_are_of_their_time_and_differ() {
    let ids: HashSet<_> = (0..1000).map(|_| SystemRandom.id(NOW)).collect();
    assert_eq!(ids.len(), 1000);
    for id in ids {
        assert_eq!(id.get_version_num(), 7);
        assert_eq!(id.get_timestamp().unwrap().to_unix().0, u64::try_from(NOW.unix_timestamp()).unwrap());
        assert!(id < SystemRandom.id(NOW + seconds(1)));
    }
}

#[test]
fn bytes_can_not_be_foreseen() {
    let fills: HashSet<[u8; 32]> = (0..1000)
        .map(|_| {
            let mut bytes = [0; 32];
            SystemRandom.fill(&mut bytes);
            bytes
        })
        .collect();
    assert_eq!(fills.len(), 1000);
}
