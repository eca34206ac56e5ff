//! Principals with all that they hold.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_domain::access::App;
use bailiwick_domain::caller::{Confinement, HeldGrant};
use bailiwick_domain::entities::{
    ApiKey, ClientApp, Collaboration, Grant, Node, Organization, Role, Run, Standing, Task, User,
};
use bailiwick_domain::guards::Granting;
use bailiwick_domain::ports::{Identity, IssuedFor, Works};
use bailiwick_domain::{Anchor, Facts, Kind, Object, PrincipalId, PrincipalKind};
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
        match principal.kind {
            PrincipalKind::Container => self.container(principal.id),
            _ => self.identities(&[principal]).pop(),
        }
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
            PrincipalKind::Node => self.get::<Node>(principal.id)?.data.status,
            PrincipalKind::Container => return None,
        };
        let ends_at = match principal.kind {
            PrincipalKind::ApiKey => self.get::<ApiKey>(principal.id)?.data.expires_at,
            _ => None,
        };
        let home = self.get::<Organization>(facts.lineage.organization?)?;
        let maker = self.maker(principal).and_then(|maker| self.identity(maker, grants));
        Some(Identity {
            principal,
            name,
            home_name: home.data.name.clone(),
            active: status == Standing::Active && home.data.status == Standing::Active,
            ends_at,
            grants: match principal.kind {
                PrincipalKind::Node => vec![HeldGrant::by_being(principal)],
                _ => grants.get(&principal).cloned().unwrap_or_default(),
            },
            collaborations: match principal.kind {
                PrincipalKind::Node => self.working_in(facts.collaboration),
                _ => self.collaborations_of(home.id),
            },
            maker: maker.map(Box::new),
            works: None,
            app: match principal.kind {
                PrincipalKind::ApiKey => {
                    self.get::<ApiKey>(principal.id)?.data.client_app_id.map(|id| self.issued_for(id))
                }
                _ => None,
            },
            facts,
        })
    }

    fn collaborations_of(&self, home: Uuid) -> Vec<(Uuid, Vec<Uuid>)> {
        let joined = self.all::<Collaboration>().filter(|found| found.data.members.contains(&home));
        joined.map(|found| (found.id, found.data.members.clone())).collect()
    }

    fn working_in(&self, collaboration: Option<Uuid>) -> Vec<(Uuid, Vec<Uuid>)> {
        let found = collaboration.and_then(|id| self.get::<Collaboration>(id));
        found.map(|found| (found.id, found.data.members.clone())).into_iter().collect()
    }

    /// The container of a run.
    fn container(&self, id: Uuid) -> Option<Identity> {
        let run = self.get::<Run>(id)?;
        let (lineage, executor) = (run.facts.lineage, run.data.executor_id);
        let task = self.get::<Task>(lineage.task?)?;
        let made_by = task.facts.maker;
        let maker = made_by.filter(|maker| maker.kind == PrincipalKind::User);
        let mut facts = Facts::new(Kind::Container, id, lineage);
        facts.homes = std::iter::once(executor).collect();
        facts.collaboration = self.facts(&run.facts).collaboration;
        let node = run.data.node_id;
        let inside = Confinement {
            node: node.unwrap_or_default(),
            task: task.id,
            job: lineage.job?,
            project: lineage.project?,
            collaboration: facts.collaboration,
        };
        let principal = PrincipalId::container(id);
        let home = self.get::<Organization>(executor);
        Some(Identity {
            principal,
            name: task.data.name.clone(),
            home_name: home.map(|home| home.data.name.clone()).unwrap_or_default(),
            active: run.data.status.is_open()
                && node.is_some_and(|node| self.is_active::<Node>(node, |node| node.status)),
            ends_at: None,
            grants: vec![HeldGrant::by_being(principal)],
            collaborations: self.working_in(facts.collaboration),
            maker: maker.and_then(|maker| self.identity_of(maker)).map(Box::new),
            works: Some(Works { inside, made_by }),
            app: None,
            facts,
        })
    }

    /// The client app that a credential was issued for.
    pub fn issued_for(&self, id: Uuid) -> IssuedFor {
        self.get::<ClientApp>(id).map_or_else(
            || IssuedFor::gone(id),
            |app| IssuedFor {
                id,
                app: App::new(&app.data.name),
                active: app.data.status == Standing::Active,
                secret_hash: app.data.secret_hash.clone(),
                old_secret: app.data.old_secret.clone(),
            },
        )
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
