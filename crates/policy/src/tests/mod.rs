//! The shipped policy, and what bad files get.

mod agrees;
mod cases;
mod import;
mod load_bearing;
mod refuses_access;
mod refuses_roles;
mod reload;
mod schema;
mod shipped;
mod warns;
