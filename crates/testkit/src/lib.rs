//! What the tests of several crates share: decision tables, random worlds, and two judges of them.

pub mod decisions;
pub mod judge;
pub mod oracle;
pub mod worlds;
