//! casbin's own enforce over the same rules and grants, as its users would write them: roles with domains, a domain
//! for each anchor. What a line of a policy can't say (own, home, collaboration) is worked out before and not timed.

use anyhow::Context;
use bailiwick_domain::{Caller, Facts, Gate, Policy, Rule};
use casbin::{CoreApi, DefaultModel, Enforcer, StringAdapter};
use futures_util::FutureExt;

use super::asks::Ask;
use super::world::{Role, World};

const MODEL: &str = r#"
[request_definition]
r = who, kind, operation, organization, project, job, task, own, home, near, public

[policy_definition]
p = role, kind, operation, scope

[role_definition]
g = _, _, _

[policy_effect]
e = some(where (p.eft == allow))

[matchers]
m = r.kind == p.kind && r.operation == p.operation && ((p.scope == "public" && r.public == "y") || ((p.scope != "own" || r.own == "y") && (g(r.who, p.role, r.organization) || g(r.who, p.role, r.project) || g(r.who, p.role, r.job) || g(r.who, p.role, r.task))) || ((p.scope == "global" || r.own == "y" || (p.scope != "own" && r.home == "y") || (p.scope == "collaboration" && r.near == "y")) && g(r.who, p.role, "server")))
"#;

/// A question as casbin takes it.
pub type Question = [String; 11];

/// casbin over a system.
pub struct ByCasbin(Enforcer);

impl ByCasbin {
    /// The rules of all roles, and everybody's grants; a role is granted with the roles that it includes.
    ///
    /// # Errors
    /// casbin can't read them.
    pub fn of(world: &World, policy: &Policy) -> anyhow::Result<Self> {
        let mut lines = Vec::new();
        for role in &world.roles {
            for Rule { kind, operation, scope } in own_rules(role, policy) {
                lines.push(format!("p, {}, {kind}, {operation}, {scope}", role.name));
            }
        }
        for (kind, operation) in super::opened(policy) {
            lines.push(format!("p, everybody, {kind}, {operation}, public"));
        }
        for (who, rows) in world.all_grants() {
            for row in rows {
                let (role, at) = world.read(row)?;
                let domain = at.lineage.lowest().id.map_or_else(|| "server".to_owned(), |id| id.to_string());
                for held in world.roles.iter().filter(|other| includes(role, other, policy)) {
                    lines.push(format!("g, {who}, {}, {domain}", held.name));
                }
            }
        }
        // casbin waits for adapters that do I/O alone.
        let model = DefaultModel::from_str(MODEL).now_or_never().context("the model")??;
        let adapter = StringAdapter::new(lines.join("\n"));
        Ok(Self(Enforcer::new(model, adapter).now_or_never().context("the lines")??))
    }

    /// What it says.
    ///
    /// # Errors
    /// It can't evaluate the model.
    pub fn allows(&self, question: &Question) -> anyhow::Result<bool> {
        let [who, kind, operation, organization, project, job, task, own, home, near, public] =
            question.each_ref().map(String::as_str);
        let question = (who, kind, operation, organization, project, job, task, own, home, near, public);
        Ok(self.0.enforce(question)?)
    }
}

/// The question that an ask is.
///
/// # Errors
/// A caller that is nobody.
pub fn question(gate: &Gate, caller: &Caller, ask: Ask, facts: &Facts) -> anyhow::Result<Question> {
    let id = |level: Option<uuid::Uuid>| level.map_or_else(|| "-".to_owned(), |id| id.to_string());
    let word = |holds: bool| if holds { "y" } else { "n" }.to_owned();
    let opened = super::opened(gate.policy()).contains(&(ask.kind, ask.operation));
    let place = &facts.lineage;
    Ok([
        caller.principal.context("a principal")?.id.to_string(),
        ask.kind.to_string(),
        ask.operation.to_string(),
        id(place.organization),
        id(place.project),
        id(place.job),
        id(place.task),
        word(caller.owns(ask.operation, facts)),
        word(caller.home.is_some_and(|home| facts.is_home(home))),
        word(facts.collaboration.is_some_and(|it| caller.collaborations.contains(&it))),
        word(opened && super::is_public(facts)),
    ])
}

/// The rules that a role does not have by including another.
fn own_rules(role: &Role, policy: &Policy) -> Vec<Rule> {
    let (rights, _) = role.closure.resolve(policy);
    let included: Vec<_> = policy
        .role(role.name)
        .iter()
        .flat_map(|built_in| &built_in.includes)
        .filter_map(|name| policy.role(name))
        .collect();
    let is_included = |rule: &Rule| {
        included.iter().any(|role| role.rights.scope(rule.kind, rule.operation) >= Some(rule.scope))
    };
    rights.rules().filter(|rule| !is_included(rule)).collect()
}

/// Whether a role is another or includes it.
fn includes(role: &Role, other: &Role, policy: &Policy) -> bool {
    let (_, roles) = role.closure.resolve(policy);
    role.id == other.id
        || policy.index(other.name).is_some_and(|index| {
            !roles.both(bailiwick_domain::access::RoleSet::default().with(index)).is_empty()
        })
}
