//! Principals that were read for earlier requests. Each is taken as it was only where storage confirms its stamps.

use std::sync::Arc;

use bailiwick_domain::ports::{Credential, Identity, Known, KnownApp, Presumption, Stamps};
use bailiwick_domain::{Caller, Policy};
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use time::OffsetDateTime;
use uuid::Uuid;

/// How many principals and grants are remembered at most, together.
const ROOM: u64 = 50_000;
/// How many principals are expected, to begin with.
const PRINCIPALS: usize = 2_000;
/// How many client apps are remembered at most.
const APPS: usize = 200;

/// A principal as it was read.
#[derive(Clone)]
pub(crate) struct Remembered {
    pub identity: Arc<Identity>,
    /// The caller that it is under `policy`, from `since` on and before `until`.
    pub caller: Arc<Caller>,
    pub credential: Credential,
    stamps: Option<Stamps>,
    policy: String,
    since: OffsetDateTime,
    until: Option<OffsetDateTime>,
}

impl Remembered {
    /// The principal as it is now under this policy; `None` when it or its maker is not active.
    pub fn of(known: Known, policy: &Policy, now: OffsetDateTime) -> Option<Self> {
        let Known { identity, credential, stamps } = known;
        Some(Self {
            caller: Arc::new(identity.caller(policy, now)?),
            until: identity.changes_at(now),
            identity: Arc::new(identity),
            credential,
            stamps,
            policy: policy.version().to_owned(),
            since: now,
        })
    }

    /// What storage is to confirm before this is true again.
    pub fn presumption(&self) -> Option<Presumption> {
        self.stamps.as_ref().map(|stamps| Presumption::of(&self.policy, stamps))
    }

    /// The stamp of rights that it was read at.
    pub fn rights(&self) -> Option<i64> {
        self.stamps.as_ref().map(|stamps| stamps.rights)
    }

    fn is_still(&self, policy: &Policy, now: OffsetDateTime) -> bool {
        self.policy == policy.version() && self.since <= now && self.until.is_none_or(|until| now < until)
    }
}

#[derive(Clone)]
struct Grants;

impl Weighter<Uuid, Arc<Remembered>> for Grants {
    fn weight(&self, _: &Uuid, remembered: &Arc<Remembered>) -> u64 {
        let of = |identity: &Identity| 1 + identity.grants.len() as u64;
        of(&remembered.identity) + remembered.identity.maker.as_deref().map_or(0, of)
    }
}

/// A client app as it was read under `policy`.
pub(crate) struct RememberedApp {
    pub known: KnownApp,
    policy: String,
}

impl RememberedApp {
    /// The app under this policy.
    pub fn of(known: KnownApp, policy: &Policy) -> Self {
        Self { known, policy: policy.version().to_owned() }
    }

    /// What storage is to confirm before this is true again.
    pub fn presumption(&self) -> Option<Presumption> {
        self.known.stamps.as_ref().map(|stamps| Presumption::of(&self.policy, stamps))
    }

    /// The stamp of rights that it was read at.
    pub fn rights(&self) -> Option<i64> {
        self.known.stamps.as_ref().map(|stamps| stamps.rights)
    }
}

/// All principals that are remembered, by the id of the session or API key that they were read by; and client apps.
pub(crate) struct Memory(Cache<Uuid, Arc<Remembered>, Grants>, Cache<Uuid, Arc<RememberedApp>>);

impl Memory {
    pub fn new() -> Self {
        Self(Cache::with_weighter(PRINCIPALS, ROOM, Grants), Cache::new(APPS))
    }

    pub fn app(&self, id: Uuid, policy: &Policy) -> Option<Arc<RememberedApp>> {
        self.1.get(&id).filter(|remembered| remembered.policy == policy.version())
    }

    /// Remembers a client app, unless storage keeps no stamps.
    pub fn put_app(&self, id: Uuid, remembered: &Arc<RememberedApp>) {
        if remembered.known.stamps.is_some() {
            self.1.insert(id, Arc::clone(remembered));
        }
    }

    pub fn get(&self, key: Uuid, policy: &Policy, now: OffsetDateTime) -> Option<Arc<Remembered>> {
        self.0.get(&key).filter(|remembered| remembered.is_still(policy, now))
    }

    /// Remembers a principal, unless storage keeps no stamps. A container hangs on too much to be remembered: its run,
    /// its task, its node.
    pub fn put(&self, key: Uuid, remembered: &Arc<Remembered>) {
        if remembered.stamps.is_some() && remembered.identity.works.is_none() {
            self.0.insert(key, Arc::clone(remembered));
        }
    }

    /// Forgets what has turned out to be no longer so.
    pub fn forget(&self, key: Uuid) {
        self.0.remove(&key);
    }
}
