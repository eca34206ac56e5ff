//! What is shown of an API key.

use bailiwick_app::Cx;
use bailiwick_domain::entities::{ApiKey, Standing};
use bailiwick_domain::object::{Object, Relation};
use bailiwick_domain::view;
use bailiwick_domain::view::OrganizationLevel;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Head, Shows, named};

view! {
    /// An API key.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct ApiKeyView at OrganizationLevel {
        /// What every object begins with.
        #[serde(flatten)]
        head: Head,
        /// Its organization.
        organization_id: Option<Uuid>,
        /// The project that it was made through, if it was.
        project_id: Option<Uuid>,
        /// Unique in the organization or project.
        name: String,
        /// Whether it may be used.
        status: Standing,
        /// The first characters of its secret, to tell keys apart.
        prefix: String,
        /// Until when the secret before is good beside it; absent where there is none, or none any more.
        #[serde(with = "time::serde::rfc3339::option")]
        old_secret_expires_at: Option<OffsetDateTime>,
        /// The networks from which alone it is good; from everywhere where there are none.
        addresses: Vec<String>,
        /// Until when it may be used.
        #[serde(with = "time::serde::rfc3339::option")]
        expires_at: Option<OffsetDateTime>,
        /// When it was last used, to the minute.
        #[serde(with = "time::serde::rfc3339::option")]
        last_used_at: Option<OffsetDateTime>,
        /// For whom it acts, if the caller may view them.
        maker_id: Option<Uuid>,
    }
}

impl Shows for ApiKey {
    type View = ApiKeyView;

    fn view(cx: &Cx, object: &Object<Self>, head: Head) -> ApiKeyView {
        let data = &object.data;
        let old_secret = data.old_secret.as_ref().map(|old| old.expires_at);
        ApiKeyView {
            head,
            organization_id: object.facts.lineage.organization,
            project_id: object.facts.lineage.project,
            name: data.name.clone(),
            status: data.status,
            prefix: data.prefix.clone(),
            old_secret_expires_at: old_secret.filter(|end| cx.gate.now() < *end),
            addresses: data.addresses.texts(),
            expires_at: data.expires_at,
            last_used_at: data.last_used_at,
            maker_id: named(cx, object, Relation::Maker),
        }
    }
}

view! {
    /// An API key with its secret, which is shown this once.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct NewApiKeyView at OrganizationLevel {
        /// The key.
        #[serde(flatten)]
        key: ApiKeyView,
        /// The password of HTTP Basic, with the key's id as the user name. Not shown for a request that came twice.
        secret: Option<String>,
    }
}
