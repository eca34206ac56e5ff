//! Grants: principal, role, anchor.

use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::facts::{Anchor, Facts, Level};
use crate::kind::Kind;
use crate::object::Entity;
use crate::page::{Field, FieldValue};
use crate::principal::PrincipalId;

/// A role, held by a principal at an anchor, from a start (inclusive) to an end (exclusive), in UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Who holds it.
    pub principal: PrincipalId,
    /// Which role.
    pub role_id: Uuid,
    /// Where it is tied; its lineage is the anchor's.
    pub anchor: Anchor,
    /// From when on; at once where absent.
    pub starts_at: Option<OffsetDateTime>,
    /// Until when; for good where absent.
    pub expires_at: Option<OffsetDateTime>,
}

impl Entity for Grant {
    const KIND: Kind = Kind::Grant;
    const FIELDS: &'static [Field] = &[
        Field::naming("principal_id", &[Kind::User, Kind::ApiKey]),
        Field::naming("role_id", &[Kind::Role]),
        Field::word("level", Level::WORDS),
        Field::id("anchor_id"),
        Field::id("organization_id"),
        Field::id("project_id"),
    ];

    fn value(&self, field: &str) -> FieldValue {
        match field {
            "principal_id" => FieldValue::Id(self.principal.id),
            "role_id" => FieldValue::Id(self.role_id),
            "level" => FieldValue::text(self.anchor.level.word()),
            "anchor_id" => FieldValue::id(self.anchor.id),
            _ => FieldValue::Null,
        }
    }

    fn settle(&self, facts: &mut Facts) {
        facts.names = Some(self.principal);
    }

    fn record(&self) -> Value {
        json!({
            "principal": self.principal, "role_id": self.role_id, "anchor": self.anchor,
            "starts_at": self.starts_at.map(instant), "expires_at": self.expires_at.map(instant),
        })
    }
}

fn instant(at: OffsetDateTime) -> String {
    at.format(&time::format_description::well_known::Rfc3339).unwrap_or_default()
}
