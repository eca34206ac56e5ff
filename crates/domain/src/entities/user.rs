//! Users: people.

use serde_json::{Value, json};
use time::OffsetDateTime;

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
    /// When the person proved that mail to that address reaches them; only then does it count.
    pub email_verified_at: Option<OffsetDateTime>,
    /// Whether the person may sign in.
    pub status: Standing,
}

impl User {
    /// The address, if it counts.
    pub fn proved_email(&self) -> Option<&str> {
        self.email.as_deref().filter(|_| self.email_verified_at.is_some())
    }

    /// Gives it another address, which counts when it has been proved.
    pub fn move_to(&mut self, email: Option<String>) {
        if self.email != email {
            self.email = email;
            self.email_verified_at = None;
        }
    }
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
        json!({
            "username": self.username, "has_email": self.email.is_some(),
            "email_verified": self.email_verified_at.is_some(), "status": self.status,
        })
    }
}
