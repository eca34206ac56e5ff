//! Wiring: which adapter stands behind which port.

use std::sync::{Arc, OnceLock};

use anyhow::{Context, bail};
use bailiwick_app::files::FileRules;
use bailiwick_app::{App, Cx, RootedMemory, Turns, again, policy};
use bailiwick_auth::{Auth, AuthConfig, CookieKey, PasswordCost, SystemClock, SystemRandom};
use bailiwick_domain::ports::{Lookup, PolicySource, Random, Record, Store, StoreError};
use bailiwick_files::ObjectFiles;
use bailiwick_http::{HttpState, Options, RateLimit};
use bailiwick_policy::FilePolicy;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use serde_json::json;
use time::Duration;

use crate::settings::Settings;

/// The setting that holds the key which the server made for itself.
const SECRET_KEY: &str = "secret_key";

/// The policy files in force.
///
/// # Errors
/// Every fault with its file and line.
pub fn policies(settings: &Settings) -> anyhow::Result<Arc<dyn PolicySource>> {
    let policy = match &settings.policies {
        Some(directory) => FilePolicy::load(directory),
        None => FilePolicy::built_in(),
    };
    Ok(Arc::new(policy.context("the policy files are not good")?))
}

/// The application over its ports, with the rows of the built-in roles as the policy says, and the key that signs.
///
/// # Errors
/// Storage; a configuration that can't be used.
pub async fn app(settings: &Settings, store: Arc<dyn Store>) -> anyhow::Result<(Arc<App>, Vec<u8>)> {
    let keys = secret_keys(settings, &*store, &SystemRandom).await?;
    let Some(first) = keys.first().cloned() else { bail!("there is no secret key") };
    let app = over(settings, store, &keys)?;
    let cx = Cx::operator(app.clone(), "start");
    policy::begin_policy(&cx).await.context("the policy could not be put in force")?;
    Ok((app, first))
}

/// The application for a look at what is stored: making it writes nothing, and it can't be signed in to.
///
/// # Errors
/// A configuration that can't be used.
pub fn viewer(settings: &Settings, store: Arc<dyn Store>) -> anyhow::Result<Arc<App>> {
    over(settings, store, &[new_key(&SystemRandom)])
}

fn over(settings: &Settings, store: Arc<dyn Store>, keys: &[Vec<u8>]) -> anyhow::Result<Arc<App>> {
    let random: Arc<dyn Random> = Arc::new(SystemRandom);
    let auth = Auth::new(store.clone(), random.clone(), auth_config(settings, keys)?)?;
    Ok(Arc::new(App {
        store,
        policies: policies(settings)?,
        auth: Arc::new(auth),
        clock: Arc::new(SystemClock),
        random,
        settings: bailiwick_app::Settings { require_if_match: settings.require_if_match },
        people: settings.people()?,
        files: Arc::new(ObjectFiles::open(&settings.files_url()).context("files.url")?),
        file_rules: FileRules {
            limit: settings.files.limit,
            types: settings.files.types.clone(),
            exports: Duration::hours(settings.files.export_hours),
        },
        at_server: RootedMemory::default(),
        imports: Turns::default(),
        units: Turns::of_units(),
    }))
}

fn auth_config(settings: &Settings, keys: &[Vec<u8>]) -> anyhow::Result<AuthConfig> {
    let mut cookie_keys = keys.iter().map(|key| CookieKey::from_bytes(key)).collect::<Result<Vec<_>, _>>()?;
    if cookie_keys.is_empty() {
        bail!("there is no secret key");
    }
    let mut config = AuthConfig::new(cookie_keys.remove(0));
    config.cookie_keys.extend(cookie_keys);
    config.secure = settings.secure;
    config.idle = Duration::minutes(settings.sessions.idle_minutes);
    config.absolute = Duration::minutes(settings.sessions.absolute_minutes);
    config.access = Duration::minutes(settings.sessions.access_minutes);
    config.refresh = Duration::minutes(settings.sessions.refresh_minutes);
    config.password_cost =
        PasswordCost { memory: settings.passwords.memory_kib, passes: settings.passwords.passes, lanes: 1 };
    config.hashing = settings.passwords.at_once;
    config.waiting = settings.passwords.waiting;
    config.wait = std::time::Duration::from_secs(settings.passwords.wait);
    Ok(config)
}

/// The keys of the configuration; where it has none, the one that the first server on this database made.
async fn secret_keys(
    settings: &Settings,
    store: &dyn Store,
    random: &dyn Random,
) -> anyhow::Result<Vec<Vec<u8>>> {
    if !settings.secret_keys.is_empty() {
        return settings.secret_keys.iter().map(|key| from_hex(&key.0)).collect();
    }
    if let Some(kept) = Lookup::setting(store, SECRET_KEY).await? {
        return Ok(vec![from_hex(kept.as_str().unwrap_or_default())?]);
    }
    // Servers that start at once on an empty database agree on one of the keys that they make.
    let text = hex::encode(new_key(random));
    let kept = again(async || keep_key(store, &text).await, |error| matches!(error, StoreError::Retry)).await;
    Ok(vec![from_hex(&kept.context("the key that signs cookies could not be kept")?)?])
}

fn new_key(random: &dyn Random) -> Vec<u8> {
    let mut key = vec![0; 64];
    random.fill(&mut key);
    key
}

/// Keeps a key, unless another server has kept one since: that one stays. Answers the one that is kept.
async fn keep_key(store: &dyn Store, text: &str) -> Result<String, StoreError> {
    let unit = store.begin().await?;
    if let Some(kept) = unit.setting(SECRET_KEY).await? {
        return Ok(kept.as_str().unwrap_or_default().to_owned());
    }
    Record::set_setting(&*unit, SECRET_KEY, Some(&json!(text))).await?;
    unit.commit().await?;
    Ok(text.to_owned())
}

fn from_hex(text: &str) -> anyhow::Result<Vec<u8>> {
    match hex::decode(text) {
        Ok(bytes) if bytes.len() >= 32 => Ok(bytes),
        _ => bail!("secret_keys: a key is 64 hexadecimal digits or more"),
    }
}

/// What every worker serves.
///
/// # Errors
/// A configuration that can't be used.
pub fn http(
    settings: &Settings,
    app: Arc<App>,
    cursor_key: Vec<u8>,
) -> anyhow::Result<bailiwick_http::Configured> {
    let routes = bailiwick_http::routes();
    let options = Options {
        secure: settings.secure,
        cursor_key,
        body_limit: settings.body_limit,
        result_limit: settings.result_limit,
        answer_within: Some(std::time::Duration::from_secs(settings.answer_within)),
        trusted_proxies: settings.proxies()?,
        anonymous: Some(RateLimit {
            burst: settings.throttle.anonymous_burst,
            seconds: settings.throttle.anonymous_seconds,
        }),
    };
    Ok(bailiwick_http::configure(HttpState::new(app, options, recorder()), routes))
}

/// The recorder of this process, installed once.
fn recorder() -> Option<PrometheusHandle> {
    static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    RECORDER.get_or_init(|| PrometheusBuilder::new().install_recorder().ok()).clone()
}
