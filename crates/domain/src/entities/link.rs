//! Links: one object of a project holds another of the same project.

use uuid::Uuid;

use crate::facts::Facts;
use crate::kind::Kind;

/// That a dataset holds a file, a job a dataset, and a job or a task a file or a label. Made by the guards alone
/// ([`crate::guards::link`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    holder: (Kind, Uuid),
    target: (Kind, Uuid),
}

impl Link {
    pub(crate) const fn new(holder: &Facts, target: &Facts) -> Self {
        Self { holder: (holder.kind, holder.id), target: (target.kind, target.id) }
    }

    /// What holds.
    pub const fn holder(&self) -> (Kind, Uuid) {
        self.holder
    }

    /// What is held.
    pub const fn target(&self) -> (Kind, Uuid) {
        self.target
    }
}
