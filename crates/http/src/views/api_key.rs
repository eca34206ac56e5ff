//! What is shown of an API key.

use bailiwick_app::Cx;
use bailiwick_app::methods::Standings;
use bailiwick_domain::entities::{ApiKey, Standing};
use bailiwick_domain::guards;
use bailiwick_domain::object::{Object, Relation};
use bailiwick_domain::view;
use bailiwick_domain::view::{OrganizationLevel, ShownAt};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Head, Shows, named};
use crate::links::{Links, links};

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
        /// The client app that it was issued for; none for the default app.
        client_app: Option<AppName>,
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

    fn links(cx: &Cx, standings: &Standings, object: &Object<Self>) -> Links {
        let mut links = links(cx, standings, object);
        if !guards::may_renew_api_key(&cx.gate, &cx.caller, object) {
            links.remove("secret");
        }
        links
    }

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
            client_app: issued_for(object),
            expires_at: data.expires_at,
            last_used_at: data.last_used_at,
            maker_id: named(cx, object, Relation::Maker),
        }
    }
}

/// The client app that a credential was issued for, by id and name alone: `whoami` tells its holder as much.
#[derive(Debug, Serialize, ToSchema)]
pub struct AppName {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
}

// Of what hangs under the server it shows the name alone.
impl<S> ShownAt<S> for AppName {}

fn issued_for(key: &Object<ApiKey>) -> Option<AppName> {
    let near = key.near.iter().find(|near| near.relation == Relation::ClientApp)?;
    Some(AppName { id: near.facts.id, name: near.name.to_string() })
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
