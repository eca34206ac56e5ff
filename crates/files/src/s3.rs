//! Files on S3.

use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::path::Path;
use object_store::{ClientOptions, RetryConfig};

use crate::{BadFiles, ObjectFiles};

/// How long the server may say nothing. The whole of a request may take longer: it lasts while a file is read.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often a request is tried again, within a few seconds if each fails at once.
const RETRIES: usize = 4;

/// The files in `//bucket/prefix`.
pub fn bucket(place: &str) -> Result<ObjectFiles, BadFiles> {
    let place = place.strip_prefix("//").ok_or(BadFiles::Place)?;
    let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
    if bucket.is_empty() {
        return Err(BadFiles::Place);
    }
    let prefix = Path::parse(prefix).map_err(|error| BadFiles::S3(Box::new(error)))?;
    let client = ClientOptions::new().with_timeout_disabled().with_read_timeout(PATIENCE);
    let retry = RetryConfig { max_retries: RETRIES, ..RetryConfig::default() };
    let mut builder = AmazonS3Builder::new().with_client_options(client).with_retry(retry);
    // As its `from_env`, which would begin with patience of its own.
    for (name, value) in std::env::vars_os() {
        if let (Some(name), Some(value)) = (name.to_str(), value.to_str())
            && name.starts_with("AWS_")
            && let Ok(key) = name.to_ascii_lowercase().parse()
        {
            builder = builder.with_config(key, value);
        }
    }
    // Files are removed one at a time, which every such server can do; many at once, not every one can.
    let builder = builder.with_bucket_name(bucket).with_disable_bulk_delete(true);
    let store = builder.build().map_err(|error| BadFiles::S3(Box::new(error)))?;
    Ok(ObjectFiles::new(store, prefix))
}
