//! The policy in force, from a directory or from the files that the binary was built with.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwap;
use async_trait::async_trait;
use bailiwick_domain::Policy;
use bailiwick_domain::ports::{PolicyError, PolicySource, PolicyText};
use tokio::sync::Mutex;

use crate::compile::Checked;
use crate::faults::refuse;
use crate::files::Files;
use crate::roles_file::Gives;

/// The policy of a directory of policy files.
pub struct FilePolicy {
    /// Absent for the files that the binary was built with.
    directory: Option<PathBuf>,
    current: ArcSwap<Policy>,
    /// What was compiled last, and the turn to compile: many requests find out at once that the policy was replaced.
    compiled: Mutex<Arc<Policy>>,
}

impl FilePolicy {
    /// The policy of a directory.
    ///
    /// # Errors
    /// Every fault with its file and line.
    pub fn load(directory: impl Into<PathBuf>) -> Result<Self, PolicyError> {
        let directory = directory.into();
        let policy = compile(&files(Some(&directory))?)?;
        Ok(Self::of(Some(directory), policy))
    }

    /// The policy of the files that the binary was built with. Reading them again says the same.
    ///
    /// # Errors
    /// Every fault with its file and line; tests see to it that there is none.
    pub fn built_in() -> Result<Self, PolicyError> {
        // They are the same all the time, and judging them is most of what a server does to start.
        static POLICY: OnceLock<Result<Arc<Policy>, PolicyError>> = OnceLock::new();
        let policy = POLICY.get_or_init(|| compile(&Files::built_in())).clone()?;
        Ok(Self::of(None, policy))
    }

    fn of(directory: Option<PathBuf>, policy: Arc<Policy>) -> Self {
        Self { directory, current: ArcSwap::new(policy.clone()), compiled: Mutex::new(policy) }
    }
}

/// Compiles, and logs what stands in the files and changes nothing.
fn compile(files: &Files) -> Result<Arc<Policy>, PolicyError> {
    let checked = Checked::read(files)?;
    let policy = checked.compile()?;
    for warning in &checked.warnings {
        tracing::warn!("{warning}");
    }
    Ok(Arc::new(policy))
}

/// The files of a directory, or those that the binary was built with.
///
/// # Errors
/// A file is not there or is not text.
pub(crate) fn files(directory: Option<&Path>) -> Result<Files, PolicyError> {
    directory.map_or_else(|| Ok(Files::built_in()), Files::read)
}

/// Runs what reads files or judges a whole policy where it holds up no request.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, PolicyError> + Send + 'static,
) -> Result<T, PolicyError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| refuse("policies", format!("the files could not be read: {error}")))?
}

#[async_trait]
impl PolicySource for FilePolicy {
    fn current(&self) -> Arc<Policy> {
        self.current.load_full()
    }

    async fn read(&self) -> Result<PolicyText, PolicyError> {
        let directory = self.directory.clone();
        aside(move || Ok(files(directory.as_deref())?.text())).await
    }

    async fn compile(&self, text: &PolicyText) -> Result<Arc<Policy>, PolicyError> {
        let mut compiled = self.compiled.lock().await;
        if compiled.version() != text.version {
            let files = Files::of(text, self.directory.as_deref());
            *compiled = aside(move || compile(&files)).await?;
        }
        Ok(compiled.clone())
    }

    fn enforce(&self, policy: Arc<Policy>) {
        self.current.store(policy);
    }
}

/// What good policy files hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Built-in roles.
    pub roles: usize,
    /// Lines that give a role a rule.
    pub rules: usize,
    /// Lines by which a role includes another.
    pub includes: usize,
    /// Access rules.
    pub access_rules: usize,
    /// The fingerprint of the files.
    pub version: String,
    /// What stands in them and changes nothing, each as `file:line: what it is`.
    pub warnings: Vec<String>,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { roles, rules, includes, access_rules, version, warnings: _ } = self;
        write!(
            f,
            "{roles} roles, {rules} rules, {includes} includes, {access_rules} access rules, version {version}"
        )
    }
}

/// Reads and checks the policy files of a directory, or those that the binary was built with, as a server would, without
/// putting them in force.
///
/// # Errors
/// Every fault with its file and line.
pub fn check(directory: Option<&Path>) -> Result<Summary, PolicyError> {
    let files = files(directory)?;
    let checked = Checked::read(&files)?;
    let policy = checked.compile()?;
    let rules = checked.roles.lines.iter().filter(|line| matches!(line.gives, Gives::Rule(_))).count();
    Ok(Summary {
        roles: policy.roles().len(),
        rules,
        includes: checked.roles.lines.len() - rules,
        access_rules: checked.access.rules.len(),
        version: policy.version().to_owned(),
        warnings: checked.warnings,
    })
}
