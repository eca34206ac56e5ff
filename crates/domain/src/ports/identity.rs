//! What a credential finds: a principal with all that its decisions need.

use time::OffsetDateTime;
use uuid::Uuid;

use super::auth::Session;
use super::presumption::Stamps;
use crate::caller::{Caller, HeldGrant};
use crate::facts::Facts;
use crate::guards::Standing;
use crate::policy::Policy;
use crate::principal::PrincipalId;

/// What finds a principal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialKey<'a> {
    /// A cookie session or a bearer family, by id.
    Session(Uuid),
    /// An API key, by id.
    ApiKey(Uuid),
    /// A user by the name of its organization and its own.
    Login {
        /// Organization.
        organization: &'a str,
        /// User.
        username: &'a str,
    },
    /// A user by id.
    User(Uuid),
}

/// What the credential found beside its principal.
#[derive(Debug, Clone)]
pub enum Credential {
    /// A session.
    Session(Session),
    /// An API key's hash and end.
    ApiKey {
        /// SHA-256 of the secret, hexadecimal.
        secret_hash: String,
        /// Until when it may be used.
        expires_at: Option<OffsetDateTime>,
        /// When it was last used.
        last_used_at: Option<OffsetDateTime>,
    },
    /// A user's password hash (PHC string), if one is set.
    Password(Option<String>),
}

/// A principal with all that its decisions need.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Who.
    pub principal: PrincipalId,
    /// What people call it.
    pub name: String,
    /// Its own facts, to judge whether another may view it.
    pub facts: Facts,
    /// The name of its home.
    pub home_name: String,
    /// It and its home are active.
    pub active: bool,
    /// Its grants, live or not.
    pub grants: Vec<HeldGrant>,
    /// The collaborations of its home, each with its members.
    pub collaborations: Vec<(Uuid, Vec<Uuid>)>,
    /// The maker, for what acts for another; a key whose maker is gone has none and is not good.
    pub maker: Option<Box<Identity>>,
}

impl Identity {
    /// Its home.
    pub fn home(&self) -> Option<Uuid> {
        self.facts.lineage.organization
    }

    /// The caller that it is now under this policy; `None` when it or its maker is not active.
    pub fn caller(&self, policy: &Policy, now: OffsetDateTime) -> Option<Caller> {
        use crate::principal::PrincipalKind;
        if !self.active {
            return None;
        }
        let bound = match (self.principal.kind, &self.maker) {
            (PrincipalKind::ApiKey, None) => return None,
            (_, Some(maker)) => Some(Box::new(maker.caller(policy, now)?)),
            (_, None) => None,
        };
        let mut caller = Caller::anonymous();
        caller.principal = Some(self.principal);
        caller.home = self.home();
        caller.bound = bound;
        caller.collaborations = self.collaborations.iter().map(|(id, _)| *id).collect();
        caller.peers = self.collaborations.iter().flat_map(|(_, members)| members.iter().copied()).collect();
        caller.peers.sort_unstable();
        caller.peers.dedup();
        caller.grants =
            self.grants.iter().filter(|grant| grant.is_live(now)).map(|grant| grant.held(policy)).collect();
        Some(caller)
    }

    /// From when on time alone makes it another caller than it is now: a grant begins or ends.
    pub fn changes_at(&self, now: OffsetDateTime) -> Option<OffsetDateTime> {
        let own = self.grants.iter().flat_map(|grant| [grant.starts_at, grant.ends_at]).flatten();
        let makers = self.maker.iter().filter_map(|maker| maker.changes_at(now));
        own.chain(makers).filter(|at| *at > now).min()
    }

    /// What it holds, for escalation and rank.
    pub fn standing(&self) -> Standing {
        Standing { principal: self.principal, home: self.home(), grants: self.grants.clone() }
    }
}

/// A principal and the credential that found it.
#[derive(Debug, Clone)]
pub struct Known {
    /// Who.
    pub identity: Identity,
    /// By what.
    pub credential: Credential,
    /// When; absent where storage keeps no stamps, so that nothing may be remembered.
    pub stamps: Option<Stamps>,
}
