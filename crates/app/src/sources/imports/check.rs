//! What is wrong with a file that is to be imported, before anything is made of it.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_domain::entities::{Content, ContentType};
use bailiwick_domain::ports::{FileStoreError, LineFault};
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::lines::{LONGEST, Line, Lines};
use crate::json;
use crate::sources::contents::{MOST_FAULTS, content};

/// How many characters of a fault are told at most.
const LONGEST_FAULT: usize = 300;

/// What the check of a whole file has found.
#[derive(Default)]
pub(super) struct Checked {
    /// How many contents it holds, if it has no faults.
    pub contents: i64,
    /// What is wrong.
    pub faults: Vec<LineFault>,
}

impl Checked {
    fn fault(&mut self, line: i64, detail: String) {
        self.faults.push(fault(line, "", &detail));
    }

    /// Whether reading on is of no use.
    const fn is_over(&self) -> bool {
        self.faults.len() >= MOST_FAULTS
    }
}

/// Reads a file to its end, unless there is too much: every document by its schema, every name beside all others and those
/// that the source has.
///
/// # Errors
/// The file can't be read.
pub(super) async fn check(
    lines: &mut Lines,
    of: ContentType,
    taken: &BTreeSet<String>,
    most: i64,
) -> Result<Checked, FileStoreError> {
    let mut found = Checked::default();
    let mut named: BTreeMap<u128, i64> = BTreeMap::new();
    while let Some(line) = lines.next().await? {
        if line.is_blank() {
            continue;
        }
        found.contents += 1;
        if found.contents > most {
            found.fault(line.number, format!("at most {most} contents in one file"));
            break;
        }
        match content_of(&line, of, (Uuid::nil(), 0)) {
            Ok(Content { name, .. }) => {
                if taken.contains(&name) {
                    found.faults.push(has_already(line.number, &name));
                } else if let Some(first) = named.insert(digest(&name), line.number) {
                    found.fault(line.number, format!("`{name}` is line {first} already"));
                }
            }
            Err(faults) => found.faults.extend(faults),
        }
        if found.is_over() || line.is_too_long() {
            break;
        }
    }
    found.faults.truncate(MOST_FAULTS);
    Ok(found)
}

/// That a source has a content of this name.
pub(super) fn has_already(line: i64, name: &str) -> LineFault {
    fault(line, "", &format!("the source has `{name}` already"))
}

/// What a line says, as a content of a source at a place.
///
/// # Errors
/// Each fault.
pub(super) fn content_of(
    line: &Line,
    of: ContentType,
    (source, position): (Uuid, i64),
) -> Result<Content, Vec<LineFault>> {
    if line.is_too_long() {
        return Err(vec![fault(line.number, "", &format!("at most {LONGEST} bytes on one line"))]);
    }
    let body: Value = json::read(&line.bytes).map_err(|wrong| {
        vec![match wrong {
            json::Fault::Malformed(why) => {
                fault(line.number, "", &format!("a JSON document on one line: {why}"))
            }
            json::Fault::Field(found) => fault(line.number, &found.pointer, &found.detail),
        }]
    })?;
    content(source, of, body, position, "").map_err(|faults| {
        faults.iter().map(|found| fault(line.number, &found.pointer, &found.detail)).collect()
    })
}

/// A fault as it is kept: texts that stand in the file are cut.
fn fault(line: i64, pointer: &str, detail: &str) -> LineFault {
    let cut = |text: &str| {
        let mut short: String = text.chars().take(LONGEST_FAULT).collect();
        if short.len() < text.len() {
            short.push('…');
        }
        short
    };
    LineFault { line, pointer: cut(pointer), detail: cut(detail) }
}

/// What is kept of a name: of a million names little, however long they are.
fn digest(name: &str) -> u128 {
    let hash = Sha256::digest(name);
    hash.iter().take(16).fold(0, |digest, byte| digest << 8 | u128::from(*byte))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "test code")]

    use super::*;
    use crate::sources::imports::lines::tests::Parts;

    async fn found(text: String, most: i64) -> Checked {
        let mut lines = Lines::after(Box::new(Parts(vec![text.into_bytes()])), 0, 0);
        check(&mut lines, ContentType::Document, &BTreeSet::new(), most).await.unwrap()
    }

    fn page(title: &str) -> String {
        format!("{{\"title\": \"{title}\", \"text\": \"\"}}\n")
    }

    #[tokio::test]
    async fn a_file_holds_no_more_than_it_may() {
        let exact = found(page("one") + "\n" + &page("two"), 2).await;
        assert_eq!((exact.contents, exact.faults), (2, Vec::new()));
        let more = found(page("one") + "\n" + &page("two") + &page("three") + "?", 2).await;
        assert_eq!(more.faults, [fault(4, "", "at most 2 contents in one file")]);
    }

    #[tokio::test]
    async fn so_many_faults_are_told_and_no_more_of_them_than_helps() {
        let bad = format!("{{\"title\": \"{}\"}}\n", "a".repeat(5_000));
        let many = found(bad.repeat(100), 1_000).await;
        assert_eq!(many.faults.len(), MOST_FAULTS);
        assert!(many.faults.iter().all(|fault| fault.detail.chars().count() <= LONGEST_FAULT + 1));
    }
}
