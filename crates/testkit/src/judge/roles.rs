//! A row's roles and access rules as a policy and as closures.

use bailiwick_domain as domain;
use domain::access::{AccessRules, App, Entitlement, Opening, RoleSet, Words};
use domain::policy::{BuiltInRole, Policy};
use domain::role::{Closure, RoleNode, closure};
use domain::rule::{Rights, Rule};
use uuid::Uuid;

use super::{find_kind, id_of, kind_of};
use crate::decisions::{self, Kind, Object, World};

/// The built-in roles and access rules of a world.
pub(super) fn policy(world: &World) -> Policy {
    let built_in: Vec<&Object> = roles(world).filter(|role| role.builtin).collect();
    let index =
        |name: &str| built_in.iter().position(|role| role.id == name).and_then(|at| u8::try_from(at).ok());
    let table = built_in.iter().map(|role| described(world, role, &index)).collect();
    Policy::new(table, access_rules(world, &index), "row")
}

fn described(world: &World, role: &Object, index: &dyn Fn(&str) -> Option<u8>) -> BuiltInRole {
    // What it gives while it is active; whether it is, its closures say.
    let names = Graph::of(world, Some(&role.id)).closure(id_of(role), false).built_in;
    let mut rights = Rights::default();
    names
        .iter()
        .filter_map(|name| find_kind(world, Kind::Role, name))
        .for_each(|held| rules(&held.rules).for_each(|rule| rights.add(rule)));
    BuiltInRole {
        name: role.id.clone(),
        description: String::new(),
        rights,
        roles: set(names.iter().filter_map(|name| index(name))),
        includes: role.includes.clone(),
        fixed: [Policy::NODE, Policy::CONTAINER].contains(&role.id.as_str()),
    }
}

fn access_rules(world: &World, index: &dyn Fn(&str) -> Option<u8>) -> AccessRules {
    let mut access = AccessRules::default();
    for (entitlement, actions) in &world.access_rules {
        for (action, opened_to) in actions {
            let roles = set(opened_to.iter().filter_map(|name| index(name)));
            access.name(roles);
            let says = |word: &str| opened_to.iter().any(|found| found == word);
            let opening = Opening {
                entitlement: Entitlement::new(entitlement),
                action: action.clone(),
                roles,
                words: Words {
                    everybody: says("everybody"),
                    registered_user: says("registeredUser"),
                    created_user: says("createdUser"),
                },
                line: "row".to_owned(),
            };
            for (deed, _) in world.action_tags.iter().filter(|(_, tag)| *tag == action) {
                let (kind, operation) = deed.split_once('.').unwrap_or_default();
                if let (Some(kind), Some(operation)) =
                    (domain::Kind::from_word(kind), domain::Operation::from_word(operation))
                {
                    access.add(&App::DEFAULT, kind, operation, opening.clone());
                }
            }
        }
    }
    access
}

/// A role's includes, followed through active roles and in full.
pub(super) fn closures(world: &World, role: &Object) -> (Closure, Closure) {
    let graph = Graph::of(world, None);
    (graph.closure(id_of(role), false), graph.closure(id_of(role), true))
}

/// The rules of a row that are in the catalogue; others can be neither stored nor asked for.
pub fn rules(rules: &[decisions::Rule]) -> impl Iterator<Item = Rule> + '_ {
    rules.iter().map(rule).filter(|rule| rule.absent_because().is_none())
}

fn rule((kind, operation, scope): &decisions::Rule) -> Rule {
    let operation = domain::Operation::from_word(operation.name());
    let scope = domain::rule::Scope::from_word(scope.name());
    match (operation, scope) {
        (Some(operation), Some(scope)) => Rule::new(kind_of(*kind), operation, scope),
        _ => unreachable!("both name the same operations and scopes"),
    }
}

fn roles(world: &World) -> impl Iterator<Item = &Object> {
    world.objects.iter().filter(|object| object.kind == Kind::Role)
}

fn set(indices: impl Iterator<Item = u8>) -> RoleSet {
    indices.fold(RoleSet::default(), RoleSet::with)
}

/// All roles of a world as links in the graph of includes.
struct Graph<'w>(Vec<(&'w Object, Vec<Rule>, Vec<Uuid>, bool)>);

impl<'w> Graph<'w> {
    /// The graph; `awake` counts as active whatever it says.
    fn of(world: &'w World, awake: Option<&str>) -> Self {
        let link = |role: &'w Object| {
            let own = if role.builtin { Vec::new() } else { rules(&role.rules).collect() };
            let includes =
                role.includes.iter().filter_map(|id| find_kind(world, Kind::Role, id)).map(id_of).collect();
            (role, own, includes, role.active != Some(false) || awake == Some(role.id.as_str()))
        };
        Self(roles(world).map(link).collect())
    }

    fn closure(&self, of: Uuid, in_full: bool) -> Closure {
        let nodes: Vec<RoleNode<'_>> = self
            .0
            .iter()
            .map(|(role, rules, includes, active)| RoleNode {
                id: id_of(role),
                built_in: role.builtin.then_some(role.id.as_str()),
                active: *active,
                rules,
                includes,
            })
            .collect();
        closure(of, &nodes, in_full).unwrap_or_default()
    }
}
