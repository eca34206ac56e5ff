//! Who gains or loses what: the difference between the grants that are live before and after.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use bailiwick_domain::rule::Rule;

/// One thing that a user gains or loses somewhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Effect {
    /// Who, as `home organization/username`.
    pub user: String,
    /// Where, as a path.
    pub at: String,
    /// A role; or a rule that a role which the user holds there gains or loses.
    pub what: String,
    /// Gains it, else loses it.
    pub gains: bool,
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, verb) = if self.gains { ('+', "gains") } else { ('-', "loses") };
        let Self { user, at, what, .. } = self;
        write!(f, "{sign} {user} {verb} {what} at {at}")
    }
}

/// Who holds which role where, and how often, before and after.
#[derive(Debug, Default)]
pub struct Effects {
    held: BTreeMap<Holding, (usize, usize)>,
    roles: BTreeMap<String, Vec<(Rule, bool)>>,
}

/// A user, a place and a role there, by name.
type Holding = (String, String, String);

impl Effects {
    /// A grant that is live before, and so far after.
    pub fn had(&mut self, user: &str, role: &str, at: &str) {
        let times = self.times(user, role, at);
        *times = (times.0 + 1, times.1 + 1);
    }

    /// A live grant that is made.
    pub fn gained(&mut self, user: &str, role: &str, at: &str) {
        self.times(user, role, at).1 += 1;
    }

    /// A live grant that goes.
    pub fn lost(&mut self, user: &str, role: &str, at: &str) {
        let times = self.times(user, role, at);
        times.1 = times.1.saturating_sub(1);
    }

    /// What a role gives before and after, for those who hold it before and after.
    pub fn role_changed(&mut self, role: &str, before: &BTreeSet<Rule>, after: &BTreeSet<Rule>) {
        let gained = after.difference(before).map(|rule| (*rule, true));
        let lost = before.difference(after).map(|rule| (*rule, false));
        self.roles.insert(role.to_owned(), gained.chain(lost).collect());
    }

    /// The difference, by user and place.
    pub fn settled(self) -> Vec<Effect> {
        let Self { held, roles } = self;
        let mut found = Vec::new();
        for ((user, at, role), times) in held {
            let effect = |what: String, gains| Effect { user: user.clone(), at: at.clone(), what, gains };
            match times {
                (0, 0) => {}
                (0, _) => found.push(effect(role, true)),
                (_, 0) => found.push(effect(role, false)),
                _ => {
                    let rules = roles.get(&role).into_iter().flatten();
                    found.extend(rules.map(|(rule, gains)| effect(format!("{rule} (by {role})"), *gains)));
                }
            }
        }
        found
    }

    fn times(&mut self, user: &str, role: &str, at: &str) -> &mut (usize, usize) {
        self.held.entry((user.to_owned(), at.to_owned(), role.to_owned())).or_default()
    }
}
