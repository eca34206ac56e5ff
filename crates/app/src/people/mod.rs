//! Signing in; people by mail: invitations, recovery, addresses, registration; the second factor; and what slows guessing.

pub mod address;
pub(crate) mod attempts;
pub mod invitations;
pub mod letters;
pub(crate) mod links;
pub mod newcomers;
mod news;
pub mod recovery;
pub mod registration;
pub mod second_factor;
pub mod settings;
pub mod sign_in;
pub(crate) mod throttle;

pub(crate) use news::{News, tell, tell_at};
