//! Every way of proving who asks, under a fixed clock, on the memory adapter.

mod basic;
mod bearer;
mod cookie;
mod csrf;
mod limits;
mod password;
mod secret;
mod several;
mod strength;
mod system;
mod world;
