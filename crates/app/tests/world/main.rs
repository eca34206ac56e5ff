//! World files, applied and exported on every storage.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "what is not there fails its test")]

mod callers;
mod changes;
mod errors;
mod export;
mod policy_diff;
mod prune;
mod real;
mod site;

/// Two clinics that share a project, with a role of their own and a grant with an end.
pub const CLINICS: &str = include_str!("clinics.yaml");
