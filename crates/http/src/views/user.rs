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

use super::{Head, Shows};

view! {
    /// A user.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct UserView at OrganizationLevel {
        /// What every object begins with.
        #[serde(flatten)]
        head: Head,
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

    fn view(cx: &Cx, object: &Object<Self>, head: Head) -> UserView {
        let data = &object.data;
        UserView {
            head,
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
