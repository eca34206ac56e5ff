//! The one place that reads the system's clock and its randomness.

use std::sync::{LazyLock, Mutex};

use bailiwick_domain::ports::{Clock, Random};
use rand::TryRng;
use rand::rngs::SysRng;
use time::OffsetDateTime;
use uuid::{ContextV7, Timestamp, Uuid};

/// The system's clock, in UTC, to the microsecond (what every storage can keep).
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> OffsetDateTime {
        #[expect(clippy::disallowed_methods, reason = "this is the adapter that the port stands for")]
        let now = OffsetDateTime::now_utc();
        now.replace_microsecond(now.microsecond()).unwrap_or(now)
    }
}

/// The operating system's randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn id(&self, now: OffsetDateTime) -> Uuid {
        // Ids of one millisecond count up, so that what was made first is listed first.
        static COUNTER: LazyLock<Mutex<ContextV7>> = LazyLock::new(|| Mutex::new(ContextV7::new()));
        let seconds = u64::try_from(now.unix_timestamp()).unwrap_or(0);
        Uuid::new_v7(Timestamp::from_unix(&*COUNTER, seconds, now.nanosecond()))
    }

    fn fill(&self, bytes: &mut [u8]) {
        if SysRng.try_fill_bytes(bytes).is_err() {
            // Without randomness every secret could be guessed: better no server than such a one.
            std::process::abort();
        }
    }
}
