//! The declarative world: a file that says by names what there is to be, applied and exported.
//!
//! ```yaml
//! organizations:
//!   - name: north-clinic
//!     users: [{ username: ada, email: ada@example.org }]
//!     roles: [{ name: auditor, includes: [viewer], rules: ["audit_event:view:organization"] }]
//!     projects:
//!       - name: ct-scans
//!         visibility: private
//!         collaboration: lung-study
//!         jobs: [{ name: first-read, tasks: [{ name: scan-0001, assignee: north-clinic/ada }] }]
//! collaborations:
//!   - { name: lung-study, organizations: [north-clinic, south-clinic] }
//! grants:
//!   - { user: north-clinic/ada, role: annotator, at: north-clinic/ct-scans, ends_at: "2027-01-01T00:00:00Z" }
//! ```
//!
//! What the file leaves out of an object stays as it is; `null` empties what may be empty. Statuses, archives, secrets
//! and the grants of API keys are no part of it.

mod apply;
mod archives;
mod candidates;
mod collaborations;
mod cycle;
mod effect;
mod export;
mod faults;
mod file;
mod grants;
mod known;
mod people;
mod place;
mod plan;
mod projects;
mod prune;
mod raw;
mod read;
mod resolve;
mod roles;
mod said;
mod tasks;
mod value;

pub use apply::{Options, apply};
pub use effect::Effect;
pub use export::export;
pub use file::{
    CollaborationEntry, GrantEntry, JobEntry, OrganizationEntry, ProjectEntry, RoleEntry, Spot, TaskEntry,
    UserEntry, Wanted, WorldFile,
};
pub use plan::{Line, Plan};
pub use read::parse;
