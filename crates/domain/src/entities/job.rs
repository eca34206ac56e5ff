//! Jobs: parts of a project.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::ids::ChildOf;
use crate::kind::{Kind, words};
use crate::object::{Entity, Unguarded};
use crate::page::{Field, FieldValue};
use crate::principal::PrincipalId;

words! {
    /// How far a job has come.
    JobStatus {
        /// Being prepared.
        Draft = "draft",
        /// Its tasks are being made, one for each file of its datasets.
        Launched = "launched",
        /// Being worked on.
        Active = "active",
        /// Done.
        Complete = "complete",
        /// Given up.
        Cancelled = "cancelled",
        /// Put away.
        Archived = "archived",
    }
}

impl JobStatus {
    /// Whether nobody works on such a job any more.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Cancelled | Self::Archived)
    }
}

/// How far the making of a job's tasks has come.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Launch {
    /// Who asked for it: what is made counts as theirs.
    pub by: Option<PrincipalId>,
    /// The client app through which they asked.
    pub client_app_id: Option<Uuid>,
    /// How many files there were to make a task of.
    pub files: i64,
    /// How many of them have been dealt with.
    pub done: i64,
    /// The last of them, in the order of their ids.
    pub through: Option<Uuid>,
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
    /// Of a hundred tasks that are done, how many somebody else looks at.
    pub review_percent: i64,
    /// For how many minutes a task is lent to who takes it.
    pub lease_minutes: i64,
    /// The making of its tasks.
    pub launch: Launch,
}

impl Job {
    /// A new job: being prepared, no task is looked at again, a task is lent for an hour.
    pub fn draft(name: impl Into<String>, description: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            description: description.into(),
            status: JobStatus::Draft,
            review_percent: 0,
            lease_minutes: 60,
            launch: Launch::default(),
        }
    }
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
        json!({
            "name": self.name, "description": self.description, "status": self.status,
            "review_percent": self.review_percent, "lease_minutes": self.lease_minutes,
        })
    }
}

impl Unguarded for Job {}
impl ChildOf<super::Project> for Job {}
