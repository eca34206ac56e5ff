//! Imports of files into sources: what storage keeps of the last one of each source, beside its objects.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use super::store::StoreError;
use crate::kind::words;
use crate::principal::PrincipalId;

words! {
    /// How far the import of a file is.
    ImportStatus {
        /// No file was ever imported into the source.
        None = "none",
        /// The file is read from end to end, and nothing is made yet.
        Checking = "checking",
        /// Its contents are being made.
        Making = "making",
        /// It can't go on: what it has made is being taken away again.
        TakingBack = "taking_back",
        /// All its contents are there.
        Done = "done",
        /// It could not be made, and nothing of it is there.
        Failed = "failed",
    }
}

impl ImportStatus {
    /// Whether something is still to be done.
    pub const fn is_under_way(self) -> bool {
        matches!(self, Self::Checking | Self::Making | Self::TakingBack)
    }
}

/// What is wrong with a line of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct LineFault {
    /// Which line, from 1.
    pub line: i64,
    /// JSON pointer into the line's document; empty for the line as a whole.
    pub pointer: String,
    /// What would be right.
    pub detail: String,
}

/// The import of a file into a source, a line a content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// Which one. The ids of what it makes begin as this one does.
    pub id: Uuid,
    /// The source.
    pub source_id: Uuid,
    /// The file.
    pub file_id: Uuid,
    /// Who asked for it, and must be allowed to make each content when it is made; absent for the operator.
    pub by: Option<PrincipalId>,
    /// The client app through which they asked.
    pub client_app_id: Option<Uuid>,
    /// How far it is.
    pub status: ImportStatus,
    /// When it was asked for.
    pub began_at: OffsetDateTime,
    /// When it last went on.
    pub updated_at: OffsetDateTime,
    /// How often it went on, from 1.
    pub version: i64,
    /// How many contents there are to make; absent until the file has been checked.
    pub contents: Option<i64>,
    /// How many of them are there.
    pub done: i64,
    /// The place of the first of them in the source.
    pub first_position: i64,
    /// How many lines of the file have been made contents of, blank ones counted.
    pub lines_read: i64,
    /// How many bytes those are.
    pub bytes_read: i64,
    /// What is wrong with the file.
    pub faults: Vec<LineFault>,
    /// Why it could not be made.
    pub detail: Option<String>,
}

impl Import {
    /// How many contents an import has at most. It must fit into the digits of [`Self::content_id`].
    pub const MOST: i64 = 1_000_000;

    /// An import that was asked for just now.
    pub const fn new(
        id: Uuid,
        (source_id, file_id): (Uuid, Uuid),
        (by, client_app_id): (Option<PrincipalId>, Option<Uuid>),
        now: OffsetDateTime,
    ) -> Self {
        Self {
            id,
            source_id,
            file_id,
            by,
            client_app_id,
            status: ImportStatus::Checking,
            began_at: now,
            updated_at: now,
            version: 1,
            contents: None,
            done: 0,
            first_position: 0,
            lines_read: 0,
            bytes_read: 0,
            faults: Vec::new(),
            detail: None,
        }
    }

    /// The id of one of its contents, counted from nought: its own with the number in the last 24 bits, which are random
    /// in an id that is new. So what it has made can be found again without being noted anywhere.
    pub const fn content_id(&self, number: i64) -> Uuid {
        const NUMBER: u128 = 0xff_ffff;
        Uuid::from_u128(self.id.as_u128() & !NUMBER | number.unsigned_abs() as u128 & NUMBER)
    }
}

/// Reading what is kept of imports.
#[async_trait]
pub trait ImportLookup: Send + Sync {
    /// The last import of a file into a source.
    async fn import_of(&self, source: Uuid) -> Result<Option<Import>, StoreError>;
    /// Of the imports that are under way, the one that has waited longest.
    async fn due_import(&self) -> Result<Option<Import>, StoreError>;
}

/// Writing it. What is kept of a source's import goes with the source.
#[async_trait]
pub trait ImportRecord: Send + Sync {
    /// Begins an import, in the place of an earlier one into the same source.
    async fn begin_import(&self, import: &Import) -> Result<(), StoreError>;
    /// Stores how far an import is, and counts its version; [`StoreError::Stale`] when it has gone on since the version
    /// that was read, or is gone.
    async fn save_import(&self, import: &Import) -> Result<(), StoreError>;
}
