//! Exports: what came out of a job, as one file to take away.

use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::ids::ChildOf;
use crate::kind::{Kind, words};
use crate::object::{Entity, Unguarded};
use crate::page::{Field, FieldValue};
use crate::principal::PrincipalId;

words! {
    /// How an export is written.
    ExportFormat {
        /// COCO's object detection format, one JSON document.
        Coco = "coco",
        /// One JSON document a line, one line an annotation.
        Jsonl = "jsonl",
    }
}

words! {
    /// How far an export has come.
    ExportStatus {
        /// Nobody has begun to make it.
        Pending = "pending",
        /// It is there to be taken away.
        Ready = "ready",
        /// It could not be made.
        Failed = "failed",
        /// It was there, and its time is over.
        Expired = "expired",
    }
}

/// What came out of a job, as one file to take away. It is made in the background, and holds what who asked may view
/// when it is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// Who asked for it, and must be allowed to have it when it is made.
    pub by: Option<PrincipalId>,
    /// The client app through which they asked: it holds no more than that opens.
    pub client_app_id: Option<Uuid>,
    /// How it is written.
    pub format: ExportFormat,
    /// How far it has come.
    pub status: ExportStatus,
    /// Why it could not be made.
    pub detail: Option<String>,
    /// Under what its bytes are stored.
    pub stored: Option<Uuid>,
    /// How many there are.
    pub bytes: Option<i64>,
    /// Their SHA-256, in lower-case hexadecimal digits.
    pub sha256: Option<String>,
    /// How many annotations it holds.
    pub annotations: Option<i64>,
    /// Until when it can be taken away.
    pub expires_at: Option<OffsetDateTime>,
}

impl Export {
    /// A wish for one.
    pub const fn pending(format: ExportFormat, by: Option<PrincipalId>, client_app_id: Option<Uuid>) -> Self {
        Self {
            by,
            client_app_id,
            format,
            status: ExportStatus::Pending,
            detail: None,
            stored: None,
            bytes: None,
            sha256: None,
            annotations: None,
            expires_at: None,
        }
    }
}

impl Entity for Export {
    const KIND: Kind = Kind::Export;
    const FIELDS: &'static [Field] = &[
        Field::word("format", ExportFormat::WORDS),
        Field::status("status", ExportStatus::WORDS),
        Field::id("organization_id"),
        Field::id("project_id"),
        Field::id("job_id"),
    ];

    fn value(&self, field: &str) -> FieldValue {
        match field {
            "format" => FieldValue::text(self.format.word()),
            "status" => FieldValue::text(self.status.word()),
            _ => FieldValue::Null,
        }
    }

    fn record(&self) -> Value {
        json!({
            "format": self.format, "status": self.status, "bytes": self.bytes, "sha256": self.sha256,
            "annotations": self.annotations,
        })
    }
}

impl Unguarded for Export {}
impl ChildOf<super::Job> for Export {}
