//! What tests of faults share: real servers, real databases, clients that bear being left without an answer.
#![allow(dead_code, unused_imports, reason = "not every test file needs all of it")]

pub mod base;
pub mod client;
pub mod cluster;
pub mod dice;
pub mod proxy;

pub use base::{Base, Kind, Look, Running};
pub use client::{Answer, Client, Credential, built_in, wait_until_ready};
pub use cluster::Cluster;
pub use dice::Dice;
pub use proxy::{Line, Proxy};

/// Prints a line, whether or not the test passes.
pub fn tell(line: impl std::fmt::Display) {
    use std::io::Write;
    // Not by `println!`, whose lines are kept back from a test that passes.
    let mut out = std::io::stdout();
    writeln!(out, "{line}").unwrap();
}
