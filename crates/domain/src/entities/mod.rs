//! The kinds of objects that have a life of their own here, one a file.

mod addresses;
mod annotation;
mod api_key;
mod audit_event;
mod client_app;
mod collaboration;
mod comment;
mod content;
mod dataset;
mod export;
mod file;
mod grant;
mod invitation;
mod job;
mod label;
mod link;
mod names;
mod node;
mod organization;
mod project;
mod proposal;
mod role;
mod rule;
mod run;
mod source;
mod task;
mod user;

pub use addresses::Addresses;
pub use annotation::Annotation;
pub use api_key::{ApiKey, OldSecret};
pub use audit_event::AuditEvent;
pub use client_app::ClientApp;
pub use collaboration::Collaboration;
pub use comment::Comment;
pub use content::Content;
pub use dataset::Dataset;
pub use export::{Export, ExportFormat, ExportStatus};
pub use file::File;
pub use grant::Grant;
pub use invitation::Invitation;
pub use job::{Job, JobStatus, Launch};
pub use label::{Geometry, Label, Shape};
pub use link::Link;
pub use names::{BadName, Email, Image, Name, Text};
pub use node::{Node, NodePolicy};
pub use organization::Organization;
pub use project::{Project, Visibility};
pub use proposal::{Proposal, ProposalStatus};
pub use role::Role;
pub use rule::RuleEntry;
pub use run::{Run, RunStatus, Stored};
pub use source::{ContentType, Revision, Shelf, Source, SourceLabel, carry};
pub use task::{Database, Task, TaskStatus};
pub use user::User;

use crate::kind::words;

words! {
    /// Whether an organization, a user or a key may act.
    Standing {
        /// It may.
        Active = "active",
        /// As if it were not there, until it is woken.
        Suspended = "suspended",
    }
}
