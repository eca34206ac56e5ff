//! API keys over HTTP: from where they are good, how they get a new secret without a break, when they end.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "test code")]

#[path = "keys/addresses.rs"]
mod addresses;
#[path = "keys/ends.rs"]
mod ends;
#[path = "keys/office.rs"]
mod office;
#[path = "keys/secrets.rs"]
mod secrets;
#[path = "keys/servers.rs"]
mod servers;
