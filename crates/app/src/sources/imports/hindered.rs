//! Why an import does not go on.

use bailiwick_domain::ports::{FileStoreError, LineFault, StoreError};
use bailiwick_domain::reason::Guard;

use crate::error::AppError;

/// That the file is not to be had, for whatever reason.
pub(super) const NO_FILE: &str = "the file is gone, or who asked for it may view it no more";
/// That somebody else has made a content of a name in the file.
pub(super) const TAKEN: &str = "a content was made meanwhile that has the name of one in the file";

/// What keeps an import from going on.
pub(super) enum Hindered {
    /// It never will: why, and which lines are to blame.
    ForGood(&'static str, Vec<LineFault>),
    /// Storage, the files or this server; or another server has come between.
    ForNow(AppError),
}

impl Hindered {
    /// For good, and no line is to blame.
    pub const fn because(why: &'static str) -> Self {
        Self::ForGood(why, Vec::new())
    }
}

impl From<StoreError> for Hindered {
    fn from(error: StoreError) -> Self {
        AppError::from(error).into()
    }
}

impl From<FileStoreError> for Hindered {
    fn from(error: FileStoreError) -> Self {
        AppError::from(error).into()
    }
}

impl From<AppError> for Hindered {
    fn from(error: AppError) -> Self {
        match error {
            AppError::Files(FileStoreError::Gone(_)) => Self::because(NO_FILE),
            AppError::Store(_) | AppError::Files(_) | AppError::Contention => Self::ForNow(error),
            AppError::Taken(_) => Self::because(TAKEN),
            AppError::Denied { .. } => Self::because(match error.guard() {
                Some(Guard::Trashed) => "the source is in the trash",
                Some(Guard::Archived) => "the project is archived",
                _ => "who asked for it may make no contents in the source any more",
            }),
            error => {
                tracing::warn!(%error, "an import fails for a reason that is not its own");
                Self::because("it can't be made")
            }
        }
    }
}
