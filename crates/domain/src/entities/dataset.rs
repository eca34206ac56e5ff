//! Datasets: named sets of files of one project.

use serde_json::{Value, json};

use crate::ids::ChildOf;
use crate::kind::Kind;
use crate::object::{Entity, Unguarded};
use crate::page::{Field, FieldValue};

/// A named set of files of one project. Which files those are, links say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dataset {
    /// Unique in the project.
    pub name: String,
    /// What is in it.
    pub description: String,
}

impl Entity for Dataset {
    const KIND: Kind = Kind::Dataset;
    const FIELDS: &'static [Field] = &[
        Field::text("name"),
        Field::id("organization_id"),
        Field::id("project_id"),
        Field::held_by("job_id", &[Kind::Job]),
    ];

    fn name(&self) -> &str {
        &self.name
    }

    fn value(&self, _field: &str) -> FieldValue {
        FieldValue::Null
    }

    fn record(&self) -> Value {
        json!({ "name": self.name, "description": self.description })
    }
}

impl Unguarded for Dataset {}
impl ChildOf<super::Project> for Dataset {}
