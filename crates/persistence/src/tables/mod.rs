//! The tables, one kind a file.

mod api_key;
mod audit_event;
mod collaboration;
mod grant;
mod invitation;
mod job;
mod organization;
mod project;
mod role;
mod task;
mod user;
