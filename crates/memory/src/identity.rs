//! Principals with all that they hold.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_domain::caller::HeldGrant;
use bailiwick_domain::entities::{ApiKey, Collaboration, Grant, Organization, Role, Standing, User};
use bailiwick_domain::guards::Granting;
use bailiwick_domain::ports::Identity;
use bailiwick_domain::{Anchor, Facts, Object, PrincipalId, PrincipalKind};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::state::{State, Stored};

impl State {
    /// Principals by id, in the order asked for; those that are not there are left out.
    pub fn identities(&self, principals: &[PrincipalId]) -> Vec<Identity> {
        let makers = principals.iter().filter_map(|&principal| self.maker(principal));
        let wanted: BTreeSet<PrincipalId> = principals.iter().copied().chain(makers).collect();
        let mut grants: BTreeMap<PrincipalId, Vec<HeldGrant>> = BTreeMap::new();
        for grant in self.all::<Grant>().filter(|grant| wanted.contains(&grant.data.principal)) {
            if let Some(held) = self.held(grant) {
                grants.entry(grant.data.principal).or_default().push(held);
            }
        }
        principals.iter().filter_map(|&principal| self.identity(principal, &grants)).collect()
    }

    /// One principal.
    pub fn identity_of(&self, principal: PrincipalId) -> Option<Identity> {
        self.identities(&[principal]).pop()
    }

    /// For what acts for another: for whom.
    fn maker(&self, principal: PrincipalId) -> Option<PrincipalId> {
        match principal.kind {
            PrincipalKind::ApiKey => self.get::<ApiKey>(principal.id)?.facts.maker,
            _ => None,
        }
    }

    fn identity(
        &self,
        principal: PrincipalId,
        grants: &BTreeMap<PrincipalId, Vec<HeldGrant>>,
    ) -> Option<Identity> {
        let (name, facts) = self.named(principal.kind.kind(), principal.id)?;
        let status = match principal.kind {
            PrincipalKind::User => self.get::<User>(principal.id)?.data.status,
            PrincipalKind::ApiKey => self.get::<ApiKey>(principal.id)?.data.status,
            PrincipalKind::Node | PrincipalKind::Container => return None,
        };
        let home = self.get::<Organization>(facts.lineage.organization?)?;
        let maker = self.maker(principal).and_then(|maker| self.identity(maker, grants));
        Some(Identity {
            principal,
            name,
            home_name: home.data.name.clone(),
            active: status == Standing::Active && home.data.status == Standing::Active,
            grants: grants.get(&principal).cloned().unwrap_or_default(),
            collaborations: self
                .all::<Collaboration>()
                .filter(|collaboration| collaboration.data.members.contains(&home.id))
                .map(|collaboration| (collaboration.id, collaboration.data.members.clone()))
                .collect(),
            maker: maker.map(Box::new),
            facts,
        })
    }

    /// A grant with its role and its anchor.
    pub fn held(&self, grant: &Object<Grant>) -> Option<HeldGrant> {
        let Grant { principal, role_id, anchor, starts_at, expires_at } = grant.data;
        self.held_at(grant.id, principal, role_id, anchor, (starts_at, expires_at))
    }

    /// A grant of these parts, with its role and its anchor.
    pub fn held_at(
        &self,
        grant: Uuid,
        principal: PrincipalId,
        role: Uuid,
        anchor: Anchor,
        (starts_at, ends_at): (Option<OffsetDateTime>, Option<OffsetDateTime>),
    ) -> Option<HeldGrant> {
        let role = self.get::<Role>(role)?;
        let at = self.anchored(anchor)?;
        let awake = |organization: Option<Uuid>| {
            organization
                .and_then(|id| self.get::<Organization>(id))
                .is_none_or(|organization| organization.data.status == Standing::Active)
        };
        Some(HeldGrant {
            grant,
            principal,
            role: role.id,
            role_name: role.data.name.clone(),
            live: role.data.live.clone(),
            full: role.data.full.clone(),
            in_force: role.data.active
                && awake(role.facts.lineage.organization)
                && awake(at.lineage.organization),
            starts_at,
            ends_at,
            at,
        })
    }

    /// A grant with the home of the principal that it names.
    pub fn granting(&self, grant: &Object<Grant>) -> Option<Granting> {
        let principal = grant.data.principal;
        let named = self.named(principal.kind.kind(), principal.id);
        let home = named.and_then(|(_, facts)| facts.lineage.organization);
        self.held(grant).map(|grant| Granting { grant, home })
    }

    fn anchored(&self, anchor: Anchor) -> Option<Facts> {
        match anchor.id {
            None => Some(Facts::server()),
            Some(id) => self.named(anchor.level.kind(), id).map(|(_, facts)| facts),
        }
    }

    /// Whether a principal and its home are active.
    pub fn is_active<T: Stored>(&self, id: Uuid, status: impl FnOnce(&T) -> Standing) -> bool {
        self.get::<T>(id).is_some_and(|object| {
            let home = object.facts.lineage.organization.and_then(|home| self.get::<Organization>(home));
            status(&object.data) == Standing::Active
                && home.is_some_and(|home| home.data.status == Standing::Active)
        })
    }
}
