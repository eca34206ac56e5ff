//! Tasks: parts of a job.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::facts::Facts;
use crate::ids::ChildOf;
use crate::kind::{Kind, words};
use crate::object::{Entity, Unguarded};
use crate::page::{Field, FieldValue};
use crate::principal::PrincipalId;

words! {
    /// How far a task has come.
    TaskStatus {
        /// Nobody works on it yet.
        Available = "available",
        /// Somebody works on it.
        InProgress = "in_progress",
        /// Somebody looks at the work.
        InReview = "in_review",
        /// The work is to be done again.
        ChangesRequested = "changes_requested",
        /// Done.
        Complete = "complete",
        /// Put off.
        Deferred = "deferred",
    }
}

/// A part of a job: one piece of work for one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Unique in the job.
    pub name: String,
    /// What is to be done.
    pub description: String,
    /// How far it has come.
    pub status: TaskStatus,
    /// The user who works on it.
    pub assignee_id: Option<Uuid>,
    /// The task of the same job that it is a subtask of.
    pub parent_id: Option<Uuid>,
}

impl Entity for Task {
    const KIND: Kind = Kind::Task;
    const FIELDS: &'static [Field] = &[
        Field::text("name"),
        Field::status("status", TaskStatus::WORDS),
        Field::id("organization_id"),
        Field::id("project_id"),
        Field::id("job_id"),
        Field::naming("assignee_id", &[Kind::User]),
        Field::naming("parent_id", &[Kind::Task]),
    ];

    fn name(&self) -> &str {
        &self.name
    }

    fn value(&self, field: &str) -> FieldValue {
        match field {
            "status" => FieldValue::text(self.status.word()),
            "assignee_id" => FieldValue::id(self.assignee_id),
            "parent_id" => FieldValue::id(self.parent_id),
            _ => FieldValue::Null,
        }
    }

    fn settle(&self, facts: &mut Facts) {
        facts.assignee = self.assignee_id.map(PrincipalId::user);
    }

    fn record(&self) -> Value {
        json!({
            "name": self.name, "description": self.description, "status": self.status,
            "assignee_id": self.assignee_id, "parent_id": self.parent_id,
        })
    }
}

impl Unguarded for Task {}
impl ChildOf<super::Job> for Task {}
impl ChildOf<super::Project> for Task {}
