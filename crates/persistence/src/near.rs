//! What is near an object, joined to its row: its ancestors from the top, then the objects that it names.

use std::sync::Arc;

use bailiwick_domain::ports::StoreError;
use bailiwick_domain::{Facts, Kind, Lent, Level, Lineage, Near, PrincipalId, PrincipalKind, Relation};
use sea_orm::DbBackend;
use sea_orm::sea_query::{Expr, ExprTrait, JoinType, SelectStatement};
use uuid::Uuid;

use crate::blocks;
use crate::cache::{By, Source};
use crate::cells::{Cells, Columns};
use crate::table::SELF;

/// Joins the ancestors that the rows called `of` have a column for; those that a cache may keep only where it does not.
pub fn join_ancestors(select: &mut SelectStatement, of: &'static str, levels: &[Level], by: By) {
    for level in levels {
        match level {
            Level::Organization if by == By::Joins => {
                join(select, "organizations", "organization", (of, "organization_id"));
                blocks::select_organization(select, "organization");
            }
            Level::Project if by == By::Joins => {
                join(select, "projects", "project", (of, "project_id"));
                blocks::select_project(select, "project");
            }
            Level::Server | Level::Organization | Level::Project => {}
            Level::Job => {
                join(select, "jobs", "job", (of, "job_id"));
                blocks::select_job(select, "job");
            }
            Level::Task => {
                join(select, "tasks", "task", (of, "task_id"));
                blocks::select_task(select, "task");
            }
        }
    }
}

/// The ancestors of what has this lineage, as far as they are there.
pub fn read_ancestors(
    cells: &mut Cells<'_>,
    levels: &[Level],
    lineage: Lineage,
    source: &Source<'_>,
) -> Result<Vec<Near>, StoreError> {
    let mut near: Vec<Near> = Vec::with_capacity(levels.len() + 4);
    for &level in levels {
        let above = || above(near.last());
        let (relation, found) = match level {
            Level::Server => continue,
            Level::Organization => {
                let found = source.one(cells, Kind::Organization, lineage.organization, blocks::organization);
                (Relation::Organization, found?)
            }
            Level::Project => {
                (Relation::Project, source.one(cells, Kind::Project, lineage.project, blocks::project)?)
            }
            Level::Job => (Relation::Job, blocks::job(cells, &above())?.map(blocks::shared)),
            Level::Task => (Relation::Task, blocks::task(cells, &above())?.map(blocks::shared)),
        };
        near.extend(found.map(|(name, facts)| Near { relation, name, facts }));
    }
    Ok(near)
}

/// The facts of what something hangs under.
fn above(near: Option<&Near>) -> Arc<Facts> {
    near.map_or_else(|| Arc::new(Facts::server()), |near| Arc::clone(&near.facts))
}

/// Reads what stands near from the cells in which it was joined.
type Reads = fn(&mut Cells<'_>) -> Result<Option<blocks::Named>, StoreError>;

/// An object that another one names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// By `parent_id`.
    ParentTask,
    /// By `assignee_id`.
    Assignee,
    /// By `author_id`.
    Author,
    /// By `reviewer_id`.
    Reviewer,
    /// By `role_id`.
    Role,
    /// By `principal_kind` and `principal_id`.
    Principal,
    /// By `maker_kind` and `maker_id`.
    Maker,
    /// By `collaboration_id`.
    Collaboration,
    /// By the `collaboration_id` of its project.
    CollaborationOfProject,
    /// By `executor_id`.
    Executor,
    /// By `initiator_id`.
    Initiator,
    /// By `node_id`.
    Node,
    /// By `source_id`.
    Source,
    /// By `client_app_id`.
    ClientApp,
}

impl Names {
    /// Joins it to the rows called [`SELF`]; what a cache may keep only where it does not.
    pub fn join(self, select: &mut SelectStatement, backend: DbBackend, by: By) {
        match self {
            Self::ParentTask => {
                join(select, "tasks", "parent", (SELF, "parent_id"));
                blocks::select_task(select, "parent");
            }
            Self::Source => {
                join(select, "sources", "source", (SELF, "source_id"));
                blocks::select_source(select, "source");
            }
            _ if by == By::Cache => {}
            Self::Assignee => {
                join(select, "users", "assignee", (SELF, "assignee_id"));
                blocks::select_user(select, "assignee");
            }
            Self::Author => {
                join(select, "users", "author", (SELF, "author_id"));
                blocks::select_user(select, "author");
            }
            Self::Reviewer => {
                join(select, "users", "reviewer", (SELF, "reviewer_id"));
                blocks::select_user(select, "reviewer");
            }
            Self::Role => {
                join(select, "roles", "role", (SELF, "role_id"));
                blocks::select_role(select, "role");
            }
            Self::Principal => {
                let names = (SELF, "principal_kind", "principal_id");
                join_principal(select, "users", "person", names, PrincipalKind::User);
                blocks::select_user(select, "person");
                join_principal(select, "api_keys", "api_key", names, PrincipalKind::ApiKey);
                join(select, "projects", "key_project", ("api_key", "project_id"));
                blocks::select_api_key(select, "api_key", "key_project");
                join_principal(select, "nodes", "machine", names, PrincipalKind::Node);
                blocks::select_node(select, "machine");
            }
            Self::Maker => {
                let names = (SELF, "maker_kind", "maker_id");
                join_principal(select, "users", "maker", names, PrincipalKind::User);
                blocks::select_user(select, "maker");
            }
            Self::Collaboration => {
                join(select, "collaborations", "collaboration", (SELF, "collaboration_id"));
                blocks::select_collaboration(select, "collaboration", backend);
            }
            Self::CollaborationOfProject => {
                join(select, "collaborations", "collaboration", ("project", "collaboration_id"));
                blocks::select_collaboration(select, "collaboration", backend);
            }
            Self::Executor => {
                join(select, "organizations", "executor", (SELF, "executor_id"));
                blocks::select_organization(select, "executor");
            }
            Self::Initiator => {
                join(select, "organizations", "initiator", (SELF, "initiator_id"));
                blocks::select_organization(select, "initiator");
            }
            Self::Node => {
                join(select, "nodes", "node", (SELF, "node_id"));
                blocks::select_node(select, "node");
            }
            Self::ClientApp => {
                join(select, "client_apps", "client_app", (SELF, "client_app_id"));
                blocks::select_client_app(select, "client_app");
            }
        }
    }

    /// What it names, if it is there. `own` are the columns of what names it, `above` its ancestors, `maker` who made it.
    pub fn read(
        self,
        cells: &mut Cells<'_>,
        own: &Columns<'_>,
        above: &[Near],
        maker: Option<PrincipalId>,
        source: &Source<'_>,
    ) -> Result<Option<Near>, StoreError> {
        let named = |cells: &mut Cells<'_>, column, kind, read: Reads| {
            source.one(cells, kind, own.get(column)?, read)
        };
        let (relation, found) = match self {
            Self::ParentTask => {
                let found = blocks::task(cells, &self::above(above.last()))?;
                (Relation::ParentTask, found.map(blocks::shared))
            }
            Self::Assignee => (Relation::Assignee, named(cells, "assignee_id", Kind::User, blocks::user)?),
            Self::Author => (Relation::Author, named(cells, "author_id", Kind::User, blocks::user)?),
            Self::Reviewer => (Relation::Reviewer, named(cells, "reviewer_id", Kind::User, blocks::user)?),
            Self::Role => (Relation::Role, named(cells, "role_id", Kind::Role, blocks::role)?),
            Self::Principal => {
                let principal = own.principal("principal_kind", "principal_id")?;
                let of = |kind| id_of(principal, kind);
                let user = source.one(cells, Kind::User, of(PrincipalKind::User), blocks::user)?;
                let key = source.one(cells, Kind::ApiKey, of(PrincipalKind::ApiKey), blocks::api_key)?;
                let node = source.one(cells, Kind::Node, of(PrincipalKind::Node), blocks::node)?;
                (Relation::Principal, user.or(key).or(node))
            }
            Self::Maker => {
                let id = id_of(maker, PrincipalKind::User);
                (Relation::Maker, source.one(cells, Kind::User, id, blocks::user)?)
            }
            Self::Collaboration => {
                let found = named(cells, "collaboration_id", Kind::Collaboration, blocks::collaboration)?;
                (Relation::Collaboration, found)
            }
            Self::CollaborationOfProject => {
                let project = above.iter().find(|near| near.relation == Relation::Project);
                let id = project.and_then(|project| project.facts.collaboration);
                let found = source.one(cells, Kind::Collaboration, id, blocks::collaboration)?;
                (Relation::Collaboration, found)
            }
            Self::Executor => {
                (Relation::Executor, named(cells, "executor_id", Kind::Organization, blocks::organization)?)
            }
            Self::Initiator => {
                (Relation::Initiator, named(cells, "initiator_id", Kind::Organization, blocks::organization)?)
            }
            Self::Source => {
                let project = above.iter().find(|near| near.relation == Relation::Project);
                (Relation::Source, blocks::source(cells, &self::above(project))?.map(blocks::shared))
            }
            Self::Node => (Relation::Node, named(cells, "node_id", Kind::Node, blocks::node)?),
            Self::ClientApp => {
                (Relation::ClientApp, named(cells, "client_app_id", Kind::ClientApp, blocks::client_app)?)
            }
        };
        Ok(found.map(|(name, facts)| Near { relation, name, facts }))
    }
}

/// What is made by working on a task is assigned to whom that is; what is said about it is lent to them.
pub fn follow_task(facts: &mut Facts, near: &[Near]) {
    let task = near.iter().find(|near| near.relation == Relation::Task);
    let assignee = task.and_then(|task| task.facts.assignee);
    match (facts.kind, facts.lineage.job, assignee) {
        (Kind::Comment, Some(job), Some(to)) => {
            facts.lent.push(Lent { to, job, task: facts.lineage.task });
        }
        (Kind::Comment, ..) => {}
        _ => facts.assignee = assignee,
    }
}

/// The id of a principal, if it is of this kind.
fn id_of(principal: Option<PrincipalId>, kind: PrincipalKind) -> Option<Uuid> {
    principal.filter(|principal| principal.kind == kind).map(|principal| principal.id)
}

/// Joins the row, if there is one, that a column names.
pub fn join(
    select: &mut SelectStatement,
    table: &'static str,
    alias: &'static str,
    names: (&'static str, &'static str),
) {
    select.join_as(JoinType::LeftJoin, table, alias, Expr::col((alias, "id")).equals(names));
}

/// Joins the principal that two columns name, if it is of this kind.
fn join_principal(
    select: &mut SelectStatement,
    table: &'static str,
    alias: &'static str,
    (of, kind, id): (&'static str, &'static str, &'static str),
    is: PrincipalKind,
) {
    let on = Expr::col((alias, "id")).equals((of, id)).and(Expr::col((of, kind)).eq(is.word()));
    select.join_as(JoinType::LeftJoin, table, alias, on);
}
