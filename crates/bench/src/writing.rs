//! Statements that are written by hand. Who writes some adds to it how, where they stand.

use sea_orm::{DbBackend, Value};

/// A statement that is being written, and what is bound so far.
pub struct Writing {
    /// For which kind of database.
    pub on: DbBackend,
    /// What is bound, in its order.
    pub values: Vec<Value>,
}

impl Writing {
    /// The place of one more value.
    pub fn bound(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        if self.on == DbBackend::Postgres { format!("${}", self.values.len()) } else { "?".to_owned() }
    }
}
