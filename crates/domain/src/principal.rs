//! Who asks.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::kind::{Kind, words};

words! {
    /// The kinds of principal that have an id. Anonymous has none.
    PrincipalKind {
        /// A person.
        User = "user",
        /// A credential with grants of its own.
        ApiKey = "api_key",
        /// An organization's remote worker.
        Node = "node",
        /// An algorithm that a node runs.
        Container = "container",
    }
}

impl PrincipalKind {
    /// The kind of object that such a principal is.
    pub const fn kind(self) -> Kind {
        match self {
            Self::User => Kind::User,
            Self::ApiKey => Kind::ApiKey,
            Self::Node => Kind::Node,
            Self::Container => Kind::Container,
        }
    }
}

/// A principal by kind and id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PrincipalId {
    /// What it is.
    pub kind: PrincipalKind,
    /// Which one.
    pub id: Uuid,
}

impl PrincipalId {
    /// A user.
    pub const fn user(id: Uuid) -> Self {
        Self { kind: PrincipalKind::User, id }
    }

    /// An API key.
    pub const fn api_key(id: Uuid) -> Self {
        Self { kind: PrincipalKind::ApiKey, id }
    }

    /// A node.
    pub const fn node(id: Uuid) -> Self {
        Self { kind: PrincipalKind::Node, id }
    }

    /// A container.
    pub const fn container(id: Uuid) -> Self {
        Self { kind: PrincipalKind::Container, id }
    }

    /// Whether it is a node.
    pub const fn is_node(self) -> bool {
        matches!(self.kind, PrincipalKind::Node)
    }
}

impl std::fmt::Display for PrincipalId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.kind, self.id)
    }
}
