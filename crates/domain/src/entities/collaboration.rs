//! Collaborations: organizations that work together.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::facts::Facts;
use crate::kind::Kind;
use crate::object::{Entity, Unguarded};
use crate::page::{Field, FieldValue};

/// Organizations that work together. Its homes are its members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collaboration {
    /// Unique on the server.
    pub name: String,
    /// The member organizations.
    pub members: Vec<Uuid>,
}

impl Entity for Collaboration {
    const KIND: Kind = Kind::Collaboration;
    const FIELDS: &'static [Field] = &[Field::text("name")];

    fn name(&self) -> &str {
        &self.name
    }

    fn value(&self, _field: &str) -> FieldValue {
        FieldValue::Null
    }

    fn settle(&self, facts: &mut Facts) {
        facts.homes = self.members.iter().copied().collect();
        facts.collaboration = Some(facts.id);
    }

    fn record(&self) -> Value {
        json!({ "name": self.name, "members": self.members })
    }
}

impl Unguarded for Collaboration {}
