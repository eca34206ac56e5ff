//! What is near an object, joined to its row: its ancestors from the top, then the objects that it names.

use bailiwick_domain::ports::StoreError;
use bailiwick_domain::{Facts, Level, Near, PrincipalKind, Relation};
use sea_orm::DbBackend;
use sea_orm::sea_query::{Expr, ExprTrait, JoinType, SelectStatement};

use crate::blocks;
use crate::cells::Cells;
use crate::table::SELF;

/// Joins the ancestors that the rows called `of` have a column for.
pub fn join_ancestors(select: &mut SelectStatement, of: &'static str, levels: &[Level]) {
    for level in levels {
        match level {
            Level::Server => {}
            Level::Organization => {
                join(select, "organizations", "organization", (of, "organization_id"));
                blocks::select_organization(select, "organization");
            }
            Level::Project => {
                join(select, "projects", "project", (of, "project_id"));
                blocks::select_project(select, "project");
            }
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

/// What [`join_ancestors`] joined, as far as it is there.
pub fn read_ancestors(cells: &mut Cells<'_>, levels: &[Level]) -> Result<Vec<Near>, StoreError> {
    let mut near: Vec<Near> = Vec::with_capacity(levels.len() + 4);
    for level in levels {
        let above = near.last().map_or_else(Facts::server, |near| near.facts.clone());
        let (relation, found) = match level {
            Level::Server => continue,
            Level::Organization => (Relation::Organization, blocks::organization(cells)?),
            Level::Project => (Relation::Project, blocks::project(cells)?),
            Level::Job => (Relation::Job, blocks::job(cells, &above)?),
            Level::Task => (Relation::Task, blocks::task(cells, &above)?),
        };
        near.extend(found.map(|(name, facts)| Near { relation, name, facts }));
    }
    Ok(near)
}

/// An object that another one names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// By `parent_id`.
    ParentTask,
    /// By `assignee_id`.
    Assignee,
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
}

impl Names {
    /// Joins it to the rows called [`SELF`].
    pub fn join(self, select: &mut SelectStatement, backend: DbBackend) {
        match self {
            Self::ParentTask => {
                join(select, "tasks", "parent", (SELF, "parent_id"));
                blocks::select_task(select, "parent");
            }
            Self::Assignee => {
                join(select, "users", "assignee", (SELF, "assignee_id"));
                blocks::select_user(select, "assignee");
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
        }
    }

    /// What was joined, if it is there. `above` are the ancestors.
    pub fn read(self, cells: &mut Cells<'_>, above: &[Near]) -> Result<Option<Near>, StoreError> {
        let (relation, found) = match self {
            Self::ParentTask => {
                let job = above.last().map_or_else(Facts::server, |near| near.facts.clone());
                (Relation::ParentTask, blocks::task(cells, &job)?)
            }
            Self::Assignee => (Relation::Assignee, blocks::user(cells)?),
            Self::Role => (Relation::Role, blocks::role(cells)?),
            Self::Principal => {
                let (user, key) = (blocks::user(cells)?, blocks::api_key(cells)?);
                (Relation::Principal, user.or(key).or(blocks::node(cells)?))
            }
            Self::Maker => (Relation::Maker, blocks::user(cells)?),
            Self::Collaboration | Self::CollaborationOfProject => {
                (Relation::Collaboration, blocks::collaboration(cells)?)
            }
            Self::Executor => (Relation::Executor, blocks::organization(cells)?),
            Self::Initiator => (Relation::Initiator, blocks::organization(cells)?),
            Self::Node => (Relation::Node, blocks::node(cells)?),
        };
        Ok(found.map(|(name, facts)| Near { relation, name, facts }))
    }
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
