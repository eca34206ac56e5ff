//! What a list asks for and what it answers: filters, order, keyset pages.

use std::cmp::Ordering;

use time::OffsetDateTime;
use uuid::Uuid;

use crate::facts::Facts;
use crate::gate::Sealed;
use crate::kind::Kind;

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// Text, compared byte by byte.
    Text,
    /// An id.
    Id,
    /// Several ids.
    Ids,
    /// Several words.
    Texts,
    /// Text, of which a filter names a part.
    Part,
    /// A whole number.
    Number,
    /// The object that links to it.
    Holder,
    /// An instant.
    Time,
    /// True or false.
    Flag,
}

/// A field that lists may filter by, and sort by where `sorts` says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its name in queries, and its column.
    pub name: &'static str,
    /// What it holds.
    pub kind: FieldKind,
    /// Whether a list may be sorted by it. A field that may be absent does not sort.
    pub sorts: bool,
    /// For the id of another object that a view names only to callers who may view it: what it may be. A filter by
    /// it finds nothing for others, so that nobody learns by filtering what they may not read.
    pub names: &'static [Kind],
    /// For a word out of a few: which there are.
    pub words: &'static [&'static str],
    /// What lists are filtered by where they say nothing of it; where they say [`Self::ALL`], by nothing.
    pub unless: Option<&'static str>,
}

impl Field {
    /// What a query says of a field by which lists are filtered unasked, to have all.
    pub const ALL: &'static str = "all";

    const fn of(name: &'static str, kind: FieldKind, sorts: bool) -> Self {
        Self { name, kind, sorts, names: &[], words: &[], unless: None }
    }

    /// The field, by which lists are filtered so unless they say otherwise.
    #[must_use]
    pub const fn unless(self, otherwise: &'static str) -> Self {
        Self { unless: Some(otherwise), ..self }
    }

    /// A field of text by which lists are not sorted.
    pub const fn exact(name: &'static str) -> Self {
        Self::of(name, FieldKind::Text, false)
    }

    /// A field of text of which a filter names a part, upper and lower case of ASCII letters alike.
    pub const fn part(name: &'static str) -> Self {
        Self::of(name, FieldKind::Part, false)
    }

    /// A field of several words; a filter asks whether one is among them.
    pub const fn one_of(name: &'static str) -> Self {
        Self::of(name, FieldKind::Texts, false)
    }

    /// A field of several of these words; a filter asks whether one is among them.
    pub const fn one_of_words(name: &'static str, words: &'static [&'static str]) -> Self {
        Self { words, ..Self::one_of(name) }
    }

    /// A field that holds a whole number.
    pub const fn number(name: &'static str) -> Self {
        Self::of(name, FieldKind::Number, true)
    }

    /// A field of text.
    pub const fn text(name: &'static str) -> Self {
        Self::of(name, FieldKind::Text, true)
    }

    /// A field that holds one of these words; lists are not sorted by it.
    pub const fn word(name: &'static str, words: &'static [&'static str]) -> Self {
        Self { words, ..Self::of(name, FieldKind::Text, false) }
    }

    /// A field that holds one of these words.
    pub const fn status(name: &'static str, words: &'static [&'static str]) -> Self {
        Self { words, ..Self::text(name) }
    }

    /// A field that holds an id, perhaps absent, that every view of the object shows.
    pub const fn id(name: &'static str) -> Self {
        Self::of(name, FieldKind::Id, false)
    }

    /// A field that holds the id of another object, perhaps absent.
    pub const fn naming(name: &'static str, names: &'static [Kind]) -> Self {
        Self { names, ..Self::id(name) }
    }

    /// A field that holds the ids of several objects; a filter asks whether one is among them.
    pub const fn naming_one_of(name: &'static str, names: &'static [Kind]) -> Self {
        Self { names, ..Self::of(name, FieldKind::Ids, false) }
    }

    /// A field that stands for the object that links to it.
    pub const fn held_by(name: &'static str, names: &'static [Kind]) -> Self {
        Self { names, ..Self::of(name, FieldKind::Holder, false) }
    }

    /// A field that holds true or false.
    pub const fn flag(name: &'static str) -> Self {
        Self::of(name, FieldKind::Flag, false)
    }

    /// The fields that every kind has.
    pub const COMMON: &'static [Field] = &[
        Self::of("id", FieldKind::Id, true),
        Self::of("created_at", FieldKind::Time, true),
        Self::of("updated_at", FieldKind::Time, true),
    ];
}

/// The value of a field.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FieldValue {
    /// Absent.
    Null,
    /// Text.
    Text(String),
    /// An id.
    Id(Uuid),
    /// Several ids.
    Ids(Vec<Uuid>),
    /// Several words.
    Texts(Vec<String>),
    /// A whole number.
    Number(i64),
    /// An instant, to the microsecond.
    Time(OffsetDateTime),
    /// True or false.
    Flag(bool),
}

impl FieldValue {
    /// Whether a filter for this other value lets it through: it is the same, or has it among its ids.
    pub fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Ids(ids), Self::Id(id)) => ids.contains(id),
            (Self::Texts(words), Self::Text(word)) => words.contains(word),
            _ => self == other,
        }
    }

    /// Text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Several words.
    pub fn texts<'a>(words: impl Iterator<Item = &'a str>) -> Self {
        Self::Texts(words.map(str::to_owned).collect())
    }

    /// An id that may be absent.
    pub fn id(id: Option<Uuid>) -> Self {
        id.map_or(Self::Null, Self::Id)
    }
}

/// One condition of a list; all must hold.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Filter {
    /// The field has this value.
    Is(&'static str, FieldValue),
    /// The object of this id, which may be of one of these kinds, links to it.
    HeldBy(&'static str, Uuid),
    /// The field is later or greater.
    After(&'static str, FieldValue),
    /// The field contains this text, upper and lower case of ASCII letters alike.
    Contains(&'static str, String),
    /// The name contains this text, upper and lower case of ASCII letters alike.
    NameContains(String),
}

/// The order of a list; ties go by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sort {
    /// By which field.
    pub field: &'static str,
    /// Greatest first.
    pub descending: bool,
}

/// Where a page begins: after the object with this value and id.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Position {
    /// The value of the field that the list is sorted by.
    pub value: FieldValue,
    /// The object's id.
    pub id: Uuid,
}

/// What a list asks for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Query {
    /// Conditions.
    pub filters: Vec<Filter>,
    /// Order.
    pub sort: Sort,
    /// Where the page begins; absent for the first.
    pub after: Option<Position>,
    /// How many objects at most.
    pub limit: usize,
    /// Whether to count all objects of the list.
    pub count: bool,
    /// Objects whose facts the page is to bring along: those that the list's filters name, and its parent. Few.
    pub beside: Vec<(Kind, Uuid)>,
}

impl Default for Query {
    fn default() -> Self {
        Self {
            filters: Vec::new(),
            sort: Sort { field: "id", descending: false },
            after: None,
            limit: 50,
            count: false,
            beside: Vec::new(),
        }
    }
}

impl Query {
    /// How two objects follow each other, given their values of the sort field and their ids.
    pub fn order(&self, a: (&FieldValue, Uuid), b: (&FieldValue, Uuid)) -> Ordering {
        let order = a.0.cmp(b.0).then(a.1.cmp(&b.1));
        if self.sort.descending { order.reverse() } else { order }
    }
}

/// A page of a list.
#[derive(Debug)]
pub struct Page<T> {
    /// Its objects, in order.
    pub items: Vec<Sealed<T>>,
    /// Whether more follow.
    pub more: bool,
    /// How many there are in all, where it was asked for.
    pub total: Option<u64>,
    /// The facts of [`Query::beside`], one for each, as far as they are there.
    pub beside: Vec<Option<Facts>>,
}
