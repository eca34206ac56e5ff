//! Storage: reads that hand out sealed objects, and units of work that commit everything or nothing.
//!
//! Every adapter implements the same traits for its store and for its unit of work; the conformance suite of
//! the testkit holds each to them.

use async_trait::async_trait;
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::auth::{RefreshToken, Session};
use super::events::OutboxEvent;
use super::identity::{CredentialKey, Identity, Known, KnownApp};
use super::imports::{ImportLookup, ImportRecord};
use super::people::{PeopleLookup, PeopleRecord};
use super::presumption::Presumption;
use super::record::Record;
use super::source::PolicyText;
use crate::entities::{
    Annotation, ApiKey, AuditEvent, ClientApp, Collaboration, Comment, Content, Dataset, Export, File, Grant,
    Invitation, Job, Label, Node, Organization, Project, Proposal, Role, Run, Source, Task, TaskStatus, User,
};
use crate::facts::{Anchor, Facts};
use crate::gate::Sealed;
use crate::guards::Granting;
use crate::object::{Changed, Entity, Near, New, Removed};
use crate::page::{Page, Query};
use crate::principal::PrincipalId;
use crate::reach::Visible;
use crate::rule::Rule;

/// What can go wrong in storage, and so what the caller can do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A name that must be unique is taken. Names the field.
    #[error("{0} is taken")]
    Taken(&'static str),
    /// The object has moved on since it was read, or is gone.
    #[error("the object has moved on since it was read")]
    Stale,
    /// Another unit of work came between; trying again may help.
    #[error("another change came between")]
    Retry,
    /// Storage did not get to it in time: no connection became free, a lock was not given up, a statement took too
    /// long. Nothing of it happened.
    #[error("storage did not answer in time")]
    Busy(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// What the request presumed of its caller or of the policy no longer holds: whoever asks must be read anew.
    #[error("what was presumed no longer holds")]
    Outdated,
    /// Storage can't be reached or does not answer. Of a commit, it may have happened.
    #[error("storage is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// What is stored can't be understood.
    #[error("stored data can't be understood: {0}")]
    Corrupt(String),
}

/// What a source has already.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contents {
    /// The names of its contents.
    pub names: BTreeSet<String>,
    /// The place after the last of them; nought where there is none.
    pub next: i64,
}

/// Finding and listing objects of one kind.
#[async_trait]
pub trait Read<T: Entity>: Send + Sync {
    /// The object of this id, with what is near it. One query.
    async fn find(&self, id: Uuid) -> Result<Option<Sealed<T>>, StoreError>;
    /// The objects of these ids, in no order; those that are not there are left out. One query.
    async fn find_all(&self, ids: &[Uuid]) -> Result<Vec<Sealed<T>>, StoreError>;
    /// One page of what is visible and passes the filters, with all that the query asks for. One query.
    async fn list(&self, visible: &Visible<'_, T>, query: &Query) -> Result<Page<T>, StoreError>;
    /// All objects inside an anchor, itself apart, at any depth.
    async fn inside(&self, anchor: Anchor) -> Result<Vec<Sealed<T>>, StoreError>;
}

/// Writing objects of one kind, inside a unit of work.
#[async_trait]
pub trait Write<T: Entity>: Read<T> {
    /// Adds an object.
    async fn add(&self, new: &New<T>) -> Result<(), StoreError>;
    /// Adds objects, none of them under another of them.
    async fn add_all(&self, new: &[New<T>]) -> Result<(), StoreError> {
        for new in new {
            self.add(new).await?;
        }
        Ok(())
    }
    /// Stores a change; [`StoreError::Stale`] when the version read is no longer the one stored.
    async fn save(&self, changed: &Changed<T>) -> Result<(), StoreError>;
    /// Removes objects, each with the grants anchored in it or naming it; a user with sessions, password and the
    /// API keys that act for it; an organization with its memberships in collaborations and its proposals; a
    /// collaboration with its proposals; a node with its tokens; a client app with the sessions that it was signed in through; a run with its tokens and all that is stored of it.
    async fn remove(&self, removed: &[Removed<T>]) -> Result<(), StoreError>;
}
/// A role as a node of its organization's graph of includes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleRow {
    /// Which role.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its organization; absent for built-in roles.
    pub organization: Option<Uuid>,
    /// Described by the policy files.
    pub built_in: bool,
    /// Whether it gives anything.
    pub active: bool,
    /// Its own rules.
    pub rules: Vec<Rule>,
    /// What it includes.
    pub includes: Vec<Uuid>,
    /// Its includes followed through active roles.
    pub live: crate::role::Closure,
    /// Its includes followed in full.
    pub full: crate::role::Closure,
}

/// Whose runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunsOf {
    /// Of all tasks of a project.
    Project(Uuid),
    /// Of a task.
    Task(Uuid),
    /// Executed by a node.
    Node(Uuid),
}

/// What a task is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To do its work.
    Work,
    /// To look at the work of somebody else.
    Review,
}

/// How many tasks of a job have one status and one assignee.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tally {
    /// The status.
    pub status: TaskStatus,
    /// The assignee, if there is one.
    pub assignee_id: Option<Uuid>,
    /// How many.
    pub tasks: u64,
}

/// A stored answer to a request with an idempotency key.
#[derive(Debug, Clone, PartialEq)]
pub struct Remembered {
    /// Who asked; `None` for the operator.
    pub principal: Option<PrincipalId>,
    /// The key that the request carried.
    pub key: String,
    /// Hash of method, path and body.
    pub fingerprint: String,
    /// The object that was made.
    pub object_id: Uuid,
    /// When.
    pub at: OffsetDateTime,
}

/// Reads about principals and what hangs together.
#[async_trait]
pub trait Lookup: Send + Sync {
    /// The principal that a credential finds, with all its grants. One query.
    async fn known(&self, key: CredentialKey<'_>) -> Result<Option<Known>, StoreError>;
    /// A client app, to be proved by its key. One query.
    async fn known_app(&self, id: Uuid) -> Result<Option<KnownApp>, StoreError>;
    /// The API keys that were issued for a client app.
    async fn keys_of_app(&self, app: Uuid) -> Result<Vec<Sealed<ApiKey>>, StoreError>;
    /// Principals by id; those that do not exist are left out. A fixed number of queries.
    async fn identities(&self, principals: &[PrincipalId]) -> Result<Vec<Identity>, StoreError>;
    /// The principals that a decision about this object might allow: named by a grant at the server or at a point of
    /// its lineage, its maker, its assignee, itself.
    async fn concerned(&self, facts: &Facts) -> Result<Vec<PrincipalId>, StoreError>;
    /// Every node. What nodes hold by being nodes, they hold at the server, so any may be let in anywhere.
    async fn nodes(&self) -> Result<Vec<PrincipalId>, StoreError>;
    /// Users of these organizations whose name contains the text, by id and name, at most `limit`, by name.
    async fn candidates(
        &self,
        organizations: &[Uuid],
        q: &str,
        limit: usize,
    ) -> Result<Vec<(Uuid, String)>, StoreError>;
    /// The members of a collaboration.
    async fn members(&self, collaboration: Uuid) -> Result<Vec<Uuid>, StoreError>;
    /// The built-in roles and the roles of these organizations.
    async fn roles_of(&self, organizations: &[Uuid]) -> Result<Vec<RoleRow>, StoreError>;
    /// One role, by id.
    async fn role_row(&self, id: Uuid) -> Result<Option<RoleRow>, StoreError>;
    /// The grants of these roles, and the invitations to them, which name nobody yet.
    async fn granting(&self, roles: &[Uuid]) -> Result<Vec<Granting>, StoreError>;
    /// Grants and invitations by id, each with its role, its anchor and the home of the principal that it names.
    async fn held_grants(&self, ids: &[Uuid]) -> Result<Vec<Granting>, StoreError>;
    /// What hangs under an object, counted by kind, grants and audit events apart: an organization's users, roles, keys
    /// nodes and projects; a collaboration's nodes and the projects that are shared in it; a project's jobs, keys, files,
    /// datasets, labels and sources; a source's contents; a client app's keys; a job's tasks, comments and exports; a task's
    /// subtasks, runs, annotations and comments; a file's tasks and annotations; a label's annotations; for a role the
    /// grants of it and the invitations to it (as `Kind::Grant`) and the roles that include it.
    async fn dependents(&self, of: &Facts) -> Result<Vec<(crate::kind::Kind, u64)>, StoreError>;
    /// The subtasks of a task, at any depth.
    async fn subtasks(&self, task: Uuid) -> Result<Vec<Sealed<Task>>, StoreError>;
    /// The open runs of a project, of a task, or executed by a node.
    async fn open_runs(&self, of: RunsOf) -> Result<Vec<Sealed<Run>>, StoreError>;
    /// All runs of a task, or executed by a node.
    async fn runs(&self, of: RunsOf) -> Result<Vec<Sealed<Run>>, StoreError>;
    /// The nodes that work in a collaboration.
    async fn nodes_in(&self, collaboration: Uuid) -> Result<Vec<Sealed<Node>>, StoreError>;
    /// The projects that are shared in a collaboration.
    async fn shared_in(&self, collaboration: Uuid) -> Result<Vec<Sealed<Project>>, StoreError>;
    /// Which of these kinds an object links to, by id.
    async fn linked(&self, holder: Uuid, kind: crate::kind::Kind) -> Result<Vec<Uuid>, StoreError>;
    /// Which objects of a kind link to an object, by id.
    async fn holders(&self, target: Uuid, kind: crate::kind::Kind) -> Result<Vec<Uuid>, StoreError>;
    /// The files of the datasets of a job that come after this one, by id, at most so many.
    async fn files_of_job(
        &self,
        job: Uuid,
        after: Option<Uuid>,
        limit: usize,
    ) -> Result<Vec<Sealed<File>>, StoreError>;
    /// How many files there are in the datasets of a job.
    async fn count_files_of_job(&self, job: Uuid) -> Result<u64, StoreError>;
    /// Which of these files a job has a task about.
    async fn files_with_task(&self, job: Uuid, files: &[Uuid]) -> Result<Vec<Uuid>, StoreError>;
    /// Which of these names a task of a job has.
    async fn names_taken(&self, job: Uuid, names: &[String]) -> Result<Vec<String>, StoreError>;
    /// The task of a job that a worker is to take next: what is assigned to them, then the first that nobody has, then
    /// the first that is lent no longer. In a unit, no other unit gets the same one until this one has ended.
    async fn next_task(
        &self,
        job: Uuid,
        worker: Uuid,
        purpose: Purpose,
        now: OffsetDateTime,
    ) -> Result<Option<Sealed<Task>>, StoreError>;
    /// The names of the contents of a source, and the place after the last of them.
    async fn contents_of(&self, source: Uuid) -> Result<Contents, StoreError>;
    /// All contents of a source.
    async fn all_contents(&self, source: Uuid) -> Result<Vec<Sealed<Content>>, StoreError>;
    /// How many tasks of a job have which status and which assignee, in order. One query.
    async fn tally(&self, job: Uuid) -> Result<Vec<Tally>, StoreError>;
    /// A job whose tasks are being made, if there is one.
    async fn launched_job(&self) -> Result<Option<Sealed<Job>>, StoreError>;
    /// An export that is to be made, or whose time is over, if there is one.
    async fn due_export(&self, now: OffsetDateTime) -> Result<Option<Sealed<Export>>, StoreError>;
    /// The tasks inside an anchor that are assigned to a user, or that they look at.
    async fn work_of(&self, user: Uuid, anchor: Anchor) -> Result<Vec<Sealed<Task>>, StoreError>;
    /// What was done to an object, denials apart, oldest first, at most so many after this one.
    async fn history(
        &self,
        object: Uuid,
        after: Option<Uuid>,
        limit: usize,
    ) -> Result<Vec<Sealed<AuditEvent>>, StoreError>;
    /// What is stored outside of this storage and belongs to nothing since this time, at most so many.
    async fn strays(&self, now: OffsetDateTime, limit: usize) -> Result<Vec<Uuid>, StoreError>;
    /// A part of stored bytes, counted from nought.
    async fn blob_part(&self, blob: Uuid, part: i64) -> Result<Option<Vec<u8>>, StoreError>;
    /// How many live grants without an end there are of this role, at the server, to users that are active.
    async fn lasting_holders(&self, role: Uuid, now: OffsetDateTime) -> Result<u64, StoreError>;
    /// Whether there is no organization yet.
    async fn is_empty(&self) -> Result<bool, StoreError>;
    /// A near object by kind and id: an organization, project, job, task, user, API key, node, role, collaboration or client
    /// app.
    async fn near(&self, kind: crate::kind::Kind, id: Uuid) -> Result<Option<Near>, StoreError>;
    /// The sessions of a user, newest first.
    async fn sessions_of(&self, user: Uuid) -> Result<Vec<Session>, StoreError>;
    /// The refresh token with this hash.
    async fn refresh_token(&self, hash: &str) -> Result<Option<RefreshToken>, StoreError>;
    /// A stored answer that is younger than `since`.
    async fn recall(
        &self,
        principal: Option<PrincipalId>,
        key: &str,
        since: OffsetDateTime,
    ) -> Result<Option<Remembered>, StoreError>;
    /// Events that wait to be published, oldest first.
    async fn outbox(&self, limit: usize) -> Result<Vec<OutboxEvent>, StoreError>;
    /// A setting of the server, such as the hash of its bootstrap secret.
    async fn setting(&self, name: &str) -> Result<Option<Value>, StoreError>;
    /// The policy in force on this storage, if one ever was.
    async fn policy_in_force(&self) -> Result<Option<PolicyText>, StoreError>;
    /// Whether a policy of this version was ever in force.
    async fn knows_policy(&self, version: &str) -> Result<bool, StoreError>;
    /// Asks whether what is presumed holds, unless that is known; nothing where nothing is presumed.
    async fn verify(&self) -> Result<(), StoreError> {
        Ok(())
    }
    /// Whether storage answers.
    async fn ping(&self) -> Result<(), StoreError>;
}

macro_rules! over_all_kinds {
    ($($kind:ty),* $(,)?) => {
        /// Everything that can be read.
        pub trait Reads: Lookup + PeopleLookup + ImportLookup $(+ Read<$kind>)* {}
        impl<S: Lookup + PeopleLookup + ImportLookup $(+ Read<$kind>)*> Reads for S {}
    };
}

over_all_kinds!(
    Organization,
    Collaboration,
    Proposal,
    User,
    Node,
    Role,
    Grant,
    Invitation,
    ApiKey,
    ClientApp,
    Project,
    Job,
    Task,
    Run,
    File,
    Dataset,
    Label,
    Annotation,
    Comment,
    Export,
    Source,
    Content,
    AuditEvent,
);

/// One transaction over every kind. Dropped without a commit, it rolls back.
#[async_trait]
#[must_use = "an uncommitted unit rolls back"]
pub trait Unit:
    Reads
    + Record
    + PeopleRecord
    + ImportRecord
    + Write<Organization>
    + Write<Collaboration>
    + Write<Proposal>
    + Write<User>
    + Write<Node>
    + Write<Role>
    + Write<Grant>
    + Write<Invitation>
    + Write<ApiKey>
    + Write<ClientApp>
    + Write<Project>
    + Write<Job>
    + Write<Task>
    + Write<Run>
    + Write<File>
    + Write<Dataset>
    + Write<Label>
    + Write<Annotation>
    + Write<Comment>
    + Write<Export>
    + Write<Source>
    + Write<Content>
{
    /// Makes everything that was written last.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
    /// Undoes everything that was written.
    async fn rollback(self: Box<Self>) -> Result<(), StoreError>;
}

/// Storage: reads outside of a transaction, and units of work.
#[async_trait]
pub trait Store: Reads {
    /// Begins a unit of work.
    async fn begin(&self) -> Result<Box<dyn Unit>, StoreError>;
    /// The same storage for a request that presumes something: its finds, its lists and the commits of its units ask
    /// whether that holds, and fail with [`StoreError::Outdated`] where it does not. `None` where storage keeps no
    /// stamps, for then there is nothing to presume.
    fn presuming(&self, _presumption: Arc<Presumption>) -> Option<Arc<dyn Store>> {
        None
    }
    /// Closes what is open; nothing is read or written from now on. What is on a disk is whole then.
    ///
    /// # Errors
    /// Storage could not finish what was under way.
    async fn close(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
