//! Two policies, asked the same.

use std::collections::BTreeMap;
use std::sync::Arc;

use bailiwick_domain::gate::{Gate, Judgement};
use bailiwick_domain::policy::Policy;
use bailiwick_domain::reach::{Reach, Term};
use bailiwick_domain::{Because, Caller, Facts, Kind, Operation, Rule};
use time::OffsetDateTime;

use super::{Line, Way};

/// Two policies at the same time.
#[derive(Debug, Clone)]
pub struct Policies {
    old: Gate,
    new: Gate,
    /// Everything that can be done.
    deeds: Vec<(Kind, Operation)>,
}

/// Somebody as each of the two policies knows them.
#[derive(Debug)]
pub struct Who {
    /// By the old one.
    pub old: Caller,
    /// By the new one.
    pub new: Caller,
}

/// What changes, by way, kind, operation and reason.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts(BTreeMap<(Way, Kind, Operation, String), u64>);

impl Policies {
    /// Two policies at this time.
    pub fn new(old: Arc<Policy>, new: Arc<Policy>, now: OffsetDateTime) -> Self {
        let mut deeds: Vec<_> = Rule::catalogue().map(|rule| (rule.kind, rule.operation)).collect();
        deeds.dedup();
        Self { old: Gate::new(old, now), new: Gate::new(new, now), deeds }
    }

    /// The old and the new one.
    pub fn both(&self) -> [&Policy; 2] {
        [self.old.policy(), self.new.policy()]
    }

    /// The time.
    pub fn now(&self) -> OffsetDateTime {
        self.old.now()
    }

    /// What somebody may do to more or fewer objects by the one than by the other, as far as can be told without
    /// looking at any: all else is the same for them.
    pub fn differing(&self, who: &Who) -> Vec<(Kind, Operation)> {
        let [old, new] = self.both();
        let differs = |&(kind, operation): &(Kind, Operation)| {
            !same(&Reach::of(&who.old, old, operation, kind), &Reach::of(&who.new, new, operation, kind))
        };
        self.deeds.iter().copied().filter(differs).collect()
    }

    /// Counts what of these deeds changes for somebody on an object.
    pub fn count(&self, who: &Who, deeds: &[(Kind, Operation)], facts: &Facts, into: &mut Counts) {
        for &(kind, operation) in
            deeds.iter().filter(|(kind, operation)| is_of(*kind, *operation, facts.kind))
        {
            let old = self.old.judge_operation(&who.old, operation, kind, facts);
            let new = self.new.judge_operation(&who.new, operation, kind, facts);
            let (way, because) = match (old, new) {
                (Judgement::Allowed(_), Judgement::Allowed(_)) => continue,
                (Judgement::Allowed(because), _) => (Way::Loss, because),
                (_, Judgement::Allowed(because)) => (Way::Gain, because),
                _ => continue,
            };
            *into.0.entry((way, kind, operation, reason(because))).or_default() += 1;
        }
    }
}

/// Whether something can be asked of objects of a kind: create is judged on the parent, an event on what it is about.
pub(super) fn is_of(kind: Kind, operation: Operation, object: Kind) -> bool {
    match operation {
        Operation::Create => kind.hangs_under(object),
        Operation::Send | Operation::Receive => object != Kind::Server,
        Operation::View | Operation::Edit | Operation::Delete => kind == object,
    }
}

/// Whether two reaches of one principal hold the same objects, whatever there is.
fn same(old: &Reach<'_>, new: &Reach<'_>) -> bool {
    let bound = match (&old.bound, &new.bound) {
        (Some(old), Some(new)) => same(old, new),
        (None, None) => true,
        _ => false,
    };
    bound && same_terms(&old.being, &new.being) && same_terms(&old.granted, &new.granted)
}

fn same_terms<'t>(old: &[Term<'t>], new: &[Term<'t>]) -> bool {
    old.iter().all(|term| new.contains(term)) && new.iter().all(|term| old.contains(term))
}

fn reason(because: Because<'_>) -> String {
    match because {
        Because::Grant { held, rule } => format!("by role {}, which gives {rule}", held.role_name),
        Because::Access { opening, word, .. } => {
            format!("by entitlement {}, which opens {} to {word}", opening.entitlement.name(), opening.action)
        }
        Because::Being(_) => "by being it".to_owned(),
    }
}

impl Counts {
    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds what was counted elsewhere.
    pub fn add(&mut self, other: &Self) {
        for (what, count) in &other.0 {
            *self.0.entry(what.clone()).or_default() += count;
        }
    }

    /// How often it changes this way.
    pub fn of(&self, way: Way) -> u64 {
        self.0.iter().filter(|((found, ..), _)| *found == way).map(|(_, count)| count).sum()
    }

    /// As lines, in order.
    pub fn lines(&self) -> Vec<Line> {
        let line =
            |((change, kind, operation, reason), objects): (&(Way, Kind, Operation, String), &u64)| Line {
                change: *change,
                kind: *kind,
                operation: *operation,
                reason: reason.clone(),
                objects: *objects,
            };
        self.0.iter().map(line).collect()
    }
}
