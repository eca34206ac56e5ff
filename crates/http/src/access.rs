//! First arguments of handlers: each declares who may call, and which rule the deed needs.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::{AUTHORIZATION, COOKIE, HeaderName, IF_MATCH, USER_AGENT};
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use bailiwick_app::{Cx, FieldError, Idempotency, Wish};
use bailiwick_domain::kind::{Kind, Operation};
use bailiwick_domain::object::Entity;
use bailiwick_domain::page::{Field, Query};
use bailiwick_domain::Caller;
use bailiwick_domain::ports::{Authenticated, Presented, Scheme};
use bailiwick_domain::principal::PrincipalKind;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::body::{read_json, read_optional_json};
use crate::list::{ListParams, parse_list};
use crate::problem::Problem;
use crate::state::HttpState;

/// The header that carries the CSRF token.
pub const CSRF_HEADER: HeaderName = HeaderName::from_static("x-csrf-token");

/// Which kinds of principal a route is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Principals {
    /// Requests without credentials, as far as access rules open something to them.
    pub anonymous: bool,
    /// Kinds of principal.
    pub kinds: &'static [PrincipalKind],
}

impl Principals {
    /// Everybody; the gate decides.
    pub const ALL: Self = Self { anonymous: true, kinds: PrincipalKind::ALL };
    /// Anybody who proved who they are.
    pub const SIGNED_IN: Self = Self { anonymous: false, kinds: PrincipalKind::ALL };
    /// People.
    pub const USERS: Self = Self { anonymous: false, kinds: &[PrincipalKind::User] };
}

/// What a first argument declares; written into the OpenAPI document as `x-permission`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccessRule {
    /// Who may call.
    pub principals: Principals,
    /// The operation that the gate is asked about.
    pub operation: Option<Operation>,
    /// The kind of object that it is asked about.
    pub kind: Option<Kind>,
    /// For what is made or listed under something: the parent's kind.
    pub under: Option<Kind>,
    /// What the route takes beside its path.
    pub takes: Takes,
}

/// What a route takes beside its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Takes {
    /// Filters, sort, cursor, limit, count, over these fields.
    pub list: Option<&'static [Field]>,
    /// `dry_run`.
    pub dry_run: bool,
    /// `If-Match`.
    pub if_match: bool,
    /// `Idempotency-Key`.
    pub idempotency: bool,
    /// `cascade`.
    pub cascade: bool,
}

impl AccessRule {
    const fn new(principals: Principals, operation: Operation, kind: Kind) -> Self {
        let takes =
            Takes { list: None, dry_run: false, if_match: false, idempotency: false, cascade: false };
        Self { principals, operation: Some(operation), kind: Some(kind), under: None, takes }
    }

    const fn plain(principals: Principals) -> Self {
        let takes =
            Takes { list: None, dry_run: false, if_match: false, idempotency: false, cascade: false };
        Self { principals, operation: None, kind: None, under: None, takes }
    }
}

/// A first argument: an extractor that declares who may call.
#[diagnostic::on_unimplemented(
    message = "the first argument of a handler must declare its access",
    label = "not an extractor of `bailiwick_http::access`"
)]
pub trait Access: FromRequest {
    /// What it declares.
    const RULE: AccessRule;
}

/// The server as the parent of what hangs under it.
#[derive(Debug)]
pub enum Server {}

/// A parent of something: a kind of object, or the server.
pub trait Parent: 'static {
    /// Its kind.
    const PARENT: Kind;
}
impl Parent for Server {
    const PARENT: Kind = Kind::Server;
}
impl<T: Entity> Parent for T {
    const PARENT: Kind = T::KIND;
}

type Extracting<T> = Pin<Box<dyn Future<Output = Result<T, Problem>>>>;

/// The query of a request, as pairs.
pub(crate) type Pairs = Vec<(String, String)>;

macro_rules! extractor {
    (
        $(#[$doc:meta])*
        $name:ident < $($param:ident $(: $bound:path)?),* > { $($(#[$field_doc:meta])* $field:ident : $type:ty),* $(,)? }
        rule = $rule:expr;
        extract($request:ident, $payload:ident, $cx:ident, $pairs:ident) $extract:block
    ) => {
        $(#[$doc])*
        pub struct $name<$($param $(: $bound)?),*> {
            /// The context of the request.
            pub cx: Cx,
            $($(#[$field_doc])* pub $field: $type,)*
            of: PhantomData<fn() -> ($($param,)*)>,
        }

        impl<$($param $(: $bound)? + 'static),*> Access for $name<$($param),*> {
            const RULE: AccessRule = $rule;
        }

        impl<$($param $(: $bound)? + 'static),*> FromRequest for $name<$($param),*> {
            type Error = Problem;
            type Future = Extracting<Self>;

            fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
                let $request = request.clone();
                #[allow(unused_mut, unused_variables, reason = "not every extractor reads a body")]
                let mut $payload = payload.take();
                Box::pin(async move {
                    #[allow(unused_mut, reason = "not every extractor changes the context")]
                    let (mut $cx, mut $pairs) = context(&$request, &<Self as Access>::RULE).await?;
                    let ($($field,)*) = $extract;
                    refuse_unknown(&$pairs)?;
                    Ok(Self { cx: $cx, $($field,)* of: PhantomData })
                })
            }
        }
    };
}

extractor! {
    /// Reading one object.
    Show<T: Entity> {
        /// Which one.
        id: Uuid,
    }
    rule = AccessRule::new(Principals::ALL, Operation::View, T::KIND);
    extract(request, _payload, cx, pairs) { (path_id(&request, "id"),) }
}

extractor! {
    /// Listing what the caller may view.
    List<T: Entity> {
        /// Filters, order and page.
        query: Query,
        /// What the next page's address repeats.
        params: ListParams,
    }
    rule = AccessRule {
        takes: Takes { list: Some(T::FIELDS), dry_run: false, if_match: false, idempotency: false, cascade: false },
        ..AccessRule::new(Principals::ALL, Operation::View, T::KIND)
    };
    extract(request, _payload, cx, pairs) { parse_list::<T>(&request, &cx, &mut pairs, None)? }
}

extractor! {
    /// Listing what the caller may view under a parent that the caller may view.
    ListUnder<P: Entity, T: Entity> {
        /// The parent.
        under: Uuid,
        /// Filters, order and page.
        query: Query,
        /// What the next page's address repeats.
        params: ListParams,
    }
    rule = AccessRule {
        under: Some(P::KIND),
        takes: Takes { list: Some(T::FIELDS), dry_run: false, if_match: false, idempotency: false, cascade: false },
        ..AccessRule::new(Principals::ALL, Operation::View, T::KIND)
    };
    extract(request, _payload, cx, pairs) {
        let under = path_id(&request, "id");
        let (query, params) = parse_list::<T>(&request, &cx, &mut pairs, Some((P::KIND, under)))?;
        (under, query, params)
    }
}

extractor! {
    /// Making an object under a parent, from a body.
    Create<P: Parent, T: Entity, B: DeserializeOwned> {
        /// The parent; nil for the server.
        under: Uuid,
        /// The body.
        body: B,
    }
    rule = AccessRule {
        under: Some(P::PARENT),
        takes: Takes { list: None, dry_run: true, if_match: false, idempotency: true, cascade: false },
        ..AccessRule::new(Principals::ALL, Operation::Create, T::KIND)
    };
    extract(request, payload, cx, pairs) {
        let (body, hash) = read_json(&request, &mut payload).await?;
        cx.wish = wish(&request, &mut pairs)?;
        cx.wish.idempotency = idempotency(&request, &hash)?;
        (path_id(&request, "id"), body)
    }
}

extractor! {
    /// Changing an object by a body.
    Change<T: Entity, B: DeserializeOwned> {
        /// Which one.
        id: Uuid,
        /// The body.
        body: B,
    }
    rule = AccessRule {
        takes: Takes { list: None, dry_run: true, if_match: true, idempotency: false, cascade: false },
        ..AccessRule::new(Principals::ALL, Operation::Edit, T::KIND)
    };
    extract(request, payload, cx, pairs) {
        let (body, _) = read_json(&request, &mut payload).await?;
        cx.wish = wish(&request, &mut pairs)?;
        (path_id(&request, "id"), body)
    }
}

extractor! {
    /// A deed that changes an object and takes no body.
    Act<T: Entity> {
        /// Which one.
        id: Uuid,
    }
    rule = AccessRule {
        takes: Takes { list: None, dry_run: true, if_match: true, idempotency: false, cascade: false },
        ..AccessRule::new(Principals::ALL, Operation::Edit, T::KIND)
    };
    extract(request, _payload, cx, pairs) {
        cx.wish = wish(&request, &mut pairs)?;
        (path_id(&request, "id"),)
    }
}

extractor! {
    /// Deleting an object.
    Remove<T: Entity> {
        /// Which one.
        id: Uuid,
        /// Whether what hangs under it goes too.
        cascade: bool,
    }
    rule = AccessRule {
        takes: Takes { list: None, dry_run: true, if_match: true, idempotency: false, cascade: true },
        ..AccessRule::new(Principals::ALL, Operation::Delete, T::KIND)
    };
    extract(request, _payload, cx, pairs) {
        cx.wish = wish(&request, &mut pairs)?;
        let cascade = take_flag(&mut pairs, "cascade")?;
        (path_id(&request, "id"), cascade)
    }
}

extractor! {
    /// A deed for anybody, signed in or not.
    Anyone<B: DeserializeOwned> {
        /// The body; the default of an empty one.
        body: B,
        /// The query, as pairs.
        query: Pairs,
    }
    rule = AccessRule::plain(Principals::ALL);
    extract(request, payload, cx, pairs) {
        let body = read_optional_json(&request, &mut payload).await?;
        (body, std::mem::take(&mut pairs))
    }
}

/// A deed that proves who asks by its body: signing in, tokens. Credentials of the request count for nothing here, so
/// that a cookie that has ended does not keep its owner out.
pub struct Guest<B> {
    /// The context of the request.
    pub cx: Cx,
    /// The body.
    pub body: B,
    /// The headers that may hold credentials.
    pub presented: Presented,
}

impl<B: DeserializeOwned + 'static> Access for Guest<B> {
    const RULE: AccessRule = AccessRule::plain(Principals::ALL);
}

impl<B: DeserializeOwned + 'static> FromRequest for Guest<B> {
    type Error = Problem;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            let (state, deed) = route(&request)?;
            let gate = state.app.gate();
            refuse_unknown(&query_pairs(&request)?)?;
            let (body, _) = read_json(&request, &mut payload).await?;
            let who = Authenticated {
                caller: Caller::anonymous(),
                identity: None,
                scheme: Scheme::Anonymous,
                session: None,
                set_cookies: Vec::new(),
            };
            let cx = Cx::new(state.app.clone(), gate, who, deed, request_id(&request));
            Ok(Self { cx, body, presented: presented(&request) })
        })
    }
}

extractor! {
    /// A deed for anybody who proved who they are.
    SignedIn<B: DeserializeOwned> {
        /// The body; the default of an empty one.
        body: B,
        /// The query, as pairs.
        query: Pairs,
    }
    rule = AccessRule::plain(Principals::SIGNED_IN);
    extract(request, payload, cx, pairs) {
        let body = read_optional_json(&request, &mut payload).await?;
        (body, std::mem::take(&mut pairs))
    }
}

extractor! {
    /// A deed of people, about themselves.
    Person<B: DeserializeOwned> {
        /// The body; the default of an empty one.
        body: B,
        /// The id in the path; nil where there is none.
        id: Uuid,
    }
    rule = AccessRule::plain(Principals::USERS);
    extract(request, payload, cx, pairs) {
        let body = read_optional_json(&request, &mut payload).await?;
        (body, path_id(&request, "id"))
    }
}

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

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let (cx, pairs) = context(&request, &Self::RULE).await?;
            refuse_unknown(&pairs)?;
            if cx.caller.is_root(cx.policy()) { Ok(Self { cx }) } else { Err(Problem::not_for("root at the server")) }
        })
    }
}

/// Who asks, by the gate of this moment, for a route of this rule; with the query.
async fn context(request: &HttpRequest, rule: &AccessRule) -> Result<(Cx, Pairs), Problem> {
    let (state, deed) = route(request)?;
    let gate = state.app.gate();
    let who = state.app.auth.authenticate(&presented(request), gate.policy(), gate.now()).await?;
    request.extensions_mut().insert(SetCookies(who.set_cookies.clone()));
    match who.caller.principal {
        None if !rule.principals.anonymous => return Err(Problem::unauthenticated()),
        Some(principal) if !rule.principals.kinds.contains(&principal.kind) => {
            return Err(Problem::not_for("another kind of principal"));
        }
        _ => {}
    }
    let pairs = query_pairs(request)?;
    let request_id = request_id(request);
    Ok((Cx::new(state.app.clone(), gate, who, deed, request_id), pairs))
}

/// The shared state, and the deed of the route that matched.
fn route(request: &HttpRequest) -> Result<(&web::Data<HttpState>, &'static str), Problem> {
    let state = request.app_data::<web::Data<HttpState>>().ok_or_else(Problem::unavailable)?;
    Ok((state, state.deed(request).ok_or_else(Problem::no_such_route)?))
}

fn query_pairs(request: &HttpRequest) -> Result<Pairs, Problem> {
    web::Query::<Pairs>::from_query(request.query_string())
        .map(web::Query::into_inner)
        .map_err(|_| Problem::malformed("the query can't be read: `name=value`, percent-encoded"))
}

/// `Set-Cookie` values that the answer is to carry.
pub(crate) struct SetCookies(pub Vec<String>);

/// The id of a request, which problem documents and the audit log repeat.
pub(crate) fn request_id(request: &HttpRequest) -> String {
    request.extensions().get::<tracing_actix_web::RequestId>().map(ToString::to_string).unwrap_or_default()
}

fn presented(request: &HttpRequest) -> Presented {
    let all = |name| {
        let values = request.headers().get_all(name);
        // A header that is no text is kept as one that nothing verifies.
        values.map(|value| value.to_str().unwrap_or("\u{fffd}").to_owned()).collect::<Vec<_>>()
    };
    let one = |name: HeaderName| {
        request.headers().get(name).and_then(|value| value.to_str().ok()).map(ToOwned::to_owned)
    };
    Presented {
        authorization: all(AUTHORIZATION),
        cookies: all(COOKIE),
        csrf: one(CSRF_HEADER),
        changes: !request.method().is_safe(),
        user_agent: one(USER_AGENT).unwrap_or_default().chars().take(200).collect(),
    }
}

/// An id of the path. What is no id names nothing, like an id that nothing has.
fn path_id(request: &HttpRequest, name: &str) -> Uuid {
    request.match_info().get(name).and_then(|text| text.parse().ok()).unwrap_or_default()
}

fn wish(request: &HttpRequest, pairs: &mut Pairs) -> Result<Wish, Problem> {
    let if_match = match request.headers().get(IF_MATCH).map(|value| value.to_str().unwrap_or_default().trim()) {
        None | Some("*") => None,
        // What is no tag of ours matches no version.
        Some(tag) => Some(tag.trim_matches('"').parse().unwrap_or(-1)),
    };
    Ok(Wish { dry_run: take_flag(pairs, "dry_run")?, if_match, idempotency: None })
}

fn idempotency(request: &HttpRequest, body: &[u8]) -> Result<Option<Idempotency>, Problem> {
    let Some(key) = request.headers().get("idempotency-key") else { return Ok(None) };
    let key = key.to_str().unwrap_or_default();
    if key.is_empty() || key.len() > 200 {
        return Err(Problem::invalid(vec![FieldError::new(
            "Idempotency-Key",
            "1 to 200 visible characters",
        )]));
    }
    let mut hash = Sha256::new();
    hash.update(request.method().as_str());
    hash.update([0]);
    hash.update(request.uri().to_string());
    hash.update([0]);
    hash.update(body);
    let fingerprint = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
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
    let unknown = |(name, _): &(String, String)| FieldError::new(name.clone(), "this route has no such parameter");
    Err(Problem::invalid(pairs.iter().map(unknown).collect()))
}
