//! What a bare handler does: one statement over the same connections, the same bytes, no question asked.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, web};
use anyhow::Context;
use bailiwick_persistence::{Row, SeaStore};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

/// Which of the row's ids stands somewhere.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    Organization,
    Project,
    Job,
    Task,
    Maker,
}

/// How a link is written.
struct Recipe {
    relation: String,
    names_id: bool,
    before: String,
    whose: Whose,
    after: String,
    methods: Vec<String>,
}

/// How a row is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Through the connections of one pool.
    Pool,
    /// As ours reads: on SQLite, on the thread that asks; from a server, over connections of that thread.
    Ours,
}

/// The connections, and how links are written for this caller.
pub struct Bare {
    store: SeaStore,
    recipes: Vec<Recipe>,
    /// The statuses that this caller may take a task to.
    may_become: Vec<String>,
}

#[derive(Serialize)]
struct Crumb<'a> {
    level: &'a str,
    id: Uuid,
    name: String,
}

#[derive(Serialize)]
struct Link<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Uuid>,
    link: String,
    methods: &'a [String],
}

#[derive(Serialize)]
struct Task<'a> {
    id: Uuid,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    updated_at: OffsetDateTime,
    version: i64,
    path: [Crumb<'a>; 3],
    links: BTreeMap<&'a str, Link<'a>>,
    project_id: Uuid,
    job_id: Uuid,
    name: String,
    description: String,
    status: String,
    assignee_id: Option<Uuid>,
    author_id: Option<Uuid>,
    reviewer_id: Option<Uuid>,
    #[serde(with = "time::serde::rfc3339::option")]
    lease_expires_at: Option<OffsetDateTime>,
    file_id: Option<Uuid>,
    may_become: &'a [String],
    parent_id: Option<Uuid>,
    image: Option<String>,
    databases: Value,
    maker_id: Option<Uuid>,
}

const SELECT: &str = "SELECT o.id, o.created_at, o.updated_at, o.version, o.maker_id, o.name, o.description, o.status, \
    o.organization_id, o.project_id, o.job_id, organization.name, project.name, job.name, o.image, o.databases, \
    o.assignee_id, o.author_id, o.reviewer_id, o.lease_expires_at, o.file_id, o.parent_id FROM tasks AS o \
    JOIN organizations AS organization ON organization.id = o.organization_id \
    JOIN projects AS project ON project.id = o.project_id JOIN jobs AS job ON job.id = o.job_id WHERE o.id = ";

impl Bare {
    /// Learns from one answer of ours how links are written.
    ///
    /// # Errors
    /// It is not what was expected.
    pub fn like(store: SeaStore, ours: &Value) -> anyhow::Result<Self> {
        let id = |at: Option<&Value>| at.and_then(Value::as_str).unwrap_or("none").to_owned();
        let path = ours.get("path").context("no path")?;
        let ids = [
            (id(path.pointer("/0/id")), Whose::Organization),
            (id(path.pointer("/1/id")), Whose::Project),
            (id(path.pointer("/2/id")), Whose::Job),
            (id(ours.get("id")), Whose::Task),
            (id(ours.get("maker_id")), Whose::Maker),
        ];
        let mut recipes = Vec::new();
        for (relation, link) in ours.get("links").and_then(Value::as_object).context("no links")? {
            let text = link.get("link").and_then(Value::as_str).context("no link")?;
            let (found, whose) = ids.iter().find(|(id, _)| text.contains(id)).context("a link to nothing")?;
            let (before, after) = text.split_once(found.as_str()).context("a link to nothing")?;
            let methods = link.get("methods").and_then(Value::as_array).context("no methods")?;
            recipes.push(Recipe {
                relation: relation.clone(),
                names_id: link.get("id").is_some(),
                before: before.to_owned(),
                whose: *whose,
                after: after.to_owned(),
                methods: methods.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect(),
            });
        }
        let may_become = ours.get("may_become").and_then(Value::as_array).context("no may_become")?;
        let may_become = may_become.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect();
        Ok(Self { store, recipes, may_become })
    }

    fn answer(&self, row: &Row) -> anyhow::Result<HttpResponse> {
        let at = |cell: usize| row.at::<Uuid>(cell);
        let text = |cell: usize| row.at::<String>(cell);
        let maybe = |cell: usize| row.at::<Option<Uuid>>(cell);
        let at_micros = |micros: i64| OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000);
        let instant = |cell: usize| anyhow::Ok(at_micros(row.at(cell)?)?);
        let (id, maker) = (at(0)?, row.at::<Option<Uuid>>(4)?);
        let (organization, project, job) = (at(8)?, at(9)?, at(10)?);
        let links = self.recipes.iter().map(|recipe| {
            let whose = match recipe.whose {
                Whose::Organization => organization,
                Whose::Project => project,
                Whose::Job => job,
                Whose::Task => id,
                Whose::Maker => maker.unwrap_or_default(),
            };
            let link = format!("{}{whose}{}", recipe.before, recipe.after);
            let link = Link { id: recipe.names_id.then_some(whose), link, methods: &recipe.methods };
            (recipe.relation.as_str(), link)
        });
        let task = Task {
            id,
            created_at: instant(1)?,
            updated_at: instant(2)?,
            version: row.at(3)?,
            path: [
                Crumb { level: "organization", id: organization, name: text(11)? },
                Crumb { level: "project", id: project, name: text(12)? },
                Crumb { level: "job", id: job, name: text(13)? },
            ],
            links: links.collect(),
            project_id: project,
            job_id: job,
            name: text(5)?,
            description: text(6)?,
            status: text(7)?,
            assignee_id: maybe(16)?,
            author_id: maybe(17)?,
            reviewer_id: maybe(18)?,
            lease_expires_at: row.at::<Option<i64>>(19)?.map(at_micros).transpose()?,
            file_id: maybe(20)?,
            may_become: &self.may_become,
            parent_id: maybe(21)?,
            image: row.at(14)?,
            databases: serde_json::from_str(&text(15)?)?,
            maker_id: self
                .recipes
                .iter()
                .any(|recipe| recipe.whose == Whose::Maker)
                .then_some(maker)
                .flatten(),
        };
        Ok(HttpResponse::Ok().json(task))
    }

    async fn find(&self, id: Uuid, way: Way) -> anyhow::Result<HttpResponse> {
        let pool = self.store.readers();
        let backend = pool.get_database_backend();
        let place = if backend == DbBackend::Postgres { "$1" } else { "?" };
        let statement = Statement::from_sql_and_values(backend, format!("{SELECT}{place}"), [id.into()]);
        let found = match way {
            Way::Pool => pool.query_one_raw(statement).await?.map(Row::Pool),
            Way::Ours => self.store.rows(statement).await?.pop(),
        };
        match found {
            Some(row) => self.answer(&row),
            None => Ok(HttpResponse::NotFound().finish()),
        }
    }
}

/// `GET /tasks/{id}`.
pub async fn show(bare: web::Data<Bare>, way: web::Data<Way>, id: web::Path<Uuid>) -> HttpResponse {
    let answer = bare.find(*id, **way).await;
    answer.unwrap_or_else(|error| HttpResponse::InternalServerError().body(error.to_string()))
}
