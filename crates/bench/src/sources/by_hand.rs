//! What somebody would write for one caller alone, who knew what that caller may see and never had to ask.

use anyhow::Context;
use bailiwick_domain::Object;
use bailiwick_domain::entities::Source;
use bailiwick_persistence::{Row as Found, SeaStore};
use sea_orm::Statement;
use uuid::Uuid;

use super::STUDIED;
use crate::world::{Person, What, id};
use crate::writing::Writing;

/// A source as the answer shows it, with the names on its path.
#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    pub id: Uuid,
    pub created_at: i64,
    pub updated_at: i64,
    pub version: i64,
    pub maker_id: Option<Uuid>,
    pub above: [Uuid; 2],
    pub names: [String; 2],
    pub name: String,
    pub content_type: String,
    pub language: String,
    pub abbreviation: String,
    pub revision: String,
    pub year: Option<i64>,
    pub license: String,
    pub labels: String,
    pub metadata: String,
    pub entitlements: String,
    pub status: String,
}

impl Row {
    /// The same, of what ours found.
    pub fn of(object: &Object<Source>) -> anyhow::Result<Self> {
        let mut path = object.path().map(|(_, id, name)| (id, name.to_owned()));
        let mut next = || path.next().context("a short path");
        let [organization, project] = [next()?, next()?];
        let micros = |at: time::OffsetDateTime| (at.unix_timestamp_nanos() / 1_000) as i64;
        let data = &object.data;
        let tags: Vec<&str> = data.entitlements.iter().map(|tag| tag.name()).collect();
        Ok(Self {
            id: object.id,
            created_at: micros(object.created_at),
            updated_at: micros(object.updated_at),
            version: object.version,
            maker_id: object.facts.maker.map(|maker| maker.id),
            above: [organization.0, project.0],
            names: [organization.1, project.1],
            name: data.name.clone(),
            content_type: data.content_type.word().to_owned(),
            language: data.language.clone(),
            abbreviation: data.abbreviation.clone(),
            revision: data.revision.as_str().to_owned(),
            year: data.year,
            license: data.license.clone(),
            labels: serde_json::to_string(&data.labels)?,
            metadata: serde_json::to_string(&data.metadata)?,
            entitlements: serde_json::to_string(&tags)?,
            status: data.status.word().to_owned(),
        })
    }
}

/// The sets of tags, of which somebody knows what they hold.
pub struct Sets(Vec<(Uuid, String)>);

impl Sets {
    /// All that there are.
    ///
    /// # Errors
    /// The database's.
    pub async fn read(store: &SeaStore) -> anyhow::Result<Self> {
        let rows = store.rows(Statement::from_string(
            store.readers().get_database_backend(),
            "SELECT set_id, entitlement FROM entitlement_sets",
        ));
        let read = |row: &Found| Ok((row.at(0)?, row.at(1)?));
        rows.await?
            .iter()
            .map(read)
            .collect::<Result<_, bailiwick_domain::ports::StoreError>>()
            .map(Self)
            .map_err(Into::into)
    }

    /// Those that hold one of these tags.
    fn with(&self, tags: &[&str]) -> Vec<Uuid> {
        let mut sets: Vec<Uuid> =
            self.0.iter().filter(|(_, tag)| tags.contains(&tag.as_str())).map(|(set, _)| *set).collect();
        sets.sort_unstable();
        sets.dedup();
        sets
    }
}

/// How the ids of a page are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// All sources in order, until there are enough.
    Walk,
    /// Each condition by its index, cut, and put together.
    Union,
}

/// A statement that is made once for each caller and place.
pub struct ByHand(Statement);

impl ByHand {
    /// Of who sees this much, from a position on.
    pub fn of(
        person: Person,
        way: Way,
        store: &SeaStore,
        sets: &Sets,
        after: Option<Uuid>,
        limit: usize,
    ) -> Self {
        let on = store.readers().get_database_backend();
        let mut writing = Writing { on, values: Vec::new() };
        let mut conditions = vec![("entitlement_set_id", sets.with(&["open-access", "publishable"]), None)];
        if person == Person::FiftyProjects {
            let projects = Person::fifty().map(|n| id(What::Project, n)).collect();
            conditions.push(("project_id", projects, None));
            let studied = Some(id(What::Organization, STUDIED));
            conditions.push(("entitlement_set_id", sets.with(&["content", "research-use"]), studied));
        }
        let page = match way {
            Way::Walk => {
                let any = conditions.iter().map(|(column, ids, within)| writing.among(column, ids, *within));
                let any: Vec<String> = any.collect();
                writing.latest(&format!("({})", any.join(" OR ")), after, limit)
            }
            Way::Union => {
                let pages: Vec<String> = conditions
                    .iter()
                    .enumerate()
                    .map(|(n, (column, ids, within))| {
                        let condition = writing.among(column, ids, *within);
                        format!("SELECT * FROM ({}) AS page_{n}", writing.latest(&condition, after, limit))
                    })
                    .collect();
                format!("SELECT id FROM ({}) AS pages ORDER BY id LIMIT {limit}", pages.join(" UNION "))
            }
        };
        let sql = format!(
            "SELECT o.id, o.created_at, o.updated_at, o.version, o.maker_id, o.organization_id, o.project_id, \
             organization.name, project.name, o.name, o.content_type, o.language, o.abbreviation, o.revision, \
             o.year, o.license, o.labels, o.metadata, o.entitlements, o.status \
             FROM ({page}) AS page JOIN sources AS o ON o.id = page.id \
             JOIN organizations AS organization ON organization.id = o.organization_id \
             JOIN projects AS project ON project.id = o.project_id ORDER BY o.id"
        );
        Self(Statement::from_sql_and_values(on, sql, writing.values))
    }

    /// Runs it.
    ///
    /// # Errors
    /// The database's.
    pub async fn list(&self, store: &SeaStore) -> anyhow::Result<Vec<Row>> {
        store.rows(self.0.clone()).await?.iter().map(read).collect()
    }
}

fn read(row: &Found) -> anyhow::Result<Row> {
    let id = |at: usize| row.at::<Uuid>(at);
    let text = |at: usize| row.at::<String>(at);
    let number = |at: usize| row.at::<i64>(at);
    Ok(Row {
        id: id(0)?,
        created_at: number(1)?,
        updated_at: number(2)?,
        version: number(3)?,
        maker_id: row.at(4)?,
        above: [id(5)?, id(6)?],
        names: [text(7)?, text(8)?],
        name: text(9)?,
        content_type: text(10)?,
        language: text(11)?,
        abbreviation: text(12)?,
        revision: text(13)?,
        year: row.at(14)?,
        license: text(15)?,
        labels: text(16)?,
        metadata: text(17)?,
        entitlements: text(18)?,
        status: text(19)?,
    })
}

impl Writing {
    /// A column is one of these, within an organization where one is named.
    fn among(&mut self, column: &str, ids: &[Uuid], within: Option<Uuid>) -> String {
        let places: Vec<String> = ids.iter().map(|id| self.bound(*id)).collect();
        let within = within.map(|id| format!(" AND o.organization_id = {}", self.bound(id)));
        format!("(o.{column} IN ({}){})", places.join(", "), within.unwrap_or_default())
    }

    /// The first ids of the latest for which a condition holds.
    fn latest(&mut self, condition: &str, after: Option<Uuid>, limit: usize) -> String {
        let beyond = after.map(|after| format!(" AND o.id > {}", self.bound(after))).unwrap_or_default();
        format!(
            "SELECT o.id FROM sources AS o WHERE {condition} AND o.status = 'active' AND NOT EXISTS (\
             SELECT 1 FROM sources AS n WHERE n.project_id = o.project_id AND n.line = o.line \
             AND n.edition > o.edition AND n.status = 'active'){beyond} ORDER BY o.id LIMIT {limit}"
        )
    }
}
