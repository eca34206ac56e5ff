//! Roles made by organizations: making and changing them, and what they give.

use std::collections::{BTreeMap, HashSet};

use bailiwick_domain::Facts;
use bailiwick_domain::entities::{Name, Organization, Role, Text};
use bailiwick_domain::gate::{Edit, Gate};
use bailiwick_domain::guards::{self, Granting};
use bailiwick_domain::kind::{Kind, Operation};
use bailiwick_domain::ports::{Lookup, Read, RoleRow, Unit};
use bailiwick_domain::reason::Guard;
use bailiwick_domain::role::{BadIncludes, Closure, DEEPEST, RoleNode, closure};
use bailiwick_domain::rule::Rule;
use serde::Deserialize;
use uuid::Uuid;

use crate::create::{Made, create};
use crate::cx::Cx;
use crate::edit::edit_then;
use crate::error::{AppError, FieldError};
use crate::read::Shown;

/// A new role of an organization.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewRole {
    /// Unique in the organization, and no built-in role's.
    pub name: Name,
    /// What it is for.
    #[serde(default)]
    pub description: Text,
    /// Rules, as `kind:operation:scope`.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(value_type = Vec<String>))]
    pub rules: Vec<Rule>,
    /// Built-in roles and roles of this organization, by id.
    #[serde(default)]
    pub includes: Vec<Uuid>,
}

/// Changes of a role.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RolePatch {
    /// Unique in the organization, and no built-in role's.
    pub name: Option<Name>,
    /// What it is for.
    pub description: Option<Text>,
    /// All rules that it is to hold.
    #[cfg_attr(feature = "schema", schema(value_type = Option<Vec<String>>))]
    pub rules: Option<Vec<Rule>>,
    /// All roles that it is to include.
    pub includes: Option<Vec<Uuid>>,
    /// An inactive role gives nothing.
    pub active: Option<bool>,
}

/// Makes a role in an organization.
///
/// # Errors
/// The denial; a name that is taken; an include that may not be named; a rule that the caller does not hold.
pub async fn create_role(cx: &Cx, organization: Uuid, body: NewRole) -> Result<Shown<'_, Role>, AppError> {
    create(
        cx,
        async |unit: &dyn Unit| {
            let parent = Read::<Organization>::find(unit, organization).await?;
            let permit = cx
                .gate
                .create::<Role, _>(&cx.caller, parent)
                .map_err(|denial| AppError::denied(denial, organization))?;
            check_name(cx, &body.name)?;
            let because = permit.because();
            let id = cx.new_id();
            let mut role = Role {
                name: body.name.as_str().to_owned(),
                description: body.description.clone().into_string(),
                built_in: false,
                active: true,
                rules: sorted(body.rules.clone()),
                includes: sorted(body.includes.clone()),
                live: Default::default(),
                full: Default::default(),
            };
            let graph = Graph::of(unit, &[organization]).await?;
            graph.settle(cx, id, &mut role, permit.parent())?;
            Ok(Made { new: guards::make_role(&cx.gate, permit, id, role)?, because })
        },
        async |_, _| Ok(()),
    )
    .await
}

/// Changes a role; what it gives changes at once for everybody who holds it or a role that includes it.
///
/// # Errors
/// The denial; a name that is taken; a cycle; a rule that the caller does not hold where the role is granted.
pub async fn edit_role(cx: &Cx, id: Uuid, body: RolePatch) -> Result<Shown<'_, Role>, AppError> {
    edit_then::<Edit, Role>(
        cx,
        id,
        async |unit, granted| {
            let mut after = granted.data().clone();
            if let Some(name) = &body.name {
                check_name(cx, name)?;
                after.name = name.as_str().to_owned();
            }
            if let Some(description) = &body.description {
                after.description = description.clone().into_string();
            }
            if let Some(rules) = &body.rules {
                after.rules = sorted(rules.clone());
            }
            if let Some(includes) = &body.includes {
                after.includes = sorted(includes.clone());
            }
            after.active = body.active.unwrap_or(after.active);
            let Some(organization) = granted.facts().lineage.organization else {
                return Err(
                    Gate::guarded(Guard::BuiltIn, Operation::Edit, Kind::Role, granted.facts()).into()
                );
            };
            let graph = Graph::of(unit, &[organization]).await?;
            graph.settle(cx, id, &mut after, granted.facts())?;
            let grants = grants_through(unit, &graph, id).await?;
            Ok(guards::change_role(&cx.gate, granted, &grants, after)?)
        },
        async |unit, changed| match changed.after().facts.lineage.organization {
            Some(organization) => settle_closures(unit, organization).await,
            None => Ok(()),
        },
    )
    .await
}

/// The grants of a role and of every role that includes it.
pub(crate) async fn grants_through(
    from: &dyn Lookup,
    graph: &Graph,
    id: Uuid,
) -> Result<Vec<Granting>, AppError> {
    Ok(from.granting(&graph.including(id)).await?)
}

/// Stores anew what the roles of an organization give.
pub(crate) async fn settle_closures(unit: &dyn Unit, organization: Uuid) -> Result<(), AppError> {
    let graph = Graph::of(unit, &[organization]).await?;
    let nodes = graph.nodes();
    let mut changed = Vec::new();
    for row in graph.0.iter().filter(|row| !row.built_in) {
        let follow = |in_full| {
            closure(row.id, &nodes, in_full).map_err(|error| match error {
                // A role further up would go too deep.
                BadIncludes::Deep => too_deep(),
                BadIncludes::Cycle(_) | BadIncludes::Unknown(_) => AppError::Contention,
            })
        };
        let (live, full) = (follow(false)?, follow(true)?);
        if live != row.live || full != row.full {
            changed.push((row.id, live, full));
        }
    }
    if !changed.is_empty() {
        unit.set_closures(&changed).await?;
    }
    Ok(())
}

/// The built-in roles and those of one organization.
pub(crate) struct Graph(Vec<RoleRow>);

impl Graph {
    pub(crate) async fn of(from: &dyn Lookup, organizations: &[Uuid]) -> Result<Self, AppError> {
        Ok(Self(from.roles_of(organizations).await?))
    }

    fn nodes(&self) -> Vec<RoleNode<'_>> {
        self.0
            .iter()
            .map(|row| RoleNode {
                id: row.id,
                built_in: row.built_in.then_some(row.name.as_str()),
                active: row.active,
                rules: &row.rules,
                includes: &row.includes,
            })
            .collect()
    }

    /// What a role counts as.
    pub(crate) fn full(&self, id: Uuid) -> Option<&Closure> {
        self.0.iter().find(|row| row.id == id).map(|row| &row.full)
    }

    /// The role itself and all that include it, by some way.
    pub(crate) fn including(&self, id: Uuid) -> Vec<Uuid> {
        let mut found = HashSet::from([id]);
        let mut next = vec![id];
        while let Some(role) = next.pop() {
            let more = self.0.iter().filter(|row| row.includes.contains(&role)).map(|row| row.id);
            next.extend(more.filter(|more| found.insert(*more)));
        }
        found.into_iter().collect()
    }

    /// What each role of the organization gives.
    pub(crate) fn live(&self) -> BTreeMap<Uuid, Closure> {
        self.0.iter().filter(|row| !row.built_in).map(|row| (row.id, row.live.clone())).collect()
    }

    /// What a role is called.
    pub(crate) fn name(&self, id: Uuid) -> Option<&str> {
        self.0.iter().find(|row| row.id == id).map(|row| row.name.as_str())
    }

    /// Puts a role of the organization into the graph as it is to be.
    pub(crate) fn put(&mut self, id: Uuid, organization: Uuid, role: &Role) {
        self.0.retain(|row| row.id != id);
        self.0.push(RoleRow {
            id,
            name: role.name.clone(),
            organization: Some(organization),
            built_in: role.built_in,
            active: role.active,
            rules: role.rules.clone(),
            includes: role.includes.clone(),
            live: role.live.clone(),
            full: role.full.clone(),
        });
    }

    /// Checks the includes of a role as it is to be, and writes what it then gives.
    pub(crate) fn settle(&self, cx: &Cx, id: Uuid, role: &mut Role, at: &Facts) -> Result<(), AppError> {
        let wrong: Vec<FieldError> = role
            .includes
            .iter()
            .enumerate()
            .filter(|(_, include)| !self.may_include(cx, **include))
            .map(|(index, _)| {
                let right = "the id of a built-in role or of a role of this organization";
                FieldError::new(format!("/includes/{index}"), right)
            })
            .collect();
        if !wrong.is_empty() {
            return Err(AppError::Invalid(wrong));
        }
        let mut nodes = self.nodes();
        nodes.retain(|node| node.id != id);
        nodes.push(RoleNode {
            id,
            built_in: None,
            active: role.active,
            rules: &role.rules,
            includes: &role.includes,
        });
        let follow = |in_full| {
            closure(id, &nodes, in_full).map_err(|error| match error {
                BadIncludes::Cycle(_) => {
                    AppError::from(Gate::guarded(Guard::Cycle, Operation::Edit, Kind::Role, at))
                }
                BadIncludes::Unknown(_) => AppError::invalid("/includes", "roles that exist"),
                BadIncludes::Deep => too_deep(),
            })
        };
        let (live, full) = (follow(false)?, follow(true)?);
        (role.live, role.full) = (live, full);
        Ok(())
    }

    fn may_include(&self, cx: &Cx, include: Uuid) -> bool {
        let fixed = |name: &str| cx.policy().role(name).is_none_or(|role| role.fixed);
        self.0.iter().any(|row| row.id == include && !(row.built_in && fixed(&row.name)))
    }
}

fn too_deep() -> AppError {
    AppError::invalid("/includes", format!("roles that include each other at most {DEEPEST} deep"))
}

fn check_name(cx: &Cx, name: &Name) -> Result<(), AppError> {
    if cx.policy().reserves(name.as_str()) {
        return Err(AppError::invalid(
            "/name",
            "a name that no built-in role has, nor any word of access rules",
        ));
    }
    Ok(())
}

fn sorted<T: Ord>(mut items: Vec<T>) -> Vec<T> {
    items.sort_unstable();
    items.dedup();
    items
}
