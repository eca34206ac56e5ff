//! Files on a server of S3, which `S3_URL` names: `s3://bucket/prefix`, with the variables `AWS_…` beside it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;

use super::*;

/// How many places this process has used.
static USED: AtomicU32 = AtomicU32::new(0);

/// A place that nobody has used yet.
pub async fn bucket() -> Result<(ObjectFiles, ()), &'static str> {
    let url = std::env::var("S3_URL").map_err(|_| "S3_URL names no bucket to test on")?;
    #[expect(
        clippy::disallowed_methods,
        reason = "runs of a test on one bucket are told apart by their time"
    )]
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos();
    let number = USED.fetch_add(1, Ordering::Relaxed);
    Ok((ObjectFiles::open(&format!("{url}/{now}-{number}")).unwrap(), ()))
}
