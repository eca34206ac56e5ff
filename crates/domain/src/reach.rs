//! What a caller may do, as a value that holds for one object or becomes a query over all.

use std::marker::PhantomData;
use std::ops::ControlFlow;

use crate::access::Entitlement;
use crate::caller::{Caller, is_inside};
use crate::facts::{Anchor, Facts};
use crate::kind::{Kind, Operation};
use crate::policy::Policy;
use crate::principal::PrincipalId;

/// One way of reaching objects. What it speaks of the caller (home, grants, id), the caller knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Term<'p> {
    /// Every object.
    Everything,
    /// Objects with this home.
    Home(uuid::Uuid),
    /// Objects that lie in a collaboration of the caller.
    Collaborating,
    /// Objects one of whose homes shares a collaboration with the caller's home.
    Peers,
    /// Objects inside an anchor below the server.
    Inside(Anchor),
    /// The caller's own, inside an anchor.
    Own {
        /// The server, or a narrower anchor.
        within: Anchor,
    },
    /// Tasks that are assigned to the caller, inside an anchor: what is made by working on them.
    Assigned {
        /// The server, or a narrower anchor.
        within: Anchor,
    },
    /// Files and labels that the caller's tasks of a job lend, or one task of it.
    Lent {
        /// The job.
        job: uuid::Uuid,
        /// The task, if it is one alone.
        task: Option<uuid::Uuid>,
    },
    /// Objects that carry a tag, inside an anchor.
    Entitled {
        /// The tag.
        entitlement: &'p Entitlement,
        /// The server, or a narrower anchor.
        within: Anchor,
    },
    /// Objects that carry a tag and are the caller's own by having made them.
    EntitledMade {
        /// The tag.
        entitlement: &'p Entitlement,
    },
    /// The caller itself.
    Itself,
    /// Grants that name the caller.
    Named,
    /// Rules and built-in roles.
    BuiltIn,
}

impl Term<'_> {
    /// Whether it holds for an object (for create: its parent).
    #[inline]
    pub fn holds(self, caller: &Caller, operation: Operation, facts: &Facts) -> bool {
        match self {
            Self::Everything => true,
            Self::Home(home) => facts.is_home(home),
            Self::Collaborating => {
                facts.collaboration.is_some_and(|in_it| caller.collaborations.contains(&in_it))
            }
            Self::Peers => facts.homes.iter().any(|home| caller.peers.contains(home)),
            Self::Inside(anchor) => is_inside(anchor, operation, facts),
            Self::Own { within } => is_inside(within, operation, facts) && caller.owns(operation, facts),
            Self::Assigned { within } => {
                is_inside(within, operation, facts) && caller.acts_as(facts.assignee)
            }
            Self::Lent { job, task } => facts.lent.iter().any(|lent| {
                lent.job == job && (task.is_none() || lent.task == task) && caller.acts_as(Some(lent.to))
            }),
            Self::Entitled { entitlement, within } => {
                facts.entitlements.contains(entitlement) && is_inside(within, operation, facts)
            }
            Self::EntitledMade { entitlement } => {
                facts.entitlements.contains(entitlement) && caller.made(operation, facts)
            }
            Self::Itself => caller.principal.is_some_and(|me| facts.is(me)),
            Self::Named => caller.principal.is_some() && facts.names == caller.principal,
            Self::BuiltIn => facts.built_in,
        }
    }
}

/// All objects of a kind to which a caller may do an operation: a disjunction of terms, bounded by the maker's.
#[derive(Debug)]
pub struct Reach<'c> {
    /// Whose reach it is.
    pub caller: &'c Caller,
    /// For which operation.
    pub operation: Operation,
    /// Over which kind.
    pub kind: Kind,
    /// By being it: bounded by nobody.
    pub being: Vec<Term<'c>>,
    /// By grants and access rules: bounded by the maker and, for a container, by where it works.
    pub granted: Vec<Term<'c>>,
    /// The maker's reach, for what acts for another.
    pub bound: Option<Box<Reach<'c>>>,
    /// Over proposals: what the caller may edit of the kinds that proposals lie between. Nothing else reaches them.
    pub sides: Vec<Reach<'c>>,
}

impl<'c> Reach<'c> {
    /// The reach of a caller under a policy.
    pub fn of(caller: &'c Caller, policy: &'c Policy, operation: Operation, kind: Kind) -> Self {
        let (mut being, mut granted) = (Vec::new(), Vec::new());
        let _: ControlFlow<()> = caller.terms(policy, operation, kind, None, |term, because| {
            let list = if caller.is_bounded(because) { &mut granted } else { &mut being };
            if !list.contains(&term) {
                list.push(term);
            }
            ControlFlow::Continue(())
        });
        if granted.contains(&Term::Everything) {
            granted = vec![Term::Everything];
        }
        let bound = caller.bound.as_deref().map(|maker| Box::new(Self::of(maker, policy, operation, kind)));
        let sides: &[Kind] = match (kind, operation) {
            (Kind::Proposal, Operation::View | Operation::Edit) => &[Kind::Collaboration, Kind::Organization],
            _ => &[],
        };
        // Nodes speak for nobody: see [`crate::Gate::speaks_for`].
        let sides = sides
            .iter()
            .filter(|_| !caller.principal.is_some_and(PrincipalId::is_node))
            .map(|&side| Self::of(caller, policy, Operation::Edit, side))
            .collect();
        Self { caller, operation, kind, being, granted, bound, sides }
    }

    /// Whether an object is in it.
    pub fn holds(&self, facts: &Facts) -> bool {
        let any =
            |terms: &[Term<'_>]| terms.iter().any(|term| term.holds(self.caller, self.operation, facts));
        if self.operation == Operation::Create && !self.kind.hangs_under(facts.kind) {
            return false;
        }
        if self.kind == Kind::Proposal {
            let between = facts.between.iter().flat_map(|between| between.iter());
            return self.sides.iter().zip(between).any(|(reach, side)| reach.holds(side));
        }
        any(&self.being)
            || (any(&self.granted)
                && self
                    .caller
                    .confinement
                    .is_none_or(|inside| inside.admits(self.operation, self.kind, facts))
                && self.bound.as_ref().is_none_or(|maker| maker.holds(facts)))
    }

    /// Whether it is certain that nothing is in it.
    pub fn is_nothing(&self) -> bool {
        self.sides.iter().all(Self::is_nothing)
            && self.being.is_empty()
            && (self.granted.is_empty() || self.bound.as_ref().is_some_and(|maker| maker.is_nothing()))
    }
}

/// The reach that a list of `T` needs. Only the gate makes one.
#[derive(Debug)]
pub struct Visible<'c, T> {
    reach: Reach<'c>,
    of: PhantomData<fn() -> T>,
}

impl<'c, T> Visible<'c, T> {
    pub(crate) const fn new(reach: Reach<'c>) -> Self {
        Self { reach, of: PhantomData }
    }

    /// What storage turns into its query.
    pub const fn reach(&self) -> &Reach<'c> {
        &self.reach
    }
}
