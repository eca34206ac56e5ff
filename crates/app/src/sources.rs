//! Sources: making and changing them, into the trash and out of it.

use std::str::FromStr;

use bailiwick_domain::access::Entitlement;
use bailiwick_domain::entities::{ContentType, Project, Revision, Shelf, Source, SourceLabel};
use bailiwick_domain::gate::{Edit, Granted};
use bailiwick_domain::guards;
use bailiwick_domain::kind::{Kind, Operation};
use bailiwick_domain::object::Changed;
use bailiwick_domain::ports::Unit;
use bailiwick_domain::reason::Guard;
use bailiwick_domain::{Entity, Gate};
use oxilangtag::LanguageTag;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use uuid::Uuid;

mod bodies;
pub mod contents;
pub mod imports;

pub use bodies::schema;

use crate::create::{create_under, nothing_more};
use crate::cx::Cx;
use crate::edit::edit;
use crate::error::{AppError, FieldError};
use crate::patch::{nullable, within};
use crate::read::Shown;

/// How many bytes metadata have at most.
const LONGEST_METADATA: usize = 64 * 1_024;
/// How many entitlements a source has at most.
const MOST_ENTITLEMENTS: usize = 32;

macro_rules! short_text {
    ($(#[$doc:meta])* $name:ident, $schema:literal, $parse:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(value_type = String, pattern = $schema))]
        pub struct $name(String);

        impl FromStr for $name {
            type Err = &'static str;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let parse: fn(&str) -> Result<String, &'static str> = $parse;
                parse(text).map(Self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

short_text!(
    /// A language: a tag of BCP 47, written as it is written there.
    Language,
    "^[A-Za-z0-9-]{2,35}$",
    |text| {
        let tag = LanguageTag::parse_and_normalize(text).ok().filter(|tag| tag.as_str().len() <= 35);
        tag.map(LanguageTag::into_inner).ok_or("a language tag of BCP 47, as `en`, `hin` or `pt-BR`")
    }
);
short_text!(
    /// What a version is called for short.
    Abbreviation,
    "^[A-Za-z0-9][A-Za-z0-9-]{0,19}$",
    |text| {
        let good = text.starts_with(|first: char| first.is_ascii_alphanumeric())
            && text.len() <= 20
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if good { Ok(text.to_owned()) } else { Err("1 to 20 letters, digits and `-`, as `KJV`") }
    }
);
short_text!(
    /// A license: an identifier of SPDX, or other words.
    License,
    "^.{0,200}$",
    |text| {
        if text.chars().count() <= 200 && !text.chars().any(char::is_control) {
            Ok(text.to_owned())
        } else {
            Err("at most 200 characters on one line, as `CC-BY-4.0`")
        }
    }
);

/// A new source.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewSource {
    /// What contents it has. It stays.
    pub content_type: ContentType,
    /// Its language.
    pub language: Language,
    /// What its version is called for short.
    pub abbreviation: Abbreviation,
    /// Which revision of the version.
    pub revision: Revision,
    /// When it appeared.
    pub year: Option<i64>,
    /// Under which license.
    pub license: Option<License>,
    /// How far it is.
    #[serde(default)]
    pub labels: Vec<SourceLabel>,
    /// What else there is to say of it: an object.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(value_type = Object))]
    pub metadata: Map<String, Value>,
    /// The tags that access rules speak of. Without any, grants alone open it.
    #[serde(default)]
    pub entitlements: Vec<String>,
}

/// Changes of a source. What is left out stays as it is.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SourcePatch {
    /// Its language.
    pub language: Option<Language>,
    /// What its version is called for short.
    pub abbreviation: Option<Abbreviation>,
    /// Which revision of the version.
    pub revision: Option<Revision>,
    /// When it appeared; `null` where nobody knows.
    #[serde(default, deserialize_with = "nullable")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<i64>))]
    pub year: Option<Option<i64>>,
    /// Under which license.
    pub license: Option<License>,
    /// How far it is: all labels.
    pub labels: Option<Vec<SourceLabel>>,
    /// What else there is to say of it: a merge patch, in which `null` takes a field away.
    #[cfg_attr(feature = "schema", schema(value_type = Option<Object>))]
    pub metadata: Option<Map<String, Value>>,
    /// The tags that access rules speak of: all of them.
    pub entitlements: Option<Vec<String>>,
}

/// Makes a source in a project.
///
/// # Errors
/// The denial; another one of the same language, version, revision and type; an entitlement that the access rules do not
/// know.
pub async fn create_source(cx: &Cx, project: Uuid, body: NewSource) -> Result<Shown<'_, Source>, AppError> {
    let data = async |_: &dyn Unit, _: &_| {
        let mut source = Source {
            name: String::new(),
            content_type: body.content_type,
            language: body.language.0.clone(),
            abbreviation: body.abbreviation.0.clone(),
            revision: body.revision.clone(),
            year: body.year,
            license: body.license.clone().map(|license| license.0).unwrap_or_default(),
            labels: body.labels.clone(),
            metadata: Value::Object(body.metadata.clone()),
            entitlements: entitlements(&cx.gate, &body.entitlements)?,
            status: Shelf::Active,
            latest: true,
        };
        settle(&mut source)?;
        Ok(source)
    };
    create_under::<Project, Source>(cx, project, data, nothing_more).await
}

/// Changes a source.
///
/// # Errors
/// The denial; those of [`create_source`]; it is in the trash.
pub async fn edit_source(cx: &Cx, id: Uuid, body: SourcePatch) -> Result<Shown<'_, Source>, AppError> {
    edit::<Edit, Source>(cx, id, async |_, granted| {
        let mut source = granted.object().data.clone();
        in_use(source.status, &granted)?;
        if let Some(language) = &body.language {
            source.language.clone_from(&language.0);
        }
        if let Some(abbreviation) = &body.abbreviation {
            source.abbreviation.clone_from(&abbreviation.0);
        }
        if let Some(revision) = &body.revision {
            source.revision.clone_from(revision);
        }
        if let Some(year) = body.year {
            source.year = year;
        }
        if let Some(license) = &body.license {
            source.license.clone_from(&license.0);
        }
        if let Some(labels) = &body.labels {
            source.labels.clone_from(labels);
        }
        if let Some(metadata) = &body.metadata {
            json_patch::merge(&mut source.metadata, &Value::Object(metadata.clone()));
        }
        if let Some(tags) = &body.entitlements {
            let tags = entitlements(&cx.gate, tags)?;
            guards::may_retag(&cx.gate, granted.caller(), granted.facts(), (&source.entitlements, &tags))
                .map_err(|denial| AppError::denied(denial, id))?;
            source.entitlements = tags;
        }
        settle(&mut source)?;
        Ok(granted.change(cx.gate.now(), |data| *data = source))
    })
    .await
}

/// Puts a source into the trash: no access rule opens it, and lists leave it out unless they are asked.
///
/// # Errors
/// The denial.
pub async fn trash_source(cx: &Cx, id: Uuid) -> Result<Shown<'_, Source>, AppError> {
    shelve(cx, id, Shelf::Trashed).await
}

/// Takes a source out of the trash.
///
/// # Errors
/// The denial.
pub async fn restore_source(cx: &Cx, id: Uuid) -> Result<Shown<'_, Source>, AppError> {
    shelve(cx, id, Shelf::Active).await
}

async fn shelve(cx: &Cx, id: Uuid, to: Shelf) -> Result<Shown<'_, Source>, AppError> {
    edit::<Edit, Source>(cx, id, async |_, granted| {
        Ok::<Changed<Source>, AppError>(granted.change(cx.gate.now(), |source| source.status = to))
    })
    .await
}

/// Refuses to change what is in the trash.
pub(crate) fn in_use<T: Entity>(status: Shelf, granted: &Granted<'_, Edit, T>) -> Result<(), AppError> {
    match status {
        Shelf::Active => Ok(()),
        Shelf::Trashed => {
            Err(Gate::guarded(Guard::Trashed, Operation::Edit, T::KIND, granted.facts()).into())
        }
    }
}

/// Refuses to make contents in a source that is in the trash.
pub(crate) fn takes_contents(status: Shelf, source: &bailiwick_domain::Facts) -> Result<(), AppError> {
    match status {
        Shelf::Active => Ok(()),
        Shelf::Trashed => Err(Gate::guarded(Guard::Trashed, Operation::Create, Kind::Content, source).into()),
    }
}

/// What follows from the fields of a source, and whether they are good.
fn settle(source: &mut Source) -> Result<(), AppError> {
    within("/year", source.year, -9999..=9999)?;
    source.labels.sort_unstable();
    source.labels.dedup();
    if source.metadata.to_string().len() > LONGEST_METADATA {
        return Err(AppError::invalid("/metadata", format!("at most {LONGEST_METADATA} bytes of JSON")));
    }
    if let Some(place) = bodies::nul(&source.metadata) {
        return Err(AppError::invalid(format!("/metadata{place}"), "a text has no NUL character"));
    }
    source.name = source.named();
    Ok(())
}

/// Entitlements by name, sorted, each once.
fn entitlements(gate: &Gate, names: &[String]) -> Result<Vec<Entitlement>, AppError> {
    let known = gate.policy().access().entitlements();
    let of_projects = [Entitlement::PUBLIC, Entitlement::PRIVATE];
    let right = || {
        let names =
            known.iter().filter(|tag| !of_projects.contains(tag)).map(|tag| format!("`{}`", tag.name()));
        format!("an entitlement of the access rules for sources: {}", names.collect::<Vec<_>>().join(", "))
    };
    let mut found = Vec::with_capacity(names.len());
    let mut faults = Vec::new();
    for (at, name) in names.iter().enumerate() {
        let tag = Entitlement::new(name);
        if known.contains(&tag) && !of_projects.contains(&tag) {
            found.push(tag);
        } else {
            faults.push(FieldError::new(format!("/entitlements/{at}"), right()));
        }
    }
    if !faults.is_empty() {
        return Err(AppError::Invalid(faults));
    }
    if found.len() > MOST_ENTITLEMENTS {
        return Err(AppError::invalid("/entitlements", format!("at most {MOST_ENTITLEMENTS}")));
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}
