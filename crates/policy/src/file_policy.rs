//! The policy in force, from a directory or from the files that the binary was built with.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use async_trait::async_trait;
use bailiwick_domain::Policy;
use bailiwick_domain::ports::{PolicyError, PolicySource};
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
    /// Held while reading, so that the last reading is the one in force.
    reading: Mutex<()>,
}

impl FilePolicy {
    /// The policy of a directory.
    ///
    /// # Errors
    /// Every fault with its file and line.
    pub fn load(directory: impl Into<PathBuf>) -> Result<Self, PolicyError> {
        let directory = directory.into();
        let policy = read(Some(&directory))?;
        Ok(Self::of(Some(directory), policy))
    }

    /// The policy of the files that the binary was built with. It can't change, so a reload keeps it.
    ///
    /// # Errors
    /// Every fault with its file and line; tests see to it that there is none.
    pub fn built_in() -> Result<Self, PolicyError> {
        Ok(Self::of(None, read(None)?))
    }

    fn of(directory: Option<PathBuf>, policy: Policy) -> Self {
        Self { directory, current: ArcSwap::from_pointee(policy), reading: Mutex::new(()) }
    }
}

fn read(directory: Option<&Path>) -> Result<Policy, PolicyError> {
    let files = directory.map_or_else(|| Ok(Files::built_in()), Files::read)?;
    Checked::read(&files)?.compile()
}

#[async_trait]
impl PolicySource for FilePolicy {
    fn current(&self) -> Arc<Policy> {
        self.current.load_full()
    }

    async fn reload(&self) -> Result<Arc<Policy>, PolicyError> {
        let _reading = self.reading.lock().await;
        let Some(directory) = self.directory.clone() else { return Ok(self.current()) };
        let name = directory.display().to_string();
        let policy = tokio::task::spawn_blocking(move || read(Some(&directory)))
            .await
            .map_err(|error| refuse(&name, format!("the files could not be read: {error}")))??;
        let policy = Arc::new(policy);
        self.current.store(policy.clone());
        Ok(policy)
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
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { roles, rules, includes, access_rules, version } = self;
        write!(
            f,
            "{roles} roles, {rules} rules, {includes} includes, {access_rules} access rules, version {version}"
        )
    }
}

/// Reads and checks the policy files of a directory as a server would, without putting them in force.
///
/// # Errors
/// Every fault with its file and line.
pub fn check(directory: &Path) -> Result<Summary, PolicyError> {
    let files = Files::read(directory)?;
    let checked = Checked::read(&files)?;
    let policy = checked.compile()?;
    let rules = checked.roles.lines.iter().filter(|line| matches!(line.gives, Gives::Rule(_))).count();
    Ok(Summary {
        roles: policy.roles().len(),
        rules,
        includes: checked.roles.lines.len() - rules,
        access_rules: checked.access.rules.len(),
        version: policy.version().to_owned(),
    })
}
