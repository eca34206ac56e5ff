//! bailiwick-auth
