//! What a request says beside its body: who asks, ids, flags, conditions.

use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HeaderName, IF_MATCH, USER_AGENT};
use actix_web::{HttpMessage, HttpRequest, web};
use bailiwick_app::{Cx, FieldError, Idempotency, Wish, policy};
use bailiwick_domain::Gate;
use bailiwick_domain::ports::{AuthError, Authenticated, Freshness, Presented, StoreError};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::access::AccessRule;
use crate::address;
use crate::presumption;
use crate::problem::Problem;
use crate::state::{Deed, HttpState};

/// The header that carries the CSRF token.
const CSRF_HEADER: HeaderName = HeaderName::from_static("x-csrf-token");

/// The header that carries the key of a client app.
const APP_KEY_HEADER: HeaderName = HeaderName::from_static("x-app-key");

/// The query of a request, as pairs.
pub(crate) type Pairs = Vec<(String, String)>;

/// Who asks, by the gate of this moment, for a route of this rule; with the query.
pub(crate) async fn context(request: &HttpRequest, rule: &AccessRule) -> Result<(Cx, Pairs), Problem> {
    let (state, deed) = route(request)?;
    // A deed that the gate is not asked about asks by itself who calls, before storage is.
    let presumes = rule.operation.is_some() && !rule.takes.bytes && !presumption::is_void(request);
    let freshness = if presumes { Freshness::Presumed } else { Freshness::Read };
    let (gate, who) = authenticate(state, &presented(request), freshness).await?;
    request.extensions_mut().insert(SetCookies(who.set_cookies.clone()));
    match who.caller.principal {
        None if !rule.principals.anonymous => return Err(Problem::unauthenticated()),
        None if rule.operation.is_some() => {
            let from = address::of(request).map(address::place);
            state.anonymous.count(from.unwrap_or_default())?;
        }
        Some(principal) if !rule.principals.kinds.contains(&principal.kind) => {
            return Err(Problem::not_for("another kind of principal"));
        }
        _ => {}
    }
    presumption::note(request, who.presumed.as_ref());
    let pairs = query_pairs(request)?;
    let request_id = request_id(request);
    Ok((Cx::new(state.app.clone(), gate, who, deed, request_id), pairs))
}

/// Nobody in particular, through the client app that proves itself beside credentials that count for nothing here.
pub(crate) async fn guest(
    state: &HttpState,
    presented: &Presented,
) -> Result<(Gate, Authenticated), Problem> {
    if presented.app_keys.is_empty() {
        return Ok((state.app.gate(), Authenticated::anonymous()));
    }
    let app_keys = presented.app_keys.clone();
    let alone = Presented { app_keys, ..Presented::default() };
    let (gate, who) = authenticate(state, &alone, Freshness::Read).await?;
    Ok((gate, Authenticated { presumed: None, ..who }))
}

/// Who asks, by the policy that is in force on storage.
async fn authenticate(
    state: &HttpState,
    presented: &Presented,
    freshness: Freshness,
) -> Result<(Gate, Authenticated), Problem> {
    // It can be replaced again while it is taken over, but not for long.
    const ATTEMPTS: usize = 3;
    for _ in 0..ATTEMPTS {
        let gate = state.app.gate();
        match state.app.auth.authenticate(presented, gate.policy(), gate.now(), freshness).await {
            Err(AuthError::Store(StoreError::Outdated)) => policy::follow_policy(&state.app).await?,
            who => return Ok((gate, who?)),
        }
    }
    Err(Problem::unavailable())
}

/// The shared state, and the deed of the route that matched.
pub(crate) fn route(request: &HttpRequest) -> Result<(&web::Data<HttpState>, &'static str), Problem> {
    let state = request.app_data::<web::Data<HttpState>>().ok_or_else(Problem::unavailable)?;
    let deed = request.extensions().get::<Deed>().copied().ok_or_else(Problem::no_such_route)?;
    Ok((state, deed.0))
}

pub(crate) fn query_pairs(request: &HttpRequest) -> Result<Pairs, Problem> {
    let pairs = web::Query::<Pairs>::from_query(request.query_string())
        .map(web::Query::into_inner)
        .map_err(|_| Problem::malformed("the query can't be read: `name=value`, percent-encoded"))?;
    let nul = pairs.iter().filter(|(_, value)| value.contains('\0'));
    let faults: Vec<_> =
        nul.map(|(name, _)| FieldError::new(name.clone(), "a text has no NUL character")).collect();
    if faults.is_empty() { Ok(pairs) } else { Err(Problem::invalid(faults)) }
}

/// `Set-Cookie` values that the answer is to carry.
pub(crate) struct SetCookies(pub Vec<String>);

/// The id of a request, which problem documents and the audit log repeat.
pub(crate) fn request_id(request: &HttpRequest) -> String {
    request.extensions().get::<tracing_actix_web::RequestId>().map(ToString::to_string).unwrap_or_default()
}

pub(crate) fn presented(request: &HttpRequest) -> Presented {
    let all = |name| {
        let values = request.headers().get_all(name);
        // A header that is no text is kept as one that nothing verifies.
        values.map(|value| value.to_str().unwrap_or("\u{fffd}").to_owned()).collect::<Vec<_>>()
    };
    let one = |name: HeaderName| {
        request.headers().get(name).and_then(|value| value.to_str().ok()).map(ToOwned::to_owned)
    };
    let from = address::of(request);
    Presented {
        authorization: all(AUTHORIZATION),
        cookies: all(COOKIE),
        app_keys: all(APP_KEY_HEADER),
        csrf: one(CSRF_HEADER),
        changes: !request.method().is_safe(),
        address: from.map(address::place).unwrap_or_default(),
        from,
        user_agent: one(USER_AGENT).unwrap_or_default().chars().take(200).collect(),
    }
}

/// An id of the path. What is no id names nothing, like an id that nothing has.
pub(crate) fn path_id(request: &HttpRequest, name: &str) -> Uuid {
    request.match_info().get(name).and_then(|text| text.parse().ok()).unwrap_or_default()
}

pub(crate) fn wish(request: &HttpRequest, pairs: &mut Pairs) -> Result<Wish, Problem> {
    let if_match = match request
        .headers()
        .get(IF_MATCH)
        .map(|value| value.to_str().unwrap_or_default().trim())
    {
        None | Some("*") => None,
        Some(tag) => {
            // A weak tag is one, and never matches.
            let quoted =
                tag.strip_prefix("W/").unwrap_or(tag).strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
            let quoted = quoted.filter(|tag| !tag.contains('"')).ok_or_else(|| {
                let right = "the one ETag that you saw, in its quotes: \"3\"; or *";
                Problem::invalid(vec![FieldError::new("If-Match", right)])
            })?;
            // What is no tag of ours matches no version.
            let version = quoted.parse().ok().filter(|version: &i64| version.to_string() == quoted);
            Some(version.filter(|_| !tag.starts_with('W')).unwrap_or(-1))
        }
    };
    Ok(Wish { dry_run: take_flag(pairs, "dry_run")?, if_match, idempotency: None })
}

pub(crate) fn idempotency(request: &HttpRequest, body: &[u8]) -> Result<Option<Idempotency>, Problem> {
    let Some(key) = request.headers().get("idempotency-key") else { return Ok(None) };
    let key = key.to_str().unwrap_or_default();
    if key.is_empty() || key.len() > 200 {
        return Err(Problem::invalid(vec![FieldError::new(
            "Idempotency-Key",
            "1 to 200 characters of ASCII, visible or spaces",
        )]));
    }
    let mut hash = Sha256::new();
    hash.update(request.method().as_str());
    hash.update([0]);
    hash.update(request.uri().to_string());
    hash.update([0]);
    if let Some(content_type) = request.headers().get(CONTENT_TYPE) {
        hash.update(content_type.as_bytes());
    }
    hash.update([0]);
    hash.update(body);
    let fingerprint = hex::encode(hash.finalize());
    Ok(Some(Idempotency { key: key.to_owned(), fingerprint }))
}

/// Takes a parameter out of the query; twice is once too often.
pub(crate) fn take(pairs: &mut Pairs, name: &str) -> Result<Option<String>, Problem> {
    let mut found = None;
    while let Some(at) = pairs.iter().position(|(key, _)| key == name) {
        let (_, value) = pairs.remove(at);
        if found.replace(value).is_some() {
            return Err(Problem::invalid(vec![FieldError::new(name, "given once")]));
        }
    }
    Ok(found)
}

pub(crate) fn take_flag(pairs: &mut Pairs, name: &str) -> Result<bool, Problem> {
    match take(pairs, name)?.as_deref() {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Problem::invalid(vec![FieldError::new(name, "`true` or `false`")])),
    }
}

/// Refuses parameters that nothing has taken.
pub(crate) fn refuse_unknown(pairs: &Pairs) -> Result<(), Problem> {
    if pairs.is_empty() {
        return Ok(());
    }
    let unknown =
        |(name, _): &(String, String)| FieldError::new(name.clone(), "this route has no such parameter");
    Err(Problem::invalid(pairs.iter().map(unknown).collect()))
}
