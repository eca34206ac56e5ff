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

use super::{Crumb, Shows, named};
use crate::links::Links;
use crate::reply::Common;

view! {
    /// A grant.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct GrantView at ServerLevel {
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

    fn view(cx: &Cx, object: &Object<Self>, common: Common) -> GrantView {
        let data = &object.data;
        GrantView {
            id: object.id,
            created_at: object.created_at,
            updated_at: object.updated_at,
            version: object.version,
            path: common.path,
            links: common.links,
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
