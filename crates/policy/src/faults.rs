//! Collecting faults, so that one reading of a file names them all; and what is no fault and yet changes nothing.

use bailiwick_domain::ports::PolicyError;

/// The faults of one policy file.
#[derive(Debug)]
pub(crate) struct Faults<'a> {
    file: &'a str,
    found: Vec<(usize, String)>,
    dead: Vec<(usize, String)>,
}

impl<'a> Faults<'a> {
    /// No fault yet in this file.
    pub(crate) const fn of(file: &'a str) -> Self {
        Self { file, found: Vec::new(), dead: Vec::new() }
    }

    /// Adds a fault: what stands on this line and what would be right.
    pub(crate) fn at(&mut self, line: usize, fault: impl Into<String>) {
        self.found.push((line, fault.into()));
    }

    /// Adds a warning: what stands on this line changes nothing, and does no harm. It stops no load.
    pub(crate) fn warn(&mut self, line: usize, warning: impl Into<String>) {
        self.dead.push((line, warning.into()));
    }

    /// Takes over the faults of a part of the file, each with the place of that part.
    pub(crate) fn absorb(&mut self, part: Faults<'_>, place: &str) {
        let place = if place.is_empty() { "the file" } else { place };
        self.found.extend(part.found.into_iter().map(|(line, fault)| (line, format!("{place}: {fault}"))));
    }

    /// Whether there is no fault.
    pub(crate) const fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// All faults as `file:line: fault`, in the order of the lines.
    pub(crate) fn into_messages(self) -> Vec<String> {
        self.into_messages_and_warnings().0
    }

    /// All faults, and all warnings, as `file:line: what it is`, each in the order of the lines.
    pub(crate) fn into_messages_and_warnings(self) -> (Vec<String>, Vec<String>) {
        let Self { file, found, dead } = self;
        let told = |mut told: Vec<(usize, String)>| {
            told.sort_by_key(|(line, _)| *line);
            told.into_iter().map(|(line, what)| format!("{file}:{line}: {what}")).collect()
        };
        (told(found), told(dead))
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
