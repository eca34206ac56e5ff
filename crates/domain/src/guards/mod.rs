//! Guards that need more than the object's facts: they forbid what grants, access rules and being it allow.
//!
//! Kinds that they speak of (users, API keys, roles, grants) can be written through them alone.

mod cover;
mod grants;
mod rank;
mod roles;

pub use cover::{Standing, Until};
pub use grants::{GivenRole, change_grant, make_grant, remove_grant};
pub use rank::{
    Concern, change_api_key, change_user, make_api_key, make_user, outranks, remove_api_key, remove_user,
};
pub use roles::{Granting, change_role, make_role, remove_role};
