//! Jobs: parts of a project.

use serde_json::{Value, json};

use crate::ids::ChildOf;
use crate::kind::{Kind, words};
use crate::object::{Entity, Unguarded};
use crate::page::{Field, FieldValue};

words! {
    /// How far a job has come.
    JobStatus {
        /// Being prepared.
        Draft = "draft",
        /// Being worked on.
        Active = "active",
        /// Done.
        Complete = "complete",
        /// Given up.
        Cancelled = "cancelled",
    }
}

/// A part of a project: a set of tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Unique in the project.
    pub name: String,
    /// What is to be done.
    pub description: String,
    /// How far it has come.
    pub status: JobStatus,
}

impl Entity for Job {
    const KIND: Kind = Kind::Job;
    const FIELDS: &'static [Field] = &[
        Field::text("name"),
        Field::status("status", JobStatus::WORDS),
        Field::id("organization_id"),
        Field::id("project_id"),
    ];

    fn name(&self) -> &str {
        &self.name
    }

    fn value(&self, field: &str) -> FieldValue {
        match field {
            "status" => FieldValue::text(self.status.word()),
            _ => FieldValue::Null,
        }
    }

    fn record(&self) -> Value {
        json!({ "name": self.name, "description": self.description, "status": self.status })
    }
}

impl Unguarded for Job {}
impl ChildOf<super::Project> for Job {}
