//! Configuration, wiring and commands of the server.

pub mod commands;
mod demo;
mod logs;
mod serve;
pub mod settings;
pub mod storage;
pub mod wire;
