//! Going through the decision tables: where they are, whether an answer is what a row wants, and how many were.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use crate::decisions::{Expect, Row, read_folder};
use crate::judge;
use crate::oracle::Verdict;

/// The folder of the tables: the one that `DECISIONS_DIR` names, else the project's own.
#[must_use]
pub fn folder() -> PathBuf {
    let own = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/decisions");
    std::env::var_os("DECISIONS_DIR").map_or_else(own, PathBuf::from)
}

/// Every table of [`folder`], by file name.
///
/// # Errors
/// The folder can't be read, holds a line that is no row, or holds no row at all.
pub fn tables() -> Result<Vec<(String, Vec<Row>)>, String> {
    let folder = folder();
    let tables = read_folder(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    if tables.iter().all(|(_, rows)| rows.is_empty()) {
        return Err(format!("no rows in {}", folder.display()));
    }
    Ok(tables)
}

/// Whether an answer is what a row wants.
#[must_use]
pub fn agrees(row: &Row, verdict: &Verdict) -> bool {
    match (row.expect, verdict) {
        (Expect::Allow, Verdict::Allow) => true,
        (Expect::Deny, Verdict::Deny(answer)) => row.answer.is_none_or(|expected| expected == *answer),
        (Expect::List, Verdict::List(ids)) => {
            row.ids.iter().flatten().cloned().collect::<BTreeSet<_>>() == *ids
        }
        _ => false,
    }
}

/// How the rows of one file came out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Rows whose answer is what they want.
    pub agreeing: usize,
    /// What the others got instead.
    pub differing: Vec<String>,
    /// Why rows could not be asked, and how many for that reason.
    pub not_yet: BTreeMap<String, usize>,
}

impl Tally {
    /// Counts a row that was asked.
    pub fn count(&mut self, row: &Row, verdict: Result<&Verdict, &str>) {
        if verdict.is_ok_and(|verdict| agrees(row, verdict)) {
            self.agreeing += 1;
        } else {
            let wanted = (row.expect, row.answer, &row.ids);
            self.differing.push(format!("{}: wanted {wanted:?}, got {verdict:?}", row.id));
        }
    }

    /// Counts a row that could not be asked.
    pub fn leave(&mut self, why: String) {
        *self.not_yet.entry(why).or_default() += 1;
    }

    /// Adds what another counted.
    pub fn merge(&mut self, other: Self) {
        self.agreeing += other.agreeing;
        self.differing.extend(other.differing);
        for (why, rows) in other.not_yet {
            *self.not_yet.entry(why).or_default() += rows;
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let not_yet: usize = self.not_yet.values().sum();
        let (agreeing, differing) = (self.agreeing, self.differing.len());
        let rows = agreeing + differing + not_yet;
        write!(f, "{rows} rows, {agreeing} agreeing, {differing} differing")?;
        if not_yet > 0 {
            write!(f, ", {not_yet} not yet expressible")?;
        }
        for (why, rows) in &self.not_yet {
            write!(f, "\n    {rows} x {why}")?;
        }
        for differing in &self.differing {
            write!(f, "\n    DIFFERS {differing}")?;
        }
        Ok(())
    }
}

/// Every row put to the domain's gate and guards alone.
#[must_use]
pub fn through_the_gate(tables: &[(String, Vec<Row>)]) -> BTreeMap<String, Tally> {
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    for (file, rows) in tables {
        let tally = tallies.entry(file.clone()).or_default();
        for row in rows {
            let verdict = judge::answer(&row.world, row.caller.as_deref(), &row.ask);
            tally.count(row, Ok(&verdict));
        }
    }
    tallies
}
