//! What is shown of a user.

use bailiwick_app::Cx;
use bailiwick_domain::entities::{Standing, User};
use bailiwick_domain::kind::{Kind, Operation};
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
    /// A user.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct UserView at OrganizationLevel {
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
        /// The home.
        organization_id: Option<Uuid>,
        /// Unique in the organization.
        username: String,
        /// Where mail reaches the person; shown to the person and to whoever may edit the person.
        #[serde(skip_serializing_if = "Option::is_none")]
        email: Option<String>,
        /// When the person proved that address; shown with it. Only then does it count.
        #[serde(skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
        email_verified_at: Option<OffsetDateTime>,
        /// Whether the person may sign in.
        status: Standing,
    }
}

impl Shows for User {
    type View = UserView;

    fn view(cx: &Cx, object: &Object<Self>, common: Common) -> UserView {
        let data = &object.data;
        UserView {
            id: object.id,
            created_at: object.created_at,
            updated_at: object.updated_at,
            version: object.version,
            path: common.path,
            links: common.links,
            organization_id: object.facts.lineage.organization,
            username: data.username.clone(),
            email: private(cx, object).then(|| data.email.clone()).flatten(),
            email_verified_at: data.email_verified_at.filter(|_| private(cx, object)),
            status: data.status,
        }
    }
}

/// Whether the caller may see what only the person and those who may edit the person see.
fn private(cx: &Cx, object: &Object<User>) -> bool {
    cx.gate.rules_allow(&cx.caller, Operation::Edit, Kind::User, &object.facts).is_some()
}
