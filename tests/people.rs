//! People by mail: recovery, addresses, invitations, registration; the second factor; what slows guessing.

mod addresses;
mod fixture;
mod guessing;
mod invitations;
mod letters;
mod recovery;
mod registration;
mod second_factor;
