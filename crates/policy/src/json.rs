//! JSON objects as entries in their order, each with the line that it stands on. `serde_json` alone would keep the
//! last of two equal keys and forget the lines.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::faults::Faults;

/// A text that knows where its lines begin, so that telling a line does not mean counting them all.
#[derive(Debug)]
pub(crate) struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    /// The lines of a text.
    pub(crate) fn of(text: &'t str) -> Self {
        let next = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { text, starts: std::iter::once(0).chain(next).collect() }
    }
}

/// A piece of JSON inside a text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Json<'t> {
    lines: &'t Lines<'t>,
    value: &'t str,
}

/// The entries of an object, as they stand.
struct Entries<'t>(Vec<(String, &'t RawValue)>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct AsTheyStand;
        impl<'de> Visitor<'de> for AsTheyStand {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Entries<'de>, M::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }
        from.deserialize_map(AsTheyStand)
    }
}

impl<'t> Json<'t> {
    /// A whole text.
    pub(crate) const fn whole(lines: &'t Lines<'t>) -> Self {
        Self { lines, value: lines.text }
    }

    /// The line that it begins on, from 1.
    pub(crate) fn line(self) -> usize {
        let text = self.lines.text.as_ptr() as usize;
        let offset = (self.value.as_ptr() as usize).saturating_sub(text);
        self.lines.starts.partition_point(|start| *start <= offset)
    }

    /// What it says, read as a `T`; what is wrong with it goes to `faults`.
    pub(crate) fn read<T: Deserialize<'t>>(self, faults: &mut Faults<'_>) -> Option<T> {
        match serde_json::from_str(self.value) {
            Ok(value) => Some(value),
            Err(error) => {
                let text = error.to_string();
                let what = text.split(" at line ").next().unwrap_or(&text);
                faults.at(self.line() + error.line().saturating_sub(1), what);
                None
            }
        }
    }

    /// Its entries, if it is an object; a key that comes twice is a fault.
    pub(crate) fn entries(self, faults: &mut Faults<'_>) -> Vec<(String, Json<'t>)> {
        let Some(Entries(raw)) = self.read::<Entries<'t>>(faults) else { return Vec::new() };
        let mut entries: Vec<(String, Json<'t>)> = Vec::with_capacity(raw.len());
        let mut seen = std::collections::HashMap::new();
        for (key, value) in raw {
            let value = Json { lines: self.lines, value: value.get() };
            match seen.get(&key) {
                Some(first) => {
                    faults.at(value.line(), format!("`{key}` stands here again; it stood on line {first}"))
                }
                None => {
                    seen.insert(key.clone(), value.line());
                    entries.push((key, value));
                }
            }
        }
        entries
    }
}
