//! What a credential finds: a principal with all that its decisions need.

use time::OffsetDateTime;
use uuid::Uuid;

use super::auth::{MachineToken, Session};
use super::presumption::Stamps;
use crate::access::App;
use crate::caller::{Caller, Confinement, HeldGrant};
use crate::entities::{Addresses, OldSecret};
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
    /// A node, by id.
    Node(Uuid),
    /// A token of a node or of a container, by id.
    Machine(Uuid),
}

/// What the credential found beside its principal.
#[derive(Debug, Clone)]
pub enum Credential {
    /// A session.
    Session(Session),
    /// An API key's hashes, and from where it is good. Its end is that of its identity.
    ApiKey {
        /// SHA-256 of the secret, hexadecimal.
        secret_hash: String,
        /// The secret before.
        old_secret: Option<OldSecret>,
        /// From where alone it is good.
        addresses: Addresses,
        /// When it was last used.
        last_used_at: Option<OffsetDateTime>,
    },
    /// A node's hash.
    Node {
        /// SHA-256 of the secret, hexadecimal.
        secret_hash: String,
    },
    /// A token of a node or of a container.
    Machine {
        /// The token.
        token: MachineToken,
        /// When its node was last heard of.
        last_seen_at: Option<OffsetDateTime>,
    },
    /// A user's password hash (PHC string), if one is set.
    Password(Option<String>),
}

/// The client app that a credential was issued for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedFor {
    /// Which one.
    pub id: Uuid,
    /// The app that it is in the access rules.
    pub app: App,
    /// Whether it may be used; one that is gone may not.
    pub active: bool,
    /// SHA-256 of its key, hexadecimal.
    pub secret_hash: String,
    /// The key before.
    pub old_secret: Option<OldSecret>,
}

impl IssuedFor {
    /// One that is gone: what was issued for it is not good.
    pub fn gone(id: Uuid) -> Self {
        Self { id, app: App::new(""), active: false, secret_hash: String::new(), old_secret: None }
    }
}

/// A client app, and when it was so.
#[derive(Debug, Clone)]
pub struct KnownApp {
    /// The app.
    pub app: IssuedFor,
    /// When; absent where storage keeps no stamps.
    pub stamps: Option<Stamps>,
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
    /// It and its home are active; of a container also its node, while its run is open.
    pub active: bool,
    /// Of an API key: from when on it is as if it were not there.
    pub ends_at: Option<OffsetDateTime>,
    /// Its grants, live or not; what a node or container holds by being one.
    pub grants: Vec<HeldGrant>,
    /// The collaborations of its home, each with its members; of a node or container the one that it works in.
    pub collaborations: Vec<(Uuid, Vec<Uuid>)>,
    /// The maker, for what acts for another; a key whose maker is gone has none and is not good.
    pub maker: Option<Box<Identity>>,
    /// Of a container: where it works, and who made its task.
    pub works: Option<Works>,
    /// The client app that its credential was issued for: of a user by what found it, of an API key its own.
    pub app: Option<IssuedFor>,
}

/// Where a container works, and for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Works {
    /// Where.
    pub inside: Confinement,
    /// Who made its task; nobody in particular for what the operator made.
    pub made_by: Option<PrincipalId>,
}

impl Identity {
    /// Its home.
    pub fn home(&self) -> Option<Uuid> {
        // Not that of the lineage: a container hangs under a task, and is at home where its node is.
        self.facts.homes.first().copied()
    }

    /// The caller that it is now under this policy; `None` when it has ended, or it, its maker or the client app of its
    /// credential is not active.
    pub fn caller(&self, policy: &Policy, now: OffsetDateTime) -> Option<Caller> {
        use crate::principal::PrincipalKind;
        let ended = self.ends_at.is_some_and(|end| end <= now);
        if !self.active || ended || self.app.as_ref().is_some_and(|app| !app.active) {
            return None;
        }
        let bound = match (self.principal.kind, &self.maker) {
            (PrincipalKind::ApiKey, None) => return None,
            // Who made its task has gone: it may do nothing.
            (PrincipalKind::Container, None) if self.works.is_some_and(|works| works.made_by.is_some()) => {
                Some(Box::new(Caller::nobody()))
            }
            (_, Some(maker)) => Some(Box::new(maker.caller(policy, now)?)),
            (_, None) => None,
        };
        let mut caller = Caller::anonymous();
        caller.principal = Some(self.principal);
        caller.home = self.home();
        caller.confinement = self.works.map(|works| works.inside);
        caller.bound = bound;
        caller.ends_at = self.ends_at;
        caller.collaborations = self.collaborations.iter().map(|(id, _)| *id).collect();
        caller.peers = self.collaborations.iter().flat_map(|(_, members)| members.iter().copied()).collect();
        caller.peers.sort_unstable();
        caller.peers.dedup();
        caller.grants =
            self.grants.iter().filter(|grant| grant.is_live(now)).map(|grant| grant.held(policy)).collect();
        Some(match &self.app {
            Some(issued) => caller.through(&issued.app, Some(issued.id)),
            None => caller,
        })
    }

    /// From when on time alone makes it another caller than it is now: a grant begins or ends, or it ends itself.
    pub fn changes_at(&self, now: OffsetDateTime) -> Option<OffsetDateTime> {
        let own = self.grants.iter().flat_map(|grant| [grant.starts_at, grant.ends_at]).flatten();
        let makers = self.maker.iter().filter_map(|maker| maker.changes_at(now));
        own.chain(makers).chain(self.ends_at).filter(|at| *at > now).min()
    }

    /// What it holds, for escalation and rank. What a node or container holds by being one does not count.
    pub fn standing(&self) -> Standing {
        let granted = self.grants.iter().filter(|held| !held.grant.is_nil());
        Standing { principal: self.principal, home: self.home(), grants: granted.cloned().collect() }
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
