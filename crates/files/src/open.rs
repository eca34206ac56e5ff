//! Where files lie, by URL.

use std::fs::DirBuilder;
use std::io;
use std::path::{Path, PathBuf};

use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;

use crate::ObjectFiles;

/// Why files can't lie where a URL says.
#[derive(Debug, thiserror::Error)]
pub enum BadFiles {
    /// It is no URL of such a place. Not told: it may hold a password.
    #[error(
        "files lie at `file:///absolute/directory`, `file:relative/directory`, `memory:` or `s3://bucket/prefix`"
    )]
    Place,
    /// The directory can't be used.
    #[error("the directory {} can't be used for files", .0.display())]
    Directory(PathBuf, #[source] io::Error),
    /// The program was built without S3.
    #[error("files on S3 need a server that is built with the feature `s3`")]
    NoS3,
    /// The URL or the variables `AWS_…` can't be used.
    #[error("S3 can't be used as the URL and the variables `AWS_…` say")]
    S3(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl ObjectFiles {
    /// The files at a URL:
    /// - `file:///absolute/directory` or `file:relative/directory`, as written, without `%` escapes. The directory is
    ///   made where it is not there, and then belongs to this user alone.
    /// - `memory:`, empty, and gone with the process.
    /// - `s3://bucket/prefix`, with the feature `s3`. The variables `AWS_ENDPOINT_URL`, `AWS_REGION`,
    ///   `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and so on say the rest; `AWS_ALLOW_HTTP=true` allows an endpoint
    ///   without TLS. Nothing is asked of the server yet.
    ///
    /// # Errors
    /// What can't be used.
    pub fn open(url: &str) -> Result<Self, BadFiles> {
        match url.split_once(':') {
            Some(("file", place)) => directory(place),
            Some(("memory", "")) => Ok(Self::new(InMemory::new(), object_store::path::Path::default())),
            #[cfg(feature = "s3")]
            Some(("s3", place)) => crate::s3::bucket(place),
            #[cfg(not(feature = "s3"))]
            Some(("s3", _)) => Err(BadFiles::NoS3),
            _ => Err(BadFiles::Place),
        }
    }
}

fn directory(place: &str) -> Result<ObjectFiles, BadFiles> {
    let directory = match place.strip_prefix("//") {
        // What follows two slashes is a host.
        Some(path) if path.starts_with('/') => path,
        Some(_) => return Err(BadFiles::Place),
        None => place,
    };
    if directory.is_empty() {
        return Err(BadFiles::Place);
    }
    let directory = Path::new(directory);
    let unusable = |error| BadFiles::Directory(directory.to_owned(), error);
    make(directory).map_err(unusable)?;
    let store =
        LocalFileSystem::new_with_prefix(directory).map_err(|error| unusable(io::Error::other(error)))?;
    Ok(ObjectFiles::new(store.with_fsync(true), object_store::path::Path::default()))
}

fn make(directory: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}
