//! Problem documents (RFC 9457): what every error looks like.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CONTENT_RANGE, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use bailiwick_app::FieldError;
use bailiwick_domain::Denied;
use bailiwick_domain::kind::{Kind, Operation};
use bailiwick_domain::reason::Guard;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

mod from;

/// An error, as `application/problem+json`.
#[derive(Debug, Clone)]
pub struct Problem(Box<ProblemDocument>);

/// What a problem document says.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDocument {
    /// Which sort of problem, as a URI that stays the same.
    #[serde(rename = "type")]
    kind: String,
    /// The sort in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What is wrong here, and what would be right.
    detail: String,
    /// The request's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
    /// The fields that are wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Fault>,
    /// For 403: the rule that was missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<MissingRule>,
    /// The guard that forbids it.
    #[serde(skip_serializing_if = "Option::is_none")]
    guard: Option<Guard>,
    /// For a denial: the audit event that tells of it, for an administrator to look up.
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<Uuid>,
    /// For dependents: how many of which kind.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    dependents: Vec<Dependent>,
    #[serde(skip)]
    #[schema(ignore)]
    allow: Option<String>,
    /// How many bytes there are, for who asked for others.
    #[serde(skip)]
    #[schema(ignore)]
    range: Option<String>,
    /// After how many seconds to try again.
    #[serde(skip)]
    #[schema(ignore)]
    retry_after: Option<u64>,
}

/// A field that is wrong.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct Fault {
    /// JSON pointer into the body, or the name of a query parameter or header.
    pointer: String,
    /// What would be right.
    detail: String,
}

/// The rule that was missing.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct MissingRule {
    /// What was to be done.
    operation: Operation,
    /// To what kind of object.
    kind: Kind,
}

/// Objects that hang under one that was to be deleted.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct Dependent {
    /// Their kind.
    kind: Kind,
    /// How many.
    count: u64,
}

/// How many characters a detail or a pointer has at most.
const LONGEST: usize = 1_000;

/// A text, cut where it gets too long: what was sent does not come back whole.
fn cut(mut text: String) -> String {
    if let Some((at, _)) = text.char_indices().nth(LONGEST) {
        text.truncate(at);
        text.push('…');
    }
    text
}

impl Problem {
    fn new(status: StatusCode, kind: &str, title: &'static str, detail: impl Into<String>) -> Self {
        Self(Box::new(ProblemDocument {
            kind: format!("urn:bailiwick:problem:{kind}"),
            title,
            status: status.as_u16(),
            detail: cut(detail.into()),
            instance: None,
            errors: Vec::new(),
            missing: None,
            guard: None,
            decision: None,
            dependents: Vec::new(),
            allow: None,
            range: None,
            retry_after: None,
        }))
    }

    pub(crate) fn unauthenticated() -> Self {
        let detail = "this needs credentials that are good: a session cookie, an API key or a bearer token";
        Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", "Not authenticated", detail)
    }

    /// What a body offered as a proof is none: says what, and nothing of why.
    pub(crate) fn not_good(what: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", "Not authenticated", what)
    }

    /// The password is right: whoever knows it may know that a code is asked for.
    pub(crate) fn second_factor() -> Self {
        let detail = "this account has a second factor: send `otp`, a code of now that was not used before, or a recovery code";
        Self::new(StatusCode::UNAUTHORIZED, "second-factor", "Second factor needed", detail)
    }

    pub(crate) fn hidden() -> Self {
        let detail = "there is no such object, or you may not know of it";
        Self::new(StatusCode::NOT_FOUND, "not-found", "Not found", detail)
    }

    /// Too many requests or attempts; how many seconds to wait.
    pub(crate) fn too_many(seconds: u64) -> Self {
        let detail = format!("there were too many attempts; try again in {seconds} seconds");
        let mut problem = Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many", "Too many attempts", detail);
        problem.0.retry_after = Some(seconds);
        problem
    }

    pub(crate) fn no_such_route() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "no-such-route",
            "No such route",
            "see /openapi.json for those there are",
        )
    }

    pub(crate) fn not_for(whom: &str) -> Self {
        let detail = format!("this route is for {whom}");
        Self::new(StatusCode::FORBIDDEN, "wrong-principal", "Not for such a principal", detail)
    }

    pub(crate) fn malformed(detail: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed", "Malformed request", detail)
    }

    pub(crate) fn invalid(errors: Vec<FieldError>) -> Self {
        // The first few in words; all of them by field, up to a bound.
        let detail = errors
            .iter()
            .take(3)
            .map(|fault| match &*fault.pointer {
                "" => format!("the body: {}", fault.detail),
                pointer => format!("{pointer}: {}", fault.detail),
            })
            .collect::<Vec<_>>()
            .join("; ");
        let mut problem =
            Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "The request can't be processed", detail);
        problem.0.errors = errors
            .into_iter()
            .take(100)
            .map(|fault| Fault { pointer: cut(fault.pointer), detail: cut(fault.detail) })
            .collect();
        problem
    }

    pub(crate) fn body_too_long() -> Self {
        let detail = "the body is longer than this server takes (its setting `body_limit`), or broke off";
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-long", "Body too long", detail)
    }

    pub(crate) fn body_too_late() -> Self {
        let detail = "the body did not arrive in time";
        Self::new(StatusCode::REQUEST_TIMEOUT, "body-too-late", "Body too late", detail)
    }

    pub(crate) fn unsupported_media_type(right: &str) -> Self {
        let detail = format!("send it as it is, with Content-Type: {right}");
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type", "Unsupported media type", detail)
    }

    pub(crate) fn method_not_allowed(allowed: String) -> Self {
        let detail = format!("this route has {allowed}");
        let mut problem =
            Self::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "Method not allowed", detail);
        problem.0.allow = Some(allowed);
        problem
    }

    /// Something that the server needs is not there. What was to be changed may have been.
    pub(crate) fn unavailable() -> Self {
        let detail = "the server can't answer at the moment; try again, and repeat what makes something with the \
                      same Idempotency-Key: it may have been made";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Not available", detail)
    }

    /// Something was waited for too long. Nothing was changed.
    pub(crate) fn busy() -> Self {
        let detail =
            "too much goes on at once: this waited too long for its turn, and changed nothing; try again";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "Too busy", detail)
    }

    /// The whole took too long and was given up. What was to be changed may have been.
    pub(crate) fn too_late() -> Self {
        let detail = "this took longer than the server lets it; read what has become of it before you try again, and \
                      repeat what makes something with the same Idempotency-Key";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "too-late", "Not in time", detail)
    }

    /// Bytes that there are not.
    pub(crate) fn no_such_range(length: u64) -> Self {
        let detail = format!("a part of the {length} bytes that there are");
        let mut problem = Self::new(StatusCode::RANGE_NOT_SATISFIABLE, "range", "No such part", detail);
        problem.0.range = Some(format!("bytes */{length}"));
        problem
    }

    fn denied(answer: Denied, decision: Option<Uuid>) -> Self {
        match answer {
            Denied::Unauthenticated => Self::unauthenticated(),
            Denied::Hidden => Self::hidden(),
            Denied::Forbidden(missing) => {
                let (operation, kind) = (missing.operation, missing.kind.word());
                let article =
                    if kind != "user" && kind.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
                let detail = format!(
                    "you may view it, but not do this: no grant of yours lets you {operation} {article} {kind} there"
                );
                let mut problem = Self::new(StatusCode::FORBIDDEN, "forbidden", "Forbidden", detail);
                problem.0.missing = Some(MissingRule { operation: missing.operation, kind: missing.kind });
                problem.0.decision = decision;
                problem
            }
            Denied::Guarded(guard) => {
                let status = if guard.is_state() { StatusCode::CONFLICT } else { StatusCode::FORBIDDEN };
                let mut problem = Self::new(status, "guarded", "A guard forbids it", guard.says());
                problem.0.guard = Some(guard);
                problem.0.decision = decision;
                problem
            }
        }
    }

    /// The document with the request's id.
    #[must_use]
    pub(crate) fn of_request(mut self, id: String) -> Self {
        self.0.instance = Some(id).filter(|id| !id.is_empty());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0.status, self.0.title)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        response.content_type("application/problem+json");
        if let Some(allow) = &self.0.allow {
            response.insert_header((ALLOW, allow.clone()));
        }
        if let Some(range) = &self.0.range {
            response.insert_header((CONTENT_RANGE, range.clone()));
        }
        if let Some(seconds) = self.0.retry_after {
            response.insert_header((RETRY_AFTER, seconds.to_string()));
        }
        match self.status_code() {
            // Basic is not offered: a browser would ask for a password, and people sign in by form.
            StatusCode::UNAUTHORIZED => {
                response.insert_header((WWW_AUTHENTICATE, "Bearer realm=\"bailiwick\""));
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                response.insert_header((RETRY_AFTER, "1"));
            }
            _ => {}
        }
        response.body(serde_json::to_string(&self.0).unwrap_or_default())
    }
}
