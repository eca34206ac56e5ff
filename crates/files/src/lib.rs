//! Where the bytes of files lie: in a directory, on S3 or in memory, over the crate `object_store`.

mod files;
mod open;
mod reader;
#[cfg(feature = "s3")]
mod s3;
mod writer;

#[cfg(test)]
mod tests;

pub use files::ObjectFiles;
pub use open::BadFiles;
