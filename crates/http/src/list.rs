//! Lists: what a query asks for, and cursors that are bound to their caller and their filters.

use actix_web::{HttpRequest, web};
use bailiwick_app::{Cx, FieldError, instant};
use bailiwick_domain::kind::Kind;
use bailiwick_domain::object::Entity;
use bailiwick_domain::page::{Field, FieldKind, FieldValue, Filter, Position, Query, Sort};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::problem::Problem;
use crate::request::{Pairs, take, take_flag};
use crate::state::HttpState;
use crate::views::Shows;

/// How many objects a page has unless it says otherwise.
const DEFAULT_LIMIT: usize = 50;
/// How many at most.
pub(crate) const MOST: usize = 500;

/// What the address of the next page repeats.
#[derive(Debug, Clone)]
pub struct ListParams {
    /// The path and query of this page, without its cursor.
    pub(crate) base: String,
    /// Whom and what a cursor is bound to.
    bound: String,
    key: Vec<u8>,
}

/// A cursor's content.
#[derive(Debug, Serialize, Deserialize)]
struct Cursor {
    value: CursorValue,
    id: Uuid,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum CursorValue {
    Text(String),
    Id(Uuid),
    /// Nanoseconds since the epoch.
    Time(i128),
    Flag(bool),
    Number(i64),
}

/// Filters, order and page of a list of `T`; `under` adds the filter of a nested list.
pub(crate) fn parse_list<T: Entity>(
    request: &HttpRequest,
    cx: &Cx,
    pairs: &mut Pairs,
    under: Option<(Kind, Uuid)>,
) -> Result<(Query, ListParams), Problem> {
    let state = request.app_data::<web::Data<HttpState>>().ok_or_else(Problem::unavailable)?;
    let cursor = take(pairs, "cursor")?;
    let repeated = query_string(pairs);
    let mut query = Query {
        limit: limit(take(pairs, "limit")?)?,
        count: take_flag(pairs, "count")?,
        sort: sort::<T>(take(pairs, "sort")?)?,
        ..Query::default()
    };
    if let Some(text) = take(pairs, "q")? {
        query.filters.push(Filter::NameContains(text));
    }
    if let Some(text) = take(pairs, "created_after")? {
        query.filters.push(Filter::After("created_at", FieldValue::Time(time_of("created_after", &text)?)));
    }
    for field in T::FIELDS {
        let text = take(pairs, field.name)?.or_else(|| field.unless.map(str::to_owned));
        // All is no filter, where there is one unasked.
        let text = text.filter(|text| field.unless.is_none() || text != Field::ALL);
        if let Some(text) = text {
            query.filters.push(match value(field, &text)? {
                FieldValue::Id(holder) if field.kind == FieldKind::Holder => {
                    Filter::HeldBy(field.name, holder)
                }
                FieldValue::Text(part) if field.kind == FieldKind::Part => Filter::Contains(field.name, part),
                value => Filter::Is(field.name, value),
            });
        }
    }
    query.filters.extend(under.map(hangs_under::<T>));
    let params = ListParams::of(state, cx, request.path(), &repeated);
    if let Some(cursor) = cursor {
        let position = params.open(&cursor);
        query.after = Some(position.ok_or_else(|| {
            let right = "the `next` of the page before, by the same caller with the same filters";
            Problem::invalid(vec![FieldError::new("cursor", right)])
        })?);
    }
    Ok((query, params))
}

/// The first page of what hangs under an object, where `include` asks for it.
pub(crate) fn parse_include<C: Shows>(
    request: &HttpRequest,
    cx: &Cx,
    pairs: &mut Pairs,
    under: (Kind, Uuid),
) -> Result<Option<(Query, ListParams)>, Problem> {
    let state = request.app_data::<web::Data<HttpState>>().ok_or_else(Problem::unavailable)?;
    let collection = C::COLLECTION.unwrap_or_default();
    match take(pairs, "include")? {
        None => Ok(None),
        Some(named) if named == collection => {
            let query =
                Query { limit: DEFAULT_LIMIT, filters: vec![hangs_under::<C>(under)], ..Query::default() };
            // The rest has the address of the list.
            let path = format!("{}/{collection}", request.path());
            Ok(Some((query, ListParams::of(state, cx, &path, ""))))
        }
        Some(_) => Err(Problem::invalid(vec![FieldError::new("include", format!("`{collection}`"))])),
    }
}

/// What hangs under an object, or is held by it.
fn hangs_under<T: Entity>((kind, id): (Kind, Uuid)) -> Filter {
    let held = |field: &&Field| field.kind == FieldKind::Holder && field.names.contains(&kind);
    if let Some(field) = T::FIELDS.iter().find(held) {
        return Filter::HeldBy(field.name, id);
    }
    let field = match kind {
        Kind::Organization => "organization_id",
        Kind::Project => "project_id",
        Kind::Collaboration => "collaboration_id",
        Kind::Task => "task_id",
        Kind::Source => "source_id",
        _ => "job_id",
    };
    Filter::Is(field, FieldValue::Id(id))
}

fn query_string(pairs: &Pairs) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

impl ListParams {
    fn of(state: &HttpState, cx: &Cx, path: &str, repeated: &str) -> Self {
        let principal = cx.caller.principal.map(|principal| principal.to_string()).unwrap_or_default();
        Self {
            base: if repeated.is_empty() { format!("{path}?") } else { format!("{path}?{repeated}&") },
            bound: format!("{principal}\n{path}\n{repeated}"),
            key: state.options.cursor_key.clone(),
        }
    }

    /// The cursor of the page that begins after a position.
    pub(crate) fn cursor(&self, position: &Position) -> String {
        let value = match &position.value {
            FieldValue::Text(text) => CursorValue::Text(text.clone()),
            FieldValue::Id(id) => CursorValue::Id(*id),
            FieldValue::Time(at) => CursorValue::Time(at.unix_timestamp_nanos()),
            FieldValue::Flag(flag) => CursorValue::Flag(*flag),
            FieldValue::Number(number) => CursorValue::Number(*number),
            FieldValue::Null | FieldValue::Ids(_) | FieldValue::Texts(_) => CursorValue::Text(String::new()),
        };
        let content = serde_json::to_vec(&Cursor { value, id: position.id }).unwrap_or_default();
        let mut sealed =
            self.mac(&content).map(|mac| mac.finalize().into_bytes().to_vec()).unwrap_or_default();
        sealed.truncate(16);
        sealed.extend(content);
        URL_SAFE_NO_PAD.encode(sealed)
    }

    fn open(&self, cursor: &str) -> Option<Position> {
        let sealed = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (seal, content) = sealed.split_at_checked(16)?;
        self.mac(content)?.verify_truncated_left(seal).ok()?;
        let Cursor { value, id } = serde_json::from_slice(content).ok()?;
        let value = match value {
            CursorValue::Text(text) => FieldValue::Text(text),
            CursorValue::Id(id) => FieldValue::Id(id),
            CursorValue::Time(at) => FieldValue::Time(OffsetDateTime::from_unix_timestamp_nanos(at).ok()?),
            CursorValue::Flag(flag) => FieldValue::Flag(flag),
            CursorValue::Number(number) => FieldValue::Number(number),
        };
        Some(Position { value, id })
    }

    fn mac(&self, content: &[u8]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).ok()?;
        mac.update(self.bound.as_bytes());
        mac.update(&[0]);
        mac.update(content);
        Some(mac)
    }
}

fn limit(text: Option<String>) -> Result<usize, Problem> {
    let Some(text) = text else { return Ok(DEFAULT_LIMIT) };
    text.parse()
        .ok()
        .filter(|limit| (1..=MOST).contains(limit))
        .ok_or_else(|| Problem::invalid(vec![FieldError::new("limit", format!("a number from 1 to {MOST}"))]))
}

/// The fields that lists of `T` sort by.
pub(crate) fn sortable(fields: &'static [Field]) -> impl Iterator<Item = &'static str> {
    Field::COMMON.iter().chain(fields).filter(|field| field.sorts).map(|field| field.name)
}

fn sort<T: Entity>(text: Option<String>) -> Result<Sort, Problem> {
    let Some(text) = text else { return Ok(Sort { field: "id", descending: false }) };
    let (name, descending) = match text.strip_prefix('-') {
        Some(name) => (name, true),
        None => (text.as_str(), false),
    };
    sortable(T::FIELDS).find(|field| *field == name).map(|field| Sort { field, descending }).ok_or_else(
        || {
            let names = sortable(T::FIELDS).collect::<Vec<_>>().join(", ");
            Problem::invalid(vec![FieldError::new(
                "sort",
                format!("one of {names}, with `-` before it for the reverse"),
            )])
        },
    )
}

fn value(field: &Field, text: &str) -> Result<FieldValue, Problem> {
    let wrong = |right: &str| Problem::invalid(vec![FieldError::new(field.name, right)]);
    match field.kind {
        FieldKind::Text | FieldKind::Texts if !field.words.is_empty() && !field.words.contains(&text) => {
            let all = field.unless.map(|_| Field::ALL);
            let words: Vec<&str> = field.words.iter().copied().chain(all).collect();
            Err(wrong(&format!("one of {}", words.join(", "))))
        }
        FieldKind::Text | FieldKind::Texts | FieldKind::Part => Ok(FieldValue::text(text)),
        FieldKind::Number => text.parse().map(FieldValue::Number).map_err(|_| wrong("a whole number")),
        FieldKind::Id | FieldKind::Ids | FieldKind::Holder => {
            text.parse().map(FieldValue::Id).map_err(|_| wrong("an id (UUID)"))
        }
        FieldKind::Time => Ok(FieldValue::Time(time_of(field.name, text)?)),
        FieldKind::Flag => match text {
            "true" => Ok(FieldValue::Flag(true)),
            "false" => Ok(FieldValue::Flag(false)),
            _ if field.unless.is_some() => Err(wrong("`true`, `false` or `all`")),
            _ => Err(wrong("`true` or `false`")),
        },
    }
}

fn time_of(name: &str, text: &str) -> Result<OffsetDateTime, Problem> {
    instant::parse(text).ok_or_else(|| Problem::invalid(vec![FieldError::new(name, instant::RIGHT)]))
}
