//! Proposals: that an organization enters a collaboration. One side proposes, the other one answers.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::kind::{Kind, words};
use crate::object::Entity;
use crate::page::{Field, FieldValue};

words! {
    /// How far a proposal has come.
    ProposalStatus {
        /// It waits for the organization's answer.
        Open = "open",
        /// The organization has entered.
        Accepted = "accepted",
        /// The organization does not want to.
        Declined = "declined",
        /// It is no longer meant.
        Withdrawn = "withdrawn",
    }
}

/// That an organization enters a collaboration. It lies between the two: see [`crate::Facts::between`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The collaboration.
    pub collaboration_id: Uuid,
    /// The organization that is to enter.
    pub organization_id: Uuid,
    /// How far it has come.
    pub status: ProposalStatus,
    /// The members that the collaboration has now, by id and name, for whoever may view the proposal. Read, not stored.
    pub members: Vec<(Uuid, String)>,
}

impl Entity for Proposal {
    const KIND: Kind = Kind::Proposal;
    // Both sides are named by every view of the proposal.
    const FIELDS: &'static [Field] = &[
        Field::status("status", ProposalStatus::WORDS),
        Field::id("collaboration_id"),
        Field::id("organization_id"),
    ];

    fn value(&self, field: &str) -> FieldValue {
        match field {
            "status" => FieldValue::text(self.status.word()),
            "collaboration_id" => FieldValue::Id(self.collaboration_id),
            "organization_id" => FieldValue::Id(self.organization_id),
            _ => FieldValue::Null,
        }
    }

    fn record(&self) -> Value {
        json!({
            "collaboration_id": self.collaboration_id, "organization_id": self.organization_id,
            "status": self.status,
        })
    }
}
