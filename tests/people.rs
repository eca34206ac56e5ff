//! People by mail: recovery, addresses, invitations, registration; the second factor; what slows guessing.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "test code")]

#[path = "people/addresses.rs"]
mod addresses;
#[path = "people/fixture.rs"]
mod fixture;
#[path = "people/guessing.rs"]
mod guessing;
#[path = "people/invitations.rs"]
mod invitations;
#[path = "people/letters.rs"]
mod letters;
#[path = "people/recovery.rs"]
mod recovery;
#[path = "people/registration.rs"]
mod registration;
#[path = "people/second_factor.rs"]
mod second_factor;
