//! Files: bytes of a project.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::ids::ChildOf;
use crate::kind::Kind;
use crate::object::{Entity, Unguarded};
use crate::page::{Field, FieldValue};

/// Bytes of a project. They never change; a file with other bytes is another file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Unique in the project.
    pub name: String,
    /// What the bytes are, as `type/subtype`.
    pub media_type: String,
    /// How many there are.
    pub bytes: i64,
    /// Their SHA-256, in lower-case hexadecimal digits.
    pub sha256: String,
    /// Of an image, how many pixels it is wide.
    pub width: Option<i64>,
    /// Of an image, how many pixels it is high.
    pub height: Option<i64>,
    /// Under what they are stored.
    pub stored: Uuid,
}

impl Entity for File {
    const KIND: Kind = Kind::File;
    const FIELDS: &'static [Field] = &[
        Field::text("name"),
        Field::text("media_type"),
        Field::text("sha256"),
        Field::id("organization_id"),
        Field::id("project_id"),
        Field::held_by("dataset_id", &[Kind::Dataset]),
        Field::held_by("job_id", &[Kind::Job]),
        Field::held_by("task_id", &[Kind::Task]),
    ];

    fn name(&self) -> &str {
        &self.name
    }

    fn value(&self, field: &str) -> FieldValue {
        match field {
            "media_type" => FieldValue::text(self.media_type.as_str()),
            "sha256" => FieldValue::text(self.sha256.as_str()),
            _ => FieldValue::Null,
        }
    }

    fn record(&self) -> Value {
        json!({
            "name": self.name, "media_type": self.media_type, "bytes": self.bytes, "sha256": self.sha256,
            "width": self.width, "height": self.height,
        })
    }
}

impl Unguarded for File {}
impl ChildOf<super::Project> for File {}
