//! Corners of the permission model, one sentence a test.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::cloned_ref_to_slice_refs,
    reason = "these are tests: what can't be fails, and what is given reads as a list"
)]

mod acting;
mod escalation;
mod fixture;
mod jobs;
mod keys;
mod own;
mod rank;
mod roles;
mod time;
mod work;
