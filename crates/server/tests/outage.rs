//! The database is slow, busy or gone: answers stay bounded and plain, and all is well when it is back.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code"
)]

mod faults;
mod support;

#[path = "outage/asked.rs"]
mod asked;
#[path = "outage/busy.rs"]
mod busy;
#[cfg(any(feature = "postgres", feature = "mysql"))]
#[path = "outage/gone.rs"]
mod gone;
#[cfg(feature = "sqlite")]
#[path = "outage/many.rs"]
mod many;
