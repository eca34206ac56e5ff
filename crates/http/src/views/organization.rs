//! What is shown of an organization.

use bailiwick_app::Cx;
use bailiwick_domain::entities::{Organization, Standing};
use bailiwick_domain::object::Object;
use bailiwick_domain::view;
use bailiwick_domain::view::OrganizationLevel;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Crumb, Shows};
use crate::links::Links;
use crate::reply::Common;

view! {
    /// An organization.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct OrganizationView at OrganizationLevel {
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
        /// Its ancestors.
        path: Vec<Crumb>,
        /// Where to go from here.
        links: Links,
        /// Unique on the server.
        name: String,
        /// Whether it may act.
        status: Standing,
        /// The key by which others encrypt what is meant for it, as it published it.
        public_key: Option<String>,
    }
}

impl Shows for Organization {
    type View = OrganizationView;

    fn view(_: &Cx, object: &Object<Self>, common: Common) -> OrganizationView {
        OrganizationView {
            id: object.id,
            created_at: object.created_at,
            updated_at: object.updated_at,
            version: object.version,
            path: common.path,
            links: common.links,
            name: object.data.name.clone(),
            status: object.data.status,
            public_key: object.data.public_key.clone(),
        }
    }
}
