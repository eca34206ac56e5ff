//! The server as its users meet it: one program for all these tests, so that there is one to build and each thread of it
//! always has a next test. What listens to the whole process (`canary`, `statements`) is a program of its own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "test code, some of which prints what it counted"
)]

mod annotation_day;
mod apps;
mod authz;
mod bad_input;
mod bad_requests;
mod computations;
mod conventions;
mod decisions;
mod documents;
mod filters;
mod fuzz;
mod holes;
mod keys;
mod late;
mod links;
mod matrix;
mod paging;
mod people;
mod races;
mod real_world;
mod replicas;
mod rights;
mod root;
mod sessions;
mod untrusted;
mod views;
mod work;
