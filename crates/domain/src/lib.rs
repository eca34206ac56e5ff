//! Who may do what: the permission model of Bailiwick, pure and embeddable.
//!
//! Start with [`Gate`]: it alone opens a [`Sealed`] object, into a [`Granted`] one, and it alone makes the
//! [`Visible`] that a list needs. What a principal may do is written down once, as the [`Term`]s that
//! `Caller::terms` yields; a decision looks for the first term that holds for the object, a list turns the same
//! terms into a query. The specification is `docs/permission-model.md`.
//!
//! The crate does no I/O and has no clock: time, randomness and storage are arguments ([`ports`]).

pub mod access;
mod action;
pub mod audit;
pub mod caller;
mod denial;
pub mod entities;
pub mod facts;
pub mod gate;
pub mod grants;
pub mod guards;
mod held;
pub mod ids;
pub mod kind;
pub mod object;
pub mod page;
pub mod policy;
pub mod ports;
pub mod principal;
pub mod reach;
pub mod reason;
pub mod role;
pub mod rule;
pub mod view;

pub use caller::{Caller, Confinement, Held};
pub use facts::{Anchor, Facts, Lent, Level, Lineage};
pub use gate::{
    Action, Allowed, Create, Delete, Denied, Edit, Gate, Granted, Judgement, MayCreate, Sealed, Unarchive,
    View,
};
pub use ids::{ChildOf, Claimed, Id, Under};
pub use kind::{Kind, Operation};
pub use object::{Changed, Entity, Near, New, Object, Relation};
pub use policy::Policy;
pub use principal::{PrincipalId, PrincipalKind};
pub use reach::{Reach, Term, Visible};
pub use reason::{Because, Guard, Missing};
pub use rule::{Rights, Rule, Scope};
