//! The tables, one kind a file.

mod api_key;
mod audit_event;
mod collaboration;
mod grant;
mod invitation;
mod job;
mod node;
mod organization;
mod project;
mod proposal;
mod role;
mod run;
mod task;
mod user;
