//! Guards that need more than the object's facts: they forbid what grants, access rules and being it allow.
//!
//! Kinds that they speak of (users, API keys, roles, grants) can be written through them alone.

mod candidates;
mod client_apps;
mod cover;
mod exports;
mod grants;
mod invitations;
mod jobs;
mod links;
mod membership;
mod nodes;
mod rank;
mod roles;
mod root;
mod runs;
mod sharing;
mod sources;
mod subtasks;
mod work;

pub use candidates::candidate_homes;
pub use client_apps::{
    HandedOut, change_client_app, default_role_of, lets_register, make_client_app, may_issue_for,
    remove_client_app,
};
pub use cover::{Standing, Until};
pub use exports::{asked_by, format_of, is_made, settle_export, stored_of};
pub use grants::{GivenRole, change_grant, forbids_change, make_grant, may_remove_grant, remove_grant};
pub use invitations::{Offer, accept_invitation, make_invitation, offered, withdraw_invitation};
pub use jobs::{
    Terms, file_of, job_may_become, launch_of, lends, may_take, move_job, names_of, status_of, sync_task,
    task_about, terms_of, went_on,
};
pub use links::{Refused, link, unlink};
pub use membership::{
    admit, answer, change_collaboration, demands_encryption, dismiss, enter, enter_by, leave,
    make_collaboration, open_proposal, propose, remove_collaboration, unshared, without,
};
pub use nodes::{
    change_node, make_node, may_make_node, may_rename, may_renew_node, remove_node, remove_node_along,
    renew_node, runs_tasks,
};
pub use rank::{
    Concern, change_api_key, change_user, make_api_key, make_user, may_renew_api_key, outranks,
    remove_api_key, remove_user,
};
pub use roles::{Granting, change_role, make_role, may_remove_role, remove_role};
pub use root::{is_lasting_root, root_stays, spares_root};
pub use runs::{Report, change_run, end_run, follow_runs, is_executor, lose_node, make_run, remove_run};
pub use sharing::{share, unshare};
pub use sources::{is_shelved_with_its_source, may_retag, shelf_of, take_back_content};
pub use subtasks::forbids_task;
pub use work::{assign, lend, may_release, move_task, release_task, renew_lease, take_back, task_may_become};
