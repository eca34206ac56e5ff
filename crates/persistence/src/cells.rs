//! Reading a row from left to right, in the order in which its columns were selected.

use bailiwick_domain::ports::StoreError;
use bailiwick_domain::{PrincipalId, PrincipalKind};
use serde::de::DeserializeOwned;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::row::{Reads, Row};

/// The cells of a row that have not been read yet.
pub struct Cells<'r> {
    row: &'r Row,
    at: usize,
}

impl<'r> Cells<'r> {
    pub const fn new(row: &'r Row) -> Self {
        Self { row, at: 0 }
    }

    /// How many cells have been read.
    pub const fn read(&self) -> usize {
        self.at
    }

    /// The next cell.
    pub fn next<V: Reads>(&mut self) -> Result<V, StoreError> {
        let value = self.row.at(self.at)?;
        self.at += 1;
        Ok(value)
    }

    /// Leaves cells out.
    pub const fn skip(&mut self, cells: usize) {
        self.at += cells;
    }

    /// The id in the next cell, which stays unread.
    pub fn peek_id(&self) -> Result<Uuid, StoreError> {
        self.row.at(self.at)
    }

    pub fn id(&mut self) -> Result<Uuid, StoreError> {
        self.next()
    }

    pub fn text(&mut self) -> Result<String, StoreError> {
        self.next()
    }

    /// A number of rows.
    pub fn count(&mut self) -> Result<u64, StoreError> {
        u64::try_from(self.next::<i64>()?).map_err(|error| StoreError::Corrupt(error.to_string()))
    }

    pub fn instant(&mut self) -> Result<OffsetDateTime, StoreError> {
        instant(self.next()?)
    }

    pub fn maybe_instant(&mut self) -> Result<Option<OffsetDateTime>, StoreError> {
        self.next::<Option<i64>>()?.map(instant).transpose()
    }

    /// A value of an enumeration, by its word.
    pub fn word<W>(&mut self, from_word: impl FnOnce(&str) -> Option<W>) -> Result<W, StoreError> {
        let word = self.text()?;
        from_word(&word).ok_or_else(|| StoreError::Corrupt(format!("`{word}` stands for nothing")))
    }

    /// JSON as text.
    pub fn json<D: DeserializeOwned>(&mut self) -> Result<D, StoreError> {
        json(&self.text()?)
    }

    /// JSON as text that may be absent.
    pub fn maybe_json<D: DeserializeOwned>(&mut self) -> Result<Option<D>, StoreError> {
        self.next::<Option<String>>()?.as_deref().map(json).transpose()
    }

    /// Kind and id of a principal; two cells.
    pub fn principal(&mut self) -> Result<Option<PrincipalId>, StoreError> {
        principal(self.next()?, self.next()?)
    }

    /// The next cells, by the names of their columns. They stay unread.
    pub const fn columns(&self, names: &'static [&'static str]) -> Columns<'r> {
        Columns { row: self.row, first: self.at, names }
    }

    /// The cells of a joined row, of which the first is its id; nothing where no row was joined.
    pub fn joined<V>(
        &mut self,
        width: usize,
        read: impl FnOnce(&mut Self, Uuid) -> Result<V, StoreError>,
    ) -> Result<Option<V>, StoreError> {
        let end = self.at + width;
        let found = self.next::<Option<Uuid>>()?.map(|id| read(self, id)).transpose()?;
        self.at = end;
        Ok(found)
    }
}

/// Cells of a row that are found by the names of their columns.
pub struct Columns<'r> {
    row: &'r Row,
    first: usize,
    names: &'static [&'static str],
}

impl Columns<'_> {
    /// The cell of a column.
    pub fn get<V: Reads>(&self, name: &str) -> Result<V, StoreError> {
        let at = self.names.iter().position(|column| *column == name);
        let at = at.ok_or_else(|| StoreError::Corrupt(format!("there is no column {name}")))?;
        self.row.at(self.first + at)
    }

    /// Kind and id of a principal.
    pub fn principal(&self, kind: &str, id: &str) -> Result<Option<PrincipalId>, StoreError> {
        principal(self.get(kind)?, self.get(id)?)
    }
}

fn principal(kind: Option<String>, id: Option<Uuid>) -> Result<Option<PrincipalId>, StoreError> {
    let (Some(kind), Some(id)) = (kind, id) else { return Ok(None) };
    match PrincipalKind::from_word(&kind) {
        Some(kind) => Ok(Some(PrincipalId { kind, id })),
        None => Err(StoreError::Corrupt(format!("`{kind}` is no kind of principal"))),
    }
}

/// Microseconds since 1970, UTC. What is finer is cut off.
pub fn micros(at: OffsetDateTime) -> i64 {
    // Years have at most four digits, so this always fits.
    i64::try_from(at.unix_timestamp_nanos().div_euclid(1_000)).unwrap_or(i64::MAX)
}

fn instant(micros: i64) -> Result<OffsetDateTime, StoreError> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000)
        .map_err(|error| StoreError::Corrupt(error.to_string()))
}

fn json<D: DeserializeOwned>(text: &str) -> Result<D, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt(error.to_string()))
}

/// A value as JSON text.
pub fn to_json(value: &impl serde::Serialize) -> sea_orm::Value {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned()).into()
}
