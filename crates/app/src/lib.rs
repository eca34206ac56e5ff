//! Use cases: one deed a file, and the only caller of the ports.
//!
//! Every deed takes a [`Cx`]: who asks, the gate at this moment, and how the answer is wanted. Reads open what
//! storage seals; writes do so inside the unit of work that writes, so a permit is as fresh as its transaction.

mod again;
pub mod computations;
mod cx;
mod error;
mod kept;
mod patch;

pub mod accounts;
pub mod annotations;
pub mod api_keys;
pub mod authz;
pub mod client_apps;
pub mod collaborations;
pub mod comments;
pub mod create;
pub mod datasets;
pub mod delete;
pub mod downloads;
pub mod edit;
pub mod exports;
pub mod files;
pub mod grants;
pub mod history;
pub mod instant;
pub mod jobs;
pub mod json;
pub mod labels;
pub mod launch;
mod leaving;
pub mod links;
pub mod machines;
pub mod members;
pub mod methods;
pub mod nodes;
pub mod organizations;
pub mod outbox;
pub mod people;
pub mod policy;
pub mod policy_diff;
pub mod projects;
pub mod proposals;
pub mod read;
pub mod roles;
pub mod rooted;
pub mod rules;
pub mod runs;
pub mod sealed;
pub mod sources;
pub mod tasks;
mod turns;
pub mod users;
pub mod work;
pub mod world;

pub use again::again;
pub use cx::{App, Cx, Idempotency, Settings, Wish};
pub use error::{AppError, FieldError};
pub use kept::{Kept, Writable};
pub use patch::nullable;
pub use read::Shown;
pub use rooted::RootedMemory;
pub use turns::Turns;
