//! Roles that include each other in a circle.

use std::collections::{BTreeMap, BTreeSet};

/// The names on the way from a role back to itself, if there is such a way: the first again at the end.
pub fn cycle<'n>(includes: &BTreeMap<&'n str, Vec<&'n str>>) -> Option<Vec<&'n str>> {
    let mut clear = BTreeSet::new();
    includes.keys().find_map(|&role| follow(role, includes, &mut Vec::new(), &mut clear))
}

fn follow<'n>(
    role: &'n str,
    includes: &BTreeMap<&'n str, Vec<&'n str>>,
    way: &mut Vec<&'n str>,
    clear: &mut BTreeSet<&'n str>,
) -> Option<Vec<&'n str>> {
    if clear.contains(role) {
        return None;
    }
    if let Some(start) = way.iter().position(|&before| before == role) {
        let around = way.iter().skip(start).copied();
        return Some(around.chain([role]).collect());
    }
    way.push(role);
    let found =
        includes.get(role).into_iter().flatten().find_map(|&include| follow(include, includes, way, clear));
    way.pop();
    clear.insert(role);
    found
}

/// A cycle in words.
pub fn told(way: &[&str]) -> String {
    format!("would include itself: {}; right would be includes without a circle", way.join(" includes "))
}
