//! bailiwick-events
