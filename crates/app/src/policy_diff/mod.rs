//! What would change, and for whom, if other policy files were in force: counted over all that is stored.
//!
//! For each principal, app and deed the reaches under both policies are compared first. Only where these differ are
//! objects looked at, so that a change which touches few costs little.

mod compare;
mod walk;

use std::fmt;
use std::sync::Arc;

use bailiwick_domain::policy::Policy;
use bailiwick_domain::ports::PolicyText;
use bailiwick_domain::{Kind, Operation, PrincipalId};
use serde::{Deserialize, Serialize};

use crate::cx::Cx;
use crate::error::{AppError, FieldError};

pub use self::compare::{Counts, Policies, Who};
pub use self::walk::policy_diff;

/// Which way something changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Allowed by the new policy alone.
    Gain,
    /// Allowed by the old policy alone.
    Loss,
}

/// So many objects to which something may be done, or no longer, for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Line {
    /// Which way.
    pub change: Way,
    /// What is done, to what kind; for create, the new object's.
    pub kind: Kind,
    /// What is done.
    pub operation: Operation,
    /// What allows it, by the new policy for a gain and by the old one for a loss.
    pub reason: String,
    /// How many objects; for create, parents.
    pub objects: u64,
}

/// What changes for one principal that comes through one app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Affected {
    /// Which one; absent for who is not signed in.
    pub principal: Option<PrincipalId>,
    /// What people call it.
    pub name: String,
    /// The app.
    pub app: String,
    /// What changes.
    pub changes: Vec<Line>,
}

/// What changes from one policy to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Difference {
    /// The version of the old policy.
    pub old: String,
    /// The version of the new one.
    pub new: String,
    /// How often somebody gains something on an object.
    pub gains: u64,
    /// How often somebody loses something on an object.
    pub losses: u64,
    /// The same by kind, operation and reason.
    pub totals: Vec<Line>,
    /// The same by principal and app, of those for whom something changes.
    pub principals: Vec<Affected>,
}

/// The texts of policy files that are not in force. What is left out is as in the server's own files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewFiles {
    /// `model.conf`: none but the one in force, since what another one asks of casbin has no bounds.
    #[serde(default)]
    pub model: Option<String>,
    /// `roles.csv`.
    #[serde(default)]
    pub roles: Option<String>,
    /// `access_rules.json`.
    #[serde(default)]
    pub access_rules: Option<String>,
}

/// What changes from the policy in force to that of other files, for who holds root at the server.
///
/// # Errors
/// Every fault of the files; a model of their own, which the console alone compares; storage.
pub async fn from_what_is_in_force(cx: &Cx, files: NewFiles) -> Result<Difference, AppError> {
    let refused = |error: bailiwick_domain::ports::PolicyError| AppError::Policy(error.0);
    let sent = [
        ("/roles", "roles.csv", files.roles.is_some()),
        ("/access_rules", "access_rules.json", files.access_rules.is_some()),
    ];
    let own = cx.app.policies.read().await.map_err(refused)?;
    if files.model.is_some_and(|model| model != own.model) {
        let right = "the model in force, or none: models are compared by `bailiwick policy diff` alone";
        return Err(AppError::invalid("/model", right));
    }
    let text = PolicyText {
        // That of no files: it is told by what they say.
        version: String::new(),
        model: own.model,
        roles: files.roles.unwrap_or(own.roles),
        access_rules: files.access_rules.unwrap_or(own.access_rules),
    };
    let new = cx.app.policies.compile(&text).await.map_err(|error| faults_in(error.0, &sent))?;
    let operator = Cx::operator(Arc::clone(&cx.app), cx.deed);
    policy_diff(&operator, &cx.app.policies.current(), &new).await
}

/// Faults at the files that were sent: each at its own, or at the first where it shows in one that was not.
fn faults_in(faults: Vec<String>, files: &[(&str, &str, bool)]) -> AppError {
    let first = files.iter().find(|(.., sent)| *sent).map_or("", |(pointer, ..)| *pointer);
    let at = |fault: &str| {
        let own = files.iter().find(|(_, name, sent)| *sent && fault.contains(&format!("{name}:")));
        own.map_or(first, |(pointer, ..)| *pointer)
    };
    AppError::Invalid(faults.into_iter().map(|fault| FieldError::new(at(&fault), fault)).collect())
}

impl Difference {
    fn between(old: &Arc<Policy>, new: &Arc<Policy>) -> Self {
        Self {
            old: old.version().to_owned(),
            new: new.version().to_owned(),
            gains: 0,
            losses: 0,
            totals: Vec::new(),
            principals: Vec::new(),
        }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { change, kind, operation, reason, objects } = self;
        let sign = if *change == Way::Gain { '+' } else { '-' };
        write!(f, "{sign}{kind}:{operation} {objects}, {reason}")
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "--- {}\n+++ {}", self.old, self.new)?;
        for Affected { name, app, changes, .. } in &self.principals {
            for line in changes {
                writeln!(f, "{name} ({app}): {line}")?;
            }
        }
        for line in &self.totals {
            writeln!(f, "all: {line}")?;
        }
        writeln!(f, "{} gains, {} losses, {} concerned", self.gains, self.losses, self.principals.len())
    }
}
