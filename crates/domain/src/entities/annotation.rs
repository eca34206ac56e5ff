//! Annotations: what somebody says of a file in a task, by a label.

use serde_json::{Value, json};
use uuid::Uuid;

use super::Geometry;
use crate::ids::ChildOf;
use crate::kind::Kind;
use crate::object::{Entity, Unguarded};
use crate::page::{Field, FieldValue};

/// What somebody says of a file in a task, by a label. Its maker is who first said so; the audit log keeps every
/// version.
#[derive(Debug, Clone, PartialEq)]
pub struct Annotation {
    /// The file that it speaks of.
    pub file_id: Uuid,
    /// The label.
    pub label_id: Uuid,
    /// Of which part of the file.
    pub geometry: Geometry,
    /// What else it says, as the label's schema has it.
    pub attributes: Value,
}

impl Entity for Annotation {
    const KIND: Kind = Kind::Annotation;
    const FIELDS: &'static [Field] = &[
        Field::id("organization_id"),
        Field::id("project_id"),
        Field::id("job_id"),
        Field::id("task_id"),
        Field::naming("file_id", &[Kind::File]),
        Field::naming("label_id", &[Kind::Label]),
    ];

    fn value(&self, field: &str) -> FieldValue {
        match field {
            "file_id" => FieldValue::Id(self.file_id),
            "label_id" => FieldValue::Id(self.label_id),
            _ => FieldValue::Null,
        }
    }

    fn record(&self) -> Value {
        json!({
            "file_id": self.file_id, "label_id": self.label_id, "geometry": self.geometry,
            "attributes": self.attributes,
        })
    }
}

impl Unguarded for Annotation {}
impl ChildOf<super::Task> for Annotation {}
