//! Bytes as an answer: whole or in part, to be saved and never to be run by a browser.

use actix_web::body::SizedStream;
use actix_web::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_RANGE, CONTENT_SECURITY_POLICY, ETAG, Header,
    IF_NONE_MATCH, IF_RANGE, Range, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use bailiwick_app::Cx;
use bailiwick_app::files::{self, Stored};
use bailiwick_domain::ports::FileReader;
use futures_util::stream;

use crate::problem::Problem;
use crate::reply::Answer;

/// The bytes, or those of them that the request asks for.
pub(crate) fn content(request: &HttpRequest, cx: Cx, stored: Stored) -> Answer {
    let length = u64::try_from(stored.bytes).unwrap_or_default();
    let tag = format!("\"{}\"", stored.sha256);
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let seen = header(IF_NONE_MATCH).is_some_and(|tags| {
        tags == "*" || tags.split(',').any(|seen| seen.trim().trim_start_matches("W/") == tag)
    });
    if seen {
        return Ok(dressed(HttpResponse::NotModified(), &stored, &tag).finish());
    }
    // A range of something else than was seen is no range of this.
    let ranged = header(IF_RANGE).is_none_or(|seen| seen == tag);
    let range = if ranged && request.headers().contains_key("range") { asked(request, length) } else { None };
    match range {
        None => Ok(part(dressed(HttpResponse::Ok(), &stored, &tag), cx, stored, 0, length)),
        Some(Some((from, to))) => {
            let mut response = dressed(HttpResponse::PartialContent(), &stored, &tag);
            response.insert_header((CONTENT_RANGE, format!("bytes {from}-{to}/{length}")));
            Ok(part(response, cx, stored, from, to + 1 - from))
        }
        Some(None) => Err(Problem::no_such_range(length)),
    }
}

/// The one range that is asked for, first and last byte: `Some(None)` where there is no such part. Several ranges, or what
/// can't be read, are answered with the whole, as HTTP lets a server do.
fn asked(request: &HttpRequest, length: u64) -> Option<Option<(u64, u64)>> {
    match Range::parse(request).ok()? {
        Range::Bytes(ranges) => match ranges.as_slice() {
            [one] => Some(one.to_satisfiable_range(length)),
            _ => None,
        },
        Range::Unregistered(..) => None,
    }
}

fn dressed(mut response: HttpResponseBuilder, stored: &Stored, tag: &str) -> HttpResponseBuilder {
    let name: String = form_urlencoded::byte_serialize(stored.name.as_bytes()).collect();
    response
        .content_type(stored.media_type.as_str())
        .insert_header((
            CONTENT_DISPOSITION,
            format!("attachment; filename*=UTF-8''{}", name.replace('+', "%20")),
        ))
        .insert_header((CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((CACHE_CONTROL, "private, no-cache"))
        .insert_header((ACCEPT_RANGES, "bytes"))
        .insert_header((ETAG, tag.to_owned()));
    response
}

/// What has been read of the bytes so far: nothing, until somebody takes them.
enum Reading {
    Waits(Box<(Cx, Stored)>, u64, u64),
    Reads(Box<dyn FileReader>),
}

fn part(mut response: HttpResponseBuilder, cx: Cx, stored: Stored, from: u64, length: u64) -> HttpResponse {
    if length == 0 {
        return response.body(Bytes::new());
    }
    let begins = Reading::Waits(Box::new((cx, stored)), from, length);
    response.body(SizedStream::new(length, Box::pin(stream::try_unfold(begins, next))))
}

async fn next(reading: Reading) -> Result<Option<(Bytes, Reading)>, actix_web::Error> {
    let mut reader = match reading {
        Reading::Waits(what, from, length) => {
            files::open(&what.0, &what.1, from, length).await.map_err(Problem::from)?
        }
        Reading::Reads(reader) => reader,
    };
    let bytes = reader.next().await.map_err(|error| Problem::from(bailiwick_app::AppError::from(error)))?;
    Ok(bytes.map(|bytes| (Bytes::from(bytes), Reading::Reads(reader))))
}
