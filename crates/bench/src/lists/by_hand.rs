//! What somebody would write for one caller alone, who knew what that caller may see and never had to ask.

use anyhow::Context;
use bailiwick_domain::Object;
use bailiwick_domain::entities::Task;
use bailiwick_persistence::{Row as Found, SeaStore};
use sea_orm::{DbBackend, Statement};
use serde_json::Value;
use uuid::Uuid;

use super::facts::{self, Facts};
use crate::world::{Person, What, id};
use crate::writing::Writing;

/// A task as the answer shows it, with the names on its path.
#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    pub id: Uuid,
    pub created_at: i64,
    pub updated_at: i64,
    pub version: i64,
    pub maker_id: Option<Uuid>,
    pub assignee_id: Option<Uuid>,
    pub author_id: Option<Uuid>,
    pub reviewer_id: Option<Uuid>,
    pub lease_expires_at: Option<i64>,
    pub file_id: Option<Uuid>,
    pub parent_id: Option<Uuid>,
    pub above: [Uuid; 3],
    pub names: [String; 3],
    pub name: String,
    pub description: String,
    pub status: String,
    pub image: Option<String>,
    pub databases: Value,
}

impl Row {
    /// The same, of what ours found.
    pub fn of(object: &Object<Task>) -> anyhow::Result<Self> {
        let mut path = object.path().map(|(_, id, name)| (id, name.to_owned()));
        let mut next = || path.next().context("a short path");
        let [organization, project, job] = [next()?, next()?, next()?];
        let micros = |at: time::OffsetDateTime| (at.unix_timestamp_nanos() / 1_000) as i64;
        Ok(Self {
            id: object.id,
            created_at: micros(object.created_at),
            updated_at: micros(object.updated_at),
            version: object.version,
            maker_id: object.facts.maker.map(|maker| maker.id),
            assignee_id: object.data.assignee_id,
            author_id: object.data.author_id,
            reviewer_id: object.data.reviewer_id,
            lease_expires_at: object.data.lease_expires_at.map(micros),
            file_id: object.data.file_id,
            parent_id: object.data.parent_id,
            above: [organization.0, project.0, job.0],
            names: [organization.1, project.1, job.1],
            name: object.data.name.clone(),
            description: object.data.description.clone(),
            status: object.data.status.word().to_owned(),
            image: object.data.image.clone(),
            databases: serde_json::to_value(&object.data.databases)?,
        })
    }
}

/// How much is read of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// What is shown of it, with the names on its path.
    Shown,
    /// What its links are worked out from as well: the facts of everything and everybody that it names.
    Facts,
}

/// A statement that is made once for each caller and place.
pub struct ByHand {
    statement: Statement,
    reads: Reads,
}

impl ByHand {
    /// Of who sees this much, from a position on.
    pub fn of(person: Person, on: DbBackend, after: Option<Uuid>, limit: usize, reads: Reads) -> Self {
        let mut writing = Writing { on, values: Vec::new() };
        let page = writing.page(person, after, limit);
        let (more, joins) = if reads == Reads::Facts { (facts::COLUMNS, facts::JOINS) } else { ("", "") };
        let sql = format!(
            "SELECT o.id, o.created_at, o.updated_at, o.version, o.maker_id, o.assignee_id, o.parent_id, \
             o.organization_id, o.project_id, o.job_id, organization.name, project.name, job.name, o.name, \
             o.description, o.status, o.author_id, o.reviewer_id, o.lease_expires_at, o.file_id, o.image, \
             o.databases{more} \
             FROM ({page}) AS page JOIN tasks AS o ON o.id = page.id \
             JOIN organizations AS organization ON organization.id = o.organization_id \
             JOIN projects AS project ON project.id = o.project_id JOIN jobs AS job ON job.id = o.job_id{joins} \
             ORDER BY o.id"
        );
        Self { statement: Statement::from_sql_and_values(on, sql, writing.values), reads }
    }

    /// Runs it.
    ///
    /// # Errors
    /// The database's.
    pub async fn list(&self, store: &SeaStore) -> anyhow::Result<Vec<Row>> {
        let rows = store.rows(self.statement.clone()).await?;
        if self.reads == Reads::Facts {
            for row in &rows {
                std::hint::black_box(Facts::read(row)?);
            }
        }
        rows.iter().map(read).collect()
    }
}

fn read(row: &Found) -> anyhow::Result<Row> {
    let id = |at: usize| row.at::<Uuid>(at);
    let maybe = |at: usize| row.at::<Option<Uuid>>(at);
    let text = |at: usize| row.at::<String>(at);
    let number = |at: usize| row.at::<i64>(at);
    Ok(Row {
        id: id(0)?,
        created_at: number(1)?,
        updated_at: number(2)?,
        version: number(3)?,
        maker_id: maybe(4)?,
        assignee_id: maybe(5)?,
        parent_id: maybe(6)?,
        above: [id(7)?, id(8)?, id(9)?],
        names: [text(10)?, text(11)?, text(12)?],
        name: text(13)?,
        description: text(14)?,
        status: text(15)?,
        author_id: maybe(16)?,
        reviewer_id: maybe(17)?,
        lease_expires_at: row.at(18)?,
        file_id: maybe(19)?,
        image: row.at(20)?,
        databases: serde_json::from_str(&text(21)?)?,
    })
}

impl Writing {
    /// The ids of one page.
    fn page(&mut self, person: Person, after: Option<Uuid>, limit: usize) -> String {
        match person {
            Person::Everything => self.cut("1 = 1", after, limit),
            Person::Nothing => self.cut("1 = 0", after, limit),
            Person::OneJob => self.equal("job_id", id(What::Job, 0), after, limit),
            Person::OneOrganization => self.equal("organization_id", id(What::Organization, 7), after, limit),
            Person::FiftyProjects => self.fifty(after, limit),
            Person::OwnTasks => {
                let me = person.id();
                let assigned = self.equal("assignee_id", me, after, limit);
                let (me, home) = (self.bound(me), self.bound(id(What::Organization, 0)));
                let at_home = match self.on {
                    // It is not to read in the order of another index.
                    DbBackend::Postgres => format!("COALESCE(organization_id = {home}, FALSE)"),
                    _ => format!("organization_id = {home}"),
                };
                let made = format!("maker_kind = 'user' AND maker_id = {me} AND {at_home}");
                let made = self.cut(&made, after, limit);
                format!(
                    "SELECT id FROM (SELECT * FROM ({assigned}) AS assigned UNION \
                     SELECT * FROM ({made}) AS made) AS own ORDER BY id LIMIT {limit}"
                )
            }
        }
    }

    fn fifty(&mut self, after: Option<Uuid>, limit: usize) -> String {
        let projects = Person::fifty().map(|n| id(What::Project, n));
        if self.on != DbBackend::Postgres {
            let places: Vec<String> = projects.map(|id| self.bound(id)).collect();
            return self.cut(&format!("project_id IN ({})", places.join(", ")), after, limit);
        }
        // Of these, one task in twenty is: the fastest is to read all in order, and stop.
        let projects: Vec<String> = projects.map(|id| id.to_string()).collect();
        let projects = self.bound(format!("{{{}}}", projects.join(",")));
        self.cut(&format!("project_id = ANY((SELECT {projects}::uuid[])::uuid[])"), after, limit)
    }

    fn equal(&mut self, column: &str, id: Uuid, after: Option<Uuid>, limit: usize) -> String {
        let id = self.bound(id);
        self.cut(&format!("{column} = {id}"), after, limit)
    }

    /// The first ids for which a condition holds.
    fn cut(&mut self, condition: &str, after: Option<Uuid>, limit: usize) -> String {
        let beyond = after.map(|after| format!(" AND id > {}", self.bound(after))).unwrap_or_default();
        format!("SELECT id FROM tasks WHERE {condition}{beyond} ORDER BY id LIMIT {limit}")
    }
}

/// The id after which page 1,000 begins.
///
/// # Errors
/// The database's; there are not so many.
pub async fn before_page_1000(store: &SeaStore, person: Person, page: usize) -> anyhow::Result<Option<Uuid>> {
    let last = 999 * page;
    let by_hand = ByHand::of(person, store.readers().get_database_backend(), None, last, Reads::Shown);
    let rows = by_hand.list(store).await?;
    if person == Person::Nothing {
        return Ok(None);
    }
    anyhow::ensure!(rows.len() == last, "{}: {} tasks are fewer than 999 pages", person.words(), rows.len());
    Ok(Some(rows.last().context("no task")?.id))
}
