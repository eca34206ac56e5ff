//! What the tests of several crates share: decision tables, random worlds, and two judges of them.

pub mod conformance;
#[cfg(feature = "servers")]
pub mod databases;
pub mod decisions;
pub mod draws;
pub mod fixture;
pub mod judge;
pub mod oracle;
pub mod rows;
#[cfg(feature = "servers")]
pub mod servers;
pub mod worlds;
