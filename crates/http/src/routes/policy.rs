//! The policy files.

use actix_web::HttpResponse;
use bailiwick_app::policy;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Root;
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
