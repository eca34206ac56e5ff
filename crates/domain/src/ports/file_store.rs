//! Where the bytes of files lie: outside of storage, under ids.

use uuid::Uuid;

/// Bytes could not be stored or read.
#[derive(Debug, thiserror::Error)]
pub enum FileStoreError {
    /// There is nothing under this id.
    #[error("nothing is stored under {0}")]
    Gone(Uuid),
    /// It can't be reached, or does not answer.
    #[error("the files can't be reached")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Where the bytes of files lie. What is stored under an id never changes.
#[async_trait::async_trait]
pub trait FileStore: Send + Sync {
    /// Begins to store bytes under an id. They are not there before [`FileWriter::finish`].
    async fn write(&self, id: Uuid) -> Result<Box<dyn FileWriter>, FileStoreError>;
    /// Begins to read `length` bytes from a place on.
    async fn read(&self, id: Uuid, from: u64, length: u64) -> Result<Box<dyn FileReader>, FileStoreError>;
    /// Takes away what is stored under an id, if anything is.
    async fn remove(&self, id: Uuid) -> Result<(), FileStoreError>;
}

/// Bytes on their way in.
#[async_trait::async_trait]
pub trait FileWriter: Send {
    /// Takes the next bytes.
    async fn part(&mut self, bytes: Vec<u8>) -> Result<(), FileStoreError>;
    /// Makes them all last.
    async fn finish(self: Box<Self>) -> Result<(), FileStoreError>;
    /// Forgets them.
    async fn give_up(self: Box<Self>) -> Result<(), FileStoreError>;
}

/// Bytes on their way out.
#[async_trait::async_trait]
pub trait FileReader: Send {
    /// The next bytes; `None` after the last.
    async fn next(&mut self) -> Result<Option<Vec<u8>>, FileStoreError>;
}
