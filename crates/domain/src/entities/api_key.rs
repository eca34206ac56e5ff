//! API keys: credentials with grants of their own.

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use super::{Addresses, Standing};
use crate::kind::Kind;
use crate::object::Entity;
use crate::page::{Field, FieldValue};

/// The secret that a key had before, while it is good beside the new one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldSecret {
    /// SHA-256 of it, in hexadecimal. Never shown.
    pub hash: String,
    /// Until when it is good.
    pub expires_at: OffsetDateTime,
}

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
    /// The secret before, where it is good for a while yet.
    pub old_secret: Option<OldSecret>,
    /// From where alone it is good.
    pub addresses: Addresses,
    /// The client app that it is issued for; it never changes.
    pub client_app_id: Option<Uuid>,
    /// Until when it may be used; for good where absent.
    pub expires_at: Option<OffsetDateTime>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<OffsetDateTime>,
}

impl ApiKey {
    /// Gives it a new secret. The one before is good until then, or ends at once; what was before that ends.
    pub fn renew(&mut self, hash: &str, prefix: &str, until: Option<OffsetDateTime>) {
        let old = std::mem::replace(&mut self.secret_hash, hash.to_owned());
        self.old_secret = until.map(|expires_at| OldSecret { hash: old, expires_at });
        prefix.clone_into(&mut self.prefix);
    }

    /// Suspends or wakes it. An old secret ends when it is suspended, and does not come back.
    pub fn stand(&mut self, to: Standing) {
        self.status = to;
        if to == Standing::Suspended {
            self.old_secret = None;
        }
    }
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
        let told = |at: Option<OffsetDateTime>| at.and_then(|at| at.format(&Rfc3339).ok());
        json!({
            "name": self.name,
            "status": self.status,
            "prefix": self.prefix,
            "addresses": self.addresses,
            "client_app_id": self.client_app_id,
            "expires_at": told(self.expires_at),
            "old_secret_expires_at": told(self.old_secret.as_ref().map(|old| old.expires_at)),
        })
    }
}
