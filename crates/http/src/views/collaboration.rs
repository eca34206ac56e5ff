//! What is shown of a collaboration.

use bailiwick_app::Cx;
use bailiwick_domain::entities::Collaboration;
use bailiwick_domain::object::{Object, Relation};
use bailiwick_domain::view::OrganizationLevel;
use bailiwick_domain::{Facts, Kind, Lineage, view};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Crumb, Shows, named};
use crate::links::Links;
use crate::reply::Common;

view! {
    /// A collaboration.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct CollaborationView at OrganizationLevel {
        /// Its id.
        id: Uuid,
        /// When it was made.
        #[serde(with = "time::serde::rfc3339")]
        created_at: OffsetDateTime,
        /// When it was last changed.
        #[serde(with = "time::serde::rfc3339")]
        updated_at: OffsetDateTime,
        /// How often it was changed, from 1.
        version: i64,
        /// Its ancestors: none.
        path: Vec<Crumb>,
        /// Where to go from here.
        links: Links,
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

    fn view(cx: &Cx, object: &Object<Self>, common: Common) -> CollaborationView {
        let seen = |member: &&Uuid| {
            let facts = Facts::new(Kind::Organization, **member, Lineage::default());
            cx.gate.may_view(&cx.caller, &facts)
        };
        CollaborationView {
            id: object.id,
            created_at: object.created_at,
            updated_at: object.updated_at,
            version: object.version,
            path: common.path,
            links: common.links,
            name: object.data.name.clone(),
            encrypted: object.data.encrypted,
            organization_ids: object.data.members.iter().filter(seen).copied().collect(),
            maker_id: named(cx, object, Relation::Maker),
        }
    }
}
