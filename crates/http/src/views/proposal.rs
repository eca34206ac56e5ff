//! What is shown of a proposal: both of its sides, to either of them.

use bailiwick_app::Cx;
use bailiwick_domain::entities::{Proposal, ProposalStatus};
use bailiwick_domain::kind::{Kind, Operation};
use bailiwick_domain::object::{Object, Relation};
use bailiwick_domain::view;
use bailiwick_domain::view::{OrganizationLevel, ShownAt};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Deed, Head, Shows, named};

/// A member that the collaboration has now.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MemberView {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
}

// An open proposal names the members of its collaboration to whoever may view it: nobody enters without knowing with whom.
impl ShownAt<OrganizationLevel> for MemberView {}

view! {
    /// That an organization enters a collaboration.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct ProposalView at OrganizationLevel {
        /// What every object begins with.
        #[serde(flatten)]
        head: Head,
        /// The collaboration.
        collaboration_id: Uuid,
        /// What it is called, while the proposal is open.
        collaboration_name: Option<String>,
        /// The members that it has now, while the proposal is open.
        members: Option<Vec<MemberView>>,
        /// The organization that is to enter.
        organization_id: Uuid,
        /// How far it has come.
        status: ProposalStatus,
        /// Who made it, if the caller may view them.
        maker_id: Option<Uuid>,
    }
}

impl Shows for Proposal {
    type View = ProposalView;

    fn view(cx: &Cx, object: &Object<Self>, head: Head) -> ProposalView {
        let data = &object.data;
        let near = object.near.iter().find(|near| near.relation == Relation::Collaboration);
        // With whom it is to enter is for an organization to know until it has answered.
        let open = data.status == ProposalStatus::Open;
        let member = |(id, name): &(Uuid, String)| MemberView { id: *id, name: name.clone() };
        ProposalView {
            head,
            collaboration_id: data.collaboration_id,
            collaboration_name: near.filter(|_| open).map(|near| near.name.to_string()),
            members: open.then(|| data.members.iter().map(member).collect()),
            organization_id: data.organization_id,
            status: data.status,
            maker_id: named(cx, object, Relation::Maker),
        }
    }

    /// Accepting is the organization's alone; either side may end it.
    fn deeds(cx: &Cx, object: &Object<Self>) -> Vec<Deed> {
        if object.data.status != ProposalStatus::Open {
            return Vec::new();
        }
        let mut sides = object.facts.between.iter().flat_map(|sides| sides.iter());
        let accepts = sides.any(|side| {
            side.kind == Kind::Organization
                && cx.gate.rules_allow(&cx.caller, Operation::Edit, side.kind, side).is_some()
        });
        let names = ["accept", "decline", "withdraw"].into_iter().skip(usize::from(!accepts));
        names.map(|name| (name, vec!["POST"])).collect()
    }
}
