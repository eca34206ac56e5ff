//! Bodies of bytes, taken as they come: what can't be held in memory whole, nor be read twice.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use actix_web::{FromRequest, HttpRequest, web};
use bailiwick_app::runs::PART;
use bailiwick_app::{AppError, Cx};
use bailiwick_domain::kind::Operation;
use bailiwick_domain::object::Entity;
use futures_util::StreamExt;
use uuid::Uuid;

use crate::access::{Access, AccessRule, Principals, Takes};
use crate::problem::Problem;
use crate::request::{context, path_id, refuse_unknown, route, wish};

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
pub(crate) fn is_bytes(request: &HttpRequest) -> bool {
    let mime = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    mime.is_some_and(|mime| mime.trim().eq_ignore_ascii_case("application/octet-stream"))
}
