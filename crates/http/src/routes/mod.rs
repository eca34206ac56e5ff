//! The handlers, one collection a file. Each names a deed and a view, and holds no check of its own.

mod annotations;
mod api_keys;
mod audit_events;
mod auth;
mod authz;
mod client_apps;
mod collaborations;
mod comments;
mod contents;
mod datasets;
mod exports;
mod files;
mod grants;
mod invitations;
mod jobs;
mod labels;
mod nodes;
mod organizations;
mod people;
mod policy;
mod projects;
mod proposals;
mod roles;
mod rules;
mod runs;
mod sources;
mod tasks;
mod users;

use crate::register;
use crate::register::Routes;

/// Every route of the API.
pub fn all() -> Routes {
    work(places(principals(Routes::default())))
}

/// Organizations, those who act, and what they may.
fn principals(routes: Routes) -> Routes {
    register!(
        routes,
        organizations::{
            create_organization, list_organizations, show_organization, edit_organization, delete_organization,
            suspend_organization, wake_organization, remove_organization_member,
        },
        collaborations::{
            create_collaboration, list_collaborations, show_collaboration, edit_collaboration, delete_collaboration,
            enter_collaboration, leave_collaboration,
        },
        proposals::{
            create_proposal, list_proposals, list_collaboration_proposals, show_proposal, accept_proposal,
            decline_proposal, withdraw_proposal,
        },
        nodes::{
            create_node, list_nodes, list_organization_nodes, show_node, edit_node, delete_node, suspend_node, wake_node,
            renew_node_secret, kill_node_runs,
        },
        users::{
            create_user, list_users, list_organization_users, show_user, edit_user, delete_user, suspend_user,
            wake_user,
        },
        roles::{create_role, list_roles, list_organization_roles, show_role, edit_role, delete_role},
        rules::{list_rules, show_rule},
        grants::{create_grant, list_grants, show_grant, edit_grant, delete_grant, list_grant_candidates},
        invitations::{
            create_invitation, list_invitations, show_invitation, delete_invitation, accept_invitation,
        },
        api_keys::{
            create_organization_api_key, create_project_api_key, list_api_keys, list_organization_api_keys,
            list_project_api_keys, show_api_key, edit_api_key, delete_api_key, suspend_api_key, wake_api_key,
            renew_api_key_secret,
        },
        client_apps::{
            create_client_app, list_client_apps, show_client_app, edit_client_app, delete_client_app, suspend_client_app,
            wake_client_app, renew_client_app_secret,
        },
        auth::{
            bootstrap, sign_in, sign_out, issue_tokens, refresh_tokens, revoke_token, issue_node_token,
            issue_container_token, list_sessions, end_session, change_password, whoami,
        },
        people::{
            register, prove_registration, change_email, prove_email, recover_password, reset_password, show_otp,
            enrol_otp, confirm_otp, disable_otp,
        },
    )
}

/// Projects, jobs, tasks and runs; what was done and decided.
fn places(routes: Routes) -> Routes {
    register!(
        routes,
        projects::{
            create_project, list_projects, list_organization_projects, show_project, edit_project, delete_project,
            archive_project, unarchive_project, share_project, unshare_project, remove_project_member,
        },
        jobs::{
            create_job, list_jobs, list_project_jobs, show_job, edit_job, delete_job, link_job_dataset,
            unlink_job_dataset, link_job_file, unlink_job_file, link_job_label, unlink_job_label, take_next_task,
            show_job_progress, show_job_history,
        },
        tasks::{
            create_task, list_tasks, list_job_tasks, show_task, edit_task, delete_task, assign_task, kill_task,
            link_task_file, unlink_task_file, link_task_label, unlink_task_label, release_task, show_task_history,
        },
        runs::{
            list_runs, list_task_runs, show_run, edit_run, delete_run, show_run_input, show_run_result, show_run_log,
            store_run_result, append_run_log,
        },
        audit_events::{list_audit_events, show_audit_event},
        authz::{check_authz, explain_authz, list_authz_who},
        policy::{diff_policy, reload_policy},
    )
}

/// What work is made of.
fn work(routes: Routes) -> Routes {
    register!(
        routes,
        files::{
            create_file, list_files, list_project_files, list_dataset_files, list_job_files, list_task_files, show_file,
            edit_file, delete_file, show_file_content, create_download, follow_download,
        },
        datasets::{
            create_dataset, list_datasets, list_project_datasets, list_job_datasets, show_dataset, edit_dataset,
            delete_dataset, link_dataset_file, unlink_dataset_file,
        },
        labels::{
            create_label, list_labels, list_project_labels, list_job_labels, list_task_labels, show_label, edit_label,
            delete_label,
        },
        annotations::{
            create_annotation, list_annotations, list_job_annotations, list_task_annotations, show_annotation,
            edit_annotation, delete_annotation, show_annotation_history,
        },
        comments::{
            create_job_comment, create_task_comment, list_comments, list_job_comments, list_task_comments, show_comment,
            edit_comment, delete_comment,
        },
        exports::{
            create_export, list_exports, list_job_exports, show_export, delete_export, show_export_content,
        },
        sources::{
            create_source, list_sources, list_project_sources, show_source, edit_source, delete_source, trash_source,
            restore_source, show_source_history,
        },
        contents::{
            create_content, list_contents, list_source_contents, show_content, edit_content, delete_content,
            trash_content, restore_content, show_content_history, import_contents, show_import,
        },
    )
}
