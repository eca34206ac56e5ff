//! Decision tables and random worlds over HTTP: a world becomes the content of a server's store, a question a request,
//! a response the verdict that the row or the oracle speaks of.

pub mod ask;
pub mod fit;
pub mod plant;
pub mod policy;
pub mod questions;
pub mod setting;
pub mod snapshot;
mod things;

pub use ask::{Outcome, Request, Worlds, request};
pub use fit::fit;
pub use setting::Setting;
