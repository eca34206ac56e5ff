//! Which repository of a store keeps which kind.

use bailiwick_domain::entities::{
    Annotation, ApiKey, AuditEvent, ClientApp, Collaboration, Comment, Content, Dataset, Export, File, Grant,
    Invitation, Job, Label, Node, Organization, Project, Proposal, Role, Run, Source, Task, User,
};
use bailiwick_domain::object::Entity;
use bailiwick_domain::ports::{Read, Reads, Unit, Write};

/// A kind that storage keeps.
pub trait Kept: Entity + Sized {
    /// Its repository, of a store or of a unit of work.
    fn read(from: &dyn Reads) -> &dyn Read<Self>;
}

/// A kind that deeds write. Audit events are kept, but written only as the record of something else.
pub trait Writable: Kept {
    /// Its repository inside a unit of work.
    fn write(unit: &dyn Unit) -> &dyn Write<Self>;
}

macro_rules! kept {
    ($($kind:ty),*) => { $(
        impl Kept for $kind {
            fn read(from: &dyn Reads) -> &dyn Read<Self> {
                from
            }
        }
    )* };
}

macro_rules! writable {
    ($($kind:ty),*) => { $(
        impl Writable for $kind {
            fn write(unit: &dyn Unit) -> &dyn Write<Self> {
                unit
            }
        }
    )* };
}

kept!(
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
    AuditEvent
);
writable!(
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
    Content
);
