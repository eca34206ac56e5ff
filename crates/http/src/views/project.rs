//! What is shown of a project.

use bailiwick_app::Cx;
use bailiwick_domain::entities::{Project, Visibility};
use bailiwick_domain::kind::{Kind, Operation};
use bailiwick_domain::object::{Object, Relation};
use bailiwick_domain::view;
use bailiwick_domain::view::ProjectLevel;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Deed, Head, Shows, named};

view! {
    /// A project.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct ProjectView at ProjectLevel {
        /// What every object begins with.
        #[serde(flatten)]
        head: Head,
        /// Its organization.
        organization_id: Option<Uuid>,
        /// Unique in the organization.
        name: String,
        /// What it is about.
        description: String,
        /// Who may see it beside those who hold a grant.
        visibility: Visibility,
        /// Since when it is archived.
        #[serde(with = "time::serde::rfc3339::option")]
        archived_at: Option<OffsetDateTime>,
        /// The collaboration that it is shared in, if the caller may view that.
        collaboration_id: Option<Uuid>,
        /// Who made it, if the caller may view them.
        maker_id: Option<Uuid>,
    }
}

impl Shows for Project {
    type View = ProjectView;

    fn view(cx: &Cx, object: &Object<Self>, head: Head) -> ProjectView {
        let data = &object.data;
        ProjectView {
            head,
            organization_id: object.facts.lineage.organization,
            name: data.name.clone(),
            description: data.description.clone(),
            visibility: data.visibility,
            archived_at: data.archived_at,
            collaboration_id: named(cx, object, Relation::Collaboration),
            maker_id: named(cx, object, Relation::Maker),
        }
    }

    /// Sharing it, and unsharing it, for who speaks for its organization too.
    fn deeds(cx: &Cx, object: &Object<Self>) -> Vec<Deed> {
        let (gate, caller) = (&cx.gate, &*cx.caller);
        let near = |relation| object.near.iter().find(|near| near.relation == relation);
        let edits = gate.judge_operation(caller, Operation::Edit, Kind::Project, &object.facts).is_allowed();
        let speaks = near(Relation::Organization).is_some_and(|of| {
            gate.rules_allow(caller, Operation::Edit, Kind::Organization, &of.facts).is_some()
        });
        if !edits || !speaks {
            return Vec::new();
        }
        let shared = gate.named(caller, object, Relation::Collaboration).is_some();
        vec![("sharing", ["PUT"].into_iter().chain(shared.then_some("DELETE")).collect())]
    }
}
