//! The policy files.

use actix_web::HttpResponse;
use bailiwick_app::policy;
use bailiwick_app::policy_diff::{self, Difference, NewFiles};
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{Root, RootWith};
use crate::reply::Answer;

/// The policy in force.
#[derive(Debug, Serialize, ToSchema)]
pub struct PolicyView {
    /// A fingerprint of its files.
    version: String,
}

/// Reads the policy files again and puts them in force, all or nothing. A bad file leaves the old policy in force.
#[utoipa::path(post, path = "/policy/reload", responses((status = 200, body = PolicyView)))]
pub async fn reload_policy(root: Root) -> Answer {
    let version = policy::reload_policy(&root.cx).await?;
    Ok(HttpResponse::Ok().json(PolicyView { version }))
}

/// Tells who would gain or lose what, over all that is stored, if these policy files came into force. They do not.
#[utoipa::path(
    post,
    path = "/policy/diff",
    request_body = NewFiles,
    responses((status = 200, body = Difference))
)]
pub async fn diff_policy(root: RootWith<NewFiles>) -> Answer {
    let difference = policy_diff::from_what_is_in_force(&root.cx, root.body).await?;
    Ok(HttpResponse::Ok().json(difference))
}
