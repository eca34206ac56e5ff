//! Ids that say what they name, and ids from outside that are inert until looked up under their parent.

use std::fmt;
use std::marker::PhantomData;

use serde::{Deserialize, Deserializer};
use uuid::Uuid;

use crate::gate::Granted;
use crate::object::{Entity, Object};

/// The id of a `T`.
pub struct Id<T>(Uuid, PhantomData<fn() -> T>);

impl<T> Id<T> {
    /// Types an id that has been read from storage or made anew.
    pub const fn new(raw: Uuid) -> Self {
        Self(raw, PhantomData)
    }

    /// The bare id.
    pub const fn raw(self) -> Uuid {
        self.0
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Id<T> {}
impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<T> Eq for Id<T> {}
impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// An id that a body or a query claims. It has no accessor: [`Claimed::verify`] turns it into [`Under`].
pub struct Claimed<T>(Uuid, PhantomData<fn() -> T>);

impl<T> Claimed<T> {
    /// A claim, as it came from the wire.
    pub const fn from_wire(raw: Uuid) -> Self {
        Self(raw, PhantomData)
    }
}

impl<T> Clone for Claimed<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Claimed<T> {}
impl<T> fmt::Debug for Claimed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "claimed {}", self.0)
    }
}
impl<'de, T> Deserialize<'de> for Claimed<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Uuid::deserialize(from).map(Self::from_wire)
    }
}

/// `T: ChildOf<P>`: a `T` hangs under a `P`.
pub trait ChildOf<P> {}

/// A child that was found under its parent. The pair can't be taken apart, so it can't be mixed up.
#[derive(Debug)]
pub struct Under<P, T> {
    parent: Id<P>,
    child: Object<T>,
}

impl<P, T> Under<P, T> {
    /// The parent that it was verified against.
    pub const fn parent(&self) -> Id<P> {
        self.parent
    }

    /// The child.
    pub const fn child(&self) -> &Object<T> {
        &self.child
    }
}

impl<T: Entity> Claimed<T> {
    /// What to look up. The answer is sealed, so the claim opens nothing by itself.
    pub async fn find<R: crate::ports::Read<T> + ?Sized>(
        self,
        store: &R,
    ) -> Result<Option<crate::gate::Sealed<T>>, crate::ports::StoreError> {
        store.find(self.0).await
    }

    /// The child, if what the gate opened is what was claimed and it hangs under this parent.
    pub fn verify<A, B, P: Entity>(
        self,
        parent: &Granted<'_, A, P>,
        opened: Granted<'_, B, T>,
    ) -> Option<Under<P, T>>
    where
        T: ChildOf<P>,
    {
        let inside = parent.facts().anchor().is_some_and(|anchor| opened.facts().lineage.is_inside(anchor));
        (inside && opened.id() == self.0)
            .then(|| Under { parent: Id::new(parent.id()), child: opened.into_object() })
    }
}
