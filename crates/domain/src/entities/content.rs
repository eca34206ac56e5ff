//! Contents: the parts of a source.

use serde_json::{Value, json};
use uuid::Uuid;

use super::Shelf;
use crate::facts::Facts;
use crate::ids::ChildOf;
use crate::kind::Kind;
use crate::object::{Entity, Unguarded};
use crate::page::{Field, FieldValue};

/// A part of a source: a verse, an entry, a document. It carries the entitlements of its source.
#[derive(Debug, Clone, PartialEq)]
pub struct Content {
    /// Its source.
    pub source_id: Uuid,
    /// What it is called in its source, which follows from its body: `GEN 1:1`, a word, a title. Unique in the source.
    pub name: String,
    /// Its place in the source, from nought; ties go by id.
    pub position: i64,
    /// What it says, as the schema of its source's type has it: an object.
    pub body: Value,
    /// What of it can be searched.
    pub text: String,
    /// Whether it is in the trash.
    pub status: Shelf,
}

impl Entity for Content {
    const KIND: Kind = Kind::Content;
    const FIELDS: &'static [Field] = &[
        Field::text("name"),
        Field::number("position"),
        Field::part("text"),
        Field::word("status", Shelf::WORDS).unless("active"),
        Field::naming("source_id", &[Kind::Source]),
        Field::id("organization_id"),
        Field::id("project_id"),
    ];

    fn name(&self) -> &str {
        &self.name
    }

    fn value(&self, field: &str) -> FieldValue {
        match field {
            "position" => FieldValue::Number(self.position),
            "text" => FieldValue::text(&self.text),
            "status" => FieldValue::text(self.status.word()),
            "source_id" => FieldValue::Id(self.source_id),
            _ => FieldValue::Null,
        }
    }

    /// Its source's tags are its own; in the trash it has none.
    fn settle(&self, facts: &mut Facts) {
        if self.status == Shelf::Trashed {
            facts.entitlements.clear();
        }
    }

    fn record(&self) -> Value {
        json!({ "name": self.name, "body": self.body, "status": self.status })
    }
}

impl Unguarded for Content {}
impl ChildOf<super::Source> for Content {}
