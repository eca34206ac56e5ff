//! The storage ports, held to their suite on SQLite.

mod common;

bailiwick_testkit::conformance!(sqlite, common::fresh());
