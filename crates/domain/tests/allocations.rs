//! A decision allocates nothing, whether it allows or denies.

use std::sync::Arc;

use bailiwick_domain::access::{AccessRules, App, Entitlement, Opening, RoleSet, Words};
use bailiwick_domain::policy::BuiltInRole;
use bailiwick_domain::*;
use time::OffsetDateTime;
use uuid::Uuid;

/// Two roles, and an access rule that opens what is public to the second and to makers.
fn policy() -> Policy {
    let role = |name: &str, index, rules: Vec<Rule>| BuiltInRole {
        name: name.to_owned(),
        description: name.to_owned(),
        rights: Rights::of(rules),
        roles: RoleSet::default().with(index),
        includes: Vec::new(),
        fixed: false,
    };
    let all = |scope| Rule::catalogue().filter(move |rule| rule.scope == scope);
    let views = all(Scope::Global).filter(|rule| rule.operation == Operation::View).collect();
    let roles = vec![role("viewer", 0, views), role("doer", 1, all(Scope::Own).collect())];
    let mut access = AccessRules::default();
    for &kind in Kind::ALL {
        let opening = Opening {
            entitlement: Entitlement::PUBLIC,
            action: "change".to_owned(),
            roles: RoleSet::default().with(1),
            words: Words { created_user: true, ..Words::default() },
            line: "access_rules.json:1".to_owned(),
        };
        access.add(&App::DEFAULT, kind, Operation::Edit, opening);
    }
    Policy::new(roles, access, "1")
}

/// The server, and one line of organization, project, job, task and run each with its own number.
fn line(number: u128) -> Vec<Facts> {
    let id = |level: u128| Uuid::from_u128(number * 10 + level);
    let mut above = Facts::server();
    let mut places = vec![above.clone()];
    for (kind, level) in
        [Kind::Organization, Kind::Project, Kind::Job, Kind::Task, Kind::Run].into_iter().zip(1..)
    {
        let maker = PrincipalId::user(Uuid::from_u128(7_000 + (number + level) % 2));
        let mut place = above.child(kind, id(level), Some(maker));
        if number % 2 == 1 && kind == Kind::Project {
            place.entitlements.push(Entitlement::PUBLIC);
        }
        above = place.clone();
        places.push(place);
    }
    places
}

#[test]
fn a_decision_allocates_nothing() {
    let gate = Gate::new(Arc::new(policy()), OffsetDateTime::UNIX_EPOCH);
    let objects: Vec<Facts> = (1..9).flat_map(line).collect();
    let mut caller = Caller::new(PrincipalId::user(Uuid::from_u128(7_000)), Uuid::from_u128(11));
    for (number, at) in (0..20).zip(objects.iter().filter(|at| at.anchor().is_some())) {
        let role = &gate.policy().roles()[number % 2];
        let scope = Scope::ALL[number % 3];
        let made = Rights::of(Rule::catalogue().filter(|rule| rule.scope == scope));
        caller.grants.push(Held {
            grant: Uuid::from_u128(9_000 + number as u128),
            role: role.id(),
            role_name: role.name.clone(),
            at: at.clone(),
            rights: if at.kind == Kind::Server { made } else { role.rights.clone() },
            roles: role.roles,
            ends_at: None,
        });
    }
    assert_eq!(caller.grants.len(), 20);

    let counts = allocation_counter::measure(|| drop(std::hint::black_box(Box::new(1)))).count_total;
    assert_eq!(counts, 1, "allocations are counted");

    let (mut allowed, mut denied) = (0, 0);
    let counted = allocation_counter::measure(|| {
        for &operation in Operation::ALL {
            for (&kind, facts) in
                Kind::ALL.iter().flat_map(|kind| objects.iter().map(move |facts| (kind, facts)))
            {
                match gate.judge_operation(&caller, operation, kind, facts) {
                    Judgement::Allowed(_) => allowed += 1,
                    _ => denied += 1,
                }
            }
        }
    });
    assert!(allowed > 500 && denied > 500, "{allowed} allowed, {denied} denied");
    assert_eq!(counted.count_total, 0, "{allowed} allowed, {denied} denied");
}
