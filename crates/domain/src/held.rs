//! Grants as they are held: resolved under the policy in force, and as storage knows them.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::access::RoleSet;
use crate::facts::{Anchor, Facts};
use crate::policy::Policy;
use crate::principal::{PrincipalId, PrincipalKind};
use crate::role::Closure;
use crate::rule::{Rights, id_of_name};

/// A live grant of the caller, resolved under the policy in force.
#[derive(Debug, Clone)]
pub struct Held {
    /// Which grant; nil for what a node or container holds by being one.
    pub grant: Uuid,
    /// Which role.
    pub role: Uuid,
    /// The role's name.
    pub role_name: String,
    /// Its anchor's facts: place, collaboration and homes.
    pub at: Facts,
    /// What the role gives.
    pub rights: Rights,
    /// The built-in roles that it holds, includes followed.
    pub roles: RoleSet,
    /// When it ends, if it does.
    pub ends_at: Option<OffsetDateTime>,
}

impl Held {
    /// The anchor.
    pub fn anchor(&self) -> Anchor {
        self.at.lineage.lowest()
    }
}

/// A grant as storage knows it, live or not.
#[derive(Debug, Clone)]
pub struct HeldGrant {
    /// Which grant.
    pub grant: Uuid,
    /// Whom it names.
    pub principal: PrincipalId,
    /// Which role.
    pub role: Uuid,
    /// The role's name.
    pub role_name: String,
    /// Its anchor's facts (the server's for a grant at the server).
    pub at: Facts,
    /// The role's includes followed through active roles only; empty when the role is not active.
    pub live: Closure,
    /// The role's includes followed in full.
    pub full: Closure,
    /// The role, its organization, the anchor's organization: none is suspended or inactive.
    pub in_force: bool,
    /// From when on, inclusive.
    pub starts_at: Option<OffsetDateTime>,
    /// Until when, exclusive.
    pub ends_at: Option<OffsetDateTime>,
}

impl HeldGrant {
    /// What a node or container holds by being one: a built-in role, at the server, without a grant.
    pub fn by_being(principal: PrincipalId) -> Self {
        let role = match principal.kind {
            PrincipalKind::Container => Policy::CONTAINER,
            _ => Policy::NODE,
        };
        Self::lasting(
            Uuid::nil(),
            principal,
            Facts::server(),
            (id_of_name("role", role), role),
            Closure::built_in(role),
        )
    }

    /// A grant in force without start or end, of a role by id and name, all of which is active.
    pub fn lasting(
        grant: Uuid,
        principal: PrincipalId,
        at: Facts,
        (role, name): (Uuid, &str),
        closure: Closure,
    ) -> Self {
        Self {
            grant,
            principal,
            role,
            role_name: name.to_owned(),
            at,
            live: closure.clone(),
            full: closure,
            in_force: true,
            starts_at: None,
            ends_at: None,
        }
    }

    /// Whether it has not ended; whether it has begun does not matter.
    pub fn counts(&self, now: OffsetDateTime) -> bool {
        self.ends_at.is_none_or(|end| now < end)
    }

    /// Whether it gives anything now.
    pub fn is_live(&self, now: OffsetDateTime) -> bool {
        self.in_force && self.starts_at.is_none_or(|start| start <= now) && self.counts(now)
    }

    /// What it gives while it is live.
    pub fn held(&self, policy: &Policy) -> Held {
        self.resolved(&self.live, policy)
    }

    /// What it counts as, for escalation and rank.
    pub fn in_full(&self, policy: &Policy) -> Held {
        self.resolved(&self.full, policy)
    }

    fn resolved(&self, closure: &Closure, policy: &Policy) -> Held {
        let (rights, roles) = closure.resolve(policy);
        Held {
            grant: self.grant,
            role: self.role,
            role_name: self.role_name.clone(),
            at: self.at.clone(),
            rights,
            roles,
            ends_at: self.ends_at,
        }
    }
}
