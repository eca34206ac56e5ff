//! Tasks: parts of a job.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Name, Text};
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
        /// No run has begun.
        Pending = "pending",
        /// A run is being prepared, and none is further.
        Initializing = "initializing",
        /// A run is under way.
        Active = "active",
        /// A run could not be carried out, or broke off.
        Failed = "failed",
        /// Somebody ended it.
        Killed = "killed",
    }
}

impl TaskStatus {
    /// Whether people set it; the others follow from the runs of the task.
    pub const fn is_set_by_people(self) -> bool {
        matches!(
            self,
            Self::Available
                | Self::InProgress
                | Self::InReview
                | Self::ChangesRequested
                | Self::Complete
                | Self::Deferred
        )
    }
}

/// A database at each node that a computation reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// What nodes call it.
    pub label: Name,
    /// Which part of it, in its own language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<Text>,
}

/// A part of a job: one piece of work for one person, or, with an image, a computation that nodes run.
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
    /// The container image that nodes run; absent for a task of people.
    pub image: Option<String>,
    /// The databases that the computation reads.
    pub databases: Vec<Database>,
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
            "assignee_id": self.assignee_id, "parent_id": self.parent_id, "image": self.image,
            "databases": self.databases,
        })
    }
}

impl Unguarded for Task {}
impl ChildOf<super::Job> for Task {}
impl ChildOf<super::Project> for Task {}
