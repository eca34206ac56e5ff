//! What holds wherever files lie, and what holds of a place alone.

mod cases;
mod directory;
mod open;
#[cfg(feature = "s3")]
mod s3;

use bailiwick_domain::ports::{FileReader, FileStore, FileStoreError, FileWriter};
use tempfile::TempDir;
use uuid::Uuid;

use crate::ObjectFiles;

/// Stamps the suite on a place: `conforms!(memory, memory())` for a future that yields empty files and what they lie in;
/// or nothing, if there is no such place here.
macro_rules! conforms {
    ($module:ident, $fresh:expr; $($test:ident)*) => {
        mod $module {
            use super::*;
            $(
                #[tokio::test]
                async fn $test() {
                    match $fresh.await {
                        Ok((files, _guard)) => cases::$test(files).await,
                        Err(lacking) => tell(format_args!(
                            "SKIPPED {}::{}: {lacking}", stringify!($module), stringify!($test),
                        )),
                    }
                }
            )*
        }
    };
}

/// The list of cases, once, and the places that it is stamped on.
macro_rules! suite {
    ($($test:ident)*) => {
        conforms!(in_memory, memory(); $($test)*);
        conforms!(in_a_directory, directory(); $($test)*);
        #[cfg(feature = "s3")]
        conforms!(on_s3, s3::bucket(); $($test)*);
    };
}

suite! {
    bytes_come_back
    ranges_come_back
    more_than_there_is_is_refused
    nothing_is_there_before_the_end
    what_is_given_up_is_not_there
    what_is_dropped_is_not_there
    what_is_stored_stays
    writers_do_not_disturb_each_other
    the_second_writer_of_an_id_is_refused
    what_is_removed_is_gone
    a_reader_reads_on_alone
}

async fn memory() -> Result<(ObjectFiles, ()), &'static str> {
    Ok((ObjectFiles::open("memory:").unwrap(), ()))
}

async fn directory() -> Result<(ObjectFiles, TempDir), &'static str> {
    let directory = TempDir::new().unwrap();
    // A place that is not there yet.
    let files = ObjectFiles::open(&format!("file://{}/some/files", directory.path().display())).unwrap();
    Ok((files, directory))
}

/// Prints a line, whether or not the test passes.
fn tell(line: impl std::fmt::Display) {
    use std::io::Write;
    // Not by `println!`, whose lines are kept back from a test that passes.
    writeln!(std::io::stdout(), "{line}").unwrap();
}

const fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

/// Bytes that differ from place to place.
fn bytes(count: usize) -> Vec<u8> {
    (0..count as u64).map(|at| (at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8).collect()
}

/// A writer that has these bytes, in pieces of a size, and is not finished.
async fn begin(files: &ObjectFiles, id: Uuid, bytes: &[u8], piece: usize) -> Box<dyn FileWriter> {
    let mut writer = files.write(id).await.unwrap();
    for piece in bytes.chunks(piece) {
        writer.part(piece.to_vec()).await.unwrap();
    }
    writer
}

async fn store(files: &ObjectFiles, id: Uuid, bytes: &[u8]) {
    begin(files, id, bytes, 65_521).await.finish().await.unwrap();
}

async fn rest(mut reader: Box<dyn FileReader>) -> Result<Vec<u8>, FileStoreError> {
    let mut all = Vec::new();
    while let Some(bytes) = reader.next().await? {
        assert!(!bytes.is_empty(), "a chunk holds something");
        all.extend(bytes);
    }
    assert!(reader.next().await?.is_none(), "after the last there is none");
    Ok(all)
}

async fn read(files: &ObjectFiles, id: Uuid, from: u64, length: u64) -> Result<Vec<u8>, FileStoreError> {
    rest(files.read(id, from, length).await?).await
}

/// Whether nothing can be read under an id.
async fn is_gone(files: &ObjectFiles, id: Uuid) -> bool {
    matches!(read(files, id, 0, 1).await, Err(FileStoreError::Gone(of)) if of == id)
}
