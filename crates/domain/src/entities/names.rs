//! Names: what they may look like.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

/// A name: 1 to 200 characters, no `/` (paths join names with it), no control characters, no space at either end.
/// Compared byte by byte.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Name(String);

/// What is wrong with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadName {
    /// Nothing in it.
    #[error("a name has at least one character")]
    Empty,
    /// More than 200 characters.
    #[error("a name has at most {max} characters; this one has {length}", max = Name::LONGEST)]
    Long {
        /// How many.
        length: usize,
    },
    /// A space at an end.
    #[error("a name neither begins nor ends with white space")]
    Space,
    /// A character that names do not have.
    #[error("a name has no `/` and no control characters")]
    Character,
}

impl Name {
    /// How many characters a name has at most.
    pub const LONGEST: usize = 200;

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name as owned text.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl FromStr for Name {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        let length = text.chars().count();
        if length == 0 {
            Err(BadName::Empty)
        } else if length > Self::LONGEST {
            Err(BadName::Long { length })
        } else if text.trim() != text {
            Err(BadName::Space)
        } else if text.chars().any(|c| c == '/' || c.is_control()) {
            Err(BadName::Character)
        } else {
            Ok(Self(text.to_owned()))
        }
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
