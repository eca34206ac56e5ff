//! bailiwick-domain
