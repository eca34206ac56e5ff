//! An answer leaves only when what it presumed of its caller, or of the policy, is confirmed. One that presumed too
//! much is thrown away, and the request is carried out again by a caller who was read for it.

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, Handler, HttpMessage, HttpRequest, HttpResponse, Responder, web};
use bailiwick_app::{AppError, policy};
use bailiwick_domain::ports::{Lookup, Presumed, StoreError};

use crate::problem::Problem;
use crate::request::route;

/// Marks a request of which a presumption did not hold.
struct Void;

/// Whether a presumption of this request did not hold, so that nothing more is presumed.
pub(crate) fn is_void(request: &HttpRequest) -> bool {
    request.extensions().contains::<Void>()
}

/// Notes what a request presumes.
pub(crate) fn note(request: &HttpRequest, presumed: Option<&Presumed>) {
    if let Some(presumed) = presumed {
        request.extensions_mut().insert(presumed.clone());
    }
}

/// Calls a handler, again if it has presumed too much.
pub(crate) async fn call<F, Args>(
    handler: F,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem>
where
    F: Handler<Args>,
    F::Output: Responder + 'static,
    Args: FromRequest,
{
    // After the first time only the policy is presumed, which is seldom replaced.
    const ATTEMPTS: usize = 4;
    let mut payload: Payload = payload.into_inner();
    for _ in 0..ATTEMPTS {
        let answer = match Args::from_request(&request, &mut payload).await {
            Ok(args) => handler.call(args).await.respond_to(&request).map_into_boxed_body(),
            Err(error) => HttpResponse::from_error(error),
        };
        if holds(&request, answer.status()).await? {
            return Ok(answer);
        }
        request.extensions_mut().insert(Void);
    }
    Err(Problem::unavailable())
}

/// Whether all holds that a request has presumed; storage is asked if nothing has asked it yet.
async fn holds(request: &HttpRequest, answered: StatusCode) -> Result<bool, Problem> {
    let presumed = request.extensions_mut().remove::<Presumed>();
    let Some(Presumed { presumption, store }) = presumed else { return Ok(true) };
    // That storage does not answer tells nothing of anybody, and asking it once more would take as long again.
    if answered.is_server_error() && !presumption.has_failed() {
        return Ok(true);
    }
    match Lookup::verify(&*store).await {
        Ok(()) => Ok(true),
        Err(StoreError::Outdated) => {
            if !presumption.is_about_anybody() {
                policy::follow_policy(&route(request)?.0.app).await?;
            }
            Ok(false)
        }
        Err(error) => Err(AppError::from(error).into()),
    }
}
