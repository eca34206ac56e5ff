//! The gate: the one place where a decision is made.
//!
//! Storage hands out [`Sealed`] objects. Only [`Gate::open`] unseals one, into [`Granted`]: the object and the
//! proof in one, typed by the action. Writes take what a permit made ([`New`], [`Changed`], [`Granted`] of
//! [`Delete`]), never a bare id.

use std::marker::PhantomData;
use std::ops::ControlFlow;
use std::sync::Arc;

use time::OffsetDateTime;
use uuid::Uuid;

use crate::caller::{Caller, Held};
use crate::facts::{Anchor, Facts};
use crate::kind::{Kind, Operation};
use crate::object::{Changed, Entity, Near, New, Object, Relation, Removed, Unguarded};
use crate::policy::Policy;
use crate::reach::{Reach, Visible};
use crate::reason::{Because, Guard, Missing, Nearest};
use crate::rule::{Rule, Scope};

/// What a permit permits.
pub trait Action: 'static {
    /// The operation that a rule must hold.
    const OPERATION: Operation;
    /// Whether it may be done to what lies in an archived project.
    const ON_ARCHIVED: bool = matches!(Self::OPERATION, Operation::View | Operation::Delete);
    /// Whether, done to an organization, it needs the rule with scope global at the server.
    const ENDS_ORGANIZATION: bool = matches!(Self::OPERATION, Operation::Delete);
}

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident = $operation:ident $({ $($body:tt)* })?);* $(;)?) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name;
        impl Action for $name {
            const OPERATION: Operation = Operation::$operation;
            $($($body)*)?
        }
    )* };
}

actions! {
    /// Reading.
    View = View;
    /// Changing.
    Edit = Edit;
    /// Removing.
    Delete = Delete;
    /// Making, under a parent.
    Create = Create;
    /// Taking a project out of the archive: the one change that an archived project takes.
    Unarchive = Edit { const ON_ARCHIVED: bool = true; };
    /// Suspending or waking.
    Suspend = Edit { const ENDS_ORGANIZATION: bool = true; };
}

/// `A: Implies<B>`: a permit for `A` may be weakened to one for `B`, never back.
pub trait Implies<B: Action>: Action {}
impl<A: Action> Implies<A> for A {}

/// What storage returns. Anybody can put an object in; only the gate takes it out.
#[derive(Debug, Clone)]
pub struct Sealed<T>(Object<T>);

impl<T> Sealed<T> {
    /// Seals an object.
    pub const fn new(object: Object<T>) -> Self {
        Self(object)
    }

    /// Which one: an id says nothing of its object.
    pub const fn id(&self) -> Uuid {
        self.0.id
    }
}

/// An object with the proof that this caller may do `A` to it. It can't outlive the caller.
#[derive(Debug)]
pub struct Granted<'c, A, T> {
    object: Object<T>,
    caller: &'c Caller,
    because: Because<'c>,
    action: PhantomData<fn() -> A>,
}

impl<'c, A, T> Granted<'c, A, T> {
    /// The object.
    pub const fn object(&self) -> &Object<T> {
        &self.object
    }

    /// What is particular to its kind.
    pub const fn data(&self) -> &T {
        &self.object.data
    }

    /// Which one.
    pub const fn id(&self) -> Uuid {
        self.object.id
    }

    /// Its facts.
    pub const fn facts(&self) -> &Facts {
        &self.object.facts
    }

    /// Whose permit it is.
    pub const fn caller(&self) -> &'c Caller {
        self.caller
    }

    /// Why it was granted.
    pub const fn because(&self) -> Because<'c> {
        self.because
    }

    /// The object alone, without its permit: to show it, not to write it.
    pub fn into_object(self) -> Object<T> {
        self.object
    }

    /// A permit for less.
    pub fn weaken<B: Action>(self) -> Granted<'c, B, T>
    where
        A: Implies<B>,
    {
        Granted { object: self.object, caller: self.caller, because: self.because, action: PhantomData }
    }
}

/// An action that changes an object.
pub trait Changes: Action {}
impl Changes for Edit {}
impl Changes for Unarchive {}
impl Changes for Suspend {}

impl<A: Changes, T: Entity> Granted<'_, A, T> {
    pub(crate) fn changed(self, now: OffsetDateTime, change: impl FnOnce(&mut T)) -> Changed<T> {
        let mut after = self.object.clone();
        change(&mut after.data);
        after.data.settle(&mut after.facts);
        after.updated_at = now;
        after.version += 1;
        Changed { before: self.object, after }
    }
}

impl<A: Changes, T: Unguarded> Granted<'_, A, T> {
    /// The object with a change to its data. Kinds with guards of their own are changed through [`crate::guards`].
    pub fn change(self, now: OffsetDateTime, change: impl FnOnce(&mut T)) -> Changed<T> {
        self.changed(now, change)
    }
}

impl<T: Unguarded> Granted<'_, Delete, T> {
    /// The object, to be removed.
    pub fn remove(self) -> Removed<T> {
        Removed(self.object)
    }
}

/// The permit to make a `T` under a parent that the gate has opened for it.
#[derive(Debug)]
pub struct MayCreate<'c, T> {
    parent: Facts,
    caller: &'c Caller,
    because: Because<'c>,
    of: PhantomData<fn() -> T>,
}

impl<T: Unguarded> MayCreate<'_, T> {
    /// The new object. Kinds with guards of their own are made through [`crate::guards`].
    pub fn make(self, id: Uuid, now: OffsetDateTime, data: T) -> New<T> {
        self.made(id, now, data)
    }
}

impl<'c, T: Entity> MayCreate<'c, T> {
    /// The parent's facts.
    pub const fn parent(&self) -> &Facts {
        &self.parent
    }

    /// Whose permit it is.
    pub const fn caller(&self) -> &'c Caller {
        self.caller
    }

    /// Why it was granted.
    pub const fn because(&self) -> Because<'c> {
        self.because
    }

    pub(crate) fn made(self, id: Uuid, now: OffsetDateTime, data: T) -> New<T> {
        let mut facts = self.parent.child(T::KIND, id, self.caller.maker());
        data.settle(&mut facts);
        New(Object { id, created_at: now, updated_at: now, version: 1, facts, near: Vec::new(), data })
    }
}

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

/// The gate, over one policy snapshot at one time.
#[derive(Debug, Clone)]
pub struct Gate {
    policy: Arc<Policy>,
    now: OffsetDateTime,
}

impl Gate {
    /// A gate over this policy, at this time.
    pub const fn new(policy: Arc<Policy>, now: OffsetDateTime) -> Self {
        Self { policy, now }
    }

    /// The policy that it judges by.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The time of its decisions.
    pub const fn now(&self) -> OffsetDateTime {
        self.now
    }

    /// Whether the rules allow it; for create, `kind` is the new object's and `facts` the parent's. No guards.
    pub fn rules_allow<'c>(
        &'c self,
        caller: &'c Caller,
        operation: Operation,
        kind: Kind,
        facts: &Facts,
    ) -> Option<Because<'c>> {
        if operation == Operation::Create && !kind.hangs_under(facts.kind) {
            return None;
        }
        let found = caller.terms(&self.policy, operation, kind, |term, because| {
            if term.holds(caller, operation, facts) {
                ControlFlow::Break(because)
            } else {
                ControlFlow::Continue(())
            }
        });
        let ControlFlow::Break(because) = found else { return None };
        let bounded = caller.is_bounded(because);
        let admitted = caller.confinement.is_none_or(|inside| inside.admits(operation, kind, facts));
        let maker_may = || {
            caller
                .bound
                .as_deref()
                .is_none_or(|maker| self.rules_allow(maker, operation, kind, facts).is_some())
        };
        (!bounded || (admitted && maker_may())).then_some(because)
    }

    /// Rules, then the guards that need no more than the object's facts.
    pub fn judge<'c, A: Action>(&'c self, caller: &'c Caller, kind: Kind, facts: &Facts) -> Judgement<'c> {
        let Some(because) = self.rules_allow(caller, A::OPERATION, kind, facts) else {
            return Judgement::Missing;
        };
        if facts.archived && !A::ON_ARCHIVED {
            return Judgement::Guarded(Guard::Archived);
        }
        if A::ENDS_ORGANIZATION
            && facts.kind == Kind::Organization
            && !self.holds_at_server(caller, Rule::new(Kind::Organization, A::OPERATION, Scope::Global))
        {
            return Judgement::Guarded(Guard::Organizations);
        }
        Judgement::Allowed(because)
    }

    /// [`Self::judge`] with the operation as a value.
    pub fn judge_operation<'c>(
        &'c self,
        caller: &'c Caller,
        operation: Operation,
        kind: Kind,
        facts: &Facts,
    ) -> Judgement<'c> {
        match operation {
            Operation::View => self.judge::<View>(caller, kind, facts),
            Operation::Create => self.judge::<Create>(caller, kind, facts),
            Operation::Edit => self.judge::<Edit>(caller, kind, facts),
            Operation::Delete => self.judge::<Delete>(caller, kind, facts),
            Operation::Send | Operation::Receive => self
                .rules_allow(caller, operation, kind, facts)
                .map_or(Judgement::Missing, Judgement::Allowed),
        }
    }

    /// Whether the caller may view an object.
    pub fn may_view(&self, caller: &Caller, facts: &Facts) -> bool {
        self.rules_allow(caller, Operation::View, facts.kind, facts).is_some()
    }

    fn holds_at_server(&self, caller: &Caller, rule: Rule) -> bool {
        caller.grants.iter().any(|held| {
            held.anchor().is_server()
                && held.rights.scope(rule.kind, rule.operation).is_some_and(|scope| scope >= rule.scope)
        }) && caller.bound.as_deref().is_none_or(|maker| self.holds_at_server(maker, rule))
    }

    /// The facts of a sealed object: to decide about it for somebody, never to show them.
    pub const fn facts<'o, T>(&self, row: &'o Sealed<T>) -> &'o Facts {
        &row.0.facts
    }

    /// Opens a sealed object for an action.
    ///
    /// # Errors
    /// The denial that the caller is to see; the same for an object that is not there and one that is hidden.
    pub fn open<'c, A: Action, T: Entity>(
        &'c self,
        caller: &'c Caller,
        row: Option<Sealed<T>>,
    ) -> Result<Granted<'c, A, T>, Denial> {
        let Some(Sealed(object)) = row else { return Err(self.absent(caller, A::OPERATION, T::KIND)) };
        match self.judge::<A>(caller, T::KIND, &object.facts) {
            Judgement::Allowed(because) => Ok(Granted { object, caller, because, action: PhantomData }),
            Judgement::Missing => Err(self.missing(caller, A::OPERATION, T::KIND, &object.facts)),
            Judgement::Guarded(guard) => Err(Self::guarded(guard, A::OPERATION, T::KIND, &object.facts)),
        }
    }

    /// The permit to make a `T` under a sealed parent.
    ///
    /// # Errors
    /// The denial that the caller is to see.
    pub fn create<'c, T: Entity, P: Entity>(
        &'c self,
        caller: &'c Caller,
        parent: Option<Sealed<P>>,
    ) -> Result<MayCreate<'c, T>, Denial> {
        let Some(Sealed(parent)) = parent else {
            return Err(self.absent(caller, Operation::Create, T::KIND));
        };
        self.create_under(caller, parent.facts)
    }

    /// The permit to make a `T` under the server.
    ///
    /// # Errors
    /// The denial that the caller is to see.
    pub fn create_at_server<'c, T: Entity>(&'c self, caller: &'c Caller) -> Result<MayCreate<'c, T>, Denial> {
        self.create_under(caller, Facts::server())
    }

    fn create_under<'c, T: Entity>(
        &'c self,
        caller: &'c Caller,
        parent: Facts,
    ) -> Result<MayCreate<'c, T>, Denial> {
        match self.judge::<Create>(caller, T::KIND, &parent) {
            Judgement::Allowed(because) => Ok(MayCreate { parent, caller, because, of: PhantomData }),
            Judgement::Missing => Err(self.missing(caller, Operation::Create, T::KIND, &parent)),
            Judgement::Guarded(guard) => Err(Self::guarded(guard, Operation::Create, T::KIND, &parent)),
        }
    }

    /// What a list of `T` may hold for this caller.
    pub fn visible<'c, T: Entity>(&'c self, caller: &'c Caller) -> Visible<'c, T> {
        Visible::new(Reach::of(caller, &self.policy, Operation::View, T::KIND))
    }

    /// The near objects of a granted object that the caller may view, and so may be named.
    pub fn named<'o, T: Entity>(
        &self,
        caller: &Caller,
        object: &'o Object<T>,
        relation: Relation,
    ) -> Option<&'o Near> {
        object
            .near
            .iter()
            .find(|near| near.relation == relation)
            .filter(|near| self.may_view(caller, &near.facts))
    }

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
            .terms(&self.policy, operation, kind, |term, because| match because {
                Because::Grant { held: by, .. }
                    if std::ptr::eq(by, held) && term.holds(caller, operation, facts) =>
                {
                    ControlFlow::Break(())
                }
                _ => ControlFlow::Continue(()),
            })
            .is_break()
    }

    /// Whether an anchor is active for new grants: an archived project takes none.
    pub fn anchors(&self, facts: &Facts) -> Option<Anchor> {
        facts.anchor().filter(|_| !facts.archived)
    }
}
