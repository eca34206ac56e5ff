//! What went wrong in a deed, as a problem document.

use actix_web::http::StatusCode;
use bailiwick_app::{AppError, FieldError};
use bailiwick_domain::ports::{AuthError, StoreError};
use bailiwick_domain::reason::Guard;

use super::{Dependent, Fault, Problem, cut};

impl From<AppError> for Problem {
    fn from(error: AppError) -> Self {
        match error {
            AppError::Denied { denial, decision, .. } => Self::denied(denial.answer, decision),
            AppError::Invalid(errors) => Self::invalid(errors),
            AppError::Taken(field) => {
                let detail = format!("/{field}: another object here has this {field}");
                let mut problem = Self::new(StatusCode::CONFLICT, "taken", "Taken", detail);
                let detail = "one that no other object here has".to_owned();
                problem.0.errors = vec![Fault { pointer: format!("/{field}"), detail }];
                problem
            }
            AppError::Dependents(dependents) => {
                let counted = dependents.iter().map(|(kind, count)| format!("{count} of kind {kind}"));
                let detail = format!(
                    "other objects still hang under it: {}; delete them first, or ask for `cascade=true`, \
                     which needs the right to delete each",
                    counted.collect::<Vec<_>>().join(", ")
                );
                let mut problem = Self::new(StatusCode::CONFLICT, "dependents", "Dependents remain", detail);
                problem.0.guard = Some(Guard::Dependents);
                problem.0.dependents =
                    dependents.into_iter().map(|(kind, count)| Dependent { kind, count }).collect();
                problem
            }
            AppError::VersionMismatch => {
                let detail = "the object has another version than If-Match names; read it again";
                Self::new(StatusCode::PRECONDITION_FAILED, "version-mismatch", "It has moved on", detail)
            }
            AppError::VersionRequired => {
                let detail = "this server wants If-Match with the ETag that you saw";
                Self::new(
                    StatusCode::PRECONDITION_REQUIRED,
                    "version-required",
                    "If-Match is required",
                    detail,
                )
            }
            AppError::State(detail) => {
                Self::new(StatusCode::CONFLICT, "state", "A state is in the way", detail)
            }
            AppError::TooMany(wait) => {
                Self::too_many(u64::try_from(wait.whole_seconds()).unwrap_or_default().saturating_add(1))
            }
            AppError::Contention => {
                let detail = "another change came between; read again and try once more";
                Self::new(StatusCode::CONFLICT, "contention", "Another change came between", detail)
            }
            AppError::Busy => Self::busy(),
            AppError::NotForYou(whom) => Self::not_for(whom),
            AppError::Auth(error) => error.into(),
            AppError::Policy(faults) => {
                let mut problem = Self::new(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "policy",
                    "The policy files are not good",
                    "the policy in force stays in force",
                );
                problem.0.errors = faults
                    .into_iter()
                    .map(|fault| Fault { pointer: String::new(), detail: cut(fault) })
                    .collect();
                problem
            }
            AppError::Files(error) => {
                report(&error);
                Self::unavailable()
            }
            // Whoever asks is read anew: it is the way in which a change reaches who was remembered.
            AppError::Store(StoreError::Outdated) => Self::unavailable(),
            AppError::Store(error) => {
                report(&error);
                match error {
                    StoreError::Busy(_) => Self::busy(),
                    _ => Self::unavailable(),
                }
            }
        }
    }
}

/// The cause goes to the log; the caller gets no more than that it did not work.
fn report(error: &dyn std::error::Error) {
    let mut causes = vec![error.to_string()];
    let mut next = error.source();
    while let Some(cause) = next {
        causes.push(cause.to_string());
        next = cause.source();
    }
    tracing::error!(causes = causes.join(": "), "storage failed");
}

impl From<AuthError> for Problem {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::Several => Self::malformed("credentials of one scheme, once: there is one principal"),
            AuthError::NotGood => Self::unauthenticated(),
            AuthError::App => Self::not_good(
                "X-App-Key: the key of a client app that is active, sent once; with credentials, of the app that they were \
                 issued for",
            ),
            AuthError::SecondFactor => Self::second_factor(),
            AuthError::Csrf => {
                let detail =
                    "a request by cookie that changes something carries its CSRF token in X-CSRF-Token";
                Self::new(StatusCode::FORBIDDEN, "csrf", "CSRF token missing or wrong", detail)
            }
            AuthError::Busy => Self::busy(),
            AuthError::WeakPassword(what) => {
                Self::invalid(vec![FieldError::new("/password".to_owned(), what)])
            }
            AuthError::Store(error) => AppError::from(error).into(),
        }
    }
}
