//! What is shown of a collaboration.

use bailiwick_app::Cx;
use bailiwick_domain::entities::Collaboration;
use bailiwick_domain::object::{Object, Relation};
use bailiwick_domain::view::OrganizationLevel;
use bailiwick_domain::{Facts, Kind, Lineage, view};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Head, Shows, named};

view! {
    /// A collaboration.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct CollaborationView at OrganizationLevel {
        /// What every object begins with.
        #[serde(flatten)]
        head: Head,
        /// Unique on the server.
        name: String,
        /// Whether what runs are given and give back must be ciphertext.
        encrypted: bool,
        /// The members, as far as a rule lets the caller view them.
        organization_ids: Vec<Uuid>,
        /// Who made it, if the caller may view them.
        maker_id: Option<Uuid>,
    }
}

impl Shows for Collaboration {
    type View = CollaborationView;

    fn view(cx: &Cx, object: &Object<Self>, head: Head) -> CollaborationView {
        let seen = |member: &&Uuid| {
            let facts = Facts::new(Kind::Organization, **member, Lineage::default());
            cx.gate.may_view(&cx.caller, &facts)
        };
        CollaborationView {
            head,
            name: object.data.name.clone(),
            encrypted: object.data.encrypted,
            organization_ids: object.data.members.iter().filter(seen).copied().collect(),
            maker_id: named(cx, object, Relation::Maker),
        }
    }
}
