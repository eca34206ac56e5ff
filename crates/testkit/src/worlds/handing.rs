//! Questions of those who hold something about handing on just that: at random nobody would come so near to what the
//! guards forbid.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::catalogue::exists;
use crate::decisions::{Ask, Kind, Object, Payload, Rule, Scope, World};

/// What is drawn beside the grant that the question is about.
#[derive(Debug, Clone)]
struct Draw {
    what: u8,
    receiver: Index,
    other: Index,
    rule: Index,
    scope: Scope,
    ends: Option<i64>,
    above: bool,
}

/// The holder of a grant hands its role on, puts its rules into another role or takes them out, widens or narrows a
/// rule, or ends or takes away a grant of the same role.
pub(super) fn handing_on(world: &World) -> impl Strategy<Value = (Option<String>, Ask)> + use<> {
    let scopes = vec![Scope::Own, Scope::Organization, Scope::Collaboration, Scope::Global];
    let numbers = (0..6_u8, any::<Index>(), any::<Index>(), any::<Index>(), any::<bool>());
    let draw = (numbers, select(scopes), select(vec![None, None, Some(150), Some(200), Some(250)])).prop_map(
        |((what, receiver, other, rule, above), scope, ends)| Draw {
            what,
            receiver,
            other,
            rule,
            scope,
            ends,
            above,
        },
    );
    let world = world.clone();
    let grants: Vec<Object> = all(&world, &[Kind::Grant]).cloned().collect();
    (select(grants), draw).prop_map(move |(grant, draw)| {
        let ask = ask(&world, &grant, &draw);
        (grant.principal, ask)
    })
}

fn ask(world: &World, grant: &Object, draw: &Draw) -> Ask {
    let receiver = one(world, &[Kind::User, Kind::ApiKey], draw.receiver, |_| true);
    let role = find(world, grant.role.as_ref());
    let rules = |object: Option<&Object>| object.map_or_else(Vec::new, |role| role.rules.clone());
    let made = one(world, &[Kind::Role], draw.other, |role| !role.builtin).or(role);
    let parent = if draw.above { above(world, grant) } else { grant.parent.clone() }.unwrap_or_default();
    let edit = |object: Option<&Object>, payload| Ask::Edit {
        object: object.map(|object| object.id.clone()).unwrap_or_default(),
        kind: None,
        payload: Some(payload),
    };
    let same = |found: &Object| found.role == grant.role && found.id != grant.id;
    let other = one(world, &[Kind::Grant], draw.other, same).unwrap_or(grant);
    match draw.what {
        0 | 1 => {
            let principal = receiver.map(|receiver| receiver.id.clone());
            let payload =
                Payload { principal, role: grant.role.clone(), ends: draw.ends, ..Payload::default() };
            Ask::Create { kind: Kind::Grant, parent, payload: Some(payload) }
        }
        2 => edit(made, Payload { add: rules_at(&rules(role), draw.rule), ..Payload::default() }),
        3 => {
            let remove = rules_at(&rules(made), draw.rule);
            let add = remove.iter().map(|rule| (rule.0, rule.1, draw.scope)).filter(|rule| exists(*rule));
            edit(made, Payload { add: add.collect(), remove, ..Payload::default() })
        }
        4 => edit(Some(other), Payload { ends: draw.ends, ..Payload::default() }),
        _ => Ask::Delete { object: other.id.clone(), kind: None },
    }
}

/// One rule of these, if there are any.
fn rules_at(rules: &[Rule], index: Index) -> Vec<Rule> {
    if rules.is_empty() { Vec::new() } else { vec![*index.get(rules)] }
}

/// What a grant's anchor hangs under.
fn above(world: &World, grant: &Object) -> Option<String> {
    find(world, grant.parent.as_ref())
        .and_then(|anchor| anchor.parent.clone())
        .or_else(|| grant.parent.clone())
}

fn find<'w>(world: &'w World, id: Option<&String>) -> Option<&'w Object> {
    world.objects.iter().find(|object| Some(&object.id) == id)
}

fn all<'w>(world: &'w World, kinds: &[Kind]) -> impl Iterator<Item = &'w Object> {
    world.objects.iter().filter(move |object| kinds.contains(&object.kind))
}

fn one<'w>(
    world: &'w World,
    kinds: &[Kind],
    index: Index,
    fits: impl Fn(&Object) -> bool,
) -> Option<&'w Object> {
    let found: Vec<_> = all(world, kinds).filter(|object| fits(object)).collect();
    if found.is_empty() { None } else { Some(*index.get(&found)) }
}
