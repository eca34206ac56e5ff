//! No escalation: what is handed out or taken away, the caller must hold, and for as long.

use bailiwick_domain::caller::{Caller, HeldGrant};
use bailiwick_domain::entities::{Grant, Role};
use bailiwick_domain::facts::Anchor;
use bailiwick_domain::gate::Denied;
use bailiwick_domain::guards::{self, GivenRole, Granting};
use bailiwick_domain::role::Closure;
use bailiwick_domain::{Edit, Facts, Guard, Kind, Level, PrincipalId, Rule};

use crate::fixture::{
    ORGANIZATION, PROJECT, at, gate, grant, id, key, organization, project, sealed, sealed_organization,
    standing, user,
};

fn closure(rules: &str) -> Closure {
    let rules = rules.split_whitespace().map(|rule| rule.parse::<Rule>().unwrap()).collect();
    Closure { rules, built_in: Vec::new() }
}

/// What forbids a caller to hand these rules out in the organization until an end.
fn handing_out(caller: &Caller, receiver: u128, rules: &str, ends: Option<i64>) -> Option<Guard> {
    let gate = gate();
    let permit = gate.create::<Grant, _>(caller, Some(sealed_organization())).unwrap();
    let full = closure(rules);
    let role = GivenRole { id: id(60), name: "made".to_owned(), organization: Some(id(ORGANIZATION)), full };
    let data = Grant {
        principal: PrincipalId::user(id(receiver)),
        role_id: id(60),
        anchor: Anchor::at(Level::Organization, id(ORGANIZATION)),
        starts_at: None,
        expires_at: ends.map(at),
    };
    match guards::make_grant(&gate, permit, &role, &standing(receiver, Vec::new()), None, id(61), data) {
        Ok(_) => None,
        Err(denial) => match denial.answer {
            Denied::Guarded(guard) => Some(guard),
            other => panic!("{other:?}"),
        },
    }
}

fn granting(rules: &str, ends: Option<i64>) -> HeldGrant {
    let mut held = grant(10, organization(), &format!("grant:create:organization {rules}"));
    held.ends_at = ends.map(at);
    held
}

/// "A grant ends no later than the grants from which its maker holds those rules and roles."
#[test]
fn a_grant_does_not_outlive_what_it_comes_from() {
    let caller = user(10, &[granting("job:view:organization", Some(200))]);
    assert_eq!(handing_out(&caller, 11, "job:view:own", Some(199)), None);
    assert_eq!(handing_out(&caller, 11, "job:view:own", Some(200)), None);
    assert_eq!(handing_out(&caller, 11, "job:view:own", Some(201)), Some(Guard::Escalation));
    assert_eq!(handing_out(&caller, 11, "job:view:own", None), Some(Guard::Escalation));
    let lasting = user(10, &[granting("job:view:organization", None)]);
    assert_eq!(handing_out(&lasting, 11, "job:view:own", None), None);
}

/// "Below the server all scopes but own reach alike."
#[test]
fn below_the_server_all_scopes_but_own_reach_alike() {
    let wide = user(10, &[granting("job:view:organization", None)]);
    assert_eq!(handing_out(&wide, 11, "job:view:global", None), None);
    let own = user(10, &[granting("job:view:own", None)]);
    assert_eq!(handing_out(&own, 11, "job:view:own", None), None);
    assert_eq!(handing_out(&own, 11, "job:view:organization", None), Some(Guard::Escalation));
}

/// "Nobody makes or edits their own grants", neither themselves nor through a key.
#[test]
fn nobody_makes_their_own_grants() {
    let held = granting("job:view:organization", None);
    let caller = user(10, &[held.clone()]);
    assert_eq!(handing_out(&caller, 10, "job:view:own", None), Some(Guard::OwnGrant));
    let key = key(12, &[held.clone()], user(10, &[held]));
    assert_eq!(handing_out(&key, 10, "job:view:own", None), Some(Guard::OwnGrant));
}

/// A key hands out what it holds itself and its maker holds too.
#[test]
fn a_key_and_its_maker_must_both_hold_what_is_handed_out() {
    let (less, more) = (granting("", None), granting("job:view:organization", None));
    let out = |held: &HeldGrant, of_maker: &HeldGrant| {
        let caller = key(12, &[held.clone()], user(10, &[of_maker.clone()]));
        handing_out(&caller, 11, "job:view:own", None)
    };
    assert_eq!(out(&more, &more), None);
    assert_eq!(out(&more, &less), Some(Guard::Escalation));
    assert_eq!(out(&less, &more), Some(Guard::Escalation));
}

fn role(rules: &str) -> Role {
    let full = closure(rules);
    Role {
        name: "made".to_owned(),
        description: String::new(),
        built_in: false,
        active: true,
        rules: full.rules.clone(),
        includes: Vec::new(),
        live: full.clone(),
        full,
    }
}

/// Whether a caller may change a role that is granted on the project for good.
fn may_change(caller: &Caller, before: &str, after: &str) -> bool {
    let gate = gate();
    let facts: Facts = organization().child(Kind::Role, id(60), None);
    let granted = gate.open::<Edit, _>(caller, Some(sealed(facts, role(before)))).unwrap();
    let grants = [Granting { grant: grant(11, project(PROJECT), before), home: Some(id(ORGANIZATION)) }];
    guards::change_role(&gate, granted, &grants, role(after)).is_ok()
}

/// "What is added may not outlive the caller's own: no grant of the role may end later."
#[test]
fn what_a_role_gains_does_not_outlive_the_callers_own() {
    let editing = |ends: Option<i64>| {
        let mut held = grant(10, organization(), "role:edit:organization job:view:organization");
        held.ends_at = ends.map(at);
        user(10, &[held])
    };
    assert!(may_change(&editing(None), "", "job:view:own"));
    assert!(!may_change(&editing(Some(200)), "", "job:view:own"));
    // Taking away and narrowing hand nothing out.
    assert!(may_change(&editing(Some(200)), "job:view:own", ""));
    assert!(may_change(&editing(Some(200)), "job:view:organization", "job:view:own"));
    assert!(!may_change(&editing(None), "job:edit:own", ""));
}
