//! What is shown of an invitation.

use bailiwick_app::Cx;
use bailiwick_app::methods::Standings;
use bailiwick_domain::entities::Invitation;
use bailiwick_domain::facts::Anchor;
use bailiwick_domain::kind::Operation;
use bailiwick_domain::object::{Object, Relation};
use bailiwick_domain::view;
use bailiwick_domain::view::ServerLevel;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Head, Shows, named};
use crate::links::{Link, Links, address, links};

view! {
    /// An invitation: a grant yet to start.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct InvitationView at ServerLevel {
        /// What every object begins with.
        #[serde(flatten)]
        head: Head,
        /// To whom it is mailed; shown to its maker, and to whoever may take it back.
        address: Option<String>,
        /// The role, if the caller may view it.
        role_id: Option<Uuid>,
        /// Where it is tied.
        anchor: Anchor,
        /// From when on the grant is live; at once where absent.
        #[serde(with = "time::serde::rfc3339::option")]
        starts_at: Option<OffsetDateTime>,
        /// Until when the grant is live; for good where absent.
        #[serde(with = "time::serde::rfc3339::option")]
        ends_at: Option<OffsetDateTime>,
        /// Until when it can be accepted.
        #[serde(with = "time::serde::rfc3339")]
        expires_at: OffsetDateTime,
    }
}

impl Shows for Invitation {
    type View = InvitationView;
    const COLLECTION: Option<&'static str> = Some("invitations");

    /// Those of a grant, but for itself: it is not edited, and has a collection of its own.
    fn links(cx: &Cx, standings: &Standings, object: &Object<Self>) -> Links {
        let mut links = links(cx, standings, object);
        let may = standings.methods(cx, &cx.caller, &object.facts);
        let methods = [("GET", may.view), ("DELETE", may.delete)];
        let link = Link {
            id: Some(object.id),
            link: address("invitations", object.id, None),
            methods: methods.into_iter().filter(|(_, may)| *may).map(|(method, _)| method).collect(),
        };
        links.insert("self".to_owned(), link);
        links
    }

    fn view(cx: &Cx, object: &Object<Self>, head: Head) -> InvitationView {
        let data = &object.data;
        let facts = &object.facts;
        let made = facts.maker.is_some() && facts.maker == cx.caller.principal;
        let takes_back = || cx.gate.rules_allow(&cx.caller, Operation::Delete, facts.kind, facts).is_some();
        InvitationView {
            head,
            address: Some(data.address.clone()).filter(|_| made || takes_back()),
            role_id: named(cx, object, Relation::Role),
            anchor: data.anchor,
            starts_at: data.starts_at,
            ends_at: data.ends_at,
            expires_at: data.expires_at,
        }
    }
}
