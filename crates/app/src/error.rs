//! What can come of a deed beside its success.

use bailiwick_domain::gate::Denial;
use bailiwick_domain::guards::Refused;
use bailiwick_domain::kind::{Kind, Operation};
use bailiwick_domain::ports::{AuthError, FileStoreError, StoreError};
use bailiwick_domain::reason::Guard;
use uuid::Uuid;

use crate::cx::Cx;

/// A field of a body or query, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// JSON pointer into the body, or the name of a query parameter.
    pub pointer: String,
    /// What would be right.
    pub detail: String,
}

impl FieldError {
    /// A field and what would be right.
    pub fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), detail: detail.into() }
    }
}

/// Why a deed was not done. Nothing of it is written.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The gate or a guard refused.
    #[error("refused")]
    Denied {
        /// The denial.
        denial: Box<Denial>,
        /// The object that was named.
        claimed: Option<Uuid>,
        /// The audit event that tells of it.
        decision: Option<Uuid>,
    },
    /// Something in the body or the query is wrong.
    #[error("the request can't be processed")]
    Invalid(Vec<FieldError>),
    /// A name that must be unique is taken.
    #[error("`{0}` is taken")]
    Taken(&'static str),
    /// Dependents remain.
    #[error("other objects hang under it")]
    Dependents(Vec<(Kind, u64)>),
    /// The object's version is not the one that `If-Match` names.
    #[error("the object has moved on")]
    VersionMismatch,
    /// The server is set to require `If-Match`.
    #[error("If-Match is required")]
    VersionRequired,
    /// A state of the server or of the caller's account is in the way.
    #[error("{0}")]
    State(&'static str),
    /// Too many attempts; how long to wait.
    #[error("too many attempts")]
    TooMany(time::Duration),
    /// Changes kept coming between; the caller may try again.
    #[error("changes came between")]
    Contention,
    /// The principal's kind, or a principal without root, is not for this route.
    #[error("this is not for such a principal")]
    NotForYou(&'static str),
    /// It waited too long for its turn.
    #[error("too much goes on at once")]
    Busy,
    /// Credentials.
    #[error(transparent)]
    Auth(AuthError),
    /// New policy files were refused; the policy in force stays.
    #[error("the policy files are not good")]
    Policy(Vec<String>),
    /// Where files lie can't be reached, or what should lie there does not.
    #[error("the files failed")]
    Files(#[from] FileStoreError),
    /// Storage does not answer, or what it holds can't be understood.
    #[error("storage failed")]
    Store(#[source] StoreError),
}

impl AppError {
    /// A denial about an object that was named by id.
    pub fn denied(denial: Denial, claimed: Uuid) -> Self {
        Self::Denied { denial: Box::new(denial), claimed: Some(claimed), decision: None }
    }

    /// A field that is wrong.
    pub fn invalid(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::new(pointer, detail)])
    }

    /// What a body names that is not there, or not for this caller to know of: both read the same.
    pub fn unknown(pointer: &str, kind: Kind) -> Self {
        Self::invalid(pointer, format!("no {kind} of this id that you may name here"))
    }

    /// The same, where what is wrong stands at another place.
    #[must_use]
    pub fn at(self, pointer: &str) -> Self {
        match self {
            Self::Invalid(fields) => Self::Invalid(
                fields.into_iter().map(|field| FieldError::new(pointer, field.detail)).collect(),
            ),
            other => other,
        }
    }

    /// A denial about an object that a field of the body names: what the caller may not view does not exist.
    pub fn unknown_or_denied(denial: Denial, pointer: &str, kind: Kind) -> Self {
        match denial.answer {
            bailiwick_domain::Denied::Hidden => Self::unknown(pointer, kind),
            _ => denial.into(),
        }
    }

    /// Why an object may not name another, which a field of the body names.
    pub fn refused(refused: Refused, pointer: &str, kind: Kind) -> Self {
        match refused {
            Refused::Denied(denial) => (*denial).into(),
            Refused::Named => Self::unknown(pointer, kind),
        }
    }

    /// [`Self::refused`], where the path names the other object: what may not be named is not found.
    pub fn refused_in_path(cx: &Cx, refused: Refused, kind: Kind, id: Uuid) -> Self {
        match refused {
            Refused::Denied(denial) => (*denial).into(),
            Refused::Named => Self::denied(cx.gate.absent(&cx.caller, Operation::View, kind), id),
        }
    }

    /// Whether doing the same again may help.
    pub(crate) const fn may_retry(&self) -> bool {
        matches!(self, Self::Store(StoreError::Retry))
    }

    /// The guard that refused, if one did.
    pub fn guard(&self) -> Option<Guard> {
        match self {
            Self::Denied { denial, .. } => match denial.answer {
                bailiwick_domain::Denied::Guarded(guard) => Some(guard),
                _ => None,
            },
            _ => None,
        }
    }
}

impl From<Denial> for AppError {
    fn from(denial: Denial) -> Self {
        Self::Denied { denial: Box::new(denial), claimed: None, decision: None }
    }
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Taken(field) => Self::Taken(field),
            StoreError::Stale => Self::Contention,
            other => Self::Store(other),
        }
    }
}

impl From<AuthError> for AppError {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::Store(error) => error.into(),
            other => Self::Auth(other),
        }
    }
}
