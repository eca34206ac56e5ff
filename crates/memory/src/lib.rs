//! bailiwick-memory
