//! The policy files: read, checked, judged by casbin and compiled into the table that the domain's gate reads.
//!
//! `policies/roles.csv` (built-in roles and their rules) and `policies/access_rules.json` (what entitlements open)
//! are judged by casbin under `policies/model.conf`: casbin is the source of truth. It scans every line for every
//! question, so it is asked once, at load, for every question there is; [`Policy`] holds the answers, and a test
//! shows that both agree over the whole domain.

mod access_check;
mod access_file;
mod cases;
mod compile;
mod faults;
mod file_policy;
mod files;
mod import;
mod json;
mod judge;
mod markdown;
mod roles_check;
mod roles_file;

pub use bailiwick_domain::Policy;
pub use cases::{Outcome, test};
pub use file_policy::{FilePolicy, Summary, check};
pub use import::{Imported, Original, import_vachan};

pub use markdown::markdown;

#[cfg(test)]
mod tests;
