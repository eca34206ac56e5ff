//! The world file, understood: a desired state by names, each name with the line that it stands on.

use bailiwick_domain::entities::{JobStatus, Name, TaskStatus, Visibility};
use bailiwick_domain::rule::Rule;
use time::OffsetDateTime;

/// The word that stands for the server where a path is wanted.
pub const SERVER: &str = "server";

/// A value and the line that it stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot<T> {
    /// What stands there.
    pub value: T,
    /// The line, from 1.
    pub line: u64,
}

/// What the file says of a value that may be absent: nothing (it stays as it is), that there is none, or what it is.
pub type Wanted<T> = Option<Option<T>>;

/// A desired state. Only names are resolved against the server; everything else has been checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorldFile {
    /// What the file is called in errors.
    pub name: String,
    /// The organizations, with all that hangs under them.
    pub organizations: Vec<OrganizationEntry>,
    /// The collaborations.
    pub collaborations: Vec<CollaborationEntry>,
    /// The grants of users; absent where the file says nothing of grants, so that pruning leaves them alone.
    pub grants: Option<Vec<GrantEntry>>,
}

/// An organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationEntry {
    /// Unique on the server.
    pub name: Spot<Name>,
    /// Its people.
    pub users: Vec<UserEntry>,
    /// Its own roles.
    pub roles: Vec<RoleEntry>,
    /// Its projects.
    pub projects: Vec<ProjectEntry>,
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserEntry {
    /// Unique in the organization.
    pub username: Spot<Name>,
    /// Where mail reaches the person.
    pub email: Wanted<String>,
}

/// A role of an organization. Rules and includes are the whole of it: what it had beside them, it loses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleEntry {
    /// Unique in the organization, and no built-in role's.
    pub name: Spot<Name>,
    /// What it is for.
    pub description: Option<String>,
    /// Names of built-in roles and of roles of the same organization.
    pub includes: Vec<Spot<String>>,
    /// Its own rules, sorted.
    pub rules: Vec<Rule>,
}

/// A project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectEntry {
    /// Unique in the organization.
    pub name: Spot<Name>,
    /// What it is about.
    pub description: Option<String>,
    /// A new project is private unless said otherwise.
    pub visibility: Option<Visibility>,
    /// The collaboration that it is shared in.
    pub collaboration: Wanted<Spot<String>>,
    /// Whether it rests.
    pub archived: Option<bool>,
    /// Its jobs.
    pub jobs: Vec<JobEntry>,
}

/// A job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobEntry {
    /// Unique in the project.
    pub name: Spot<Name>,
    /// What is to be done.
    pub description: Option<String>,
    /// How far it has come; a new job is a draft unless said otherwise.
    pub status: Option<JobStatus>,
    /// Its tasks.
    pub tasks: Vec<TaskEntry>,
}

/// A task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskEntry {
    /// Unique in the job.
    pub name: Spot<Name>,
    /// What is to be done.
    pub description: Option<String>,
    /// How far it has come; a new task is available unless said otherwise.
    pub status: Option<TaskStatus>,
    /// Who works on it, as `home organization/username`.
    pub assignee: Wanted<Spot<String>>,
}

/// A collaboration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollaborationEntry {
    /// Unique on the server.
    pub name: Spot<Name>,
    /// The names of its members.
    pub organizations: Vec<Spot<String>>,
}

/// A grant of a role to a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantEntry {
    /// Who holds it, as `home organization/username`.
    pub user: Spot<String>,
    /// A built-in role's name, or `organization/role`.
    pub role: Spot<String>,
    /// [`SERVER`], or the path of an organization, project, job or task.
    pub at: Spot<String>,
    /// From when on; at once where absent. To the microsecond.
    pub starts_at: Option<OffsetDateTime>,
    /// Until when; for good where absent. To the microsecond.
    pub ends_at: Option<OffsetDateTime>,
}

/// The path of something called `name` under the object at `parent`.
pub fn path(parent: &str, name: &str) -> String {
    format!("{parent}/{name}")
}

/// The first word of a path: the organization.
pub fn organization_of(path: &str) -> &str {
    path.split('/').next().unwrap_or(path)
}
