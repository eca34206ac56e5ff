//! bailiwick-testkit

pub mod decisions;
pub mod oracle;
pub mod worlds;
