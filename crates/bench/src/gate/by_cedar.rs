//! cedar-policy over the same rules and grants, written for speed: no policy for each grant, but one for each role
//! and scope, which looks the anchors up in a set that the principal carries. Requests are built before and not timed.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::str::FromStr;

use anyhow::Context as _;
use bailiwick_domain::{Facts, Kind, Level, Operation, Policy, Rule, Scope};
use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, PolicySet, Request,
    RestrictedExpression,
};
use uuid::Uuid;

use super::asks::Ask;
use super::world::{Person, Role, World};

/// When an object is the principal's own.
const OWN: &str = r#"((resource.maker == principal && (resource.organization == principal.home || resource in principal.let_in)) || (action in Action::"assigned" && resource.assignee == principal))"#;

/// cedar over a system.
pub struct ByCedar {
    authorizer: Authorizer,
    policies: PolicySet,
    entities: Entities,
}

impl ByCedar {
    /// The rules of all roles; the measured people, and the objects that they ask about.
    ///
    /// # Errors
    /// cedar can't read them.
    pub fn of(world: &World, policy: &Policy) -> anyhow::Result<Self> {
        let mut entities = actions(world, policy)?;
        for place in world.places.iter().filter(|place| place.kind != Kind::Task) {
            entities.push(Entity::new_no_attrs(uid("Place", place.id)?, above(place)?));
        }
        for object in &world.objects {
            entities.push(entity(object)?);
        }
        for person in &world.callers {
            entities.push(somebody(world, person)?);
        }
        Ok(Self {
            authorizer: Authorizer::new(),
            policies: PolicySet::from_str(&policies(world, policy))?,
            entities: Entities::from_entities(entities, None)?,
        })
    }

    /// What it says.
    pub fn allows(&self, request: &Request) -> bool {
        self.authorizer.is_authorized(request, &self.policies, &self.entities).decision() == Decision::Allow
    }
}

/// The request that an ask is.
///
/// # Errors
/// cedar can't take it.
pub fn request(who: Uuid, ask: Ask, facts: &Facts) -> anyhow::Result<Request> {
    let action = uid("Action", action(ask.kind, ask.operation))?;
    let resource = uid(if facts.kind == Kind::Run { "Run" } else { "Place" }, facts.id)?;
    Ok(Request::new(uid("User", who)?, action, resource, Context::empty(), None)?)
}

fn action(kind: Kind, operation: Operation) -> String {
    format!("{kind}:{operation}")
}

fn uid(kind: &str, id: impl ToString) -> anyhow::Result<EntityUid> {
    Ok(EntityUid::from_type_name_and_id(EntityTypeName::from_str(kind)?, EntityId::new(id.to_string())))
}

fn reference(kind: &str, id: Uuid) -> anyhow::Result<RestrictedExpression> {
    Ok(RestrictedExpression::new_entity_uid(uid(kind, id)?))
}

fn set(kind: &str, ids: impl IntoIterator<Item = Uuid>) -> anyhow::Result<RestrictedExpression> {
    let all: anyhow::Result<Vec<_>> = ids.into_iter().map(|id| reference(kind, id)).collect();
    Ok(RestrictedExpression::new_set(all?))
}

fn rules(role: &Role, policy: &Policy) -> Vec<Rule> {
    role.closure.resolve(policy).0.rules().collect()
}

/// What stands above a place or an object.
fn above(facts: &Facts) -> anyhow::Result<HashSet<EntityUid>> {
    let levels = [Level::Task, Level::Job, Level::Project, Level::Organization].into_iter();
    let parent = levels.filter_map(|level| facts.lineage.at(level)).find(|id| *id != facts.id);
    parent.into_iter().map(|id| uid("Place", id)).collect()
}

/// Each action in the groups of the roles and scopes that have it.
fn actions(world: &World, policy: &Policy) -> anyhow::Result<Vec<Entity>> {
    let mut groups: HashMap<String, BTreeSet<String>> = HashMap::new();
    for role in &world.roles {
        for rule in rules(role, policy) {
            let groups = groups.entry(action(rule.kind, rule.operation)).or_default();
            groups.insert(format!("{}:{}", role.name, rule.scope));
        }
    }
    for (kind, operation) in super::opened(policy) {
        groups.entry(action(kind, operation)).or_default().insert("opened".to_owned());
    }
    for (action, groups) in &mut groups {
        if [":view", ":edit", ":receive"].iter().any(|end| action.ends_with(end)) {
            groups.insert("assigned".to_owned());
        }
    }
    let actions = groups.into_iter().map(|(action, groups)| {
        let parents: anyhow::Result<HashSet<EntityUid>> =
            groups.into_iter().map(|group| uid("Action", group)).collect();
        Ok(Entity::new_no_attrs(uid("Action", action)?, parents?))
    });
    actions.collect()
}

/// A policy for each role and scope: below the server, and at it.
fn policies(world: &World, policy: &Policy) -> String {
    let mut text =
        String::from(r#"permit(principal, action in Action::"opened", resource) when { resource.public };"#);
    for role in &world.roles {
        let name = role.name;
        let scopes: BTreeSet<Scope> = rules(role, policy).into_iter().map(|rule| rule.scope).collect();
        for scope in scopes {
            let own = if scope == Scope::Own { format!(" && {OWN}") } else { String::new() };
            let reaches = match scope {
                Scope::Own => OWN.to_owned(),
                Scope::Organization => format!("(resource.homes.contains(principal.home) || {OWN})"),
                Scope::Collaboration => format!(
                    "(resource.homes.contains(principal.home) || (resource has collaboration && \
                     principal.collaborations.contains(resource.collaboration)) || {OWN})"
                ),
                Scope::Global => "true".to_owned(),
            };
            let head = format!(r#"permit(principal, action in Action::"{name}:{scope}", resource)"#);
            text.push_str(&format!("{head} when {{ resource in principal.{name}{own} }};\n"));
            if world.is_granted_at_server(role) {
                let when = format!(r#"principal.server.contains("{name}") && {reaches}"#);
                text.push_str(&format!("{head} when {{ {when} }};\n"));
            }
        }
    }
    text
}

fn entity(object: &Facts) -> anyhow::Result<Entity> {
    let is_public = RestrictedExpression::new_bool(super::is_public(object));
    let maker = object.maker.context("a maker")?;
    let assignee = object.assignee.context("an assignee")?;
    let organization = object.lineage.organization.context("an organization")?;
    let mut attributes = HashMap::from([
        ("public".to_owned(), is_public),
        ("maker".to_owned(), reference("User", maker.id)?),
        ("assignee".to_owned(), reference("User", assignee.id)?),
        ("organization".to_owned(), reference("Place", organization)?),
        ("homes".to_owned(), set("Place", object.homes.iter().copied())?),
    ]);
    if let Some(collaboration) = object.collaboration {
        attributes.insert("collaboration".to_owned(), reference("Collaboration", collaboration)?);
    }
    let kind = if object.kind == Kind::Run { "Run" } else { "Place" };
    Ok(Entity::new(uid(kind, object.id)?, attributes, above(object)?)?)
}

fn somebody(world: &World, person: &Person) -> anyhow::Result<Entity> {
    let mut at_server = Vec::new();
    let mut let_in = HashSet::new();
    let mut by_role: HashMap<&str, HashSet<Uuid>> =
        world.roles.iter().map(|role| (role.name, HashSet::new())).collect();
    for row in world.granted(person.id) {
        let (role, at) = world.read(row)?;
        match at.lineage.lowest().id {
            None => at_server.push(RestrictedExpression::new_string(role.name.to_owned())),
            Some(anchor) => {
                let_in.insert(anchor);
                by_role.entry(role.name).or_default().insert(anchor);
            }
        }
    }
    let collaborations = person.collaborations.iter().map(|(id, _)| *id);
    let mut attributes = HashMap::from([
        ("home".to_owned(), reference("Place", person.home)?),
        ("collaborations".to_owned(), set("Collaboration", collaborations)?),
        ("let_in".to_owned(), set("Place", let_in)?),
        ("server".to_owned(), RestrictedExpression::new_set(at_server)),
    ]);
    for (role, anchors) in by_role {
        attributes.insert(role.to_owned(), set("Place", anchors)?);
    }
    Ok(Entity::new(uid("User", person.id)?, attributes, HashSet::new())?)
}
