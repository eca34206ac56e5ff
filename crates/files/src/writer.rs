//! Bytes on their way in.

use std::sync::Arc;

use async_trait::async_trait;
use bailiwick_domain::ports::{FileStoreError, FileWriter};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, WriteMultipart};
use tokio::runtime::Handle;

use crate::files::failed;

/// How many bytes a part has; S3 takes at least 5 MiB and at most 10,000 parts, which makes files of 78 GiB.
pub const PART: usize = 8 * 1024 * 1024;
/// How many parts of a file are on their way at once, while the next one fills: three parts of it are in memory at most.
const UNDER_WAY: usize = 2;

/// Writes what lies at a path in the end.
pub struct Writer {
    store: Arc<dyn ObjectStore>,
    path: Path,
    state: State,
}

enum State {
    /// No more than one part so far, kept to be stored at once.
    Held(Vec<u8>),
    /// More than that.
    Parts(WriteMultipart),
    /// Nothing that could be finished: it was ended, or a part is lost.
    Over,
}

/// Why a file was not stored.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("there are bytes under this id, and they never change")]
    Taken,
    #[error("a part of the file could not be stored before")]
    Lost,
}

impl Writer {
    pub fn new(store: Arc<dyn ObjectStore>, path: Path) -> Self {
        Self { store, path, state: State::Held(Vec::new()) }
    }

    async fn take(&mut self, bytes: Vec<u8>) -> Result<(), FileStoreError> {
        match &mut self.state {
            State::Held(held) => {
                if held.is_empty() {
                    *held = bytes;
                } else {
                    held.extend_from_slice(&bytes);
                }
                if held.len() > PART {
                    let upload = self.store.put_multipart(&self.path).await.map_err(failed)?;
                    let mut parts = WriteMultipart::new_with_chunk_size(upload, PART);
                    parts.put(std::mem::take(held).into());
                    self.state = State::Parts(parts);
                }
            }
            State::Parts(parts) => parts.write(&bytes),
            State::Over => return Err(failed(Refused::Lost)),
        }
        match &mut self.state {
            State::Parts(parts) => parts.wait_for_capacity(UNDER_WAY).await.map_err(failed),
            _ => Ok(()),
        }
    }

    fn end(&mut self) -> State {
        std::mem::replace(&mut self.state, State::Over)
    }
}

#[async_trait]
impl FileWriter for Writer {
    async fn part(&mut self, bytes: Vec<u8>) -> Result<(), FileStoreError> {
        let taken = self.take(bytes).await;
        if taken.is_err() {
            // What is there has a gap, and must not be finished.
            abort_later(self.end());
        }
        taken
    }

    async fn finish(mut self: Box<Self>) -> Result<(), FileStoreError> {
        if let Err(refused) = check_free(&*self.store, &self.path).await {
            self.give_up().await?;
            return Err(refused);
        }
        let stored = match self.end() {
            State::Held(bytes) => self.store.put(&self.path, bytes.into()).await,
            State::Parts(parts) => parts.finish().await,
            State::Over => return Err(failed(Refused::Lost)),
        };
        stored.map(drop).map_err(failed)
    }

    async fn give_up(mut self: Box<Self>) -> Result<(), FileStoreError> {
        match self.end() {
            State::Parts(parts) => abort(parts).await.map_err(failed),
            State::Held(_) | State::Over => Ok(()),
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        abort_later(self.end());
    }
}

/// Refuses to store over something else.
async fn check_free(store: &dyn ObjectStore, path: &Path) -> Result<(), FileStoreError> {
    match store.head(path).await {
        Ok(_) => Err(failed(Refused::Taken)),
        Err(object_store::Error::NotFound { .. }) => Ok(()),
        Err(error) => Err(failed(error)),
    }
}

/// Takes away the parts of a file, once none is on its way: one that came later would take room for good.
async fn abort(mut parts: WriteMultipart) -> object_store::Result<()> {
    while parts.wait_for_capacity(0).await.is_err() {}
    parts.abort().await
}

/// Takes away, in the background, the parts of a file that nobody will finish. They could not be read; they take room.
fn abort_later(state: State) {
    if let State::Parts(parts) = state
        && let Ok(runtime) = Handle::try_current()
    {
        runtime.spawn(async move {
            let _left_behind = abort(parts).await;
        });
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use object_store::memory::InMemory;
    use object_store::{MultipartUpload, PutPayload, PutResult, UploadPart};

    use super::*;

    /// Loses every part, and would not notice at the end.
    #[derive(Debug)]
    struct Losing;

    #[async_trait]
    impl MultipartUpload for Losing {
        fn put_part(&mut self, _: PutPayload) -> UploadPart {
            std::future::ready(Err(object_store::Error::NotImplemented {
                operation: "put_part".to_owned(),
                implementer: "a test".to_owned(),
            }))
            .boxed()
        }

        async fn complete(&mut self) -> object_store::Result<PutResult> {
            panic!("a file with a gap was finished")
        }

        async fn abort(&mut self) -> object_store::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_file_that_lost_a_part_is_not_finished() {
        let mut writer = Box::new(Writer::new(Arc::new(InMemory::new()), Path::from("a")));
        writer.state = State::Parts(WriteMultipart::new_with_chunk_size(Box::new(Losing), 1));
        assert!(writer.part(vec![1, 2]).await.is_err());
        assert!(writer.part(vec![3]).await.is_err());
        assert!(writer.finish().await.is_err());
    }
}
