//! What is shown of a node.

use bailiwick_app::Cx;
use bailiwick_domain::entities::{Node, NodePolicy, Standing};
use bailiwick_domain::gate::Suspend;
use bailiwick_domain::guards;
use bailiwick_domain::kind::{Kind, Operation};
use bailiwick_domain::object::{Object, Relation};
use bailiwick_domain::view;
use bailiwick_domain::view::OrganizationLevel;
use serde::Serialize;
use time::{Duration, OffsetDateTime};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Deed, Head, Shows, named};

/// For how long a node counts as online after it was heard of, which is noted to the minute.
const ONLINE: Duration = Duration::minutes(3);

view! {
    /// A node.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct NodeView at OrganizationLevel {
        /// What every object begins with.
        #[serde(flatten)]
        head: Head,
        /// Its organization.
        organization_id: Option<Uuid>,
        /// The collaboration that it works in, if the caller may view it.
        collaboration_id: Option<Uuid>,
        /// Unique in the organization.
        name: String,
        /// Whether it may act.
        status: Standing,
        /// Whether it was heard of within the last three minutes.
        online: bool,
        /// When it was last heard of, to the minute.
        #[serde(with = "time::serde::rfc3339::option")]
        last_seen_at: Option<OffsetDateTime>,
        /// The first characters of its secret, to tell secrets apart.
        prefix: String,
        /// What it lets run; shown to those who may change it.
        policy: Option<NodePolicy>,
        /// Who made it, if the caller may view them.
        maker_id: Option<Uuid>,
    }
}

impl Shows for Node {
    type View = NodeView;

    fn view(cx: &Cx, object: &Object<Self>, head: Head) -> NodeView {
        let data = &object.data;
        let edits = cx.gate.rules_allow(&cx.caller, Operation::Edit, Kind::Node, &object.facts).is_some();
        NodeView {
            head,
            organization_id: object.facts.lineage.organization,
            collaboration_id: named(cx, object, Relation::Collaboration),
            name: data.name.clone(),
            status: data.status,
            online: data.last_seen_at.is_some_and(|seen| cx.gate.now() - seen < ONLINE),
            last_seen_at: data.last_seen_at,
            prefix: data.prefix.clone(),
            policy: edits.then(|| data.policy.clone()),
            maker_id: named(cx, object, Relation::Maker),
        }
    }

    fn deeds(cx: &Cx, object: &Object<Self>) -> Vec<Deed> {
        let (gate, caller, facts) = (&cx.gate, &*cx.caller, &object.facts);
        let mut found: Vec<Deed> = Vec::new();
        if gate.judge::<Suspend>(caller, Kind::Node, facts).is_allowed() {
            found.extend(["suspend", "wake"].map(|name| (name, vec!["POST"])));
            let near = |relation| object.near.iter().find(|near| near.relation == relation);
            let sides = near(Relation::Organization).zip(near(Relation::Collaboration));
            if sides.is_some_and(|(of, works_in)| {
                guards::may_renew_node(gate, caller, facts, &of.facts, &works_in.facts)
            }) {
                found.push(("secret", vec!["POST"]));
            }
        }
        if gate.rules_allow(caller, Operation::Send, Kind::Event, facts).is_some() {
            found.push(("kill", vec!["POST"]));
        }
        found
    }
}

view! {
    /// A node with its secret, which is shown this once.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct NewNodeView at OrganizationLevel {
        /// The node.
        #[serde(flatten)]
        node: NodeView,
        /// What it asks for tokens with. Not shown for a request that came twice.
        secret: Option<String>,
    }
}
