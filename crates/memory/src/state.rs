//! What is stored: one table for each kind, and what belongs to no kind.

use std::sync::Arc;

use bailiwick_domain::entities::{
    Annotation, ApiKey, AuditEvent, ClientApp, Collaboration, Comment, Content, Dataset, Export, File, Grant,
    Invitation, Job, Label, Node, Organization, Project, Proposal, Role, Run, Source, Task, User,
};
use bailiwick_domain::ports::{
    Import, MachineToken, OutboxEvent, PolicyText, RefreshToken, Remembered, Session,
};
use bailiwick_domain::{Anchor, Entity, Facts, Kind, Object, PrincipalId};
use imbl::{OrdMap, Vector};
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::people::People;

/// The objects of one kind, stored without `near` and without what their project says of them.
pub type Table<T> = OrdMap<Uuid, Arc<Object<T>>>;

/// What a name is unique in: its kind and its parent. That a job has one task about a file is kept as a name, too.
pub type NameKey = (Kind, Option<Uuid>, String);

/// Everything that is stored. A clone shares all that neither changes.
#[derive(Debug, Clone, Default)]
pub struct State {
    pub organizations: Table<Organization>,
    pub collaborations: Table<Collaboration>,
    pub proposals: Table<Proposal>,
    pub users: Table<User>,
    pub nodes: Table<Node>,
    pub roles: Table<Role>,
    pub grants: Table<Grant>,
    pub invitations: Table<Invitation>,
    pub api_keys: Table<ApiKey>,
    pub client_apps: Table<ClientApp>,
    pub projects: Table<Project>,
    pub jobs: Table<Job>,
    pub tasks: Table<Task>,
    pub runs: Table<Run>,
    pub files: Table<File>,
    pub datasets: Table<Dataset>,
    pub labels: Table<Label>,
    pub annotations: Table<Annotation>,
    pub comments: Table<Comment>,
    pub exports: Table<Export>,
    pub sources: Table<Source>,
    pub contents: Table<Content>,
    /// The last import of a file into each source.
    pub imports: OrdMap<Uuid, Import>,
    /// What links to what: holder and target, with the kinds of both.
    pub links: OrdMap<(Uuid, Uuid), (Kind, Kind)>,
    /// What is stored outside and belongs to nothing, from when on.
    pub strays: OrdMap<Uuid, OffsetDateTime>,
    pub audit_events: Table<AuditEvent>,
    /// Whose each unique name is.
    pub names: OrdMap<NameKey, Uuid>,
    /// Password hashes by user.
    pub passwords: OrdMap<Uuid, String>,
    pub sessions: OrdMap<Uuid, Session>,
    pub refresh_tokens: OrdMap<String, RefreshToken>,
    pub machine_tokens: OrdMap<Uuid, MachineToken>,
    /// Bytes by what they are stored under and part.
    pub blobs: OrdMap<(Uuid, i64), Arc<[u8]>>,
    pub remembered: OrdMap<(Option<PrincipalId>, String), Remembered>,
    pub outbox: OrdMap<(OffsetDateTime, Uuid), OutboxEvent>,
    pub settings: OrdMap<String, Value>,
    pub people: People,
    /// Every policy that was ever in force, the one that is last.
    pub policies: Vector<PolicyText>,
}

/// A kind that has a table.
pub trait Stored: Entity {
    /// The field that is unique among the children of one parent.
    const UNIQUE: Option<&'static str>;

    /// Its table.
    fn table(state: &State) -> &Table<Self>;

    /// Its table, to be changed.
    fn table_mut(state: &mut State) -> &mut Table<Self>;

    /// The task that it is a subtask of.
    fn parent_task(&self) -> Option<Uuid> {
        None
    }

    /// The file that it alone of its siblings is about.
    fn about(&self) -> Option<Uuid> {
        None
    }

    /// Who did its work.
    fn author(&self) -> Option<Uuid> {
        None
    }

    /// Who looks at its work.
    fn reviewer(&self) -> Option<Uuid> {
        None
    }

    /// The role that it hands out.
    fn role(&self) -> Option<Uuid> {
        None
    }

    /// The principal that it names.
    fn principal(&self) -> Option<PrincipalId> {
        None
    }

    /// The collaboration that it speaks of, for what can't be without one.
    fn collaboration(&self) -> Option<Uuid> {
        None
    }

    /// The organization that executes it.
    fn executor(&self) -> Option<Uuid> {
        None
    }

    /// The organization for which it is executed.
    fn initiator(&self) -> Option<Uuid> {
        None
    }

    /// The node that executes it.
    fn node(&self) -> Option<Uuid> {
        None
    }

    /// The source that it is a part of.
    fn source(&self) -> Option<Uuid> {
        None
    }

    /// The client app that it was issued for.
    fn issued_for(&self) -> Option<Uuid> {
        None
    }

    /// Writes into it what is read from others.
    fn fill(_object: &mut Object<Self>, _state: &State) {}
}

macro_rules! stored {
    ($($kind:ident in $table:ident, unique $unique:expr
       $(, $link:ident: $target:ty = $field:ident)* $(=> $fill:expr)?;)*) => { $(
        impl Stored for $kind {
            const UNIQUE: Option<&'static str> = $unique;

            fn table(state: &State) -> &Table<Self> {
                &state.$table
            }

            fn table_mut(state: &mut State) -> &mut Table<Self> {
                &mut state.$table
            }

            $(fn $link(&self) -> Option<$target> {
                self.$field.into()
            })*

            $(fn fill(object: &mut Object<Self>, state: &State) {
                $fill(object, state);
            })?
        }
    )* };
}

stored! {
    Organization in organizations, unique Some("name");
    Collaboration in collaborations, unique Some("name");
    Proposal in proposals, unique None, collaboration: Uuid = collaboration_id => State::name_members;
    User in users, unique Some("username");
    Node in nodes, unique Some("name"), collaboration: Uuid = collaboration_id;
    Role in roles, unique Some("name");
    Grant in grants, unique None, role: Uuid = role_id, principal: PrincipalId = principal;
    Invitation in invitations, unique None, role: Uuid = role_id;
    ApiKey in api_keys, unique Some("name"), issued_for: Uuid = client_app_id;
    ClientApp in client_apps, unique Some("name");
    Project in projects, unique Some("name");
    Job in jobs, unique Some("name");
    Task in tasks, unique Some("name"), parent_task: Uuid = parent_id, about: Uuid = file_id, author: Uuid = author_id,
        reviewer: Uuid = reviewer_id;
    File in files, unique Some("name");
    Dataset in datasets, unique Some("name");
    Label in labels, unique Some("name");
    Annotation in annotations, unique None;
    Comment in comments, unique None;
    Export in exports, unique None;
    Source in sources, unique Some("name") => State::tell_latest;
    Content in contents, unique Some("name"), source: Uuid = source_id;
    Run in runs, unique None,
        executor: Uuid = executor_id, initiator: Uuid = initiator_id, node: Uuid = node_id;
    AuditEvent in audit_events, unique None, principal: PrincipalId = principal;
}

impl State {
    /// The object of this id.
    pub fn get<T: Stored>(&self, id: Uuid) -> Option<&Arc<Object<T>>> {
        T::table(self).get(&id)
    }

    /// Every object of a kind, by id.
    pub fn all<T: Stored>(&self) -> impl Iterator<Item = &Arc<Object<T>>> {
        T::table(self).values()
    }

    /// Whether an anchor is there.
    pub fn has(&self, anchor: Anchor) -> bool {
        anchor.is_server() || anchor.id.is_some_and(|id| self.named(anchor.level.kind(), id).is_some())
    }
}

/// The point of the cascade that an object hangs under.
pub fn parent(facts: &Facts) -> Anchor {
    let mut above = facts.lineage;
    match facts.kind {
        Kind::Organization => above.organization = None,
        Kind::Project => above.project = None,
        Kind::Job => above.job = None,
        Kind::Task => above.task = None,
        _ => {}
    }
    above.lowest()
}
