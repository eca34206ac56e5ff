//! Audit events: what was done or denied, by whom, and why.

use serde_json::Value;
use uuid::Uuid;

use crate::audit::Outcome;
use crate::facts::Facts;
use crate::kind::Kind;
use crate::object::Entity;
use crate::page::{Field, FieldValue};
use crate::principal::PrincipalId;

/// A line of the audit log. The server alone makes it; nobody edits or deletes it.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEvent {
    /// Who; absent for anonymous and for the operator.
    pub principal: Option<PrincipalId>,
    /// By whose hand where `principal` is absent: `anonymous` or `operator`; else the principal's kind.
    pub actor: String,
    /// The deed, as the operation id of the API.
    pub deed: String,
    /// What kind of object it was about.
    pub about: Kind,
    /// Which object (for a denied create: the parent), if one was named.
    pub object_id: Option<Uuid>,
    /// Allowed or denied.
    pub outcome: Outcome,
    /// Why: a [`crate::reason::Reason`], the missing rule, or the guard; `hidden` where the caller was told that there is
    /// no such object.
    pub reason: Value,
    /// The request that it was part of.
    pub request_id: String,
    /// The object before the change, secrets never.
    pub before: Option<Value>,
    /// The object after the change, secrets never.
    pub after: Option<Value>,
}

impl Entity for AuditEvent {
    const KIND: Kind = Kind::AuditEvent;
    const FIELDS: &'static [Field] = &[
        Field::id("principal_id"),
        Field::word("kind", Kind::WORDS),
        Field::id("object_id"),
        Field::word("decision", Outcome::WORDS),
        Field::id("organization_id"),
        Field::id("project_id"),
    ];

    fn value(&self, field: &str) -> FieldValue {
        match field {
            "principal_id" => FieldValue::id(self.principal.map(|principal| principal.id)),
            "kind" => FieldValue::text(self.about.word()),
            "object_id" => FieldValue::id(self.object_id),
            "decision" => FieldValue::text(self.outcome.word()),
            _ => FieldValue::Null,
        }
    }

    fn settle(&self, facts: &mut Facts) {
        // What was hidden stays hidden: read back, the event would tell its principal that the object is there.
        let hid = self.reason.get("hidden").is_some();
        facts.maker = self.principal.filter(|_| !hid);
    }

    fn record(&self) -> Value {
        Value::Null
    }
}
