//! Single values of a world file, from the text that stands there.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use bailiwick_domain::entities::{Name, Text as Prose};
use bailiwick_domain::rule::Rule;
use serde::Deserialize;
use serde::de::value::{Error as Plain, StrDeserializer};
use time::{OffsetDateTime, UtcOffset};

use super::faults::Faults;
use super::file::{Spot, Wanted};
use super::raw::Text;

/// Reading a file: what is wrong is noted, and the reading goes on.
pub struct Reading<'f> {
    pub faults: Faults<'f>,
}

impl Reading<'_> {
    pub(super) fn rule(&mut self, text: &Text) -> Option<Rule> {
        let rule = text.value.parse::<Rule>();
        if let Err(error) = &rule {
            let right = format!("is no rule: {error}; right would be one such as task:view:organization");
            self.faults.add(line(text), "rules", &text.value, right);
        }
        rule.ok()
    }

    pub(super) fn name(&mut self, field: &str, text: Text) -> Option<Spot<Name>> {
        self.parsed(field, text)
    }

    /// Text that says what is wrong with it itself.
    pub(super) fn parsed<T: FromStr<Err: Display>>(&mut self, field: &str, text: Text) -> Option<Spot<T>> {
        match text.value.parse() {
            Ok(value) => Some(Spot { value, line: line(&text) }),
            Err(error) => {
                self.faults.add(line(&text), field, &text.value, format!("is not right: {error}"));
                None
            }
        }
    }

    pub(super) fn prose(&mut self, text: Option<Text>) -> Option<String> {
        let text = text?;
        match Prose::deserialize(StrDeserializer::<Plain>::new(&text.value)) {
            Ok(prose) => Some(prose.into_string()),
            Err(error) => {
                self.faults.add(line(&text), "description", &text.value, format!("is not right: {error}"));
                None
            }
        }
    }

    /// One of a few words.
    pub(super) fn word<W>(
        &mut self,
        field: &str,
        text: Option<Text>,
        (from_word, words): (impl Fn(&str) -> Option<W>, &[&str]),
    ) -> Option<W> {
        let text = text?;
        let found = from_word(&text.value);
        if found.is_none() {
            let right = match words.split_last() {
                Some((last, others)) => format!("{} or {last}", others.join(", ")),
                None => String::new(),
            };
            let right = format!("is no {field}; right would be {right}");
            self.faults.add(line(&text), field, &text.value, right);
        }
        found
    }

    pub(super) fn instant(&mut self, field: &str, text: &Text) -> Option<OffsetDateTime> {
        let found = crate::instant::parse(&text.value);
        if found.is_none() {
            let right = "is no time; right would be one such as 2026-01-31T08:00:00Z (RFC 3339)";
            self.faults.add(line(text), field, &text.value, right);
        }
        // Storage keeps microseconds; what it can't keep would differ for ever.
        let found = found.map(|at| at.to_offset(UtcOffset::UTC));
        found.map(|at| at.replace_microsecond(at.microsecond()).unwrap_or(at))
    }

    /// A path of so many names.
    pub(super) fn words(
        &mut self,
        field: &str,
        text: Text,
        many: RangeInclusive<usize>,
    ) -> Option<Spot<String>> {
        let count = text.value.split('/').count();
        let wrong = text.value.split('/').find_map(|word| word.parse::<Name>().err());
        let right = match (field, wrong) {
            ("user" | "assignee", _) if count != 2 => "names no user; right would be `home organization/username`".to_owned(),
            ("role", _) if !many.contains(&count) => {
                "names no role; right would be a built-in role's name or `organization/role`".to_owned()
            }
            ("at", _) if !many.contains(&count) => {
                "names no place; right would be `server` or `organization/project/job/task` as far down as it goes".to_owned()
            }
            (_, _) if !many.contains(&count) => "is a path; right would be a name alone".to_owned(),
            (_, Some(wrong)) => format!("is not right: {wrong}"),
            (_, None) => return Some(Spot { line: line(&text), value: text.value }),
        };
        self.faults.add(line(&text), field, &text.value, right);
        None
    }

    pub(super) fn wanted<T>(
        &mut self,
        text: Option<Option<Text>>,
        read: impl FnOnce(&mut Self, Text) -> Option<T>,
    ) -> Wanted<T> {
        match text {
            Some(Some(text)) => read(self, text).map(Some),
            other => other.map(|_| None),
        }
    }
}

/// The line that a value stands on.
pub fn line(text: &Text) -> u64 {
    text.referenced.line()
}
