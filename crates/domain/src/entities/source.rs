//! Sources: texts and other works of a project, whose readers access rules decide by their entitlements.

use std::str::FromStr;

use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use crate::access::Entitlement;
use crate::facts::Facts;
use crate::ids::ChildOf;
use crate::kind::{Kind, words};
use crate::object::{Entity, Unguarded};
use crate::page::{Field, FieldValue};

words! {
    /// What contents a source has.
    ContentType {
        /// Scripture, by book, chapter and verse.
        Scripture = "scripture",
        /// What is said of scripture.
        Commentary = "commentary",
        /// Words and what they mean.
        Dictionary = "dictionary",
        /// Pictures, sound and films, by reference.
        Media = "media",
        /// Plain documents.
        Document = "document",
    }
}

words! {
    /// How far a source is.
    SourceLabel {
        /// To be listed first, whatever its revision.
        Latest = "latest",
        /// Made public.
        Published = "published",
        /// Not finished.
        Draft = "draft",
        /// For a chosen few.
        Private = "private",
        /// Not to be used any more.
        Deprecated = "deprecated",
        /// To try things with.
        Test = "test",
    }
}

words! {
    /// Whether an object is in the trash.
    Shelf {
        /// It is not.
        Active = "active",
        /// It is: no access rule opens it, and it comes back when it is restored.
        Trashed = "trashed",
    }
}

/// Numbers with dots between, ordered number by number: `1.9` comes before `1.10`. One to five of up to nine digits.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(value_type = String, pattern = r"^(0|[1-9][0-9]{0,8})(\.(0|[1-9][0-9]{0,8})){0,4}$"))]
pub struct Revision(String);

impl Revision {
    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Text that is ordered as its numbers are.
    fn order(&self) -> String {
        self.0.split('.').map(|number| format!("{number:0>9}")).collect::<Vec<_>>().join(".")
    }
}

impl FromStr for Revision {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = |part: &str| (1..=9).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        if text.split('.').all(number) && text.split('.').count() <= 5 {
            Ok(Self(text.to_owned()))
        } else {
            Err("one to five numbers of up to nine digits with dots between, as 1.10")
        }
    }
}

impl<'de> Deserialize<'de> for Revision {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let revision: Self = String::deserialize(from)?.parse().map_err(serde::de::Error::custom)?;
        // `1` and `01` would be the same number under two names.
        if revision.0.split('.').any(|number| number.len() > 1 && number.starts_with('0')) {
            return Err(serde::de::Error::custom("numbers without noughts before them, as 1.10"));
        }
        Ok(revision)
    }
}

/// A text or other work of a project. Language, version, revision and content type together name it.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// `LANGUAGE_ABBREVIATION_REVISION_TYPE`: unique in the project.
    pub name: String,
    /// What contents it has.
    pub content_type: ContentType,
    /// Its language: a tag of BCP 47.
    pub language: String,
    /// The abbreviation of its version, such as KJV.
    pub abbreviation: String,
    /// Which revision of the version.
    pub revision: Revision,
    /// When it appeared.
    pub year: Option<i64>,
    /// Under which license: an identifier of SPDX or other words.
    pub license: String,
    /// How far it is.
    pub labels: Vec<SourceLabel>,
    /// What else there is to say of it: an object.
    pub metadata: Value,
    /// The tags that access rules speak of, sorted.
    pub entitlements: Vec<Entitlement>,
    /// Whether it is in the trash.
    pub status: Shelf,
    /// Whether no other one of its language, version and type comes before it: the one labelled so, then that of the
    /// highest revision, what is in the trash apart. Follows from the others; storage tells it and keeps it not.
    pub latest: bool,
}

impl Source {
    /// The name that follows from what names it.
    pub fn named(&self) -> String {
        let Self { language, abbreviation, revision, content_type, .. } = self;
        format!("{language}_{abbreviation}_{}_{content_type}", revision.as_str())
    }

    /// What sources have in common of which one is the latest.
    pub fn line(&self) -> String {
        format!("{}/{}/{}", self.language, self.abbreviation, self.content_type)
    }

    /// Text that is ordered as the sources of a line are: those that are labelled so after the others, then by revision.
    pub fn edition(&self) -> String {
        format!("{}/{}", u8::from(self.labels.contains(&SourceLabel::Latest)), self.revision.order())
    }
}

impl Entity for Source {
    const KIND: Kind = Kind::Source;
    const FIELDS: &'static [Field] = &[
        Field::text("name"),
        Field::status("content_type", ContentType::WORDS),
        Field::text("language"),
        Field::text("abbreviation"),
        Field::exact("revision"),
        Field::text("edition"),
        Field::exact("license"),
        Field::one_of_words("label", SourceLabel::WORDS),
        Field::one_of("entitlement"),
        Field::word("status", Shelf::WORDS).unless("active"),
        Field::flag("latest").unless("true"),
        Field::id("organization_id"),
        Field::id("project_id"),
    ];

    fn name(&self) -> &str {
        &self.name
    }

    fn value(&self, field: &str) -> FieldValue {
        match field {
            "content_type" => FieldValue::text(self.content_type.word()),
            "language" => FieldValue::text(&self.language),
            "abbreviation" => FieldValue::text(&self.abbreviation),
            "revision" => FieldValue::text(self.revision.as_str()),
            "edition" => FieldValue::Text(self.edition()),
            "license" => FieldValue::text(&self.license),
            "label" => FieldValue::texts(self.labels.iter().map(|label| label.word())),
            "entitlement" => FieldValue::texts(self.entitlements.iter().map(Entitlement::name)),
            "status" => FieldValue::text(self.status.word()),
            "latest" => FieldValue::Flag(self.latest),
            _ => FieldValue::Null,
        }
    }

    fn settle(&self, facts: &mut Facts) {
        let own = match self.status {
            Shelf::Active => self.entitlements.as_slice(),
            Shelf::Trashed => &[],
        };
        carry(facts, self.status, own);
    }

    fn record(&self) -> Value {
        json!({
            "name": self.name, "year": self.year, "license": self.license, "labels": self.labels,
            "metadata": self.metadata, "entitlements": self.entitlements, "status": self.status,
        })
    }
}

/// Puts the tags of an object beside those of its project; of what is in the trash, access rules speak no more.
pub fn carry(facts: &mut Facts, status: Shelf, own: &[Entitlement]) {
    match status {
        Shelf::Trashed => facts.entitlements.clear(),
        Shelf::Active => {
            facts.entitlements.retain(|tag| [Entitlement::PUBLIC, Entitlement::PRIVATE].contains(tag));
            facts.entitlements.extend(own.iter().cloned());
        }
    }
}

impl Unguarded for Source {}
impl ChildOf<super::Project> for Source {}
