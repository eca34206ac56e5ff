//! What is shown of an organization.

use bailiwick_app::Cx;
use bailiwick_domain::entities::{Organization, Standing};
use bailiwick_domain::object::Object;
use bailiwick_domain::view;
use bailiwick_domain::view::OrganizationLevel;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Head, Shows};

view! {
    /// An organization.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct OrganizationView at OrganizationLevel {
        /// What every object begins with.
        #[serde(flatten)]
        head: Head,
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

    fn view(_: &Cx, object: &Object<Self>, head: Head) -> OrganizationView {
        OrganizationView {
            head,
            name: object.data.name.clone(),
            status: object.data.status,
            public_key: object.data.public_key.clone(),
        }
    }
}
