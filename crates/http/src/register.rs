//! Registering handlers: path and method come from the handler's `#[utoipa::path]`, the rule from its first
//! argument. Without either, it does not compile.
//!
//! A handler whose first argument declares its access is a route:
//!
//! ```
//! mod tasks {
//!     use bailiwick_domain::entities::Task;
//!     use bailiwick_http::access::Show;
//!
//!     #[utoipa::path(get, path = "/tasks/{id}", responses((status = 200)))]
//!     pub async fn show_task(_show: Show<Task>) -> String {
//!         String::new()
//!     }
//! }
//! let routes = bailiwick_http::register!(bailiwick_http::Routes::default(), tasks::{show_task});
//! assert_eq!(routes.iter().next().map(|route| route.deed), Some("show_task"));
//! ```
//!
//! One that declares nothing is none:
//!
//! ```compile_fail,E0277
//! mod tasks {
//!     #[utoipa::path(get, path = "/tasks/{id}", responses((status = 200)))]
//!     pub async fn show_task(_id: actix_web::web::Path<String>) -> String {
//!         String::new()
//!     }
//! }
//! let routes = bailiwick_http::register!(bailiwick_http::Routes::default(), tasks::{show_task});
//! ```
//!
//! Declared second is not declared:
//!
//! ```compile_fail,E0277
//! mod tasks {
//!     use bailiwick_domain::entities::Task;
//!     use bailiwick_http::access::Show;
//!
//!     #[utoipa::path(get, path = "/tasks/{id}", responses((status = 200)))]
//!     pub async fn show_task(_id: actix_web::web::Path<String>, _show: Show<Task>) -> String {
//!         String::new()
//!     }
//! }
//! let routes = bailiwick_http::register!(bailiwick_http::Routes::default(), tasks::{show_task});
//! ```
//!
//! Nor is there a route without a documented path:
//!
//! ```compile_fail
//! mod tasks {
//!     use bailiwick_domain::entities::Task;
//!     use bailiwick_http::access::Show;
//!
//!     pub async fn show_task(_show: Show<Task>) -> String {
//!         String::new()
//!     }
//! }
//! let routes = bailiwick_http::register!(bailiwick_http::Routes::default(), tasks::{show_task});
//! ```

use std::sync::Arc;

use actix_web::http::Method;
use actix_web::{
    FromRequest, Handler, HttpMessage, HttpRequest, HttpResponse, Resource, Responder, Route, Scope, guard,
    web,
};
use utoipa::openapi::path::{HttpMethod, Operation};
use utoipa::openapi::{RefOr, Schema};

use crate::access::{Access, AccessRule};
use crate::presumption;
use crate::problem::Problem;
use crate::state::Deed;

/// A handler whose first argument declares who may call it.
#[diagnostic::on_unimplemented(
    message = "the first argument of a handler must declare its access",
    label = "take an extractor of `bailiwick_http::access` first"
)]
pub trait Declared<Args>: Handler<Args> {
    /// What the first argument declares.
    const RULE: AccessRule;
}

impl<F, G> Declared<(G,)> for F
where
    G: Access,
    F: Handler<(G,)>,
{
    const RULE: AccessRule = G::RULE;
}

impl<F, G, B> Declared<(G, B)> for F
where
    G: Access,
    F: Handler<(G, B)>,
{
    const RULE: AccessRule = G::RULE;
}

/// A registered route.
pub struct Registered {
    /// Its method.
    pub method: Method,
    /// Its path below the base path, with `{parameters}`.
    pub path: String,
    /// Its operation id: the handler's name.
    pub deed: &'static str,
    /// Who may call it, and which rule it needs.
    pub rule: AccessRule,
    /// What it says of itself, and the schemas that this names: made for the document, and not kept.
    pub(crate) operation: fn() -> Operation,
    pub(crate) schemas: fn(&mut Vec<(String, RefOr<Schema>)>),
    route: Arc<dyn Fn() -> Route + Send + Sync>,
}

/// All routes.
#[derive(Default)]
pub struct Routes(Vec<Registered>);

impl Routes {
    /// Registers a handler under its documented path.
    #[must_use]
    pub fn add<P, F, Args>(mut self, deed: &'static str, handler: F) -> Self
    where
        P: utoipa::Path + utoipa::__dev::SchemaReferences,
        F: Declared<Args> + Send + Sync,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        let route: Arc<dyn Fn() -> Route + Send + Sync> = Arc::new(move || {
            let handler = handler.clone();
            web::to(move |request: HttpRequest, payload| {
                request.extensions_mut().insert(Deed(deed));
                presumption::call(handler.clone(), request, payload)
            })
        });
        for method in P::methods() {
            self.0.push(Registered {
                method: http_method(&method),
                path: P::path(),
                deed,
                rule: F::RULE,
                operation: P::operation,
                schemas: P::schemas,
                route: route.clone(),
            });
        }
        self
    }

    /// Every route.
    pub fn iter(&self) -> impl Iterator<Item = &Registered> {
        self.0.iter()
    }

    /// A scope for each first segment of a path, so that few patterns are tried for a request. In it, a resource for
    /// each path; other methods get 405 and the ones that there are, other paths what `nowhere` answers.
    pub(crate) fn scopes(&self, nowhere: fn() -> Route) -> Vec<Scope> {
        let mut paths: Vec<&str> = self.0.iter().map(|route| route.path.as_str()).collect();
        // Literal segments first, so that `/grants/candidates` is not taken for the id of a grant.
        paths.sort_unstable_by_key(|path| (first_segment(path), path.matches('{').count(), *path));
        paths.dedup();
        paths
            .chunk_by(|a, b| first_segment(a) == first_segment(b))
            .map(|paths| {
                let first = paths.first().copied().map(first_segment).unwrap_or_default();
                paths
                    .iter()
                    .fold(web::scope(first), |scope, path| scope.service(self.resource(path, first.len())))
                    .default_service(nowhere())
            })
            .collect()
    }

    /// The resource of a path, inside the scope of so many of its characters.
    fn resource(&self, path: &str, scope: usize) -> Resource {
        let here: Vec<&Registered> = self.0.iter().filter(|route| route.path == path).collect();
        let allowed = here.iter().flat_map(|route| asked_by(&route.method));
        let allowed = allowed.map(|method| method.to_string()).collect::<Vec<_>>().join(", ");
        here.into_iter()
            .fold(web::resource(path.get(scope..).unwrap_or_default().to_owned()), |resource, route| {
                let methods = asked_by(&route.method);
                resource.route(
                    (*route.route)()
                        .guard(guard::fn_guard(move |asked| methods.contains(&asked.head().method))),
                )
            })
            .default_service(web::to(move || {
                let allowed = allowed.clone();
                async move { Err::<HttpResponse, _>(Problem::method_not_allowed(allowed)) }
            }))
    }
}

/// The methods that a route answers: what can be read can be asked for its headers alone.
fn asked_by(method: &Method) -> Vec<Method> {
    if method == Method::GET { vec![Method::GET, Method::HEAD] } else { vec![method.clone()] }
}

/// `/tasks` of `/tasks/{id}`.
fn first_segment(path: &str) -> &str {
    let rest = path.strip_prefix('/').unwrap_or(path);
    let end = rest.find('/').map_or(path.len(), |at| at + 1);
    path.get(..end).unwrap_or(path)
}

fn http_method(method: &HttpMethod) -> Method {
    match method {
        HttpMethod::Get => Method::GET,
        HttpMethod::Post => Method::POST,
        HttpMethod::Put => Method::PUT,
        HttpMethod::Delete => Method::DELETE,
        HttpMethod::Options => Method::OPTIONS,
        HttpMethod::Head => Method::HEAD,
        HttpMethod::Patch => Method::PATCH,
        HttpMethod::Trace => Method::TRACE,
    }
}

/// `register!(routes, tasks::{create_task, show_task})`: registers handlers by name.
#[macro_export]
macro_rules! register {
    ($routes:expr, $($module:ident :: { $($handler:ident),* $(,)? }),* $(,)?) => {{
        let mut routes = $routes;
        $($(
            routes = ::pastey::paste! {
                routes.add::<$module::[<__path_ $handler>], _, _>(stringify!($handler), $module::$handler)
            };
        )*)*
        routes
    }};
}
