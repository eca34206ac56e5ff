//! Bodies: JSON, each fault with the pointer to where it stands.

use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use bailiwick_app::FieldError;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::error::Category;
use serde_path_to_error::Segment;

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
        let json = request
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split(';').next())
            .is_some_and(|mime| mime.trim().eq_ignore_ascii_case("application/json"));
        if !json {
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
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let parsed = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let pointer = pointer(error.path());
        let inner = error.into_inner();
        match inner.classify() {
            Category::Data => {
                let detail = without_position(&inner.to_string());
                Problem::invalid(vec![FieldError::new(with_named_field(pointer, &detail), detail)])
            }
            // A value of another kind than is asked for can look like bad syntax to who reads it.
            _ if serde_json::from_slice::<IgnoredAny>(bytes).is_ok() => {
                Problem::invalid(vec![FieldError::new(pointer, "a value of another kind")])
            }
            _ => Problem::malformed(&format!("the body is not JSON: {inner}")),
        }
    })?;
    json.end().map_err(|error| Problem::malformed(&format!("the body is not JSON: {error}")))?;
    Ok(parsed)
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    path.iter().fold(String::new(), |pointer, segment| match segment {
        Segment::Seq { index } => format!("{pointer}/{index}"),
        Segment::Map { key } => format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1")),
        Segment::Enum { .. } | Segment::Unknown => pointer,
    })
}

/// The path of a field that is missing ends at its parent, of one that is unknown or there twice it may: the name
/// stands in the message.
fn with_named_field(pointer: String, detail: &str) -> String {
    let begins = [("missing field `", true), ("unknown field `", false), ("duplicate field `", false)];
    let named = begins.iter().find_map(|(begin, always)| Some((detail.strip_prefix(begin)?, *always)));
    let Some((name, always)) = named.and_then(|(rest, always)| Some((rest.split('`').next()?, always)))
    else {
        return pointer;
    };
    let last = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
    if !always && pointer.ends_with(&last) { pointer } else { pointer + &last }
}

fn without_position(message: &str) -> String {
    message.rfind(" at line ").and_then(|at| message.get(..at)).unwrap_or(message).to_owned()
}
