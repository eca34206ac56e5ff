//! Tasks: parts of a job.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;
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
        /// Put away.
        Archived = "archived",
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
                | Self::Archived
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
    /// The user who did its work, once it is done.
    pub author_id: Option<Uuid>,
    /// The user who looks at its work, while they do.
    pub reviewer_id: Option<Uuid>,
    /// Until when it is lent to who has taken it.
    pub lease_expires_at: Option<OffsetDateTime>,
    /// The file that it is about.
    pub file_id: Option<Uuid>,
    /// The task of the same job that it is a subtask of.
    pub parent_id: Option<Uuid>,
    /// The container image that nodes run; absent for a task of people.
    pub image: Option<String>,
    /// The databases that the computation reads.
    pub databases: Vec<Database>,
}

impl Task {
    /// A new task of people, which nobody works on.
    pub fn available(name: impl Into<String>, description: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            description: description.into(),
            status: TaskStatus::Available,
            assignee_id: None,
            author_id: None,
            reviewer_id: None,
            lease_expires_at: None,
            file_id: None,
            parent_id: None,
            image: None,
            databases: Vec::new(),
        }
    }

    /// Whether it is lent to who has taken it.
    pub fn is_lent(&self, now: OffsetDateTime) -> bool {
        self.lease_expires_at.is_some_and(|end| now < end)
    }
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
        Field::naming("author_id", &[Kind::User]),
        Field::naming("reviewer_id", &[Kind::User]),
        Field::naming("file_id", &[Kind::File]),
        Field::naming("parent_id", &[Kind::Task]),
    ];

    fn name(&self) -> &str {
        &self.name
    }

    fn value(&self, field: &str) -> FieldValue {
        match field {
            "status" => FieldValue::text(self.status.word()),
            "assignee_id" => FieldValue::id(self.assignee_id),
            "author_id" => FieldValue::id(self.author_id),
            "reviewer_id" => FieldValue::id(self.reviewer_id),
            "file_id" => FieldValue::id(self.file_id),
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
            "assignee_id": self.assignee_id, "author_id": self.author_id, "reviewer_id": self.reviewer_id,
            "file_id": self.file_id, "parent_id": self.parent_id, "image": self.image,
            "databases": self.databases,
        })
    }
}

impl Unguarded for Task {}
impl ChildOf<super::Job> for Task {}
impl ChildOf<super::Project> for Task {}
