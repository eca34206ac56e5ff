//! Collecting faults, so that one reading of a file names them all.

use bailiwick_domain::ports::PolicyError;

/// The faults of one policy file.
#[derive(Debug)]
pub(crate) struct Faults<'a> {
    file: &'a str,
    found: Vec<(usize, String)>,
}

impl<'a> Faults<'a> {
    /// No fault yet in this file.
    pub(crate) const fn of(file: &'a str) -> Self {
        Self { file, found: Vec::new() }
    }

    /// Adds a fault: what stands on this line and what would be right.
    pub(crate) fn at(&mut self, line: usize, fault: impl Into<String>) {
        self.found.push((line, fault.into()));
    }

    /// Whether there is none.
    pub(crate) const fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// All of them as `file:line: fault`, in the order of the lines.
    pub(crate) fn into_messages(mut self) -> Vec<String> {
        self.found.sort_by_key(|(line, _)| *line);
        let file = self.file;
        self.found.into_iter().map(|(line, fault)| format!("{file}:{line}: {fault}")).collect()
    }
}

/// One fault that belongs to no line in particular.
pub(crate) fn refuse(file: &str, fault: impl std::fmt::Display) -> PolicyError {
    PolicyError(vec![format!("{file}:1: {fault}")])
}

/// The words of a list, for a message: `a, b or c`.
pub(crate) fn one_of<'w>(words: impl IntoIterator<Item = &'w str>) -> String {
    let words: Vec<&str> = words.into_iter().collect();
    match words.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => "nothing".to_owned(),
    }
}
