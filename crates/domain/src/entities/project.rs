//! Projects: bodies of work of one organization.

use serde_json::{Value, json};
use smallvec::smallvec;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::access::Entitlement;
use crate::facts::Facts;
use crate::kind::{Kind, words};
use crate::object::{Entity, Unguarded};
use crate::page::{Field, FieldValue};

words! {
    /// Who may see a project beside those who hold a grant: the entitlement that access rules speak of.
    Visibility {
        /// Nobody by access rule, unless the rules say so.
        Private = "private",
        /// Whom the access rules open public projects to.
        Public = "public",
    }
}

impl Visibility {
    /// The tag that a project of this visibility carries.
    pub const fn entitlement(self) -> Entitlement {
        match self {
            Self::Private => Entitlement::PRIVATE,
            Self::Public => Entitlement::PUBLIC,
        }
    }
}

/// A body of work of one organization, perhaps shared in one collaboration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Unique in the organization.
    pub name: String,
    /// What it is about.
    pub description: String,
    /// Its entitlement.
    pub visibility: Visibility,
    /// Since when it is archived: viewed and deleted as always, not changed.
    pub archived_at: Option<OffsetDateTime>,
    /// The collaboration that it is shared in.
    pub collaboration_id: Option<Uuid>,
}

impl Entity for Project {
    const KIND: Kind = Kind::Project;
    const FIELDS: &'static [Field] = &[
        Field::text("name"),
        Field::status("visibility", Visibility::WORDS),
        Field::flag("archived"),
        Field::id("organization_id"),
        Field::naming("collaboration_id", &[Kind::Collaboration]),
    ];

    fn name(&self) -> &str {
        &self.name
    }

    fn value(&self, field: &str) -> FieldValue {
        match field {
            "visibility" => FieldValue::text(self.visibility.word()),
            "archived" => FieldValue::Flag(self.archived_at.is_some()),
            _ => FieldValue::Null,
        }
    }

    fn settle(&self, facts: &mut Facts) {
        facts.entitlements = smallvec![self.visibility.entitlement()];
        facts.archived = self.archived_at.is_some();
        facts.collaboration = self.collaboration_id;
    }

    fn record(&self) -> Value {
        json!({
            "name": self.name, "description": self.description, "visibility": self.visibility,
            "archived": self.archived_at.is_some(), "collaboration_id": self.collaboration_id,
        })
    }
}

impl Unguarded for Project {}
