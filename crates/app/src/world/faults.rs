//! What is wrong with a world file, line by line.

use std::fmt::Display;

use crate::error::{AppError, FieldError};

/// Everything that is wrong, gathered so that one look at the answer is enough.
pub struct Faults<'f> {
    file: &'f str,
    found: Vec<(u64, FieldError)>,
}

impl<'f> Faults<'f> {
    /// Nothing wrong yet.
    pub const fn of(file: &'f str) -> Self {
        Self { file, found: Vec::new() }
    }

    /// A field that is wrong, what stands there and what would be right.
    pub fn add(&mut self, line: u64, field: &str, stands: &str, right: impl Display) {
        let detail = format!("`{}` {right}", shortened(stands));
        self.found.push((line, FieldError::new(format!("{}:{line}: {field}", self.file), detail)));
    }

    /// All in the order of the file, if there are any.
    pub fn into_fields(mut self) -> Vec<FieldError> {
        self.found.sort_by_key(|(line, _)| *line);
        self.found.into_iter().map(|(_, fault)| fault).collect()
    }

    /// All as lines, if there are any.
    pub fn into_lines(self) -> Vec<String> {
        self.into_fields()
            .into_iter()
            .map(|FieldError { pointer, detail }| format!("{pointer}: {detail}"))
            .collect()
    }

    /// Nothing wrong, or all as the answer of a deed.
    pub fn settled(self) -> Result<(), AppError> {
        if self.found.is_empty() { Ok(()) } else { Err(AppError::Invalid(self.into_fields())) }
    }
}

/// One line of at most 80 characters.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 80;
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST).collect();
    if text.chars().count() > LONGEST { format!("{line}…") } else { line }
}
