//! Objects: what all kinds have in common, and how one is made and changed.

use std::sync::Arc;

use time::OffsetDateTime;
use uuid::Uuid;

use crate::facts::{Facts, Level};
use crate::kind::{Kind, words};
use crate::page::{Field, FieldValue};

/// What a kind of object is made of, beside what all have ([`Object`]).
pub trait Entity: Clone + PartialEq + std::fmt::Debug + Send + Sync + 'static {
    /// Its kind.
    const KIND: Kind;
    /// The fields of its own that a list may filter and sort by.
    const FIELDS: &'static [Field];

    /// What people call it; empty where it has no name.
    fn name(&self) -> &str {
        ""
    }

    /// The value of one of [`Self::FIELDS`].
    fn value(&self, field: &str) -> FieldValue;

    /// Writes what follows from its data into its facts.
    fn settle(&self, _facts: &mut Facts) {}

    /// What the audit log keeps of it, secrets never.
    fn record(&self) -> serde_json::Value;
}

/// An object of storage: its data, its place, and the objects near it that a view may name.
#[derive(Debug, Clone)]
pub struct Object<T> {
    /// Which one.
    pub id: Uuid,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When it was last changed.
    pub updated_at: OffsetDateTime,
    /// How often it was changed, from 1.
    pub version: i64,
    /// What the gate needs to know of it.
    pub facts: Facts,
    /// Its ancestors from the top, and the objects that it names.
    pub near: Vec<Near>,
    /// What is particular to its kind.
    pub data: T,
}

impl<T: Entity> Object<T> {
    /// The breadcrumb: level, id and name of each ancestor.
    pub fn path(&self) -> impl Iterator<Item = (Level, Uuid, &str)> {
        self.near
            .iter()
            .filter_map(|near| near.relation.level().map(|level| (level, near.facts.id, &*near.name)))
    }

    /// The value of a field that all kinds have, or of one of its own.
    pub fn value(&self, field: &str) -> FieldValue {
        match field {
            "id" => FieldValue::Id(self.id),
            "name" => FieldValue::Text(self.data.name().to_owned()),
            "created_at" => FieldValue::Time(self.created_at),
            "updated_at" => FieldValue::Time(self.updated_at),
            "organization_id" => self.placed(field, self.facts.lineage.organization),
            "project_id" => self.placed(field, self.facts.lineage.project),
            "job_id" => self.placed(field, self.facts.lineage.job),
            "task_id" => self.placed(field, self.facts.lineage.task),
            "collaboration_id" => self.placed(field, self.facts.collaboration),
            own => self.data.value(own),
        }
    }

    /// Its place; the data's own value where its place says nothing, as of a collaboration's members.
    fn placed(&self, field: &str, place: Option<Uuid>) -> FieldValue {
        place.map_or_else(|| self.data.value(field), FieldValue::Id)
    }
}

words! {
    /// How an object is related to one near it.
    Relation {
        /// Its organization.
        Organization = "organization",
        /// Its project.
        Project = "project",
        /// Its job.
        Job = "job",
        /// Its task, for what hangs under one.
        Task = "task",
        /// The task that it is a subtask of.
        ParentTask = "parent",
        /// To whom it is assigned.
        Assignee = "assignee",
        /// Who did its work.
        Author = "author",
        /// Who looks at its work.
        Reviewer = "reviewer",
        /// Who made it.
        Maker = "maker",
        /// The role of a grant.
        Role = "role",
        /// The principal that it names.
        Principal = "principal",
        /// The collaboration that it lies in.
        Collaboration = "collaboration",
        /// The organization that executes it.
        Executor = "executor",
        /// The organization for which it is executed.
        Initiator = "initiator",
        /// The node that executes it.
        Node = "node",
        /// The source that it is a part of.
        Source = "source",
        /// The client app that it was issued for.
        ClientApp = "client_app",
    }
}

impl Relation {
    /// The level of the cascade, for an ancestor.
    pub const fn level(self) -> Option<Level> {
        match self {
            Self::Organization => Some(Level::Organization),
            Self::Project => Some(Level::Project),
            Self::Job => Some(Level::Job),
            Self::Task => Some(Level::Task),
            _ => None,
        }
    }
}

/// An object near another: enough to judge it and to name it. What stands near many objects is one in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Near {
    /// How it is related.
    pub relation: Relation,
    /// What people call it.
    pub name: Arc<str>,
    /// What the gate needs to know of it.
    pub facts: Arc<Facts>,
}

/// An object that is to be added. Made from a permit alone ([`crate::MayCreate::make`]).
#[derive(Debug)]
pub struct New<T>(pub(crate) Object<T>);

impl<T> New<T> {
    /// What to store.
    pub const fn object(&self) -> &Object<T> {
        &self.0
    }
}

/// An object with its change. Made from a permit alone ([`crate::Granted::change`]).
#[derive(Debug)]
pub struct Changed<T> {
    pub(crate) before: Object<T>,
    pub(crate) after: Object<T>,
}

impl<T> Changed<T> {
    /// The object as it was read: storage refuses when its version has moved on.
    pub const fn before(&self) -> &Object<T> {
        &self.before
    }

    /// What to store.
    pub const fn after(&self) -> &Object<T> {
        &self.after
    }
}

/// An object that is to be removed. Made from a permit alone ([`crate::Granted::remove`]).
#[derive(Debug)]
pub struct Removed<T>(pub(crate) Object<T>);

impl<T> Removed<T> {
    /// The object.
    pub const fn object(&self) -> &Object<T> {
        &self.0
    }
}

/// A kind whose writes no guard forbids beyond those that every gate asks.
pub trait Unguarded: Entity {}
