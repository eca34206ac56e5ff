//! Names: what they may look like.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

/// A name: 1 to 200 characters, no `/` (paths join names with it), no control characters, none that are unseen or turn
/// text around, no space at either end; not `.` or `..`.
/// Compared byte by byte.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(value_type = String, min_length = 1, max_length = 200))]
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
    /// `.` or `..`.
    #[error("a name is not `.` or `..`, which mean places in paths")]
    Dots,
    /// A character that names do not have.
    #[error("a name has no `/`, no control characters, and none that are unseen or turn text around")]
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
        } else if matches!(text, "." | "..") {
            Err(BadName::Dots)
        } else if text.chars().any(|c| c == '/' || c.is_control() || misleads(c)) {
            Err(BadName::Character)
        } else {
            Ok(Self(text.to_owned()))
        }
    }
}

/// Characters by which one name looks like another: what Unicode says to leave out where it can't be shown
/// (`Default_Ignorable_Code_Point`, which has those that change the direction of what is around them), what separates lines and
/// annotations, and a sign that is blank. Those that join letters, and those that choose the form of a sign, are needed to
/// write some languages and pictures.
const fn misleads(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180e}'
            | '\u{200b}'
            | '\u{200e}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e00ff}'
            | '\u{e01f0}'..='\u{e0fff}'
    )
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

/// Free text: at most 100,000 characters, no NUL.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(value_type = String, max_length = 100_000))]
#[serde(transparent)]
pub struct Text(String);

impl Text {
    /// How many characters it has at most.
    pub const LONGEST: usize = 100_000;

    /// The text.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let length = text.chars().count();
        if length > Self::LONGEST {
            let longest = Self::LONGEST;
            return Err(serde::de::Error::custom(format!(
                "a text has at most {longest} characters; this one has {length}"
            )));
        }
        if text.contains('\0') {
            return Err(serde::de::Error::custom("a text has no NUL character"));
        }
        Ok(Self(text))
    }
}

/// A container image, with its registry, tag or digest: 1 to 500 printable ASCII characters without white space.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(value_type = String, min_length = 1, max_length = 500))]
#[serde(transparent)]
pub struct Image(String);

impl Image {
    /// The image.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Image {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        if (1..=500).contains(&text.len()) && text.chars().all(|c| c.is_ascii_graphic()) {
            return Ok(Self(text));
        }
        Err(serde::de::Error::custom("an image has 1 to 500 printable ASCII characters and no white space"))
    }
}

/// A mail address: something, one `@`, something; at most 254 characters; nothing that is not seen, and none of the signs that a
/// header of a letter puts around addresses or between them. Whether it reaches anybody, only a letter tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(value_type = String, format = "email", max_length = 254))]
#[serde(transparent)]
pub struct Email(String);

impl Email {
    /// The address.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl FromStr for Email {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let shape = text
            .split_once('@')
            .is_some_and(|(person, host)| !person.is_empty() && !host.is_empty() && !host.contains('@'));
        let stray =
            |c: char| c.is_whitespace() || c.is_control() || misleads(c) || r#"<>()[],;:"\"#.contains(c);
        if !shape || text.len() > 254 || text.chars().any(stray) {
            return Err("a mail address looks like `name@example.org` and has at most 254 characters");
        }
        Ok(Self(text.to_owned()))
    }
}

impl<'de> Deserialize<'de> for Email {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::Email;

    #[test]
    fn an_address_is_one_address_and_all_of_it_is_seen() {
        for good in ["a@b.c", "o'neil+tag@mail.example.org", "grüße@bücher.example", "a.b_c-d@x"] {
            assert!(good.parse::<Email>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "a",
            "@b.c",
            "a@",
            "a@b@c",
            "a b@c.d",
            "<a@b.c>",
            "Ann<a@b.c",
            "a@b.c,d.e",
            "a;b@c.d",
            "group:a@b.c",
            "\"a\"@b.c",
            "a\\b@c.d",
            "a@[127.0.0.1]",
            "a\u{200b}@b.c",
            "a@b\u{202e}.c",
            "a@b.c\n",
        ] {
            assert!(bad.parse::<Email>().is_err(), "{bad:?}");
        }
        assert!(format!("a@{}", "b".repeat(252)).parse::<Email>().is_ok());
        assert!(format!("a@{}", "b".repeat(253)).parse::<Email>().is_err());
    }
}
