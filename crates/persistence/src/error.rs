//! What went wrong, in the words of the port. Mapped here and nowhere else.

use bailiwick_domain::ports::StoreError;
use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr, SqlErr, sqlx};

use crate::dialect::{Hindrance, hindrance};

/// An error of a statement that writes nothing unique.
pub fn store(error: DbErr) -> StoreError {
    taking("id")(error)
}

/// An error of a statement that writes this unique field.
pub fn taking(field: &'static str) -> impl FnOnce(DbErr) -> StoreError {
    move |error| match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(message)) if is_primary_key(&message) => {
            StoreError::Taken("id")
        }
        Some(SqlErr::UniqueConstraintViolation(message)) if is_file(&message) => StoreError::Taken("file_id"),
        Some(SqlErr::UniqueConstraintViolation(_)) => StoreError::Taken(field),
        // What the row refers to is gone, or what refers to it came meanwhile.
        Some(SqlErr::ForeignKeyConstraintViolation(_)) => StoreError::Stale,
        _ => other(error),
    }
}

/// The three databases name the constraint in their own ways; only the primary key of objects is named `id`.
fn is_primary_key(message: &str) -> bool {
    message.ends_with(".id") || message.contains("_pkey\"") || message.contains("PRIMARY'")
}

/// Each of them ends with the constraint, and its name with the columns. A job has one task about a file.
fn is_file(message: &str) -> bool {
    message.trim_end_matches(['"', '\'']).ends_with("file_id")
}

fn other(error: DbErr) -> StoreError {
    match &error {
        DbErr::Conn(RuntimeErr::SqlxError(inner))
        | DbErr::Exec(RuntimeErr::SqlxError(inner))
        | DbErr::Query(RuntimeErr::SqlxError(inner)) => match inner.as_ref() {
            sqlx::Error::Database(inner) => match hindrance(inner.as_ref()) {
                Some(Hindrance::CameBetween) => StoreError::Retry,
                Some(Hindrance::TooLate) => StoreError::Busy(Box::new(error)),
                None => StoreError::Unavailable(Box::new(error)),
            },
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
                StoreError::Corrupt(error.to_string())
            }
            _ => StoreError::Unavailable(Box::new(error)),
        },
        DbErr::ConnectionAcquire(ConnAcquireErr::Timeout) => StoreError::Busy(Box::new(error)),
        DbErr::Type(_) | DbErr::Json(_) | DbErr::TryIntoErr { .. } | DbErr::ConvertFromU64(_) => {
            StoreError::Corrupt(error.to_string())
        }
        _ => StoreError::Unavailable(Box::new(error)),
    }
}
