//! Removing what a world file does not name, within what it covers: from the leaves of the cascade upwards.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_domain::entities::{Grant, User};
use bailiwick_domain::facts::{Facts, Level};
use bailiwick_domain::gate::{Delete, Sealed};
use bailiwick_domain::guards;
use bailiwick_domain::kind::Kind;
use bailiwick_domain::object::Object;
use bailiwick_domain::ports::Lookup;
use bailiwick_domain::principal::PrincipalId;
use uuid::Uuid;

use super::apply::Work;
use super::file::{SERVER, organization_of};
use super::grants::grant_title;
use super::known::KnownGrant;
use super::plan::Line;
use crate::delete::{Deletable, delete_in};
use crate::error::AppError;
use crate::grants::receiver_of;
use crate::kept::Writable;

impl Work<'_, '_> {
    /// Removes what is not named. `kept` are the grants that are.
    pub async fn prune(&mut self, kept: &BTreeSet<Uuid>) -> Result<(), AppError> {
        self.dismiss().await?;
        self.prune_grants(kept).await?;
        let known = &self.known;
        let mut tasks = self.unnamed(&known.tasks, &self.said.tasks);
        let jobs = self.unnamed(&known.jobs, &self.said.jobs);
        // No file can name a computation: it goes with its job, and stays with it.
        let goes = |job: Uuid| jobs.iter().any(|(_, gone)| gone.id == job);
        tasks.retain(|(_, task)| task.data.image.is_none() || task.facts.lineage.job.is_some_and(goes));
        let projects = self.unnamed(&known.projects, &self.said.projects);
        let roles = self.unnamed(&known.roles, &self.said.roles);
        let users = self.unnamed(&known.users, &self.said.users);
        self.lose_with(&tasks);
        self.lose_with(&jobs);
        self.lose_with(&projects);
        self.lose_with(&roles);
        self.lose_with(&users);
        self.lose_elsewhere(&users).await?;
        self.remove_all(leaves_first(tasks, |task| task.data.parent_id.into_iter().collect()), false).await?;
        self.remove_all(jobs, true).await?;
        self.remove_all(projects, true).await?;
        self.remove_all(leaves_first(roles, |role| role.data.includes.clone()), true).await?;
        self.remove_all(users, true).await
    }

    /// What is covered and not named.
    fn unnamed<T: Clone>(
        &self,
        known: &BTreeMap<String, Object<T>>,
        named: &BTreeSet<String>,
    ) -> Vec<(String, Object<T>)> {
        let unnamed = known.iter().filter(|(path, _)| self.said.covers(path) && !named.contains(*path));
        unnamed.map(|(path, object)| (path.clone(), object.clone())).collect()
    }

    async fn prune_grants(&mut self, kept: &BTreeSet<Uuid>) -> Result<(), AppError> {
        let Some(entries) = &self.file.grants else { return Ok(()) };
        let said: BTreeSet<&str> = entries.iter().map(|entry| entry.at.value.as_str()).collect();
        let covered = |grant: &&KnownGrant| match grant.at.as_str() {
            SERVER => self.said.organizations.contains_key(organization_of(&grant.user)),
            at => said.contains(at) || self.said.has_place(at),
        };
        let gone: Vec<KnownGrant> = self
            .known
            .grants
            .iter()
            .filter(|grant| !kept.contains(&grant.object.id))
            .filter(covered)
            .cloned()
            .collect();
        self.remove_grants(gone).await
    }

    async fn remove_grants(&mut self, gone: Vec<KnownGrant>) -> Result<(), AppError> {
        let cx = self.cx;
        let ids: Vec<Uuid> = gone.iter().map(|grant| grant.object.id).collect();
        let held = self.held(&ids).await?;
        let (mut removed, mut reasons) = (Vec::with_capacity(gone.len()), Vec::with_capacity(gone.len()));
        for grant in gone {
            let id = grant.object.id;
            let granting = held.get(&id).ok_or(AppError::Contention)?;
            self.lose(&grant);
            let granted = cx
                .gate
                .open::<Delete, Grant>(&cx.caller, Some(Sealed::new(grant.object)))
                .map_err(|denial| AppError::denied(denial, id))?;
            reasons.push(granted.because());
            removed.push(guards::remove_grant(&cx.gate, granted, &granting.grant, &receiver_of(granting))?);
        }
        Grant::write(self.unit).remove(&removed).await?;
        let records = removed.iter().zip(reasons).map(|(gone, because)| (because, Some(gone.object()), None));
        cx.record_all(self.unit, records).await?;
        self.known.grants.retain(|grant| !ids.contains(&grant.object.id));
        Ok(())
    }

    /// Grants that go with objects that go: those anchored in them, of them or naming them.
    fn lose_with<T>(&mut self, gone: &[(String, Object<T>)]) {
        let ids: BTreeSet<Uuid> = gone.iter().map(|(_, object)| object.id).collect();
        if ids.is_empty() {
            return;
        }
        let (lost, left): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.known.grants).into_iter().partition(|grant| {
                let (data, line) = (&grant.object.data, &grant.object.facts.lineage);
                let places = [line.project, line.job, line.task, Some(data.role_id), Some(data.principal.id)];
                places.into_iter().flatten().any(|id| ids.contains(&id))
            });
        self.known.grants = left;
        lost.iter().for_each(|grant| self.lose(grant));
    }

    /// Grants of users who go, at places that the file does not speak of.
    async fn lose_elsewhere(&mut self, gone: &[(String, Object<User>)]) -> Result<(), AppError> {
        let who: Vec<PrincipalId> = gone.iter().map(|(_, user)| PrincipalId::user(user.id)).collect();
        for identity in Lookup::identities(self.unit, &who).await? {
            let user = gone.iter().find(|(_, user)| user.id == identity.principal.id);
            let Some((user, _)) = user else { continue };
            // What lies where the file speaks of it has been noted already.
            let elsewhere = identity.grants.iter().filter(|grant| !self.spoken.contains(&grant.grant));
            for grant in elsewhere {
                let Some(at) = self.place_name(&grant.at).await? else { continue };
                let path = grant_title(user, &grant.role_name, &at);
                self.plan.removed.push(Line { kind: Kind::Grant, path, what: String::new() });
                if grant.is_live(self.cx.gate.now()) {
                    self.effects.had(user, &grant.role_name, &at);
                    self.effects.lost(user, &grant.role_name, &at);
                }
            }
        }
        Ok(())
    }

    /// The path of a place below the server, if the caller may view it.
    async fn place_name(&self, at: &Facts) -> Result<Option<String>, AppError> {
        if at.kind == Kind::Server || !self.cx.gate.may_view(&self.cx.caller, at) {
            return Ok(None);
        }
        let mut names = Vec::new();
        for level in Level::ALL {
            if let Some(id) = at.lineage.at(*level) {
                names.extend(Lookup::near(self.unit, level.kind(), id).await?.map(|near| near.name));
            }
        }
        Ok(Some(names.join("/")))
    }

    /// Notes a grant that goes.
    fn lose(&mut self, grant: &KnownGrant) {
        if self.is_live(grant) {
            self.effects.lost(&grant.user, &grant.role, &grant.at);
        }
        let path = grant_title(&grant.user, &grant.role, &grant.at);
        self.plan.removed.push(Line { kind: Kind::Grant, path, what: String::new() });
    }

    async fn remove_all<T: Deletable>(
        &mut self,
        gone: Vec<(String, Object<T>)>,
        cascade: bool,
    ) -> Result<(), AppError> {
        let cx = self.cx;
        for (path, object) in gone {
            let id = object.id;
            // Read anew: what hung under others may be gone with them.
            let Some(row) = T::read(self.unit).find(id).await? else { continue };
            let granted = cx
                .gate
                .open::<Delete, T>(&cx.caller, Some(row))
                .map_err(|denial| AppError::denied(denial, id))?;
            delete_in(cx, self.unit, granted, cascade).await?;
            self.plan.removed.push(Line { kind: T::KIND, path, what: String::new() });
        }
        Ok(())
    }
}

/// Objects in an order in which each comes before those that it hangs on.
fn leaves_first<T>(
    mut objects: Vec<(String, Object<T>)>,
    hangs_on: impl Fn(&Object<T>) -> Vec<Uuid>,
) -> Vec<(String, Object<T>)> {
    let mut order = Vec::with_capacity(objects.len());
    while !objects.is_empty() {
        let needed: BTreeSet<Uuid> = objects.iter().flat_map(|(_, object)| hangs_on(object)).collect();
        let (stay, leave): (Vec<_>, Vec<_>) =
            objects.into_iter().partition(|(_, object)| needed.contains(&object.id));
        if leave.is_empty() {
            order.extend(stay);
            break;
        }
        order.extend(leave);
        objects = stay;
    }
    order
}
