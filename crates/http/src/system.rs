//! Health, metrics, and the document.

use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpResponse, web};
use bailiwick_domain::ports::Lookup;
use serde_json::json;

use crate::problem::Problem;
use crate::state::HttpState;

/// The process runs.
pub(crate) async fn live() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "live" }))
}

/// Storage answers and the policy is loaded: requests can be served.
pub(crate) async fn ready(state: web::Data<HttpState>) -> Result<HttpResponse, Problem> {
    match Lookup::ping(&*state.app.store).await {
        Ok(()) => Ok(HttpResponse::Ok().json(
            json!({ "status": "ready", "storage": "up", "policy": state.app.policies.current().version() }),
        )),
        Err(error) => {
            tracing::warn!(%error, "storage does not answer");
            Err(Problem::unavailable())
        }
    }
}

/// Counters and histograms, for Prometheus.
pub(crate) async fn metrics(state: web::Data<HttpState>) -> Result<HttpResponse, Problem> {
    let handle = state.metrics.as_ref().ok_or_else(Problem::no_such_route)?;
    Ok(HttpResponse::Ok().insert_header((CONTENT_TYPE, "text/plain; version=0.0.4")).body(handle.render()))
}
