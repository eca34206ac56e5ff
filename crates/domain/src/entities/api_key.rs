//! API keys: credentials with grants of their own.

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::Standing;
use crate::kind::Kind;
use crate::object::Entity;
use crate::page::{Field, FieldValue};

/// A credential for programs. Its maker (of its facts) bounds what it may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Unique in its organization or project.
    pub name: String,
    /// Whether it may be used.
    pub status: Standing,
    /// The first characters of its secret, to tell keys apart.
    pub prefix: String,
    /// SHA-256 of its secret, in hexadecimal. Never shown.
    pub secret_hash: String,
    /// Until when it may be used; for good where absent.
    pub expires_at: Option<OffsetDateTime>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<OffsetDateTime>,
}

impl Entity for ApiKey {
    const KIND: Kind = Kind::ApiKey;
    const FIELDS: &'static [Field] = &[
        Field::text("name"),
        Field::status("status", Standing::WORDS),
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
        json!({ "name": self.name, "status": self.status, "prefix": self.prefix })
    }
}
