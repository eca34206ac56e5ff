//! The text of the three policy files.

use std::path::Path;

use bailiwick_domain::ports::{PolicyError, PolicyText};
use sha2::{Digest, Sha256};

use crate::faults::refuse;

/// The name of the file that tells casbin how to read the others.
pub(crate) const MODEL: &str = "model.conf";
/// The name of the file of built-in roles.
pub(crate) const ROLES: &str = "roles.csv";
/// The name of the file of access rules.
pub(crate) const ACCESS: &str = "access_rules.json";

/// A file: its name for messages, and what it says.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// How messages name it.
    pub name: String,
    /// What it says.
    pub text: String,
}

/// The three files that a policy is made from.
#[derive(Debug, Clone)]
pub(crate) struct Files {
    /// How casbin reads the others.
    pub model: Source,
    /// Built-in roles and their rules.
    pub roles: Source,
    /// What entitlements open.
    pub access: Source,
}

impl Files {
    /// The files that were there when this binary was built.
    pub(crate) fn built_in() -> Self {
        let source =
            |name: &str, text: &str| Source { name: format!("policies/{name}"), text: text.to_owned() };
        Self {
            model: source(MODEL, include_str!("../../../policies/model.conf")),
            roles: source(ROLES, include_str!("../../../policies/roles.csv")),
            access: source(ACCESS, include_str!("../../../policies/access_rules.json")),
        }
    }

    /// The files of a directory.
    ///
    /// # Errors
    /// A file is not there or is not text.
    pub(crate) fn read(directory: &Path) -> Result<Self, PolicyError> {
        let read = |name: &str| {
            let path = directory.join(name);
            let name = path.display().to_string();
            match std::fs::read_to_string(&path) {
                Ok(text) => Ok(Source { name, text }),
                Err(error) => Err(refuse(&name, format!("the file can't be read: {error}"))),
            }
        };
        Ok(Self { model: read(MODEL)?, roles: read(ROLES)?, access: read(ACCESS)? })
    }

    /// The files that storage kept; messages name them as if they lay in this directory.
    pub(crate) fn of(kept: &PolicyText, directory: Option<&Path>) -> Self {
        let source = |name: &str, text: &str| {
            let name = directory.unwrap_or(Path::new("policies")).join(name).display().to_string();
            Source { name, text: text.to_owned() }
        };
        Self {
            model: source(MODEL, &kept.model),
            roles: source(ROLES, &kept.roles),
            access: source(ACCESS, &kept.access_rules),
        }
    }

    /// What storage is to keep of them.
    pub(crate) fn text(&self) -> PolicyText {
        PolicyText {
            version: self.version(),
            model: self.model.text.clone(),
            roles: self.roles.text.clone(),
            access_rules: self.access.text.clone(),
        }
    }

    /// A fingerprint: the first 16 hexadecimal digits of the SHA-256 of all three.
    pub(crate) fn version(&self) -> String {
        let mut hash = Sha256::new();
        for source in [&self.model, &self.roles, &self.access] {
            hash.update(u64::try_from(source.text.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(&source.text);
        }
        let hash = hash.finalize();
        hex::encode(hash.get(..8).unwrap_or_default())
    }
}
