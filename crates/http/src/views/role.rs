//! What is shown of a role.

use bailiwick_app::Cx;
use bailiwick_domain::entities::Role;
use bailiwick_domain::kind::{Kind, Operation};
use bailiwick_domain::object::Object;
use bailiwick_domain::rule::{Rule, Scope, id_of_name};
use bailiwick_domain::view;
use bailiwick_domain::view::ServerLevel;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Head, Shows};
use crate::links::Links;

view! {
    /// A role.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct RoleView at ServerLevel {
        /// What every object begins with.
        #[serde(flatten)]
        head: Head,
        /// The organization that made it; none for a built-in role.
        organization_id: Option<Uuid>,
        /// Unique in the organization.
        name: String,
        /// What it is for.
        description: String,
        /// Described by the policy files.
        built_in: bool,
        /// An inactive role gives nothing.
        active: bool,
        /// Its own rules; of a built-in role all that it gives.
        #[schema(value_type = Vec<String>)]
        rules: Vec<Rule>,
        /// The roles that it includes.
        includes: Vec<Uuid>,
    }
}

impl Shows for Role {
    type View = RoleView;

    fn view(cx: &Cx, object: &Object<Self>, head: Head) -> RoleView {
        let data = &object.data;
        RoleView {
            head,
            organization_id: object.facts.lineage.organization,
            name: data.name.clone(),
            description: data.description.clone(),
            built_in: data.built_in,
            active: data.active,
            rules: own_rules(cx, data),
            includes: own_includes(cx, data),
        }
    }
}

fn own_rules(cx: &Cx, role: &Role) -> Vec<Rule> {
    match cx.policy().role(&role.name).filter(|_| role.built_in) {
        Some(built_in) => built_in.rights.rules().collect(),
        None => role.rules.clone(),
    }
}

fn own_includes(cx: &Cx, role: &Role) -> Vec<Uuid> {
    match cx.policy().role(&role.name).filter(|_| role.built_in) {
        Some(built_in) => built_in.includes.iter().map(|name| id_of_name("role", name)).collect(),
        None => role.includes.clone(),
    }
}

view! {
    /// A rule of the catalogue.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct RuleView at ServerLevel {
        /// Its id, the same on every server.
        id: Uuid,
        /// As roles write it: `kind:operation:scope`.
        #[schema(value_type = String)]
        rule: Rule,
        /// What it speaks of.
        kind: Kind,
        /// What it lets be done.
        operation: Operation,
        /// How far.
        scope: Scope,
        /// Where to go from here.
        links: Links,
    }
}
