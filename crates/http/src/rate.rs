//! How fast requests without credentials may come from one address. Each server counts for itself.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota};

use crate::problem::Problem;

/// From how many addresses on those are forgotten that have not asked lately.
const MANY: usize = 100_000;

/// So many requests at once, and one more after every so many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// At once; nought is no limit.
    pub burst: u32,
    /// Seconds until one more.
    pub seconds: u32,
}

/// Counts requests by address.
pub(crate) struct Rate(Option<DefaultKeyedRateLimiter<String>>);

impl Rate {
    pub(crate) fn new(limit: Option<RateLimit>) -> Self {
        let quota = limit.and_then(|RateLimit { burst, seconds }| {
            let quota = Quota::with_period(Duration::from_secs(u64::from(seconds.max(1))))?;
            Some(quota.allow_burst(NonZeroU32::new(burst)?))
        });
        Self(quota.map(DefaultKeyedRateLimiter::keyed))
    }

    /// Counts one more request from an address.
    ///
    /// # Errors
    /// It is one too many.
    pub(crate) fn count(&self, address: String) -> Result<(), Problem> {
        let Some(limiter) = &self.0 else { return Ok(()) };
        if limiter.len() > MANY {
            limiter.retain_recent();
        }
        limiter.check_key(&address).map_err(|early| {
            Problem::too_many(early.wait_time_from(DefaultClock::default().now()).as_secs().saturating_add(1))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Rate, RateLimit};

    #[test]
    fn one_address_waits_while_others_go_on() {
        let rate = Rate::new(Some(RateLimit { burst: 2, seconds: 60 }));
        let count = |address: &str| rate.count(address.to_owned()).is_ok();
        assert_eq!([count("a"), count("a"), count("a"), count("b")], [true, true, false, true]);
    }

    #[test]
    fn without_a_limit_nobody_waits() {
        for limit in [None, Some(RateLimit { burst: 0, seconds: 1 })] {
            let rate = Rate::new(limit);
            assert!((0..1_000).all(|_| rate.count("a".to_owned()).is_ok()));
        }
    }
}
