//! What a role gives, with its includes followed.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::access::RoleSet;
use crate::policy::Policy;
use crate::rule::{Rights, Rule};

/// A role's includes, followed to the end: rules of organizations' roles, and built-in roles by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closure {
    /// Rules that organizations' roles in it hold.
    pub rules: Vec<Rule>,
    /// Built-in roles in it, by name: what they hold, the policy in force says.
    pub built_in: Vec<String>,
}

impl Closure {
    /// The closure of a built-in role.
    pub fn built_in(name: impl Into<String>) -> Self {
        Self { rules: Vec::new(), built_in: vec![name.into()] }
    }

    /// What it gives under this policy.
    pub fn resolve(&self, policy: &Policy) -> (Rights, RoleSet) {
        let mut built_in = self.built_in.iter().filter_map(|name| policy.role(name));
        let (mut rights, mut roles) = match built_in.next() {
            Some(first) => (first.rights.clone(), first.roles),
            None => (Rights::default(), RoleSet::default()),
        };
        self.rules.iter().for_each(|rule| rights.add(*rule));
        for built_in in built_in {
            rights.merge(&built_in.rights);
            roles = roles.union(built_in.roles);
        }
        (rights, roles)
    }
}

/// A role as a link in the graph of includes.
#[derive(Debug, Clone)]
pub struct RoleNode<'a> {
    /// Which role.
    pub id: Uuid,
    /// Set for a built-in role, which the policy describes.
    pub built_in: Option<&'a str>,
    /// Whether it gives anything.
    pub active: bool,
    /// Its own rules.
    pub rules: &'a [Rule],
    /// The roles that it includes.
    pub includes: &'a [Uuid],
}

/// How many roles deep includes go at most.
pub const DEEPEST: usize = 128;

/// Why includes can't be followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadIncludes {
    /// A role includes itself by some way.
    #[error("a role would include itself")]
    Cycle(Vec<Uuid>),
    /// Includes go deeper than [`DEEPEST`].
    #[error("roles include each other more than {DEEPEST} deep")]
    Deep,
    /// A role includes one that is neither built in nor of its organization.
    #[error("a role includes one that is not there")]
    Unknown(Uuid),
}

/// The closure of a role in its organization's graph. `in_full` follows inactive roles too.
///
/// # Errors
/// A cycle, or an include that is not in the graph.
pub fn closure(of: Uuid, graph: &[RoleNode<'_>], in_full: bool) -> Result<Closure, BadIncludes> {
    let mut closure = Closure::default();
    follow(of, graph, in_full, &mut Way::default(), &mut closure)?;
    closure.rules.sort_unstable();
    closure.rules.dedup();
    closure.built_in.sort_unstable();
    closure.built_in.dedup();
    Ok(closure)
}

/// Where following includes has come. Each role is entered once, however many ways lead to it.
#[derive(Default)]
struct Way {
    path: Vec<Uuid>,
    seen: HashSet<Uuid>,
}

fn follow(
    id: Uuid,
    graph: &[RoleNode<'_>],
    in_full: bool,
    way: &mut Way,
    closure: &mut Closure,
) -> Result<(), BadIncludes> {
    if way.path.contains(&id) {
        return Err(BadIncludes::Cycle(way.path.clone()));
    }
    if way.path.len() >= DEEPEST {
        return Err(BadIncludes::Deep);
    }
    if !way.seen.insert(id) {
        return Ok(());
    }
    let role = graph.iter().find(|role| role.id == id).ok_or(BadIncludes::Unknown(id))?;
    if !role.active && !in_full {
        return Ok(());
    }
    if let Some(name) = role.built_in {
        closure.built_in.push(name.to_owned());
    }
    closure.rules.extend_from_slice(role.rules);
    way.path.push(id);
    for &included in role.includes {
        follow(included, graph, in_full, way, closure)?;
    }
    way.path.pop();
    Ok(())
}
