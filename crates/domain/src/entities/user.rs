//! Users: people.

use serde_json::{Value, json};

use super::Standing;
use crate::kind::Kind;
use crate::object::Entity;
use crate::page::{Field, FieldValue};

/// A person, at home in one organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Unique in the organization.
    pub username: String,
    /// Where mail reaches the person. Seen by the person and whoever may edit the person.
    pub email: Option<String>,
    /// Whether the person may sign in.
    pub status: Standing,
}

impl Entity for User {
    const KIND: Kind = Kind::User;
    const FIELDS: &'static [Field] =
        &[Field::text("name"), Field::status("status", Standing::WORDS), Field::id("organization_id")];

    fn name(&self) -> &str {
        &self.username
    }

    fn value(&self, field: &str) -> FieldValue {
        match field {
            "status" => FieldValue::text(self.status.word()),
            _ => FieldValue::Null,
        }
    }

    fn record(&self) -> Value {
        // The address itself is seen by fewer than read the log.
        json!({ "username": self.username, "has_email": self.email.is_some(), "status": self.status })
    }
}
