//! What the gate needs to know of an object: its place in the cascade and whose it is.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use smallvec::{SmallVec, smallvec};
use uuid::Uuid;

use crate::access::Entitlement;
use crate::kind::{Kind, words};
use crate::principal::PrincipalId;

words! {
    /// The levels of the cascade.
    Level {
        /// Everything.
        Server = "server",
        /// A tenant.
        Organization = "organization",
        /// A body of work.
        Project = "project",
        /// A part of a project.
        Job = "job",
        /// A part of a job.
        Task = "task",
    }
}

impl Level {
    /// The kind of object that stands at this level.
    pub const fn kind(self) -> Kind {
        match self {
            Self::Server => Kind::Server,
            Self::Organization => Kind::Organization,
            Self::Project => Kind::Project,
            Self::Job => Kind::Job,
            Self::Task => Kind::Task,
        }
    }
}

/// A point of the cascade that a grant is tied to. `id` is absent for the server alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    /// Which level.
    pub level: Level,
    /// Which object of that level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
}

impl Anchor {
    /// The server.
    pub const SERVER: Self = Self { level: Level::Server, id: None };

    /// An object of a level below the server.
    pub const fn at(level: Level, id: Uuid) -> Self {
        Self { level, id: Some(id) }
    }

    /// Whether it is the server.
    pub const fn is_server(self) -> bool {
        matches!(self.level, Level::Server)
    }
}

/// An object's place: server, organization, project, job, task, as far down as it goes, itself included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Lineage {
    /// Its organization.
    pub organization: Option<Uuid>,
    /// Its project.
    pub project: Option<Uuid>,
    /// Its job.
    pub job: Option<Uuid>,
    /// Its task.
    pub task: Option<Uuid>,
}

impl Lineage {
    /// The object of this level on the lineage; the server has no id.
    pub const fn at(&self, level: Level) -> Option<Uuid> {
        match level {
            Level::Server => None,
            Level::Organization => self.organization,
            Level::Project => self.project,
            Level::Job => self.job,
            Level::Task => self.task,
        }
    }

    /// The lineage with one more object at its end.
    #[must_use]
    pub const fn with(mut self, level: Level, id: Uuid) -> Self {
        match level {
            Level::Server => {}
            Level::Organization => self.organization = Some(id),
            Level::Project => self.project = Some(id),
            Level::Job => self.job = Some(id),
            Level::Task => self.task = Some(id),
        }
        self
    }

    /// The lowest point: the anchor that a grant there would have.
    pub fn lowest(&self) -> Anchor {
        [Level::Task, Level::Job, Level::Project, Level::Organization]
            .into_iter()
            .find_map(|level| self.at(level).map(|id| Anchor::at(level, id)))
            .unwrap_or(Anchor::SERVER)
    }

    /// Whether the anchor is the server or on the lineage.
    pub fn is_inside(&self, anchor: Anchor) -> bool {
        anchor.is_server() || (anchor.id.is_some() && self.at(anchor.level) == anchor.id)
    }
}

/// That something is lent to whom a task is assigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lent {
    /// To whom.
    pub to: PrincipalId,
    /// The job of the task.
    pub job: Uuid,
    /// The task; absent for what the job lends to whoever has a task of it.
    pub task: Option<Uuid>,
}

/// All that a decision needs to know of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// What it is.
    pub kind: Kind,
    /// Which one; nil for the server.
    pub id: Uuid,
    /// Where it hangs, itself included when it is a level of the cascade.
    pub lineage: Lineage,
    /// The organizations that it belongs to.
    pub homes: SmallVec<[Uuid; 2]>,
    /// The collaboration that it lies in: its project's, its own, or itself.
    pub collaboration: Option<Uuid>,
    /// Who made it; of an audit event: whose deed it tells of.
    pub maker: Option<PrincipalId>,
    /// To whom it is assigned: a task's person, a run's node.
    pub assignee: Option<PrincipalId>,
    /// To whom it is lent by the tasks that are assigned to them: a file or a label, a comment.
    pub lent: SmallVec<[Lent; 1]>,
    /// The principal that a grant names.
    pub names: Option<PrincipalId>,
    /// Its own tags and those of the source and project that it hangs under.
    pub entitlements: SmallVec<[Entitlement; 2]>,
    /// A rule or a built-in role, which every authenticated principal may view.
    pub built_in: bool,
    /// Whether its project is archived.
    pub archived: bool,
    /// Of a proposal: the collaboration and the organization that it is between. Who may edit either may view it,
    /// and answer or withdraw it.
    pub between: Option<Arc<[Facts; 2]>>,
}

impl Facts {
    /// An object of this kind at this place; its home is its organization.
    pub fn new(kind: Kind, id: Uuid, above: Lineage) -> Self {
        let lineage = match kind {
            Kind::Organization => above.with(Level::Organization, id),
            Kind::Project => above.with(Level::Project, id),
            Kind::Job => above.with(Level::Job, id),
            Kind::Task => above.with(Level::Task, id),
            _ => above,
        };
        Self {
            kind,
            id,
            lineage,
            homes: lineage.organization.map_or_else(SmallVec::new, |home| smallvec![home]),
            collaboration: None,
            maker: None,
            assignee: None,
            lent: SmallVec::new(),
            names: None,
            entitlements: SmallVec::new(),
            built_in: false,
            archived: false,
            between: None,
        }
    }

    /// The server, under which organizations and collaborations hang.
    pub fn server() -> Self {
        Self::new(Kind::Server, Uuid::nil(), Lineage::default())
    }

    /// The facts of a file or a label of the project, as far as this task lends it.
    pub fn lends(&self, kind: Kind, id: Uuid) -> Self {
        let mut facts = Self::new(kind, id, Lineage { job: None, task: None, ..self.lineage });
        facts.collaboration = self.collaboration;
        facts.entitlements.clone_from(&self.entitlements);
        if let (Some(to), Some(job)) = (self.assignee, self.lineage.job) {
            facts.lent.push(Lent { to, job, task: self.lineage.task });
        }
        facts
    }

    /// The facts of a new object of `kind` under this one: place, collaboration, entitlements, archived or not.
    pub fn child(&self, kind: Kind, id: Uuid, maker: Option<PrincipalId>) -> Self {
        let mut facts = Self::new(kind, id, self.lineage);
        facts.collaboration = self.collaboration;
        facts.entitlements.clone_from(&self.entitlements);
        facts.archived = self.archived;
        facts.maker = maker;
        facts
    }

    /// The point of the cascade that it is, if it is one.
    pub fn anchor(&self) -> Option<Anchor> {
        match self.kind {
            Kind::Server => Some(Anchor::SERVER),
            Kind::Organization | Kind::Project | Kind::Job | Kind::Task => Some(self.lineage.lowest()),
            _ => None,
        }
    }

    /// Whether it is this principal.
    pub fn is(&self, principal: PrincipalId) -> bool {
        self.kind == principal.kind.kind() && self.id == principal.id
    }

    /// Whether this organization is among its homes.
    pub fn is_home(&self, organization: Uuid) -> bool {
        self.homes.contains(&organization)
    }
}
