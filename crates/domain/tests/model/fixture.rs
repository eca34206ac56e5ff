//! A server with one organization, two projects and a policy of root alone.

use std::sync::Arc;

use ::time::OffsetDateTime;
use bailiwick_domain::access::{AccessRules, RoleSet};
use bailiwick_domain::caller::{Caller, HeldGrant};
use bailiwick_domain::entities::{Organization, Standing};
use bailiwick_domain::guards;
use bailiwick_domain::policy::{BuiltInRole, Policy};
use bailiwick_domain::role::Closure;
use bailiwick_domain::{Facts, Gate, Kind, Level, Lineage, Object, PrincipalId, Rights, Rule, Sealed};
use uuid::Uuid;

pub fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

pub const ORGANIZATION: u128 = 1;
pub const PROJECT: u128 = 2;
pub const OTHER_PROJECT: u128 = 3;

pub fn at(moment: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(moment).unwrap()
}

/// The gate at moment 100.
pub fn gate() -> Gate {
    let root = BuiltInRole {
        name: Policy::ROOT.to_owned(),
        description: String::new(),
        rights: Rights::of(Rule::catalogue()),
        roles: RoleSet::default().with(0),
        includes: Vec::new(),
        fixed: false,
    };
    Gate::new(Arc::new(Policy::new(vec![root], AccessRules::default(), "1")), at(100))
}

pub fn organization() -> Facts {
    Facts::new(Kind::Organization, id(ORGANIZATION), Lineage::default())
}

pub fn project(number: u128) -> Facts {
    organization().child(Kind::Project, id(number), None)
}

pub fn in_organization(number: u128) -> Lineage {
    Lineage::default().with(Level::Organization, id(number))
}

/// A grant of these rules to a user, without start or end.
pub fn grant(holder: u128, at: Facts, rules: &str) -> HeldGrant {
    let rules: Vec<Rule> = rules.split_whitespace().map(|rule| rule.parse().unwrap()).collect();
    let closure = Closure { rules, built_in: Vec::new() };
    HeldGrant::lasting(id(900), PrincipalId::user(id(holder)), at, (id(901), "made"), closure)
}

/// A grant of root at the server.
pub fn root(holder: u128) -> HeldGrant {
    let closure = Closure::built_in(Policy::ROOT);
    HeldGrant { live: closure.clone(), full: closure, ..grant(holder, Facts::server(), "") }
}

/// A user of the organization who asks, with the live ones among these grants.
pub fn user(number: u128, grants: &[HeldGrant]) -> Caller {
    let mut caller = Caller::new(PrincipalId::user(id(number)), id(ORGANIZATION));
    let live = grants.iter().filter(|grant| grant.is_live(at(100)));
    caller.grants = live.map(|grant| grant.held(gate().policy())).collect();
    caller
}

/// An API key that acts for a maker.
pub fn key(number: u128, grants: &[HeldGrant], maker: Caller) -> Caller {
    let mut caller = user(number, grants);
    caller.principal = Some(PrincipalId::api_key(id(number)));
    caller.bound = Some(Box::new(maker));
    caller
}

/// What a user of the organization holds, for escalation and rank.
pub fn standing(number: u128, grants: Vec<HeldGrant>) -> guards::Standing {
    guards::Standing { principal: PrincipalId::user(id(number)), home: Some(id(ORGANIZATION)), grants }
}

/// An object as storage would hand it out.
pub fn sealed<T>(facts: Facts, data: T) -> Sealed<T> {
    let (created_at, updated_at) = (at(0), at(0));
    Sealed::new(Object { id: facts.id, created_at, updated_at, version: 1, facts, near: Vec::new(), data })
}

/// The organization as a parent.
pub fn sealed_organization() -> Sealed<Organization> {
    sealed(
        organization(),
        Organization { name: "one".to_owned(), status: Standing::Active, public_key: None },
    )
}
