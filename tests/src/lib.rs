//! The harness of the black box tests: a whole server in this process, on a real socket, spoken to by a real HTTP
//! client.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "test code")]

pub mod actor;
pub mod site;

pub use actor::{Actor, Answer};
pub use site::{Site, Storage};
