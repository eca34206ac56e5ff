//! Collaborations: organizations that work together.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::facts::Facts;
use crate::kind::Kind;
use crate::object::Entity;
use crate::page::{Field, FieldValue};

/// Organizations that work together. Its homes are its members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collaboration {
    /// Unique on the server.
    pub name: String,
    /// Whether what runs are given and give back must be ciphertext. Once demanded it stays so.
    pub encrypted: bool,
    /// The member organizations, sorted. They enter and leave through [`crate::guards`] alone.
    pub members: Vec<Uuid>,
}

impl Entity for Collaboration {
    const KIND: Kind = Kind::Collaboration;
    const FIELDS: &'static [Field] = &[
        Field::text("name"),
        Field::flag("encrypted"),
        Field::naming_one_of("organization_id", &[Kind::Organization]),
    ];

    fn name(&self) -> &str {
        &self.name
    }

    fn value(&self, field: &str) -> FieldValue {
        match field {
            "encrypted" => FieldValue::Flag(self.encrypted),
            "organization_id" => FieldValue::Ids(self.members.clone()),
            _ => FieldValue::Null,
        }
    }

    fn settle(&self, facts: &mut Facts) {
        facts.homes = self.members.iter().copied().collect();
        facts.collaboration = Some(facts.id);
    }

    fn record(&self) -> Value {
        json!({ "name": self.name, "encrypted": self.encrypted, "members": self.members })
    }
}
