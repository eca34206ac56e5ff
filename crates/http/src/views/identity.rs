//! What is shown of credentials and of the one who asks.

use bailiwick_domain::facts::Anchor;
use bailiwick_domain::ports::Scheme;
use bailiwick_domain::principal::PrincipalId;
use bailiwick_domain::rule::Rule;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

/// The principal that asks.
#[derive(Debug, Serialize, ToSchema)]
pub struct WhoamiView {
    /// Who; none for anonymous.
    pub principal: Option<PrincipalId>,
    /// Its name.
    pub name: Option<String>,
    /// How it was proved.
    pub scheme: Scheme,
    /// The name of the client app that its credential was issued for, or that asks by its key alone; `default` for none.
    pub app: String,
    /// Its home.
    pub home: Option<HomeView>,
    /// For an API key: for whom it acts, at most as far as they may.
    pub acts_for: Option<PrincipalId>,
    /// Its live grants.
    pub grants: Vec<HeldView>,
}

/// The home of a principal.
#[derive(Debug, Serialize, ToSchema)]
pub struct HomeView {
    /// The organization.
    pub id: Uuid,
    /// Its name.
    pub name: String,
}

/// A live grant of the one who asks, and the rules that it gives.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldView {
    /// The grant.
    pub grant: Option<Uuid>,
    /// The role.
    pub role_id: Uuid,
    /// The role's name.
    pub role_name: String,
    /// Where it is tied.
    pub anchor: Anchor,
    /// Until when.
    #[serde(with = "time::serde::rfc3339::option")]
    pub expires_at: Option<OffsetDateTime>,
    /// The rules that it gives.
    #[schema(value_type = Vec<String>)]
    pub rules: Vec<Rule>,
}

/// A new cookie session.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignedInView {
    /// Who signed in.
    pub user: PersonView,
    /// The token that methods that change something must carry, in the header that `csrf_header` names.
    pub csrf_token: String,
    /// Where the CSRF token goes.
    pub csrf_header: &'static str,
    /// When the session ends whatever happens.
    #[serde(with = "time::serde::rfc3339")]
    pub expires_at: OffsetDateTime,
}

/// A person, to themselves.
#[derive(Debug, Serialize, ToSchema)]
pub struct PersonView {
    /// The user's id.
    pub id: Uuid,
    /// The user's name.
    pub username: String,
    /// The home.
    pub organization_id: Option<Uuid>,
}

/// A bearer pair.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokensView {
    /// Goes into `Authorization: Bearer`.
    pub access_token: String,
    /// Always `Bearer`.
    pub token_type: &'static str,
    /// For how many seconds the access token is good.
    pub expires_in: i64,
    /// Good once, for the next pair.
    pub refresh_token: String,
}

/// A bearer token of a node or a container.
#[derive(Debug, Serialize, ToSchema)]
pub struct MachineTokenView {
    /// Goes into `Authorization: Bearer`.
    pub access_token: String,
    /// Always `Bearer`.
    pub token_type: &'static str,
    /// For how many seconds it is good at most.
    pub expires_in: i64,
}

/// A session or token family of the one who asks.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionView {
    /// Its id.
    pub id: Uuid,
    /// `cookie` or `bearer`.
    pub scheme: Scheme,
    /// The name of the app that it was issued for; `default` for none in particular.
    pub app: String,
    /// Whether it is the one that asks.
    pub current: bool,
    /// When it began.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When it was last used, to the minute.
    #[serde(with = "time::serde::rfc3339")]
    pub last_seen_at: OffsetDateTime,
    /// When it ends whatever happens.
    #[serde(with = "time::serde::rfc3339")]
    pub expires_at: OffsetDateTime,
    /// The user agent that it was made by.
    pub user_agent: String,
}
