//! JSON that comes from users: looked through before anything is built of it, then read, each fault with its place.
//!
//! Some names mean something to `serde_json` itself where it builds a value: under one of them it reads a text as JSON
//! once more, as deep again as it lets a whole document be. No document says such a name here.

use std::fmt;

use serde::de::{DeserializeOwned, DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_path_to_error::Segment;

use crate::error::FieldError;

/// How many arrays and objects stand inside each other at most, the outermost not counted. Less by far than what is read
/// back, so that what is stored can stand inside of something else.
pub const DEEPEST: usize = 64;

/// How the names begin that mean something to `serde_json`.
const RESERVED: &str = "$serde_json::private::";

/// Why something is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It is no JSON; why, and where.
    Malformed(String),
    /// A field is wrong.
    Field(FieldError),
}

/// Reads JSON of a user.
///
/// # Errors
/// It is no JSON, nested deeper than [`DEEPEST`], holds a name that is reserved, or says something else than is asked for.
pub fn read<B: DeserializeOwned>(bytes: &[u8]) -> Result<B, Fault> {
    look_through(bytes)?;
    let mut json = serde_json::Deserializer::from_slice(bytes);
    serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let at = pointer(error.path());
        let inner = error.into_inner();
        Fault::Field(match inner.classify() {
            Category::Data => {
                let detail = in_words_of_json(without_position(&inner.to_string()));
                FieldError::new(with_named_field(at, &detail), detail)
            }
            // It is JSON: a value of another kind than is asked for can look like bad syntax to who reads it.
            _ => FieldError::new(at, "a value of another kind"),
        })
    })
}

/// Looks through a whole document without building anything of it.
fn look_through(bytes: &[u8]) -> Result<(), Fault> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let mut way = Way::default();
    let looked = Look(&mut way).deserialize(&mut json).and_then(|()| json.end());
    match (looked, way.refused) {
        (Ok(()), _) => Ok(()),
        (Err(_), Some(detail)) => {
            let at = way.back.iter().rev().fold(String::new(), |at, step| at + "/" + &escaped(step));
            Err(Fault::Field(FieldError::new(at, detail)))
        }
        (Err(error), None) => Err(Fault::Malformed(error.to_string())),
    }
}

/// Where in a document one is.
#[derive(Default)]
struct Way {
    /// How many arrays and objects are around.
    depth: usize,
    /// Why it is refused.
    refused: Option<String>,
    /// The way back from what is refused.
    back: Vec<String>,
}

impl Way {
    fn refuse<E: Error>(&mut self, detail: String) -> E {
        self.refused = Some(detail);
        E::custom("refused")
    }

    /// Goes into an array or an object.
    fn enter<E: Error>(&mut self) -> Result<(), E> {
        if self.depth > DEEPEST {
            return Err(self.refuse(format!("at most {DEEPEST} arrays and objects inside each other")));
        }
        self.depth += 1;
        Ok(())
    }

    /// Remembers a step, if what it leads to is refused.
    fn step<E>(&mut self, looked: Result<(), E>, name: impl FnOnce() -> String) -> Result<(), E> {
        if looked.is_err() && self.refused.is_some() {
            self.back.push(name());
        }
        looked
    }
}

/// Looks at one value.
struct Look<'w>(&'w mut Way);

impl<'de> DeserializeSeed<'de> for Look<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Look<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Self(way) = self;
        way.enter()?;
        for at in 0_usize.. {
            match items.next_element_seed(Look(way)) {
                Ok(Some(())) => {}
                Ok(None) => break,
                Err(error) => return way.step(Err(error), || at.to_string()),
            }
        }
        way.depth -= 1;
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let Self(way) = self;
        way.enter()?;
        while let Some(name) = fields.next_key::<String>()? {
            let looked = if name.starts_with(RESERVED) {
                Err(way
                    .refuse("another name: those that begin like this one are the server's own".to_owned()))
            } else {
                fields.next_value_seed(Look(way))
            };
            way.step(looked, || name)?;
        }
        way.depth -= 1;
        Ok(())
    }
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    path.iter().fold(String::new(), |pointer, segment| match segment {
        Segment::Seq { index } => format!("{pointer}/{index}"),
        Segment::Map { key } => format!("{pointer}/{}", escaped(key)),
        Segment::Enum { .. } | Segment::Unknown => pointer,
    })
}

/// A name as it stands in a pointer.
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// The path of a field that is missing ends at its parent, of one that is unknown or there twice it may: the name
/// stands in the message.
fn with_named_field(pointer: String, detail: &str) -> String {
    let begins = [("missing field `", true), ("unknown field `", false), ("duplicate field `", false)];
    let named = begins.iter().find_map(|(begin, always)| Some((detail.strip_prefix(begin)?, *always)));
    let Some((name, always)) = named.and_then(|(rest, always)| Some((rest.split('`').next()?, always)))
    else {
        return pointer;
    };
    let last = format!("/{}", escaped(name));
    if !always && pointer.ends_with(&last) { pointer } else { pointer + &last }
}

fn without_position(message: &str) -> String {
    message.rfind(" at line ").and_then(|at| message.get(..at)).unwrap_or(message).to_owned()
}

/// What was found and what would be right, as who writes JSON calls them: `serde` speaks of the types of this program.
fn in_words_of_json(message: String) -> String {
    let Some((found, wanted)) = message.rsplit_once(", expected ") else { return message };
    let found = match found {
        "invalid type: map" => "invalid type: an object",
        "invalid type: sequence" => "invalid type: an array",
        other => other,
    };
    let whole = |least: i128, most: i128| format!("a whole number from {least} to {most}");
    let wanted = match wanted.split(' ').next().unwrap_or_default() {
        "struct" | "map" => "an object".to_owned(),
        "tuple" => "an array".to_owned(),
        "u8" => whole(0, u8::MAX.into()),
        "u16" => whole(0, u16::MAX.into()),
        "u32" => whole(0, u32::MAX.into()),
        "u64" | "usize" => whole(0, u64::MAX.into()),
        "i32" => whole(i32::MIN.into(), i32::MAX.into()),
        "i64" => whole(i64::MIN.into(), i64::MAX.into()),
        _ => match wanted {
            "a map" => "an object".to_owned(),
            "a sequence" => "an array".to_owned(),
            other => other.to_owned(),
        },
    };
    format!("{found}, expected {wanted}")
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::Value;

    use super::*;

    fn refused(text: &str) -> String {
        match read::<Value>(text.as_bytes()) {
            Err(Fault::Field(fault)) => fault.pointer,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn names_of_the_reader_are_refused_however_they_are_written() {
        for name in [
            "$serde_json::private::RawValue",
            "\\u0024serde_json::private::RawValue",
            "$serde_json::private::\\u0052awValue",
            "$serde_json::private::Number",
        ] {
            assert!(refused(&format!(r#"{{"{name}": "1"}}"#)).starts_with("/$serde_json"), "{name}");
            assert!(
                refused(&format!(r#"{{"a": [0, {{"b~": {{"{name}": "1"}}}}]}}"#)).starts_with("/a/1/b~0/$")
            );
        }
        assert!(read::<Value>(br#"{"a": "$serde_json::private::RawValue", "$serde_json": 1}"#).is_ok());
    }

    #[test]
    fn so_deep_and_no_deeper() {
        let arrays = |count: usize| format!("{{\"a\":{}{}}}", "[".repeat(count), "]".repeat(count));
        assert!(read::<Value>(arrays(DEEPEST).as_bytes()).is_ok());
        assert_eq!(refused(&arrays(DEEPEST + 1)), format!("/a{}", "/0".repeat(DEEPEST)));
        let objects = |count: usize| format!("{}1{}", "{\"a\":".repeat(count), "}".repeat(count));
        assert!(read::<Value>(objects(DEEPEST + 1).as_bytes()).is_ok());
        assert_eq!(refused(&objects(DEEPEST + 2)), "/a".repeat(DEEPEST + 1));
        // Beside each other there may be many.
        let flat = format!("[{}[]]", "[[]],".repeat(1_000));
        assert!(read::<Value>(flat.as_bytes()).is_ok());
    }

    #[test]
    fn a_fault_speaks_of_json_and_not_of_types_of_this_program() {
        #[derive(Debug, Deserialize)]
        struct Outer {
            _inner: Option<Inner>,
            _count: Option<u16>,
            _names: Option<Vec<String>>,
            _by_name: Option<std::collections::BTreeMap<String, i64>>,
        }
        #[derive(Debug, Deserialize)]
        struct Inner {
            _word: Word,
        }
        #[derive(Debug, Deserialize)]
        enum Word {
            One,
        }
        let told = |text: &str| match read::<Outer>(text.as_bytes()) {
            Err(Fault::Field(fault)) => format!("{}: {}", fault.pointer, fault.detail),
            other => panic!("{text}: {other:?}"),
        };
        for (text, wanted) in [
            (r#"{"_inner": "a"}"#, "/_inner: invalid type: string \"a\", expected an object"),
            (r#"{"_inner": {"_word": 1}}"#, "/_inner/_word: a value of another kind"),
            (r#"{"_inner": {"_word": "two"}}"#, "/_inner/_word: unknown variant `two`, expected `One`"),
            (
                r#"{"_count": 65536}"#,
                "/_count: invalid value: integer `65536`, expected a whole number from 0 to 65535",
            ),
            (r#"{"_names": {}}"#, "/_names: invalid type: an object, expected an array"),
            (r#"{"_names": [[]]}"#, "/_names/0: invalid type: an array, expected a string"),
            (r#"{"_by_name": []}"#, "/_by_name: invalid type: an array, expected an object"),
        ] {
            assert_eq!(told(text), wanted);
        }
    }

    #[test]
    fn what_is_no_json_is_told_so() {
        for text in ["", "{", "{} {}", "[1,]", "\"\\ud800\"", "1e999"] {
            assert!(matches!(read::<Value>(text.as_bytes()), Err(Fault::Malformed(_))), "{text}");
        }
    }
}
