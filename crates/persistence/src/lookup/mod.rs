//! Reads about principals and what hangs together, each in the file that it is named after.

mod apps;
mod concerned;
mod dependents;
mod held;
mod identity;
mod machines;
mod near;
mod principals;
mod recalled;
mod roles;
mod runs;
mod sessions;
mod sources;
mod users;
mod work;

pub(crate) use machines::TOKEN;
#[cfg(test)]
pub(crate) use machines::select_container;
#[cfg(test)]
pub(crate) use principals::select_known;
pub(crate) use recalled::{knows_policy, owner};
pub(crate) use sessions::{REFRESH_TOKEN, SESSION};
#[cfg(all(test, any(feature = "postgres", feature = "mysql")))]
pub(crate) use work::select_files;
#[cfg(test)]
pub(crate) use work::{select_launched, select_next};

use async_trait::async_trait;
use bailiwick_domain::entities::{ApiKey, AuditEvent, Content, Export, File, Job, Node, Project, Run, Task};
use bailiwick_domain::guards::Granting;
use bailiwick_domain::ports::{
    Contents, CredentialKey, Identity, Known, KnownApp, Lookup, OutboxEvent, PolicyText, Purpose,
    RefreshToken, Remembered, RoleRow, RunsOf, Session, StoreError, Tally,
};
use bailiwick_domain::{Anchor, Facts, Kind, Near, PrincipalId, Sealed};
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::store::{Place, Sea};

#[async_trait]
impl<P: Place> Lookup for Sea<P> {
    async fn known(&self, key: CredentialKey<'_>) -> Result<Option<Known>, StoreError> {
        principals::known(self.conn(), key).await
    }

    async fn known_app(&self, id: Uuid) -> Result<Option<KnownApp>, StoreError> {
        apps::known_app(self.conn(), id).await
    }

    async fn keys_of_app(&self, app: Uuid) -> Result<Vec<Sealed<ApiKey>>, StoreError> {
        apps::keys_of_app(self.conn(), app).await
    }

    async fn identities(&self, principals: &[PrincipalId]) -> Result<Vec<Identity>, StoreError> {
        principals::identities(self.conn(), principals).await
    }

    async fn concerned(&self, facts: &Facts) -> Result<Vec<PrincipalId>, StoreError> {
        concerned::concerned(self.conn(), facts).await
    }

    async fn nodes(&self) -> Result<Vec<PrincipalId>, StoreError> {
        concerned::nodes(self.conn()).await
    }

    async fn candidates(
        &self,
        organizations: &[Uuid],
        q: &str,
        limit: usize,
    ) -> Result<Vec<(Uuid, String)>, StoreError> {
        users::candidates(self.conn(), organizations, q, limit).await
    }

    async fn members(&self, collaboration: Uuid) -> Result<Vec<Uuid>, StoreError> {
        users::members(self.conn(), collaboration).await
    }

    async fn roles_of(&self, organizations: &[Uuid]) -> Result<Vec<RoleRow>, StoreError> {
        roles::roles_of(self.conn(), organizations).await
    }

    async fn role_row(&self, id: Uuid) -> Result<Option<RoleRow>, StoreError> {
        roles::role_row(self.conn(), id).await
    }

    async fn granting(&self, roles: &[Uuid]) -> Result<Vec<Granting>, StoreError> {
        held::granting(self.conn(), "role_id", roles).await
    }

    async fn held_grants(&self, ids: &[Uuid]) -> Result<Vec<Granting>, StoreError> {
        held::granting(self.conn(), "id", ids).await
    }

    async fn dependents(&self, of: &Facts) -> Result<Vec<(Kind, u64)>, StoreError> {
        dependents::dependents(self.conn(), of).await
    }

    async fn subtasks(&self, task: Uuid) -> Result<Vec<Sealed<Task>>, StoreError> {
        near::subtasks(self.conn(), task).await
    }

    async fn open_runs(&self, of: RunsOf) -> Result<Vec<Sealed<Run>>, StoreError> {
        runs::open_runs(self.conn(), of).await
    }

    async fn runs(&self, of: RunsOf) -> Result<Vec<Sealed<Run>>, StoreError> {
        runs::runs(self.conn(), of).await
    }

    async fn nodes_in(&self, collaboration: Uuid) -> Result<Vec<Sealed<Node>>, StoreError> {
        runs::nodes_in(self.conn(), collaboration).await
    }

    async fn shared_in(&self, collaboration: Uuid) -> Result<Vec<Sealed<Project>>, StoreError> {
        runs::shared_in(self.conn(), collaboration).await
    }

    async fn linked(&self, holder: Uuid, kind: Kind) -> Result<Vec<Uuid>, StoreError> {
        work::linked(self.conn(), holder, kind).await
    }

    async fn holders(&self, target: Uuid, kind: Kind) -> Result<Vec<Uuid>, StoreError> {
        work::holders(self.conn(), target, kind).await
    }

    async fn files_of_job(
        &self,
        job: Uuid,
        after: Option<Uuid>,
        limit: usize,
    ) -> Result<Vec<Sealed<File>>, StoreError> {
        work::files_of_job(self.conn(), job, after, limit).await
    }

    async fn count_files_of_job(&self, job: Uuid) -> Result<u64, StoreError> {
        work::count_files_of_job(self.conn(), job).await
    }

    async fn files_with_task(&self, job: Uuid, files: &[Uuid]) -> Result<Vec<Uuid>, StoreError> {
        work::files_with_task(self.conn(), job, files).await
    }

    async fn names_taken(&self, job: Uuid, names: &[String]) -> Result<Vec<String>, StoreError> {
        work::names_taken(self.conn(), job, names).await
    }

    async fn next_task(
        &self,
        job: Uuid,
        worker: Uuid,
        purpose: Purpose,
        now: OffsetDateTime,
    ) -> Result<Option<Sealed<Task>>, StoreError> {
        work::next_task(self.conn(), job, worker, purpose, now).await
    }

    async fn contents_of(&self, source: Uuid) -> Result<Contents, StoreError> {
        sources::contents_of(self.conn(), source).await
    }

    async fn all_contents(&self, source: Uuid) -> Result<Vec<Sealed<Content>>, StoreError> {
        sources::all_contents(self.conn(), source).await
    }

    async fn tally(&self, job: Uuid) -> Result<Vec<Tally>, StoreError> {
        work::tally(self.conn(), job).await
    }

    async fn launched_job(&self) -> Result<Option<Sealed<Job>>, StoreError> {
        work::launched_job(self.conn()).await
    }

    async fn due_export(&self, now: OffsetDateTime) -> Result<Option<Sealed<Export>>, StoreError> {
        work::due_export(self.conn(), now).await
    }

    async fn work_of(&self, user: Uuid, anchor: Anchor) -> Result<Vec<Sealed<Task>>, StoreError> {
        work::work_of(self.conn(), user, anchor).await
    }

    async fn history(
        &self,
        object: Uuid,
        after: Option<Uuid>,
        limit: usize,
    ) -> Result<Vec<Sealed<AuditEvent>>, StoreError> {
        work::history(self.conn(), object, after, limit).await
    }

    async fn strays(&self, now: OffsetDateTime, limit: usize) -> Result<Vec<Uuid>, StoreError> {
        work::strays(self.conn(), now, limit).await
    }

    async fn blob_part(&self, blob: Uuid, part: i64) -> Result<Option<Vec<u8>>, StoreError> {
        runs::blob_part(self.conn(), blob, part).await
    }

    async fn lasting_holders(&self, role: Uuid, now: OffsetDateTime) -> Result<u64, StoreError> {
        users::lasting_holders(self.conn(), role, now).await
    }

    async fn is_empty(&self) -> Result<bool, StoreError> {
        recalled::is_empty(self.conn()).await
    }

    async fn near(&self, kind: Kind, id: Uuid) -> Result<Option<Near>, StoreError> {
        near::near(self.conn(), kind, id).await
    }

    async fn sessions_of(&self, user: Uuid) -> Result<Vec<Session>, StoreError> {
        sessions::sessions_of(self.conn(), user).await
    }

    async fn refresh_token(&self, hash: &str) -> Result<Option<RefreshToken>, StoreError> {
        sessions::refresh_token(self.conn(), hash).await
    }

    async fn recall(
        &self,
        principal: Option<PrincipalId>,
        key: &str,
        since: OffsetDateTime,
    ) -> Result<Option<Remembered>, StoreError> {
        recalled::recall(self.conn(), principal, key, since).await
    }

    async fn outbox(&self, limit: usize) -> Result<Vec<OutboxEvent>, StoreError> {
        recalled::outbox(self.conn(), limit).await
    }

    async fn setting(&self, name: &str) -> Result<Option<Value>, StoreError> {
        recalled::setting(self.conn(), name).await
    }

    async fn policy_in_force(&self) -> Result<Option<PolicyText>, StoreError> {
        recalled::policy_in_force(self.conn()).await
    }

    async fn knows_policy(&self, version: &str) -> Result<bool, StoreError> {
        recalled::knows_policy(self.conn(), version).await
    }

    async fn verify(&self) -> Result<(), StoreError> {
        self.verify_presumption().await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        recalled::ping(self.conn()).await
    }
}
