//! The HTTP API.
//!
//! A route exists only when its handler's first argument declares who may call it ([`access`]); the same
//! declaration becomes the `x-permission` of the OpenAPI document. Handlers hold no checks of their own: they name
//! a deed of the app crate and a view.

pub mod access;
mod address;
mod body;
mod content;
mod document;
mod extract;
mod links;
mod list;
mod machines;
mod meter;
mod presumption;
mod problem;
mod rate;
mod register;
mod reply;
mod request;
mod root;
mod routes;
mod server;
mod state;
mod system;
mod upload;
mod views;
mod work;

pub use document::document;
pub use links::{Link, Links, links};
pub use problem::Problem;
pub use rate::RateLimit;
pub use register::{Registered, Routes};
pub use routes::all as routes;
pub use server::{Configured, configure};
pub use state::{HttpState, Options};

/// The path under which the API lives.
pub const BASE: &str = "/api/v1";
