//! What is shown of a grant.

use bailiwick_app::Cx;
use bailiwick_domain::entities::Grant;
use bailiwick_domain::facts::Anchor;
use bailiwick_domain::object::{Object, Relation};
use bailiwick_domain::principal::PrincipalId;
use bailiwick_domain::view;
use bailiwick_domain::view::ServerLevel;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Head, Shows, named};

view! {
    /// A grant.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct GrantView at ServerLevel {
        /// What every object begins with.
        #[serde(flatten)]
        head: Head,
        /// Who holds the role, if the caller may view them.
        principal: Option<PrincipalId>,
        /// The role, if the caller may view it.
        role_id: Option<Uuid>,
        /// Where it is tied.
        anchor: Anchor,
        /// From when on; at once where absent.
        #[serde(with = "time::serde::rfc3339::option")]
        starts_at: Option<OffsetDateTime>,
        /// Until when; for good where absent.
        #[serde(with = "time::serde::rfc3339::option")]
        expires_at: Option<OffsetDateTime>,
    }
}

impl Shows for Grant {
    type View = GrantView;

    fn view(cx: &Cx, object: &Object<Self>, head: Head) -> GrantView {
        let data = &object.data;
        GrantView {
            head,
            principal: named(cx, object, Relation::Principal)
                .map(|_| data.principal)
                .or_else(|| own(cx, data)),
            role_id: named(cx, object, Relation::Role),
            anchor: data.anchor,
            starts_at: data.starts_at,
            expires_at: data.expires_at,
        }
    }
}

/// The principal of a grant that names the caller, who knows who they are.
fn own(cx: &Cx, data: &Grant) -> Option<PrincipalId> {
    cx.caller.principal.filter(|me| *me == data.principal)
}
