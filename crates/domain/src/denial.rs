//! How a question comes out when the answer is no: what the caller sees, what the audit log keeps, what came nearest.

use std::ops::ControlFlow;

use crate::caller::{Caller, Held};
use crate::facts::Facts;
use crate::gate::Gate;
use crate::kind::{Kind, Operation};
use crate::reason::{Because, Guard, Missing, Nearest};
use crate::rule::{Rule, Scope};

/// How a question about one object came out.
#[derive(Debug, Clone)]
pub enum Judgement<'c> {
    /// Allowed, and why.
    Allowed(Because<'c>),
    /// No rule allows it.
    Missing,
    /// A guard forbids it.
    Guarded(Guard),
}

impl Judgement<'_> {
    /// Whether it is allowed.
    pub const fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed(_))
    }
}

/// An allowed operation with its reason; kept for callers that need no object.
pub type Allowed<'c> = Because<'c>;

/// The answer to a caller who is denied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denied {
    /// There are no credentials, and they are needed.
    Unauthenticated,
    /// For this caller the object does not exist.
    Hidden,
    /// The caller may view it, but not do this.
    Forbidden(Missing),
    /// A guard forbids it.
    Guarded(Guard),
}

/// A denial with what the audit log needs: the object's facts if it exists, which the caller never sees.
#[derive(Debug, Clone)]
pub struct Denial {
    /// The answer.
    pub answer: Denied,
    /// What was to be done.
    pub operation: Operation,
    /// To what kind of object.
    pub kind: Kind,
    /// The object (for create: the parent), if there is one.
    pub facts: Option<Box<Facts>>,
    /// The rule that was missing, whatever the answer shows of it.
    pub missing: Option<Box<Missing>>,
}

impl Gate {
    /// The denial of what is not there, or is to look as if it were not.
    pub fn absent(&self, caller: &Caller, operation: Operation, kind: Kind) -> Denial {
        let answer = if caller.is_anonymous() { Denied::Unauthenticated } else { Denied::Hidden };
        Denial { answer, operation, kind, facts: None, missing: None }
    }

    /// The denial of what no rule allows.
    pub fn missing(&self, caller: &Caller, operation: Operation, kind: Kind, facts: &Facts) -> Denial {
        let missing = Missing { operation, kind, nearest: self.nearest(caller, operation, kind, facts) };
        // For create the object in question is the parent. Nobody needs a right to know that the server is there.
        let seen = facts.kind == Kind::Server || self.may_view(caller, facts);
        let answer = match (caller.is_anonymous(), seen) {
            (true, _) => Denied::Unauthenticated,
            (false, true) => Denied::Forbidden(missing.clone()),
            (false, false) => Denied::Hidden,
        };
        Denial {
            answer,
            operation,
            kind,
            facts: Some(Box::new(facts.clone())),
            missing: Some(Box::new(missing)),
        }
    }

    /// The denial of what a guard forbids.
    pub fn guarded(guard: Guard, operation: Operation, kind: Kind, facts: &Facts) -> Denial {
        Denial {
            answer: Denied::Guarded(guard),
            operation,
            kind,
            facts: Some(Box::new(facts.clone())),
            missing: None,
        }
    }

    /// The grant of the caller that holds such a rule but falls short.
    fn nearest(&self, caller: &Caller, operation: Operation, kind: Kind, facts: &Facts) -> Option<Nearest> {
        let near = |held: &Held, scope: Scope| {
            let anchor = held.anchor();
            let why = if !crate::caller::is_inside(anchor, operation, facts) {
                "the object is not inside the grant's anchor".to_owned()
            } else if self.reaches(caller, held, operation, kind, facts) {
                "what acts for another does at most what its maker may do, where it works".to_owned()
            } else {
                format!("scope {scope} does not reach the object")
            };
            Nearest {
                grant: Some(held.grant).filter(|id| !id.is_nil()),
                role_name: held.role_name.clone(),
                rule: Rule::new(kind, operation, scope),
                anchor,
                why,
            }
        };
        caller
            .grants
            .iter()
            .filter_map(|held| held.rights.scope(kind, operation).map(|scope| (held, scope)))
            .max_by_key(|(held, scope)| (crate::caller::is_inside(held.anchor(), operation, facts), *scope))
            .map(|(held, scope)| near(held, scope))
    }

    /// Whether the rules of one of the caller's grants reach the object, bounds and guards apart.
    pub fn reaches(
        &self,
        caller: &Caller,
        held: &Held,
        operation: Operation,
        kind: Kind,
        facts: &Facts,
    ) -> bool {
        caller
            .terms(self.policy(), operation, kind, Some(facts), |term, because| match because {
                Because::Grant { held: by, .. }
                    if std::ptr::eq(by, held) && term.holds(caller, operation, facts) =>
                {
                    ControlFlow::Break(())
                }
                _ => ControlFlow::Continue(()),
            })
            .is_break()
    }
}
