//! Reads about principals and what hangs together.

use std::collections::BTreeSet;

use async_trait::async_trait;
use bailiwick_domain::entities::{
    ApiKey, AuditEvent, ClientApp, Content, Export, File, Grant, Invitation, Job, Node, Project, Role, Run,
    Task, User,
};
use bailiwick_domain::facts::Level;
use bailiwick_domain::guards::Granting;
use bailiwick_domain::ports::{
    Contents, Credential, CredentialKey, Identity, Known, KnownApp, Lookup, OutboxEvent, PolicyText, Purpose,
    RefreshToken, Remembered, RoleRow, RunsOf, Session, StoreError, Tally,
};
use bailiwick_domain::{Anchor, Facts, Kind, Near, Object, PrincipalId, PrincipalKind, Relation, Sealed};
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::read::contains;
use crate::state::{State, Stored};
use crate::work::executes;
use crate::{Cell, Memory};

#[async_trait]
impl<C: Cell> Lookup for Memory<C> {
    async fn known(&self, key: CredentialKey<'_>) -> Result<Option<Known>, StoreError> {
        Ok(self.0.with(|state| {
            let (principal, credential) = state.credential(key)?;
            let mut identity = state.identity_of(principal)?;
            if let Credential::Session(session) = &credential {
                identity.app = session.client_app_id.map(|id| state.issued_for(id));
            }
            Some(Known { identity, credential, stamps: None })
        }))
    }

    async fn known_app(&self, id: Uuid) -> Result<Option<KnownApp>, StoreError> {
        let found = self.0.with(|state| state.get::<ClientApp>(id).map(|_| state.issued_for(id)));
        Ok(found.map(|app| KnownApp { app, stamps: None }))
    }

    async fn keys_of_app(&self, app: Uuid) -> Result<Vec<Sealed<ApiKey>>, StoreError> {
        Ok(self.0.with(|state| state.all_with::<ApiKey>(|key| key.data.client_app_id == Some(app))))
    }

    async fn identities(&self, principals: &[PrincipalId]) -> Result<Vec<Identity>, StoreError> {
        Ok(self.0.with(|state| state.identities(principals)))
    }

    async fn concerned(&self, facts: &Facts) -> Result<Vec<PrincipalId>, StoreError> {
        Ok(self.0.with(|state| state.concerned(facts).into_iter().collect()))
    }

    async fn nodes(&self) -> Result<Vec<PrincipalId>, StoreError> {
        Ok(self.0.with(|state| state.all::<Node>().map(|node| PrincipalId::node(node.id)).collect()))
    }

    async fn candidates(
        &self,
        organizations: &[Uuid],
        q: &str,
        limit: usize,
    ) -> Result<Vec<(Uuid, String)>, StoreError> {
        Ok(self.0.with(|state| {
            let mut found: Vec<&Object<User>> = state
                .all::<User>()
                .map(AsRef::as_ref)
                .filter(|user| user.facts.lineage.organization.is_some_and(|at| organizations.contains(&at)))
                .filter(|user| contains(&user.data.username, q))
                .collect();
            found.sort_unstable_by(|a, b| a.data.username.cmp(&b.data.username).then(a.id.cmp(&b.id)));
            found.into_iter().take(limit).map(|user| (user.id, user.data.username.clone())).collect()
        }))
    }

    async fn members(&self, collaboration: Uuid) -> Result<Vec<Uuid>, StoreError> {
        Ok(self.0.with(|state| {
            state
                .collaborations
                .get(&collaboration)
                .map(|found| found.data.members.clone())
                .unwrap_or_default()
        }))
    }

    async fn roles_of(&self, organizations: &[Uuid]) -> Result<Vec<RoleRow>, StoreError> {
        Ok(self.0.with(|state| {
            let of = |role: &Object<Role>| {
                let home = role.facts.lineage.organization;
                home.is_none_or(|home| organizations.contains(&home))
            };
            state.all::<Role>().filter(|role| of(role)).map(|role| row(role)).collect()
        }))
    }

    async fn role_row(&self, id: Uuid) -> Result<Option<RoleRow>, StoreError> {
        Ok(self.0.with(|state| state.get::<Role>(id).map(|role| row(role))))
    }

    async fn granting(&self, roles: &[Uuid]) -> Result<Vec<Granting>, StoreError> {
        Ok(self.0.with(|state| {
            let of_them = state.all::<Grant>().filter(|grant| roles.contains(&grant.data.role_id));
            let to_them = state.all::<Invitation>().filter(|invited| roles.contains(&invited.data.role_id));
            let granted = of_them.filter_map(|grant| state.granting(grant));
            granted.chain(to_them.filter_map(|invitation| state.inviting(invitation))).collect()
        }))
    }

    async fn held_grants(&self, ids: &[Uuid]) -> Result<Vec<Granting>, StoreError> {
        Ok(self.0.with(|state| {
            let found = ids.iter().filter_map(|&id| state.get::<Grant>(id));
            let invited = ids.iter().filter_map(|&id| state.get::<Invitation>(id));
            let granted = found.filter_map(|grant| state.granting(grant));
            granted.chain(invited.filter_map(|invitation| state.inviting(invitation))).collect()
        }))
    }

    async fn dependents(&self, of: &Facts) -> Result<Vec<(Kind, u64)>, StoreError> {
        Ok(self.0.with(|state| {
            let mut counts = state.dependents(of);
            counts.retain(|&(_, count)| count > 0);
            counts
        }))
    }

    async fn subtasks(&self, task: Uuid) -> Result<Vec<Sealed<Task>>, StoreError> {
        Ok(self.0.with(|state| {
            let mut found: Vec<&Object<Task>> = Vec::new();
            let mut above = vec![task];
            while let Some(parent) = above.pop() {
                let children = state.all::<Task>().filter(|task| task.data.parent_id == Some(parent));
                for child in children {
                    above.push(child.id);
                    found.push(child);
                }
            }
            found.into_iter().map(|task| state.sealed(task)).collect()
        }))
    }

    async fn open_runs(&self, of: RunsOf) -> Result<Vec<Sealed<Run>>, StoreError> {
        Ok(self.0.with(|state| state.all_with::<Run>(|run| executes(run, of) && run.data.status.is_open())))
    }

    async fn runs(&self, of: RunsOf) -> Result<Vec<Sealed<Run>>, StoreError> {
        Ok(self.0.with(|state| state.all_with::<Run>(|run| executes(run, of))))
    }

    async fn nodes_in(&self, collaboration: Uuid) -> Result<Vec<Sealed<Node>>, StoreError> {
        Ok(self.0.with(|state| state.all_with::<Node>(|node| node.data.collaboration_id == collaboration)))
    }

    async fn shared_in(&self, collaboration: Uuid) -> Result<Vec<Sealed<Project>>, StoreError> {
        let shared = |project: &Object<Project>| project.data.collaboration_id == Some(collaboration);
        Ok(self.0.with(|state| state.all_with::<Project>(shared)))
    }

    async fn linked(&self, holder: Uuid, kind: Kind) -> Result<Vec<Uuid>, StoreError> {
        Ok(self.0.with(|state| state.linked(holder, kind)))
    }

    async fn holders(&self, target: Uuid, kind: Kind) -> Result<Vec<Uuid>, StoreError> {
        Ok(self.0.with(|state| state.holders(target, kind)))
    }

    async fn files_of_job(
        &self,
        job: Uuid,
        after: Option<Uuid>,
        limit: usize,
    ) -> Result<Vec<Sealed<File>>, StoreError> {
        Ok(self.0.with(|state| state.files_of_job(job, after, limit)))
    }

    async fn count_files_of_job(&self, job: Uuid) -> Result<u64, StoreError> {
        Ok(self.0.with(|state| state.count_files_of_job(job)))
    }

    async fn files_with_task(&self, job: Uuid, files: &[Uuid]) -> Result<Vec<Uuid>, StoreError> {
        Ok(self.0.with(|state| state.files_with_task(job, files)))
    }

    async fn names_taken(&self, job: Uuid, names: &[String]) -> Result<Vec<String>, StoreError> {
        let key = |name: &String| (Kind::Task, Some(job), name.clone());
        Ok(self.0.with(|state| {
            names.iter().filter(|name| state.names.contains_key(&key(name))).cloned().collect()
        }))
    }

    async fn contents_of(&self, source: Uuid) -> Result<Contents, StoreError> {
        Ok(self.0.with(|state| state.contents_of(source)))
    }

    async fn all_contents(&self, source: Uuid) -> Result<Vec<Sealed<Content>>, StoreError> {
        Ok(self.0.with(|state| state.parts_of(source).map(|content| state.sealed(content)).collect()))
    }

    async fn next_task(
        &self,
        job: Uuid,
        worker: Uuid,
        purpose: Purpose,
        now: OffsetDateTime,
    ) -> Result<Option<Sealed<Task>>, StoreError> {
        Ok(self.0.with(|state| state.next_task(job, worker, purpose, now)))
    }

    async fn tally(&self, job: Uuid) -> Result<Vec<Tally>, StoreError> {
        Ok(self.0.with(|state| state.tally(job)))
    }

    async fn launched_job(&self) -> Result<Option<Sealed<Job>>, StoreError> {
        Ok(self.0.with(|state| state.launched_job()))
    }

    async fn due_export(&self, now: OffsetDateTime) -> Result<Option<Sealed<Export>>, StoreError> {
        Ok(self.0.with(|state| state.due_export(now)))
    }

    async fn work_of(&self, user: Uuid, anchor: Anchor) -> Result<Vec<Sealed<Task>>, StoreError> {
        Ok(self.0.with(|state| state.work_of(user, anchor)))
    }

    async fn history(
        &self,
        object: Uuid,
        after: Option<Uuid>,
        limit: usize,
    ) -> Result<Vec<Sealed<AuditEvent>>, StoreError> {
        Ok(self.0.with(|state| state.history(object, after, limit)))
    }

    async fn strays(&self, now: OffsetDateTime, limit: usize) -> Result<Vec<Uuid>, StoreError> {
        Ok(self.0.with(|state| state.strays(now, limit)))
    }

    async fn blob_part(&self, blob: Uuid, part: i64) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.0.with(|state| state.blobs.get(&(blob, part)).map(|bytes| bytes.to_vec())))
    }

    async fn lasting_holders(&self, role: Uuid, now: OffsetDateTime) -> Result<u64, StoreError> {
        Ok(self.0.with(|state| {
            let lasts = |grant: &Object<Grant>| {
                let Grant { principal, role_id, anchor, expires_at, .. } = &grant.data;
                *role_id == role
                    && anchor.is_server()
                    && expires_at.is_none()
                    && state.is_active::<User>(principal.id, |user| user.status)
                    && state.held(grant).is_some_and(|held| held.is_live(now))
            };
            state.all::<Grant>().filter(|grant| lasts(grant)).count() as u64
        }))
    }

    async fn is_empty(&self) -> Result<bool, StoreError> {
        Ok(self.0.with(|state| state.organizations.is_empty()))
    }

    async fn near(&self, kind: Kind, id: Uuid) -> Result<Option<Near>, StoreError> {
        let relation = match kind {
            Kind::Organization => Relation::Organization,
            Kind::Project => Relation::Project,
            Kind::Job => Relation::Job,
            Kind::Task => Relation::Task,
            Kind::Role => Relation::Role,
            Kind::Node => Relation::Node,
            Kind::Collaboration => Relation::Collaboration,
            Kind::ClientApp => Relation::ClientApp,
            _ => Relation::Principal,
        };
        let named = self.0.with(|state| state.named(kind, id));
        Ok(named.map(|(name, facts)| Near { relation, name: name.into(), facts: facts.into() }))
    }

    async fn sessions_of(&self, user: Uuid) -> Result<Vec<Session>, StoreError> {
        Ok(self.0.with(|state| {
            let mut found: Vec<Session> =
                state.sessions.values().filter(|session| session.user_id == user).cloned().collect();
            found.sort_by_key(|session| std::cmp::Reverse((session.created_at, session.id)));
            found
        }))
    }

    async fn refresh_token(&self, hash: &str) -> Result<Option<RefreshToken>, StoreError> {
        Ok(self.0.with(|state| state.refresh_tokens.get(hash).cloned()))
    }

    async fn recall(
        &self,
        principal: Option<PrincipalId>,
        key: &str,
        since: OffsetDateTime,
    ) -> Result<Option<Remembered>, StoreError> {
        let found = self.0.with(|state| state.remembered.get(&(principal, key.to_owned())).cloned());
        Ok(found.filter(|answer| answer.at > since))
    }

    async fn outbox(&self, limit: usize) -> Result<Vec<OutboxEvent>, StoreError> {
        Ok(self.0.with(|state| state.outbox.values().take(limit).cloned().collect()))
    }

    async fn setting(&self, name: &str) -> Result<Option<Value>, StoreError> {
        Ok(self.0.with(|state| state.settings.get(name).cloned()))
    }

    async fn policy_in_force(&self) -> Result<Option<PolicyText>, StoreError> {
        Ok(self.0.with(|state| state.policies.last().cloned()))
    }

    async fn knows_policy(&self, version: &str) -> Result<bool, StoreError> {
        Ok(self.0.with(|state| state.policies.iter().any(|policy| policy.version == version)))
    }

    async fn ping(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

impl State {
    /// Whom a credential belongs to, and what it holds beside.
    fn credential(&self, key: CredentialKey<'_>) -> Option<(PrincipalId, Credential)> {
        let password =
            |user| (PrincipalId::user(user), Credential::Password(self.passwords.get(&user).cloned()));
        match key {
            CredentialKey::Session(id) => {
                let session = self.sessions.get(&id)?;
                Some((PrincipalId::user(session.user_id), Credential::Session(session.clone())))
            }
            CredentialKey::ApiKey(id) => {
                let ApiKey { secret_hash, old_secret, addresses, last_used_at, .. } =
                    self.get::<ApiKey>(id)?.data.clone();
                let credential = Credential::ApiKey { secret_hash, old_secret, addresses, last_used_at };
                Some((PrincipalId::api_key(id), credential))
            }
            CredentialKey::Login { organization, username } => {
                let home = *self.names.get(&(Kind::Organization, None, organization.to_owned()))?;
                self.names.get(&(Kind::User, Some(home), username.to_owned())).map(|&user| password(user))
            }
            CredentialKey::User(id) => Some(password(id)),
            CredentialKey::Node(id) => {
                let secret_hash = self.get::<Node>(id)?.data.secret_hash.clone();
                Some((PrincipalId::node(id), Credential::Node { secret_hash }))
            }
            CredentialKey::Machine(id) => {
                let token = self.machine_tokens.get(&id)?.clone();
                let principal = token.principal;
                let node = match principal.kind {
                    PrincipalKind::Container => self.get::<Run>(principal.id)?.data.node_id,
                    _ => Some(principal.id),
                };
                let node = node.and_then(|id| self.get::<Node>(id));
                let last_seen_at = node.and_then(|node| node.data.last_seen_at);
                Some((principal, Credential::Machine { token, last_seen_at }))
            }
        }
    }

    /// All objects of a kind for which something holds, by id.
    fn all_with<T: Stored>(&self, holds: impl Fn(&Object<T>) -> bool) -> Vec<Sealed<T>> {
        self.all::<T>().filter(|object| holds(object)).map(|object| self.sealed(object)).collect()
    }

    fn concerned(&self, facts: &Facts) -> BTreeSet<PrincipalId> {
        // For viewing, a collaboration lies inside each of its members.
        let reaches = |anchor: Anchor| {
            facts.lineage.is_inside(anchor)
                || (facts.kind == Kind::Collaboration
                    && anchor.level == Level::Organization
                    && anchor.id.is_some_and(|member| facts.is_home(member)))
        };
        // What a task lends comes with it and with its job.
        let lends = |grant: &Object<Grant>| {
            let job = grant.facts.lineage.job;
            facts.lent.iter().any(|lent| job == Some(lent.job))
        };
        let itself = PrincipalKind::ALL
            .iter()
            .find(|kind| kind.kind() == facts.kind)
            .map(|&kind| PrincipalId { kind, id: facts.id });
        self.all::<Grant>()
            .filter(|grant| reaches(grant.data.anchor) || lends(grant))
            .map(|grant| grant.data.principal)
            .chain([facts.maker, facts.assignee, facts.names, itself].into_iter().flatten())
            .chain(facts.lent.iter().map(|lent| lent.to))
            // Who made one of those that a proposal lies between may edit that, and so answer.
            .chain(facts.between.iter().flat_map(|between| between.iter()).filter_map(|side| side.maker))
            .collect()
    }
}

/// A role as a node of its organization's graph.
fn row(role: &Object<Role>) -> RoleRow {
    let Role { name, built_in, active, rules, includes, live, full, .. } = role.data.clone();
    let organization = role.facts.lineage.organization;
    RoleRow { id: role.id, name, organization, built_in, active, rules, includes, live, full }
}
