//! Invitations: grants yet to start, to whoever proves an address.

use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::facts::{Anchor, Level};
use crate::kind::Kind;
use crate::object::Entity;
use crate::page::{Field, FieldValue};

/// A role at an anchor, for whoever proves the address. It follows the rules of grants, and so is one to the gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// To whom it is mailed.
    pub address: String,
    /// Which role.
    pub role_id: Uuid,
    /// Where it is tied; its lineage is the anchor's.
    pub anchor: Anchor,
    /// From when on the grant is live; at once where absent.
    pub starts_at: Option<OffsetDateTime>,
    /// Until when; for good where absent.
    pub ends_at: Option<OffsetDateTime>,
    /// Until when it can be accepted.
    pub expires_at: OffsetDateTime,
}

impl Entity for Invitation {
    const KIND: Kind = Kind::Grant;
    const FIELDS: &'static [Field] = &[
        Field::naming("role_id", &[Kind::Role]),
        Field::word("level", Level::WORDS),
        Field::id("anchor_id"),
        Field::id("organization_id"),
        Field::id("project_id"),
    ];

    fn value(&self, field: &str) -> FieldValue {
        match field {
            "role_id" => FieldValue::Id(self.role_id),
            "level" => FieldValue::text(self.anchor.level.word()),
            "anchor_id" => FieldValue::id(self.anchor.id),
            _ => FieldValue::Null,
        }
    }

    fn record(&self) -> Value {
        // The address is seen by fewer than read the log.
        json!({
            "invitation": true, "role_id": self.role_id, "anchor": self.anchor,
            "starts_at": self.starts_at.map(instant), "ends_at": self.ends_at.map(instant),
            "expires_at": instant(self.expires_at),
        })
    }
}

fn instant(at: OffsetDateTime) -> String {
    at.format(&time::format_description::well_known::Rfc3339).unwrap_or_default()
}
