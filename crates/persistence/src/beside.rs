//! Objects that a list is asked about beside its page, each joined by its id to the row that is always there.

use bailiwick_domain::ports::StoreError;
use bailiwick_domain::{Facts, Kind};
use sea_orm::DbBackend;
use sea_orm::sea_query::{Expr, ExprTrait, JoinType, SelectStatement};
use uuid::Uuid;

use crate::blocks;
use crate::cells::Cells;
use crate::near::join;

/// What the rows of one such object are called: its own, its job's and its project's.
type Names = [&'static str; 3];

/// For each of them. Lists have fewer filters that name objects than that.
const NAMES: [Names; 10] = [
    ["beside_0", "beside_0_job", "beside_0_project"],
    ["beside_1", "beside_1_job", "beside_1_project"],
    ["beside_2", "beside_2_job", "beside_2_project"],
    ["beside_3", "beside_3_job", "beside_3_project"],
    ["beside_4", "beside_4_job", "beside_4_project"],
    ["beside_5", "beside_5_job", "beside_5_project"],
    ["beside_6", "beside_6_job", "beside_6_project"],
    ["beside_7", "beside_7_job", "beside_7_project"],
    ["beside_8", "beside_8_job", "beside_8_project"],
    ["beside_9", "beside_9_job", "beside_9_project"],
];

/// Joins these objects and selects what tells their facts.
///
/// # Errors
/// They are too many.
pub fn select(
    statement: &mut SelectStatement,
    objects: &[(Kind, Uuid)],
    backend: DbBackend,
) -> Result<(), StoreError> {
    if objects.len() > NAMES.len() {
        return Err(StoreError::Corrupt(format!("a list asks about {} objects beside", objects.len())));
    }
    for (&(kind, id), names) in objects.iter().zip(NAMES) {
        select_one(statement, kind, id, names, backend);
    }
    Ok(())
}

fn select_one(
    statement: &mut SelectStatement,
    kind: Kind,
    id: Uuid,
    [own, job, project]: Names,
    backend: DbBackend,
) {
    let Some(table) = table(kind) else { return };
    statement.join_as(JoinType::LeftJoin, table, own, Expr::col((own, "id")).eq(id));
    match kind {
        Kind::Organization => blocks::select_organization(statement, own),
        Kind::Project => blocks::select_project(statement, own),
        Kind::Job => {
            join(statement, "projects", project, (own, "project_id"));
            blocks::select_project(statement, project);
            blocks::select_job(statement, own);
        }
        Kind::Task => {
            join(statement, "projects", project, (own, "project_id"));
            join(statement, "jobs", job, (own, "job_id"));
            blocks::select_project(statement, project);
            blocks::select_job(statement, job);
            blocks::select_task(statement, own);
        }
        Kind::File | Kind::Label | Kind::Dataset => {
            join(statement, "projects", project, (own, "project_id"));
            blocks::select_project(statement, project);
            blocks::select_thing(statement, own);
            if kind != Kind::Dataset {
                blocks::select_lent(statement, own, backend);
            }
        }
        Kind::Source => {
            join(statement, "projects", project, (own, "project_id"));
            blocks::select_project(statement, project);
            blocks::select_source(statement, own);
        }
        Kind::User => blocks::select_user(statement, own),
        Kind::Role => blocks::select_role(statement, own),
        Kind::Node => blocks::select_node(statement, own),
        Kind::ApiKey => {
            join(statement, "projects", project, (own, "project_id"));
            blocks::select_api_key(statement, own, project);
        }
        _ => blocks::select_collaboration(statement, own, backend),
    }
}

/// What [`select`] selected.
pub fn read(cells: &mut Cells<'_>, objects: &[(Kind, Uuid)]) -> Result<Vec<Option<Facts>>, StoreError> {
    objects.iter().map(|&(kind, _)| read_one(cells, kind)).collect()
}

fn read_one(cells: &mut Cells<'_>, kind: Kind) -> Result<Option<Facts>, StoreError> {
    let facts = |named: Option<blocks::Named>| named.map(|(_, facts)| facts);
    let above = |named: Option<blocks::Named>| facts(named).unwrap_or_else(Facts::server);
    let found = match kind {
        _ if table(kind).is_none() => None,
        Kind::Organization => blocks::organization(cells)?,
        Kind::Project => blocks::project(cells)?,
        Kind::Job => {
            let project = above(blocks::project(cells)?);
            blocks::job(cells, &project)?
        }
        Kind::Task => {
            let project = above(blocks::project(cells)?);
            let job = above(blocks::job(cells, &project)?);
            blocks::task(cells, &job)?
        }
        Kind::File | Kind::Label | Kind::Dataset => {
            let project = above(blocks::project(cells)?);
            let mut thing = blocks::thing(cells, kind, &project)?;
            if kind != Kind::Dataset {
                let lent = blocks::lent(cells)?;
                if let Some((_, facts)) = &mut thing {
                    facts.lent = lent;
                }
            }
            thing
        }
        Kind::Source => {
            let project = above(blocks::project(cells)?);
            blocks::source(cells, &project)?
        }
        Kind::User => blocks::user(cells)?,
        Kind::Role => blocks::role(cells)?,
        Kind::Node => blocks::node(cells)?,
        Kind::ApiKey => blocks::api_key(cells)?,
        _ => blocks::collaboration(cells)?,
    };
    Ok(facts(found))
}

/// Where objects of this kind are, for the kinds that others name.
const fn table(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Organization => Some("organizations"),
        Kind::Project => Some("projects"),
        Kind::Job => Some("jobs"),
        Kind::Task => Some("tasks"),
        Kind::File => Some("files"),
        Kind::Label => Some("labels"),
        Kind::Dataset => Some("datasets"),
        Kind::Source => Some("sources"),
        Kind::User => Some("users"),
        Kind::Role => Some("roles"),
        Kind::Node => Some("nodes"),
        Kind::ApiKey => Some("api_keys"),
        Kind::Collaboration => Some("collaborations"),
        _ => None,
    }
}
