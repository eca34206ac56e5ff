//! What every handler shares.

use std::sync::Arc;
use std::time::Duration;

use bailiwick_app::App;
use ipnet::IpNet;
use metrics_exporter_prometheus::PrometheusHandle;

use crate::rate::{Rate, RateLimit};

/// Settings of the HTTP side.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Whether clients reach the server by TLS: adds Strict-Transport-Security.
    pub secure: bool,
    /// Signs cursors.
    pub cursor_key: Vec<u8>,
    /// The longest body, in bytes.
    pub body_limit: usize,
    /// The longest result of a run, in bytes.
    pub result_limit: i64,
    /// How long a request may take, from its headers to its answer, before it is given up; `None`: for ever.
    pub answer_within: Option<Duration>,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// How fast requests without credentials may come from one address.
    pub anonymous: Option<RateLimit>,
}

/// What every handler shares.
pub struct HttpState {
    /// The application.
    pub app: Arc<App>,
    /// Settings.
    pub options: Options,
    /// Renders `/metrics`; absent where no recorder is installed.
    pub metrics: Option<PrometheusHandle>,
    /// Requests without credentials.
    pub(crate) anonymous: Rate,
}

/// The deed of the route that a request matched, as its operation id.
#[derive(Clone, Copy)]
pub(crate) struct Deed(pub &'static str);

impl HttpState {
    /// The state over an application.
    pub fn new(app: Arc<App>, options: Options, metrics: Option<PrometheusHandle>) -> Self {
        let anonymous = Rate::new(options.anonymous);
        Self { app, options, metrics, anonymous }
    }
}
