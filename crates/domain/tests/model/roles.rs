//! Includes: "a cycle is refused"; "An inactive role gives nothing, nor does what includes it gain from it."

use bailiwick_domain::Rule;
use bailiwick_domain::role::{BadIncludes, Closure, DEEPEST, RoleNode, closure};
use uuid::Uuid;

use crate::fixture::id;

fn node<'a>(number: u128, active: bool, rules: &'a [Rule], includes: &'a [Uuid]) -> RoleNode<'a> {
    RoleNode { id: id(number), built_in: None, active, rules, includes }
}

fn rule(text: &str) -> Rule {
    text.parse().unwrap()
}

#[test]
fn a_cycle_is_refused_at_any_length() {
    let (to_two, to_three, to_one) = ([id(2)], [id(3)], [id(1)]);
    let graph = [node(1, true, &[], &to_two), node(2, true, &[], &to_three), node(3, true, &[], &to_one)];
    assert!(matches!(closure(id(1), &graph, true), Err(BadIncludes::Cycle(_))));
    let alone = [node(1, true, &[], &to_one)];
    assert!(matches!(closure(id(1), &alone, true), Err(BadIncludes::Cycle(_))));
}

/// Two ways to the same role are no cycle.
#[test]
fn a_diamond_is_no_cycle() {
    let (both, to_four) = ([id(2), id(3)], [id(4)]);
    let rules = [rule("job:view:own")];
    let graph = [
        node(1, true, &[], &both),
        node(2, true, &[], &to_four),
        node(3, true, &[], &to_four),
        node(4, true, &rules, &[]),
    ];
    let expected = Closure { rules: rules.to_vec(), built_in: Vec::new() };
    assert_eq!(closure(id(1), &graph, true), Ok(expected));
}

/// Ways to a role multiply with every pair of includes; each role is followed once all the same.
#[test]
fn a_tower_of_diamonds_is_followed_at_once() {
    let pairs: Vec<[Uuid; 2]> = (0..60).map(|level| [id(3 * level + 1), id(3 * level + 2)]).collect();
    let below: Vec<[Uuid; 1]> = (0..60).map(|level| [id(3 * level + 3)]).collect();
    let mut graph = vec![node(180, true, &[], &[])];
    for (level, (pair, next)) in (0..).zip(pairs.iter().zip(&below)) {
        graph.push(node(3 * level, true, &[], pair));
        graph.push(node(3 * level + 1, true, &[], next));
        graph.push(node(3 * level + 2, true, &[], next));
    }
    assert_eq!(closure(id(0), &graph, true), Ok(Closure::default()));
}

/// A chain of any length would take a stack of any depth.
#[test]
fn includes_go_so_deep_and_no_deeper() {
    let longest = u128::try_from(DEEPEST).unwrap();
    let next: Vec<[Uuid; 1]> = (0..=longest).map(|at| [id(at + 1)]).collect();
    let chain = |length: u128| {
        let mut graph: Vec<_> =
            (0..length - 1).zip(&next).map(|(at, next)| node(at, true, &[], next)).collect();
        graph.push(node(length - 1, true, &[], &[]));
        closure(id(0), &graph, true)
    };
    assert_eq!(chain(longest), Ok(Closure::default()));
    assert_eq!(chain(longest + 1), Err(BadIncludes::Deep));
}

#[test]
fn an_include_that_is_not_there_is_refused() {
    let to_two = [id(2)];
    let graph = [node(1, true, &[], &to_two)];
    assert_eq!(closure(id(1), &graph, true), Err(BadIncludes::Unknown(id(2))));
}

#[test]
fn an_inactive_include_gives_nothing_nor_does_what_it_includes() {
    let (to_two, to_three) = ([id(2)], [id(3)]);
    let rules = ["job:view:own", "task:view:own", "file:view:own"].map(rule);
    let [first, second, third] = rules.map(|rule| [rule]);
    let graph =
        [node(1, true, &first, &to_two), node(2, false, &second, &to_three), node(3, true, &third, &[])];
    assert_eq!(closure(id(1), &graph, false).map(|closure| closure.rules), Ok(first.to_vec()));
    // "a role counts in full"
    assert_eq!(closure(id(1), &graph, true).map(|closure| closure.rules.len()), Ok(3));
    assert_eq!(closure(id(2), &graph, false), Ok(Closure::default()));
}
