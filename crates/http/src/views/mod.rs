//! Views: what a response shows of each kind, declared at its level of the cascade, one kind a file.

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
mod identity;
mod invitation;
mod job;
mod label;
mod node;
mod organization;
mod project;
mod proposal;
mod role;
mod run;
mod source;
mod task;
mod user;
mod work;

pub use annotation::AnnotationView;
pub use api_key::{ApiKeyView, NewApiKeyView};
pub use audit_event::AuditEventView;
pub use client_app::{ClientAppView, NewClientAppView};
pub use collaboration::CollaborationView;
pub use comment::CommentView;
pub use content::{ContentView, ImportView, ImportedView};
pub use dataset::DatasetView;
pub use export::ExportView;
pub use file::FileView;
pub use grant::GrantView;
pub use identity::{
    HeldView, HomeView, MachineTokenView, PersonView, SessionView, SignedInView, TokensView, WhoamiView,
};
pub use invitation::InvitationView;
pub use job::JobView;
pub use label::LabelView;
pub use node::{NewNodeView, NodeView};
pub use organization::OrganizationView;
pub use project::ProjectView;
pub use proposal::ProposalView;
pub use role::{RoleView, RuleView};
pub use run::RunView;
pub use source::SourceView;
pub use task::TaskView;
pub use user::UserView;
pub use work::{DownloadView, HistoryView, ProgressView};

use std::collections::HashSet;

use bailiwick_app::methods::Standings;
use bailiwick_app::{Cx, Kept};
use bailiwick_domain::facts::Level;
use bailiwick_domain::kind::Kind;
use bailiwick_domain::object::{Object, Relation};
use bailiwick_domain::view::ShownAt;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::links::{Links, collection, links};

/// An ancestor in the breadcrumb: level, id and name, nothing else of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Crumb {
    /// Its level.
    pub level: Level,
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
}

// The breadcrumb is the one thing of wider objects that every view shows.
impl<S> ShownAt<S> for Crumb {}

/// What every object begins with.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Head {
    /// Its id.
    pub id: Uuid,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When it was last changed.
    #[serde(with = "time::serde::rfc3339")]
    pub updated_at: OffsetDateTime,
    /// How often it was changed, from 1.
    pub version: i64,
    /// Its ancestors.
    pub path: Vec<Crumb>,
    /// Where to go from here.
    pub links: Links,
}

// Of wider objects it shows the breadcrumb alone.
impl<S> ShownAt<S> for Head {}

/// A kind that can be shown.
pub trait Shows: Kept {
    /// What is shown of it.
    type View: Serialize + bailiwick_domain::view::View;
    /// Its collection, as it stands in addresses.
    const COLLECTION: Option<&'static str> = collection(Self::KIND);
    /// Where to go from an object.
    fn links(cx: &Cx, standings: &Standings, object: &Object<Self>) -> Links {
        links(cx, standings, object)
    }
    /// The view of an object that this caller may view.
    fn view(cx: &Cx, object: &Object<Self>, head: Head) -> Self::View;
    /// Files and labels that it speaks of, of which its facts do not tell whether the caller may view them.
    fn speaks_of(_object: &Object<Self>) -> Vec<(Kind, Uuid)> {
        Vec::new()
    }
    /// Names those of them that the caller may view.
    fn name_seen(_view: &mut Self::View, _object: &Object<Self>, _seen: &HashSet<Uuid>) {}
    /// Deeds that this caller may do to it now, beyond those that its facts alone tell of.
    fn deeds(_cx: &Cx, _object: &Object<Self>) -> Vec<Deed> {
        Vec::new()
    }
}

/// A deed: the last part of its address, and the methods that may be used there.
pub(crate) type Deed = (&'static str, Vec<&'static str>);

/// The id of a named object, if the caller may view it.
fn named<T: bailiwick_domain::Entity>(cx: &Cx, object: &Object<T>, relation: Relation) -> Option<Uuid> {
    cx.gate.named(&cx.caller, object, relation).map(|near| near.facts.id)
}
