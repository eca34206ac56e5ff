//! API keys over HTTP: from where they are good, how they get a new secret without a break, when they end.

mod addresses;
mod ends;
mod office;
mod secrets;
mod servers;
