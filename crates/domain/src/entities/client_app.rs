//! Client apps: the applications that credentials are issued for.

use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use super::{OldSecret, Standing};
use crate::kind::Kind;
use crate::object::Entity;
use crate::page::{Field, FieldValue};

/// An application that people sign in and register through, and that API keys are issued for. It proves itself by its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientApp {
    /// Unique on the server: the name of an app in the access rules.
    pub name: String,
    /// What it is.
    pub description: String,
    /// While it is suspended, nothing that was issued for it is good.
    pub status: Standing,
    /// Whether people may register through it.
    pub registration: bool,
    /// The built-in role that who registers through it gets; the operator's where absent.
    pub default_role_id: Option<Uuid>,
    /// The first characters of its key, to tell keys apart.
    pub prefix: String,
    /// SHA-256 of its key, in hexadecimal. Never shown.
    pub secret_hash: String,
    /// The key before, where it is good for a while yet.
    pub old_secret: Option<OldSecret>,
}

impl ClientApp {
    /// Gives it a new key. The one before is good until then, or ends at once; what was before that ends.
    pub fn renew(&mut self, hash: &str, prefix: &str, until: Option<time::OffsetDateTime>) {
        let old = std::mem::replace(&mut self.secret_hash, hash.to_owned());
        self.old_secret = until.map(|expires_at| OldSecret { hash: old, expires_at });
        prefix.clone_into(&mut self.prefix);
    }

    /// Suspends or wakes it. An old key ends when it is suspended, and does not come back.
    pub fn stand(&mut self, to: Standing) {
        self.status = to;
        if to == Standing::Suspended {
            self.old_secret = None;
        }
    }
}

impl Entity for ClientApp {
    const KIND: Kind = Kind::ClientApp;
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
        let old_ends = self.old_secret.as_ref().and_then(|old| old.expires_at.format(&Rfc3339).ok());
        json!({
            "name": self.name,
            "description": self.description,
            "status": self.status,
            "registration": self.registration,
            "default_role_id": self.default_role_id,
            "prefix": self.prefix,
            "old_secret_expires_at": old_ends,
        })
    }
}
