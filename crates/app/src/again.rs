//! Once more, where another change came between: nothing of the work was written then.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};

/// Does something until no other change comes between: 16 times at most, within about two seconds of waits. The waits between
/// grow and differ, so that those who met once do not meet again.
///
/// # Errors
/// Those of the work; the last `met` of them where others come between without end.
pub async fn again<R, E>(work: impl AsyncFn() -> Result<R, E>, met: impl FnMut(&E) -> bool) -> Result<R, E> {
    let waits = ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(1))
        .with_max_delay(Duration::from_millis(100))
        .with_max_times(15)
        .with_jitter();
    (|| work()).retry(waits).when(met).await
}
