//! Bytes on their way out.

use std::io::SeekFrom;

use async_trait::async_trait;
use bailiwick_domain::ports::{FileReader, FileStoreError};
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt, TryStreamExt};
use object_store::{GetResult, GetResultPayload};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use crate::files::failed;

/// How many bytes are read from a file of this machine at once.
const CHUNK: u64 = 128 * 1024;

/// Reads a range that was begun.
pub struct Reader {
    source: Source,
    /// How many bytes are still to come.
    left: u64,
}

enum Source {
    /// A file of this machine. Its own stream would read 8 KiB at a time, and for ever where bytes are missing.
    File(File),
    /// What comes from elsewhere, as it comes.
    Stream(BoxStream<'static, object_store::Result<Vec<u8>>>),
}

/// Fewer bytes are stored than were asked for.
#[derive(Debug, thiserror::Error)]
#[error("fewer bytes are stored than were asked for")]
pub struct Short;

impl Reader {
    /// One that has nothing to read.
    pub fn nothing() -> Self {
        Self { source: Source::Stream(stream::empty().boxed()), left: 0 }
    }

    /// One of the range that was found.
    pub async fn begin(found: GetResult) -> Result<Self, FileStoreError> {
        let range = found.range.clone();
        let left = range.end.saturating_sub(range.start);
        let source = match found.payload {
            GetResultPayload::File(file, _) => {
                let mut file = File::from_std(file);
                file.seek(SeekFrom::Start(range.start)).await.map_err(failed)?;
                Source::File(file)
            }
            GetResultPayload::Stream(stream) => Source::Stream(stream.map_ok(Vec::from).boxed()),
        };
        Ok(Self { source, left })
    }
}

#[async_trait]
impl FileReader for Reader {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, FileStoreError> {
        if self.left == 0 {
            return Ok(None);
        }
        let bytes = match &mut self.source {
            Source::File(file) => {
                let most = self.left.min(CHUNK);
                let mut bytes = Vec::with_capacity(usize::try_from(most).map_err(failed)?);
                file.take(most).read_buf(&mut bytes).await.map_err(failed)?;
                bytes
            }
            Source::Stream(stream) => {
                let mut filled = stream.try_filter(|bytes| std::future::ready(!bytes.is_empty()));
                filled.try_next().await.map_err(failed)?.unwrap_or_default()
            }
        };
        if bytes.is_empty() {
            return Err(failed(Short));
        }
        self.left = self.left.saturating_sub(bytes.len() as u64);
        Ok(Some(bytes))
    }
}
