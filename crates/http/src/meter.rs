//! What every request passes: its id, its cookies, security headers, a counter and a clock.

use std::time::{Duration, Instant};

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue, SET_COOKIE};
use actix_web::middleware::Next;
use actix_web::rt::time::timeout;
use actix_web::{Error, HttpMessage, ResponseError, web};

use crate::problem::Problem;
use crate::request::{SetCookies, request_id};
use crate::state::{Deed, HttpState};
use crate::upload::is_long;

/// The request id's header.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

pub(crate) async fn pass<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let begun = Instant::now();
    let state = request.app_data::<web::Data<HttpState>>().cloned();
    let method = request.method().clone();
    let id = request_id(request.request());
    let within = state.as_ref().and_then(|state| state.options.answer_within);
    // A body of bytes takes its time, and has a patience of its own.
    let limit = within.filter(|_| !is_long(request.request())).unwrap_or(Duration::MAX);
    let Ok(response) = timeout(limit, next.call(request)).await else {
        metrics::counter!("http_requests_total", "operation" => "given up", "status" => "5xx").increment(1);
        tracing::error!(%method, request_id = id, "no answer in time: given up");
        return Err(Problem::too_late().of_request(id).into());
    };
    let response = response?;
    let deed = response.request().extensions().get::<Deed>().map_or("other", |deed| deed.0);
    let status = response.status();
    // Labels are bounded: operation ids and status classes.
    let class = format!("{}xx", status.as_u16() / 100);
    metrics::counter!("http_requests_total", "operation" => deed, "status" => class).increment(1);
    metrics::histogram!("http_request_duration_seconds", "operation" => deed)
        .record(begun.elapsed().as_secs_f64());
    let milliseconds = begun.elapsed().as_millis();
    tracing::info!(%method, deed, status = status.as_u16(), milliseconds, request_id = id, "answered");

    let cookies =
        response.request().extensions_mut().remove::<SetCookies>().map(|set| set.0).unwrap_or_default();
    let problem = response.response().error().and_then(|error| error.as_error::<Problem>()).cloned();
    let mut response = match problem {
        Some(problem) => {
            let told = problem.of_request(id.clone()).error_response();
            response.into_response(told).map_into_right_body()
        }
        None => response.map_into_left_body(),
    };
    let headers = response.headers_mut();
    for cookie in cookies.iter().filter_map(|cookie| HeaderValue::from_str(cookie).ok()) {
        headers.append(SET_COOKIE, cookie);
    }
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, id);
    }
    Ok(response)
}
