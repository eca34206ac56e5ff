//! Bodies: JSON as the whole server reads it from users, each fault with the pointer to where it stands.

use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use bailiwick_app::FieldError;
use bailiwick_app::json::{self, Fault};
use serde::de::DeserializeOwned;

use crate::problem::Problem;

/// How long a body may take to arrive, once its headers have.
const PATIENCE: Duration = Duration::from_secs(20);

/// A body that has arrived.
#[derive(Clone)]
pub(crate) struct Body(web::Bytes);

impl Body {
    /// Waits for the whole body, as long as [`PATIENCE`] lasts. It arrives once, however often it is asked for.
    pub(crate) async fn read(request: &HttpRequest, mut payload: Payload) -> Result<Self, Problem> {
        if let Some(arrived) = request.extensions().get::<Self>() {
            return Ok(arrived.clone());
        }
        let encoded = request.headers().get(CONTENT_ENCODING).is_some_and(|coding| coding != "identity");
        if encoded {
            return Err(Problem::unsupported_media_type("application/json"));
        }
        if matches!(payload, Payload::None) {
            return Ok(Self(web::Bytes::new()));
        }
        let bytes = actix_web::rt::time::timeout(PATIENCE, web::Bytes::from_request(request, &mut payload));
        match bytes.await {
            Ok(Ok(bytes)) => {
                let body = Self(bytes);
                request.extensions_mut().insert(body.clone());
                Ok(body)
            }
            Ok(Err(error)) => match error.as_error::<PayloadError>() {
                Some(PayloadError::Overflow) | None => Err(Problem::body_too_long()),
                Some(_) => Err(Problem::malformed("the body broke off, or is not framed as HTTP says")),
            },
            Err(_) => Err(Problem::body_too_late()),
        }
    }

    /// Its bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// What it says, as a JSON object.
    pub(crate) fn json<B: DeserializeOwned>(&self, request: &HttpRequest) -> Result<B, Problem> {
        let says_json = request
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split(';').next())
            .is_some_and(|mime| mime.trim().eq_ignore_ascii_case("application/json"));
        if !says_json {
            return Err(Problem::unsupported_media_type("application/json"));
        }
        // Structs could be read from arrays too, and the order of fields would become something to rely on.
        if self.0.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[') {
            return Err(Problem::invalid(vec![FieldError::new("", "a JSON object, not an array")]));
        }
        parse(&self.0)
    }

    /// What it says, where it may be left out: nothing stands for `{}`, and for `null` where no body is expected.
    pub(crate) fn optional_json<B: DeserializeOwned>(&self, request: &HttpRequest) -> Result<B, Problem> {
        if request.headers().contains_key(CONTENT_TYPE) {
            return self.json(request);
        }
        if !self.0.is_empty() {
            return Err(Problem::unsupported_media_type("application/json"));
        }
        serde_json::from_str("null").or_else(|_| parse(b"{}"))
    }
}

fn parse<B: DeserializeOwned>(bytes: &[u8]) -> Result<B, Problem> {
    json::read(bytes).map_err(|fault| match fault {
        Fault::Malformed(why) => Problem::malformed(&format!("the body is not JSON: {why}")),
        Fault::Field(fault) => Problem::invalid(vec![fault]),
    })
}
