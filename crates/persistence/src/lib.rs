//! bailiwick-persistence
