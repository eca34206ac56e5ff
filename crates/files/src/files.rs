//! The files: what is stored under an id.

use std::sync::Arc;

use async_trait::async_trait;
use bailiwick_domain::ports::{FileReader, FileStore, FileStoreError, FileWriter};
use object_store::path::{Path, PathPart};
use object_store::{GetOptions, ObjectStore, ObjectStoreExt};
use uuid::Uuid;

use crate::reader::{Reader, Short};
use crate::writer::Writer;

/// Files in an object store. The bytes of an id lie at a path that the id alone makes.
///
/// What is stored under an id stays: [`FileWriter::finish`] refuses an id that has bytes already. Only two writers of
/// one id that finish in the same moment are not told apart, and the later one wins; ids are drawn anew for each file,
/// so that this does not happen.
///
/// After a crash of the server, or of the machine:
/// - A file is there, whole, once `finish` has said so. In a directory its bytes, its name and the directory that was
///   made for it were written through to the disk before (on Windows the bytes alone). S3 promises as much. In memory
///   nothing outlives the process.
/// - A file whose `finish` was under way is there whole, or not at all.
/// - Of a file that was not finished nothing can be read. Its parts may still take room: in a directory as
///   `ID#1` beside the files, on S3 as an unfinished upload, which a lifecycle rule of the bucket takes away.
/// - A file in a directory that was removed just before the machine went down may be there again.
#[derive(Debug, Clone)]
pub struct ObjectFiles {
    store: Arc<dyn ObjectStore>,
    /// What every path begins with.
    prefix: Path,
}

impl ObjectFiles {
    pub(crate) fn new(store: impl ObjectStore, prefix: Path) -> Self {
        Self { store: Arc::new(store), prefix }
    }

    /// Where the bytes of an id lie: a directory, named by the last two digits, and in it the id. The last digits of
    /// ids are random, where the first ones of many kinds of id are a time.
    pub(crate) fn path(&self, id: Uuid) -> Path {
        let name = id.to_string();
        let directory = format!("{:02x}", id.as_u128() & 0xff);
        self.prefix.parts().chain([PathPart::from(directory), PathPart::from(name)]).collect()
    }
}

#[async_trait]
impl FileStore for ObjectFiles {
    async fn write(&self, id: Uuid) -> Result<Box<dyn FileWriter>, FileStoreError> {
        Ok(Box::new(Writer::new(Arc::clone(&self.store), self.path(id))))
    }

    async fn read(&self, id: Uuid, from: u64, length: u64) -> Result<Box<dyn FileReader>, FileStoreError> {
        if length == 0 {
            return Ok(Box::new(Reader::nothing()));
        }
        let range = from..from.saturating_add(length);
        let options = GetOptions::new().with_range(Some(range.clone()));
        let found = self.store.get_opts(&self.path(id), options).await.map_err(|error| match error {
            object_store::Error::NotFound { .. } => FileStoreError::Gone(id),
            error => failed(error),
        })?;
        // Who asks knows how long the file is; less than asked is not what was stored.
        if found.range != range {
            return Err(failed(Short));
        }
        Reader::begin(found).await.map(|reader| Box::new(reader) as Box<dyn FileReader>)
    }

    async fn remove(&self, id: Uuid) -> Result<(), FileStoreError> {
        match self.store.delete(&self.path(id)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed(error)),
        }
    }
}

/// The error that says that bytes can't be stored or read now.
pub fn failed(error: impl std::error::Error + Send + Sync + 'static) -> FileStoreError {
    FileStoreError::Unavailable(Box::new(error))
}
