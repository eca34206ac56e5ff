//! What a request takes for granted of a caller that it remembers, until storage has been asked.
//!
//! A principal is remembered with the stamps that storage had when it was read. Storage renews a stamp in the unit of
//! work that changes anything the principal's decisions need. The first statement of a later request brings the stamps
//! as they are then: where they are the same, nothing has changed, and the request needed no statement for its caller.

use std::sync::atomic::{AtomicU8, Ordering};

use super::store::StoreError;
use crate::principal::PrincipalId;

/// What storage had when a principal was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stamps {
    /// The version of the policy in force; `None` where none was ever put in force.
    pub policy: Option<String>,
    /// Of what many principals hang on: roles, organizations, collaborations, projects; of what is granted at the server,
    /// and whether its holders may act.
    pub rights: i64,
    /// Of the principal, and of its maker if it acts for one; `None` for one that is not there.
    pub principals: Vec<(PrincipalId, Option<i64>)>,
}

const OPEN: u8 = 0;
const HELD: u8 = 1;
const FAILED: u8 = 2;

/// The stamps that a request goes by, and whether storage has confirmed them.
#[derive(Debug)]
pub struct Presumption {
    stamps: Stamps,
    /// Whether it is about anybody: a request without credentials goes by the policy alone.
    anybody: bool,
    state: AtomicU8,
}

impl Presumption {
    /// That the policy of this version is in force, and that nothing has changed since these stamps.
    pub fn of(policy: &str, stamps: &Stamps) -> Self {
        let stamps = Stamps { policy: Some(policy.to_owned()), ..stamps.clone() };
        Self { stamps, anybody: true, state: AtomicU8::new(OPEN) }
    }

    /// That the policy of this version is in force.
    pub fn of_policy(policy: &str) -> Self {
        let stamps = Stamps { policy: Some(policy.to_owned()), ..Stamps::default() };
        Self { stamps, anybody: false, state: AtomicU8::new(OPEN) }
    }

    /// What is to be confirmed.
    pub const fn stamps(&self) -> &Stamps {
        &self.stamps
    }

    /// Whether it is about anybody, so that stamps of rights and principals are asked for.
    pub const fn is_about_anybody(&self) -> bool {
        self.anybody
    }

    /// Whether storage has not been asked yet.
    pub fn is_open(&self) -> bool {
        self.state.load(Ordering::Acquire) == OPEN
    }

    /// Whether it does not hold: whatever was decided by it is void.
    pub fn has_failed(&self) -> bool {
        self.state.load(Ordering::Acquire) == FAILED
    }

    /// Takes what storage has now, in the order of [`Self::stamps`].
    ///
    /// # Errors
    /// [`StoreError::Outdated`] when it does not hold.
    pub fn settle(&self, found: &Stamps) -> Result<(), StoreError> {
        let same_policy = found.policy.is_none() || found.policy == self.stamps.policy;
        let same_rights = !self.anybody
            || (found.rights == self.stamps.rights && found.principals == self.stamps.principals);
        if same_policy && same_rights {
            // What has failed once stays so.
            _ = self.state.compare_exchange(OPEN, HELD, Ordering::AcqRel, Ordering::Acquire);
            return self.check();
        }
        self.state.store(FAILED, Ordering::Release);
        Err(StoreError::Outdated)
    }

    /// Nothing is done by what does not hold.
    ///
    /// # Errors
    /// [`StoreError::Outdated`] when it does not hold.
    pub fn check(&self) -> Result<(), StoreError> {
        if self.has_failed() { Err(StoreError::Outdated) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "test code")]
    use uuid::Uuid;

    use super::{Presumption, Stamps};
    use crate::principal::PrincipalId;

    fn stamps(policy: Option<&str>, rights: i64, stamp: Option<i64>) -> Stamps {
        let me = PrincipalId::user(Uuid::from_u128(1));
        Stamps { policy: policy.map(ToOwned::to_owned), rights, principals: vec![(me, stamp)] }
    }

    #[test]
    fn the_same_stamps_hold() {
        let presumed = Presumption::of("p", &stamps(None, 3, Some(4)));
        assert!(presumed.is_open());
        presumed.settle(&stamps(Some("p"), 3, Some(4))).unwrap();
        assert!(!presumed.is_open() && !presumed.has_failed());
    }

    #[test]
    fn any_other_stamp_fails_for_good() {
        let held = stamps(Some("p"), 3, Some(4));
        for other in [
            stamps(Some("q"), 3, Some(4)),
            stamps(Some("p"), 4, Some(4)),
            stamps(Some("p"), 3, Some(5)),
            stamps(Some("p"), 3, None),
        ] {
            let presumed = Presumption::of("p", &held);
            assert!(presumed.settle(&other).is_err() && presumed.has_failed(), "{other:?}");
            assert!(presumed.settle(&held).is_err() && presumed.check().is_err(), "{other:?}");
        }
    }

    #[test]
    fn without_credentials_only_the_policy_counts() {
        Presumption::of_policy("p").settle(&stamps(Some("p"), 9, None)).unwrap();
        assert!(Presumption::of_policy("p").settle(&stamps(Some("q"), 0, None)).is_err());
    }
}
