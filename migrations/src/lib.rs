//! bailiwick-migrations
