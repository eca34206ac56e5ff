//! Bodies of bytes, taken as they come: what can't be held in memory whole, nor be read twice.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use actix_web::{FromRequest, HttpRequest, web};
use bailiwick_app::files::NewFile;
use bailiwick_app::runs::PART;
use bailiwick_app::{AppError, Cx, FieldError, Idempotency};
use bailiwick_domain::entities::BadName;
use bailiwick_domain::ids::Claimed;
use bailiwick_domain::kind::{Kind, Operation};
use bailiwick_domain::object::Entity;
use futures_util::StreamExt;
use uuid::Uuid;

use crate::access::{Access, AccessRule, Principals, Takes};
use crate::problem::Problem;
use crate::request::{Pairs, context, idempotency, path_id, refuse_unknown, route, take, wish};

/// How long the next bytes may take to arrive.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a node stores of an object that it works on.
pub struct Upload<T> {
    /// The context of the request.
    pub cx: Cx,
    /// Which one.
    pub id: Uuid,
    /// The bytes.
    pub body: Arriving,
    /// How many there may be.
    pub limit: i64,
    of: PhantomData<fn() -> T>,
}

/// The bytes of a body that are on their way.
pub struct Arriving {
    payload: Payload,
    /// Whether they are said to be bytes, as they are.
    plain: bool,
}

impl Arriving {
    /// Hands them on in parts of [`PART`] bytes, the last one apart.
    ///
    /// # Errors
    /// The body is not said to be bytes; the connection broke or fell silent; what `each` says.
    pub async fn parts(
        &mut self,
        mut each: impl AsyncFnMut(&[u8]) -> Result<(), AppError>,
    ) -> Result<(), Problem> {
        if !self.plain {
            return Err(Problem::unsupported_media_type("application/octet-stream"));
        }
        let mut waiting = web::BytesMut::with_capacity(PART);
        loop {
            let next = actix_web::rt::time::timeout(PATIENCE, self.payload.next()).await;
            let bytes = match next {
                Err(_) => return Err(Problem::body_too_late()),
                Ok(Some(Err(_))) => return Err(Problem::malformed("the body broke off")),
                Ok(Some(Ok(bytes))) => bytes,
                Ok(None) if waiting.is_empty() => return Ok(()),
                Ok(None) => return Ok(each(&waiting).await?),
            };
            waiting.extend_from_slice(&bytes);
            while waiting.len() >= PART {
                each(&waiting.split_to(PART)).await?;
            }
        }
    }
}

/// A file that is uploaded to a project: its name in the query, its type in the header, its bytes in the body.
pub struct UploadFile {
    /// The context of the request.
    pub cx: Cx,
    /// The project.
    pub under: Uuid,
    /// What is said of the file.
    pub new: NewFile,
    /// The bytes.
    pub body: Arriving,
    /// What the client's key stands for, but for the bytes.
    pub idempotency: Option<Idempotency>,
}

impl Access for UploadFile {
    // By a principal who was read for this request: it can't be carried out again.
    const RULE: AccessRule = AccessRule {
        under: Some(Kind::Project),
        takes: Takes { bytes: true, upload: true, dry_run: true, idempotency: true, ..Takes::NOTHING },
        ..AccessRule::new(Principals::ALL, Operation::Create, Kind::File)
    };
}

impl FromRequest for UploadFile {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let payload = payload.take();
        Box::pin(async move {
            let (mut cx, mut pairs) = context(&request, &Self::RULE).await?;
            let idempotency = idempotency(&request, &[])?;
            cx.wish = wish(&request, &mut pairs)?;
            let new = new_file(&request, &mut pairs)?;
            refuse_unknown(&pairs)?;
            let under = path_id(&request, "id");
            let plain = !request.headers().contains_key(CONTENT_ENCODING);
            let body = Arriving { payload, plain };
            Ok(Self { cx, under, new, body, idempotency })
        })
    }
}

/// What a request says of the file that it uploads.
fn new_file(request: &HttpRequest, pairs: &mut Pairs) -> Result<NewFile, Problem> {
    let wrong = |name: &str, right: &str| Problem::invalid(vec![FieldError::new(name, right)]);
    let header = |name| request.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let name = take(pairs, "name")?.ok_or_else(|| wrong("name", "what the file is called"))?;
    let name = name.parse().map_err(|error: BadName| wrong("name", &error.to_string()))?;
    let media_type = header(CONTENT_TYPE).unwrap_or("application/octet-stream");
    let media_type = media_type.parse().map_err(|right| wrong("Content-Type", right))?;
    let sha256 = take(pairs, "sha256")?;
    if sha256.as_deref().is_some_and(|hash| hash.len() != 64 || !hash.bytes().all(|b| b.is_ascii_hexdigit()))
    {
        return Err(wrong("sha256", "64 hexadecimal digits"));
    }
    let dataset = match take(pairs, "dataset_id")? {
        None => None,
        Some(id) => Some(Claimed::from_wire(id.parse().map_err(|_| wrong("dataset_id", "an id (UUID)"))?)),
    };
    let bytes = header(CONTENT_LENGTH).and_then(|length| length.parse().ok());
    Ok(NewFile { name, media_type, bytes, sha256, dataset })
}

impl<T: Entity> Access for Upload<T> {
    // By a principal who was read for this request: it can't be carried out again.
    const RULE: AccessRule = AccessRule {
        takes: Takes { bytes: true, dry_run: true, if_match: true, ..Takes::NOTHING },
        ..AccessRule::new(Principals::NODES, Operation::Edit, T::KIND)
    };
}

impl<T: Entity> FromRequest for Upload<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let payload = payload.take();
        Box::pin(async move {
            let (mut cx, mut pairs) = context(&request, &Self::RULE).await?;
            cx.wish = wish(&request, &mut pairs)?;
            refuse_unknown(&pairs)?;
            let limit = route(&request)?.0.options.result_limit;
            let id = path_id(&request, "id");
            let plain = is_bytes(&request) && !request.headers().contains_key(CONTENT_ENCODING);
            Ok(Self { cx, id, body: Arriving { payload, plain }, limit, of: PhantomData })
        })
    }
}

/// Whether a request says that its body is bytes.
fn is_bytes(request: &HttpRequest) -> bool {
    media_type(request).is_some_and(|mime| mime.eq_ignore_ascii_case("application/octet-stream"))
}

/// Whether a request says that its body is something else than JSON, and so may be long.
pub(crate) fn is_long(request: &HttpRequest) -> bool {
    media_type(request).is_some_and(|mime| !mime.eq_ignore_ascii_case("application/json"))
}

fn media_type(request: &HttpRequest) -> Option<&str> {
    let mime = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok())?;
    mime.split(';').next().map(str::trim)
}
