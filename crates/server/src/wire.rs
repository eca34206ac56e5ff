//! Wiring: which adapter stands behind which port.

use std::sync::{Arc, OnceLock};

use anyhow::{Context, bail};
use bailiwick_app::{App, Cx, policy};
use bailiwick_auth::{Auth, AuthConfig, CookieKey, PasswordCost, SystemClock, SystemRandom};
use bailiwick_domain::ports::{Lookup, PolicySource, Random, Record, Store};
use bailiwick_http::{HttpState, Options};
use bailiwick_memory::MemoryStore;
use bailiwick_persistence::SeaStore;
use bailiwick_policy::FilePolicy;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use serde_json::json;
use time::Duration;

use crate::settings::{Hidden, Settings};

/// The setting that holds the key which the server made for itself.
const SECRET_KEY: &str = "secret_key";

/// Storage, with its schema up to date.
///
/// # Errors
/// The database can't be reached, or was migrated by a newer server.
pub async fn store(settings: &Settings) -> anyhow::Result<Arc<dyn Store>> {
    let url = &settings.database.0;
    if url.starts_with("memory:") {
        return Ok(Arc::new(MemoryStore::new()));
    }
    let store = connect(url).await?;
    store.migrate().await.context("the schema could not be brought up to date")?;
    Ok(Arc::new(store))
}

/// A database, with its schema as it is.
///
/// # Errors
/// The database can't be reached.
pub async fn connect(url: &str) -> anyhow::Result<SeaStore> {
    let options = bailiwick_persistence::Options::default();
    SeaStore::connect(url, &options).await.map_err(|error| {
        // Drivers repeat the address in their messages, with the password in it.
        let shown = format!("{:?}", Hidden(url.to_owned()));
        let cause = format!("{:#}", anyhow::Error::new(error)).replace(url, &shown);
        anyhow::anyhow!(
            "the database {shown} can't be reached: {cause}. This binary was built for {}",
            bailiwick_persistence::DATABASES.join(", ")
        )
    })
}

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

/// The application over its ports, with the rows of the built-in roles as the policy says.
///
/// # Errors
/// Storage; a configuration that can't be used.
pub async fn app(settings: &Settings, store: Arc<dyn Store>) -> anyhow::Result<(Arc<App>, Vec<u8>)> {
    let random: Arc<dyn Random> = Arc::new(SystemRandom);
    let keys = secret_keys(settings, &*store, &*random).await?;
    let Some(first) = keys.first().cloned() else { bail!("there is no secret key") };
    let auth = Auth::new(store.clone(), random.clone(), auth_config(settings, &keys)?)?;
    let app = Arc::new(App {
        store,
        policies: policies(settings)?,
        auth: Arc::new(auth),
        clock: Arc::new(SystemClock),
        random,
        settings: bailiwick_app::Settings { require_if_match: settings.require_if_match },
    });
    let cx = Cx::operator(app.clone(), "start");
    policy::sync_built_in_roles(&cx, &app.policies.current()).await?;
    Ok((app, first))
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
    let mut key = vec![0; 64];
    random.fill(&mut key);
    let unit = store.begin().await?;
    // Another server may have made one since: what is there stays.
    if let Some(kept) = unit.setting(SECRET_KEY).await? {
        return Ok(vec![from_hex(kept.as_str().unwrap_or_default())?]);
    }
    let text = key.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    Record::set_setting(&*unit, SECRET_KEY, Some(&json!(text))).await?;
    unit.commit().await?;
    Ok(vec![key])
}

fn from_hex(text: &str) -> anyhow::Result<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    let bytes: Option<Vec<u8>> = pairs
        .map(|pair| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok()))
        .collect();
    match bytes {
        Some(bytes) if bytes.len() >= 32 && text.len().is_multiple_of(2) => Ok(bytes),
        _ => bail!("secret_keys: a key is 64 hexadecimal digits or more"),
    }
}

/// What every worker serves.
pub fn http(settings: &Settings, app: Arc<App>, cursor_key: Vec<u8>) -> bailiwick_http::Configured {
    let routes = bailiwick_http::routes();
    let options = Options { secure: settings.secure, cursor_key, body_limit: settings.body_limit };
    bailiwick_http::configure(HttpState::new(app, options, recorder(), &routes), routes)
}

/// The recorder of this process, installed once.
fn recorder() -> Option<PrometheusHandle> {
    static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    RECORDER.get_or_init(|| PrometheusBuilder::new().install_recorder().ok()).clone()
}
