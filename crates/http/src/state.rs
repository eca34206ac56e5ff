//! What every handler shares.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::Method;
use bailiwick_app::App;
use metrics_exporter_prometheus::PrometheusHandle;

use crate::register::Routes;

/// Settings of the HTTP side.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Whether clients reach the server by TLS: adds Strict-Transport-Security.
    pub secure: bool,
    /// Signs cursors.
    pub cursor_key: Vec<u8>,
    /// The longest body, in bytes.
    pub body_limit: usize,
    /// How long a request may take, from its headers to its answer, before it is given up; `None`: for ever.
    pub answer_within: Option<Duration>,
}

/// What every handler shares.
pub struct HttpState {
    /// The application.
    pub app: Arc<App>,
    /// Settings.
    pub options: Options,
    /// Renders `/metrics`; absent where no recorder is installed.
    pub metrics: Option<PrometheusHandle>,
    deeds: HashMap<(Method, String), &'static str>,
}

impl HttpState {
    /// The state over an application and the routes that are served.
    pub fn new(app: Arc<App>, options: Options, metrics: Option<PrometheusHandle>, routes: &Routes) -> Self {
        let deeds = routes
            .iter()
            .map(|route| ((route.method.clone(), format!("{}{}", crate::BASE, route.path)), route.deed))
            .collect();
        Self { app, options, metrics, deeds }
    }

    /// The operation id of the route that a request matched.
    pub fn deed(&self, request: &HttpRequest) -> Option<&'static str> {
        let pattern = request.match_pattern()?;
        self.deeds.get(&(request.method().clone(), pattern)).copied()
    }
}
