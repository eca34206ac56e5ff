//! Comments: what somebody says of a job or a task.

use serde_json::{Value, json};

use crate::ids::ChildOf;
use crate::kind::Kind;
use crate::object::{Entity, Unguarded};
use crate::page::{Field, FieldValue};

/// What somebody says of a job or a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// What they say.
    pub text: String,
}

impl Entity for Comment {
    const KIND: Kind = Kind::Comment;
    const FIELDS: &'static [Field] =
        &[Field::id("organization_id"), Field::id("project_id"), Field::id("job_id"), Field::id("task_id")];

    fn value(&self, _field: &str) -> FieldValue {
        FieldValue::Null
    }

    fn record(&self) -> Value {
        json!({ "text": self.text })
    }
}

impl Unguarded for Comment {}
impl ChildOf<super::Job> for Comment {}
impl ChildOf<super::Task> for Comment {}
