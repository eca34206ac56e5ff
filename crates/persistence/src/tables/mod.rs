//! The tables, one kind a file.

mod annotation;
pub mod api_key;
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
mod node;
mod organization;
mod project;
mod proposal;
mod role;
mod run;
mod source;
mod task;
mod user;
