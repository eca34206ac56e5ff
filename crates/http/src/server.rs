//! Putting it together: what an actix `App` needs to serve the API.

use std::sync::{Arc, OnceLock};

use actix_web::body::MessageBody;
use actix_web::dev::{HttpServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::{DefaultHeaders, from_fn};
use actix_web::{Error, HttpMessage, HttpResponse, Resource, Route, guard, web};
use tracing_actix_web::{RequestId, RootSpanBuilder, TracingLogger};
use utoipa_swagger_ui::{Config, SwaggerUi};
use uuid::fmt::Hyphenated;

use crate::BASE;
use crate::document::document;
use crate::meter;
use crate::problem::Problem;
use crate::register::Routes;
use crate::state::HttpState;
use crate::system::{live, metrics, ready};

/// Everything that a worker serves, made once and cloned for each.
#[derive(Clone)]
pub struct Configured {
    state: web::Data<HttpState>,
    routes: Arc<Routes>,
    /// The document as it is sent, once it has been asked for: as it is made it takes twenty megabytes, more than all else.
    document: Arc<OnceLock<web::Bytes>>,
}

/// Prepares to serve these routes.
pub fn configure(state: HttpState, routes: Routes) -> Configured {
    Configured { state: web::Data::new(state), routes: Arc::new(routes), document: Arc::default() }
}

impl Configured {
    /// The whole service: API, document, health and metrics, under one root.
    pub fn service(&self) -> impl HttpServiceFactory + use<> {
        let limit = self.state.options.body_limit;
        let api = self
            .routes
            .scopes(|| web::to(nowhere))
            .into_iter()
            .fold(web::scope(BASE), |api, scope| api.service(scope))
            .default_service(web::to(nowhere));
        // The console asks nobody but this server.
        let offline = Config::new(["/docs/openapi.json"]).validator_url("none");
        web::scope("")
            .app_data(self.state.clone())
            .app_data(web::PayloadConfig::new(limit))
            .wrap(from_fn(meter::pass))
            .wrap(self.headers())
            .wrap(TracingLogger::<Span>::new())
            .service(api)
            .service(reading("/health/live", get().to(live)))
            .service(reading("/health/ready", get().to(ready)))
            .service(reading("/metrics", get().to(metrics)))
            .service(reading("/openapi.json", self.document()))
            .service(web::resource("/docs/openapi.json").route(self.document()))
            .service(web::redirect("/", "/docs/"))
            .service(web::redirect("/docs", "/docs/"))
            .service(SwaggerUi::new("/docs/{_:.*}").config(offline))
            .default_service(web::to(nowhere))
    }

    fn document(&self) -> Route {
        let (routes, document) = (Arc::clone(&self.routes), Arc::clone(&self.document));
        get().to(move || {
            let (routes, document) = (Arc::clone(&routes), Arc::clone(&document));
            async move {
                let document = match document.get() {
                    Some(document) => document.clone(),
                    None => {
                        let make = move || serde_json::to_vec(&self::document(&routes));
                        let made = web::block(make).await.map_err(|error| unmade(&error))?;
                        let made = made.map_err(|error| unmade(&error))?;
                        document.get_or_init(|| made.into()).clone()
                    }
                };
                Ok::<_, Problem>(HttpResponse::Ok().content_type("application/json").body(document))
            }
        })
    }

    fn headers(&self) -> DefaultHeaders {
        let headers = DefaultHeaders::new()
            .add(("X-Content-Type-Options", "nosniff"))
            .add(("Referrer-Policy", "no-referrer"))
            .add(("Cache-Control", "no-store"))
            // The document's own page needs its own scripts and styles; nothing here comes from elsewhere.
            .add((
                "Content-Security-Policy",
                "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; \
                 img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'",
            ));
        if self.state.options.secure {
            headers.add(("Strict-Transport-Security", "max-age=31536000; includeSubDomains"))
        } else {
            headers
        }
    }
}

/// The span of a request: its id, its method and its path, and nothing that costs a look at the routes.
struct Span;

impl RootSpanBuilder for Span {
    fn on_request_start(request: &ServiceRequest) -> tracing::Span {
        let id = request.extensions().get::<RequestId>().map(ToString::to_string).unwrap_or_default();
        // A token in a path is as good as a password: then the path of the route is told. It is longer than an id, and to
        // match a path once more costs more than the rest of this.
        let is_long = request.path().split('/').any(|segment| segment.len() > Hyphenated::LENGTH);
        let route = is_long.then(|| request.match_pattern()).flatten();
        let path = route.as_deref().filter(|route| route.contains("{token}")).unwrap_or(request.path());
        tracing::info_span!("request", request_id = id, method = %request.method(), path)
    }

    fn on_request_end<B: MessageBody>(_: tracing::Span, _: &Result<ServiceResponse<B>, Error>) {}
}

/// What is answered where the document can't be made.
fn unmade(error: &dyn std::fmt::Display) -> Problem {
    tracing::error!(%error, "the document can't be made");
    Problem::unavailable()
}

/// A scope does not take over the default of the one around it.
async fn nowhere() -> Result<HttpResponse, Problem> {
    Err(Problem::no_such_route())
}

fn get() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

/// A resource beside the API that can only be read.
fn reading(path: &str, route: Route) -> Resource {
    let other = || async { Err::<HttpResponse, _>(Problem::method_not_allowed("GET, HEAD".to_owned())) };
    web::resource(path).route(route).default_service(web::to(other))
}
