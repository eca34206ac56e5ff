//! Actions: what a permit permits, as types.

use crate::kind::Operation;

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

/// An action that changes an object.
pub trait Changes: Action {}
impl Changes for Edit {}
impl Changes for Unarchive {}
impl Changes for Suspend {}
