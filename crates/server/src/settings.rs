//! Configuration: defaults, then a file, then the environment, then flags.

mod people;

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use bailiwick_auth::AuthConfig;
use config::{Config, Environment, File, FileFormat};
use serde::{Deserialize, Serialize};

pub use people::{Mail, Registration, Throttle};

/// The file that is read when no other is named, if it is there.
const DEFAULT_FILE: &str = "bailiwick.toml";
/// How many threads a setting may ask for: as many as may hash.
const MOST_THREADS: usize = AuthConfig::MOST_HASHING;

/// Everything that an operator may set.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where to listen, as `address:port`.
    pub listen: String,
    /// How many threads serve requests.
    pub workers: usize,
    /// Where data lives: `sqlite://path?mode=rwc`, `postgres://…`, `mysql://…`, or `memory:` for nowhere.
    pub database: Hidden,
    /// The directory of the policy files; those that the binary was built with where empty.
    pub policies: Option<PathBuf>,
    /// Whether clients reach the server by TLS (a proxy in front of it): cookies are then Secure, named `__Host-`.
    pub secure: bool,
    /// Keys that sign cookies and cursors, 64 hexadecimal digits or more each; the first signs, all verify. Where
    /// empty, the server makes one at its first start and keeps it in the database.
    pub secret_keys: Vec<Hidden>,
    /// Whether every change must carry `If-Match`.
    pub require_if_match: bool,
    /// The longest body, in bytes.
    pub body_limit: usize,
    /// The longest result of a run, in bytes.
    pub result_limit: i64,
    /// How long a request may take before it is given up, in seconds.
    pub answer_within: u64,
    /// How long requests may go on after SIGTERM, in seconds.
    pub stop_after: u64,
    /// The database behind the server.
    pub storage: Storage,
    /// Proxies whose `X-Forwarded-For` is believed, as addresses or networks: `10.0.0.0/8`.
    pub trusted_proxies: Vec<String>,
    /// Files.
    pub files: Files,
    /// Letters.
    pub mail: Mail,
    /// Who may register.
    pub registration: Registration,
    /// What slows guessing.
    pub throttle: Throttle,
    /// Sessions and tokens.
    pub sessions: Sessions,
    /// Password hashing.
    pub passwords: Passwords,
    /// Logs.
    pub log: Log,
}

/// The database behind the server; nothing of it is for storage in memory.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Storage {
    /// How many connections read at most, and how many more write, parted among the workers; on SQLite one writes.
    pub connections: u32,
    /// How long a request waits for a free connection, or for a lock, in seconds.
    pub wait: u64,
    /// How long a statement may run, in seconds; SQLite can't end one.
    pub statement: u64,
    /// On SQLite, whether a change is on the disk before it is acknowledged.
    pub durable: bool,
}

/// Files: where their bytes lie, and which are taken.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Files {
    /// Where they lie: `file:DIRECTORY`, `s3://BUCKET/PREFIX`, or `memory:` for nowhere. Where it is not said: beside an
    /// SQLite database, in memory with storage in memory, else in the directory `bailiwick-files`.
    pub url: Option<String>,
    /// The longest, in bytes.
    pub limit: i64,
    /// Of which media types: `type/subtype` or `type/*`.
    pub types: Vec<String>,
    /// How long an export can be taken away, in hours.
    pub export_hours: i64,
}

impl Settings {
    /// Where the bytes of files lie.
    pub fn files_url(&self) -> String {
        let database = self.database.0.as_str();
        match (&self.files.url, database.strip_prefix("sqlite:")) {
            (Some(url), _) => url.clone(),
            (None, _) if database.starts_with("memory:") || database.contains(":memory:") => {
                "memory:".to_owned()
            }
            (None, Some(path)) => {
                let path = path.trim_start_matches("//").split('?').next().unwrap_or_default();
                let slashes = if path.starts_with('/') { "//" } else { "" };
                format!("file:{slashes}{path}.files")
            }
            (None, None) => "file:bailiwick-files".to_owned(),
        }
    }
}

/// Sessions and tokens.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Sessions {
    /// How long a cookie session lasts without being used, in minutes.
    pub idle_minutes: i64,
    /// How long a cookie session lasts at most, in minutes.
    pub absolute_minutes: i64,
    /// How long an access token lasts, in minutes.
    pub access_minutes: i64,
    /// How long a refresh token lasts, in minutes.
    pub refresh_minutes: i64,
}

/// Password hashing (argon2id).
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Passwords {
    /// KiB of memory for each hash.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// How many passwords are hashed at once.
    pub at_once: usize,
    /// How many more may wait.
    pub waiting: usize,
    /// Seconds that one waits at most, its own hash included.
    pub wait: u64,
}

/// Logs.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// `pretty` or `json`.
    pub format: LogFormat,
    /// What is logged, as tracing filters: `info`, `bailiwick_http=debug,info`, ...
    pub filter: String,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// For machines, one object a line.
    Json,
}

/// A value that is shown without its secrets.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Hidden(pub String);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.redacted())
    }
}

impl Serialize for Hidden {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.redacted())
    }
}

impl Hidden {
    /// The value; of a URL everything but its user and password, of anything else nothing.
    fn redacted(&self) -> String {
        match self.0.split_once("://") {
            Some((scheme, rest)) => match rest.rsplit_once('@') {
                Some((_, place)) => format!("{scheme}://[secret]@{place}"),
                None => self.0.clone(),
            },
            None if self.0.starts_with("memory:") => self.0.clone(),
            None => "[secret]".to_owned(),
        }
    }
}

/// What flags say.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// A configuration file.
    pub file: Option<PathBuf>,
    /// `listen`.
    pub listen: Option<String>,
    /// `database`.
    pub database: Option<String>,
    /// `policies`.
    pub policies: Option<PathBuf>,
}

impl Settings {
    /// Reads the configuration.
    ///
    /// # Errors
    /// A file that is not there or says what no setting means; no threads, or threads without end; no time to sign in.
    pub fn read(flags: &Flags) -> anyhow::Result<Self> {
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        let cores = i64::try_from(cores).unwrap_or(2);
        let mut builder = Config::builder()
            .add_source(File::from_str(DEFAULTS, FileFormat::Toml))
            .set_default("workers", cores)?
            .set_default("storage.connections", cores.max(2))?
            .set_default("passwords.at_once", (cores / 2).max(1))?;
        builder = match &flags.file {
            Some(file) => builder.add_source(file_source(file, true)),
            None => builder.add_source(file_source(Path::new(DEFAULT_FILE), false)),
        };
        let environment = Environment::with_prefix("BAILIWICK")
            .prefix_separator("_")
            .separator("__")
            .try_parsing(true)
            .list_separator(",")
            .with_list_parse_key("secret_keys")
            .with_list_parse_key("files.types")
            .with_list_parse_key("trusted_proxies");
        builder = builder
            .add_source(environment)
            .set_override_option("listen", flags.listen.clone())?
            .set_override_option("database", flags.database.clone())?
            .set_override_option(
                "policies",
                flags.policies.as_ref().map(|path| path.display().to_string()),
            )?;
        let settings: Self =
            builder.build().and_then(Config::try_deserialize).context("the configuration can't be read")?;
        for (name, threads) in
            [("workers", settings.workers), ("passwords.at_once", settings.passwords.at_once)]
        {
            ensure!(
                (1..=MOST_THREADS).contains(&threads),
                "{name}: each is a thread, so it is from 1 to {MOST_THREADS}, not {threads}"
            );
        }
        ensure!(
            settings.passwords.wait > 0,
            "passwords.wait: at least 1 second, or nobody could ever sign in"
        );
        Ok(settings)
    }
}

fn file_source(path: &Path, required: bool) -> File<config::FileSourceFile, FileFormat> {
    File::new(&path.display().to_string(), FileFormat::Toml).required(required)
}

const DEFAULTS: &str = r#"
listen = "127.0.0.1:8080"
database = "sqlite://bailiwick.db?mode=rwc"
secure = false
secret_keys = []
require_if_match = false
body_limit = 8388608
result_limit = 67108864
answer_within = 30
stop_after = 30
trusted_proxies = []

[files]
limit = 1073741824
types = ["image/*", "video/*", "audio/*", "text/*", "application/*"]
export_hours = 168

[mail]

[registration]

[throttle]
account_burst = 20
account_seconds = 60
address_burst = 50
address_seconds = 10
code_burst = 5
code_seconds = 300
letters_burst = 3
letters_seconds = 600
letters_address_burst = 10
letters_address_seconds = 60
anonymous_burst = 600
anonymous_seconds = 1

[storage]
wait = 10
statement = 10
durable = true

[sessions]
idle_minutes = 720
absolute_minutes = 20160
access_minutes = 15
refresh_minutes = 43200

[passwords]
memory_kib = 19456
passes = 2
waiting = 64
wait = 30

[log]
format = "pretty"
filter = "info,sea_orm_migration=warn,actix_server=warn"
"#;
