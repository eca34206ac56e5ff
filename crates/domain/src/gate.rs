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

use crate::caller::Caller;
use crate::facts::{Anchor, Facts};
use crate::kind::{Kind, Operation};
use crate::object::{Changed, Entity, Near, New, Object, Relation, Removed, Unguarded};
use crate::policy::Policy;
use crate::principal::PrincipalId;
use crate::reach::{Reach, Visible};
use crate::reason::{Because, Guard};
use crate::rule::{Rule, Scope};

pub use crate::action::{Action, Changes, Create, Delete, Edit, Implies, Suspend, Unarchive, View};
pub use crate::denial::{Allowed, Denial, Denied, Judgement};

/// What storage returns. Anybody can put an object in; only the gate takes it out.
#[derive(Debug, Clone)]
pub struct Sealed<T>(Object<T>);

impl<T> Sealed<T> {
    /// Seals an object.
    pub const fn new(object: Object<T>) -> Self {
        Self(object)
    }

    pub(crate) const fn object(&self) -> &Object<T> {
        &self.0
    }

    pub(crate) fn into_object(self) -> Object<T> {
        self.0
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
        if kind == Kind::Proposal {
            return self.speaks_for_a_side(caller, operation, facts);
        }
        // Kept here, not broken out with: handing it up through every iterator costs more than the rest.
        let mut found = None;
        let _: ControlFlow<()> = caller.terms(&self.policy, operation, kind, Some(facts), |term, because| {
            if !term.holds(caller, operation, facts) {
                return ControlFlow::Continue(());
            }
            found = Some(because);
            ControlFlow::Break(())
        });
        let because = found?;
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

    /// Whether the caller says what an organization or a collaboration wants: who may edit it, a node apart, which edits
    /// its organization to publish its key and for nothing else.
    pub fn speaks_for<'c>(&'c self, caller: &'c Caller, side: &Facts) -> Option<Because<'c>> {
        if caller.principal.is_some_and(PrincipalId::is_node) {
            None
        } else {
            self.rules_allow(caller, Operation::Edit, side.kind, side)
        }
    }

    /// A proposal is viewed and answered by whoever speaks for one of those that it lies between.
    fn speaks_for_a_side<'c>(
        &'c self,
        caller: &'c Caller,
        operation: Operation,
        proposal: &Facts,
    ) -> Option<Because<'c>> {
        let sides =
            proposal.between.as_deref().filter(|_| matches!(operation, Operation::View | Operation::Edit))?;
        sides.iter().find_map(|side| self.speaks_for(caller, side))
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
        let because = self.check::<A>(caller, T::KIND, row.as_ref().map(|Sealed(object)| &object.facts))?;
        match row {
            Some(Sealed(object)) => Ok(Granted { object, caller, because, action: PhantomData }),
            None => Err(self.absent(caller, A::OPERATION, T::KIND)),
        }
    }

    /// Why an action may be done to an object, whose facts are absent where the object is: what [`Self::open`] asks.
    ///
    /// # Errors
    /// The denial that the caller is to see; the same for an object that is not there and one that is hidden.
    pub fn check<'c, A: Action>(
        &'c self,
        caller: &'c Caller,
        kind: Kind,
        facts: Option<&Facts>,
    ) -> Result<Because<'c>, Denial> {
        let Some(facts) = facts else { return Err(self.absent(caller, A::OPERATION, kind)) };
        match self.judge::<A>(caller, kind, facts) {
            Judgement::Allowed(because) => Ok(because),
            Judgement::Missing => Err(self.missing(caller, A::OPERATION, kind, facts)),
            Judgement::Guarded(guard) => Err(Self::guarded(guard, A::OPERATION, kind, facts)),
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

    /// Whether an anchor is active for new grants: an archived project takes none.
    pub fn anchors(&self, facts: &Facts) -> Option<Anchor> {
        facts.anchor().filter(|_| !facts.archived)
    }
}
