//! Organizations: the tenants.

use serde_json::{Value, json};

use super::Standing;
use crate::kind::Kind;
use crate::object::{Entity, Unguarded};
use crate::page::{Field, FieldValue};

/// A tenant: people, roles and projects hang under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// Unique on the server.
    pub name: String,
    /// While it is suspended, its principals, the grants in it and its roles are not live.
    pub status: Standing,
    /// The key by which others encrypt what is meant for it, as it published it.
    pub public_key: Option<String>,
}

impl Entity for Organization {
    const KIND: Kind = Kind::Organization;
    const FIELDS: &'static [Field] = &[Field::text("name"), Field::status("status", Standing::WORDS)];

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
        json!({ "name": self.name, "status": self.status, "public_key": self.public_key })
    }
}

impl Unguarded for Organization {}
