//! Who holds root at the server: at least one for good must stay, and only root touches those who do.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use bailiwick_domain::facts::Facts;
use bailiwick_domain::guards::{self, Standing};
use bailiwick_domain::kind::{Kind, Operation};
use bailiwick_domain::ports::Lookup;
use bailiwick_domain::reason::Guard;
use bailiwick_domain::{Caller, Gate};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::error::AppError;

/// A live grant of root, without an end, to a user who may act.
#[derive(Debug)]
struct Lasting {
    grant: Uuid,
    role: Uuid,
    user: Uuid,
    home: Option<Uuid>,
}

/// What is granted at the server, as far as root is concerned.
#[derive(Debug)]
pub struct Rooted {
    lasting: Vec<Lasting>,
    /// Everybody to whom something is granted at the server, each with just that.
    holders: Vec<Standing>,
    /// From when on time alone makes it another.
    until: Option<OffsetDateTime>,
}

/// What was looked up last, and by which policy, from when on, and at which stamp of rights it was so.
#[derive(Default)]
pub struct RootedMemory(ArcSwapOption<Remembered>);

struct Remembered {
    rights: i64,
    policy: String,
    since: OffsetDateTime,
    rooted: Arc<Rooted>,
}

impl RootedMemory {
    /// What was looked up, if it is still so at this stamp.
    pub(crate) fn get(&self, rights: i64, gate: &Gate) -> Option<Arc<Rooted>> {
        let remembered = self.0.load();
        let found = remembered.as_ref().filter(|found| {
            found.rights == rights
                && found.policy == gate.policy().version()
                && found.since <= gate.now()
                && found.rooted.until.is_none_or(|until| gate.now() < until)
        });
        found.map(|found| Arc::clone(&found.rooted))
    }

    pub(crate) fn put(&self, rights: i64, gate: &Gate, rooted: &Arc<Rooted>) {
        let (policy, since) = (gate.policy().version().to_owned(), gate.now());
        self.0.store(Some(Arc::new(Remembered { rights, policy, since, rooted: Arc::clone(rooted) })));
    }
}

impl Rooted {
    /// Looks up what is granted at the server. Two queries.
    ///
    /// # Errors
    /// Storage.
    pub async fn of(gate: &Gate, from: &dyn Lookup) -> Result<Self, AppError> {
        let holders = from.concerned(&Facts::server()).await?;
        let mut holders = from.identities(&holders).await?;
        for holder in &mut holders {
            holder.grants.retain(|grant| grant.at.lineage.lowest().is_server());
        }
        let of_active = holders.iter().filter(|holder| holder.active);
        let lasting = of_active.flat_map(|holder| {
            let lasting = holder.grants.iter().filter(|grant| guards::is_lasting_root(gate, grant));
            lasting.map(|grant| Lasting {
                grant: grant.grant,
                role: grant.role,
                user: grant.principal.id,
                home: holder.home(),
            })
        });
        Ok(Self {
            until: holders.iter().filter_map(|holder| holder.changes_at(gate.now())).min(),
            lasting: lasting.collect(),
            holders: holders.iter().map(bailiwick_domain::ports::Identity::standing).collect(),
        })
    }

    /// Looks up what is granted at the server, where a lasting root must stay without this object. To be asked before
    /// other guards: where several forbid, the answer is the state.
    ///
    /// # Errors
    /// The guard when none would stay; storage.
    pub async fn must_stay_without(
        gate: &Gate,
        from: &dyn Lookup,
        operation: Operation,
        facts: &Facts,
    ) -> Result<Self, AppError> {
        let rooted = Self::of(gate, from).await?;
        if rooted.stays_without(facts) {
            Ok(rooted)
        } else {
            Err(Gate::guarded(Guard::RootStays, operation, facts.kind, facts).into())
        }
    }

    /// Whether a lasting root stays when this object is deleted, or when this user or organization is suspended.
    pub fn stays_without(&self, facts: &Facts) -> bool {
        let goes = |lasting: &&Lasting| match facts.kind {
            Kind::Grant => lasting.grant == facts.id,
            Kind::Role => lasting.role == facts.id,
            Kind::User => lasting.user == facts.id,
            Kind::Organization => lasting.home == Some(facts.id),
            _ => false,
        };
        let before = self.lasting.len() as u64;
        guards::root_stays(before, before - self.lasting.iter().filter(goes).count() as u64)
    }

    /// Whether the caller may suspend or delete this organization as far as root at home there goes.
    pub fn spared(&self, gate: &Gate, caller: &Caller, organization: Uuid) -> bool {
        let at_home = self.holders.iter().filter(|holder| holder.home == Some(organization));
        guards::spares_root(gate, caller, &at_home.cloned().collect::<Vec<_>>())
    }
}
