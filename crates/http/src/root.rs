//! First arguments of handlers that are for root at the server alone.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use bailiwick_app::Cx;
use serde::de::DeserializeOwned;

use crate::access::{Access, AccessRule, Principals};
use crate::body::Body;
use crate::extract::Extracting;
use crate::problem::Problem;
use crate::request::{context, refuse_unknown};

/// A deed for root at the server alone.
pub struct Root {
    /// The context of the request.
    pub cx: Cx,
}

impl Access for Root {
    const RULE: AccessRule = AccessRule::plain(Principals::SIGNED_IN);
}

impl FromRequest for Root {
    type Error = Problem;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let payload = payload.take();
        Box::pin(async move {
            Body::read(&request, payload).await?;
            Ok(Self { cx: as_root(&request).await? })
        })
    }
}

/// A deed for root at the server alone, with a body that may be left out.
pub struct RootWith<B> {
    /// The context of the request.
    pub cx: Cx,
    /// The body; the default of an empty one.
    pub body: B,
}

impl<B: DeserializeOwned + 'static> Access for RootWith<B> {
    const RULE: AccessRule = Root::RULE;
}

impl<B: DeserializeOwned + 'static> FromRequest for RootWith<B> {
    type Error = Problem;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let payload = payload.take();
        Box::pin(async move {
            let payload = Body::read(&request, payload).await?;
            let cx = as_root(&request).await?;
            Ok(Self { cx, body: payload.optional_json(&request)? })
        })
    }
}

async fn as_root(request: &HttpRequest) -> Result<Cx, Problem> {
    let (cx, pairs) = context(request, &Root::RULE).await?;
    refuse_unknown(&pairs)?;
    if cx.caller.is_root(cx.policy()) { Ok(cx) } else { Err(Problem::not_for("root at the server")) }
}
