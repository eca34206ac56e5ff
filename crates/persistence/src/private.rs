//! Files that nobody may read but the user as whom the server runs.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Result};
use std::path::Path;

/// Makes an empty file of one's own, into which SQLite writes a database. `false` where there is a file already, which stays
/// as it is.
///
/// # Errors
/// It can't be made.
pub fn make(file: &Path) -> Result<bool> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    // SQLite gives the files that it keeps beside a database the rights of that.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(file) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}
