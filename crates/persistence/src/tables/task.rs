//! Tasks.

use bailiwick_domain::entities::{Task, TaskStatus};
use bailiwick_domain::ports::StoreError;
use bailiwick_domain::{Level, Object};
use sea_orm::sea_query::DeleteStatement;
use uuid::Uuid;

use crate::cells::{Cells, micros, to_json};
use crate::near::Names;
use crate::stamps::Concerns;
use crate::table::{Cell, Noted, Table};
use crate::write::delete_where;

impl Table for Task {
    const TABLE: &'static str = "tasks";
    const LEVELS: &'static [Level] = &[Level::Organization, Level::Project, Level::Job];
    const COLUMNS: &'static [&'static str] = &[
        "name",
        "description",
        "status",
        "assignee_id",
        "author_id",
        "reviewer_id",
        "lease_expires_at",
        "file_id",
        "parent_id",
        "image",
        "databases",
    ];
    const NAMES: &'static [Names] = &[
        Names::ParentTask,
        Names::Assignee,
        Names::Author,
        Names::Reviewer,
        Names::Maker,
        Names::CollaborationOfProject,
    ];
    const CONCERNS: Concerns = Concerns::Nobody;

    fn read(cells: &mut Cells<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            name: cells.text()?,
            description: cells.text()?,
            status: cells.word(TaskStatus::from_word)?,
            assignee_id: cells.next()?,
            author_id: cells.next()?,
            reviewer_id: cells.next()?,
            lease_expires_at: cells.maybe_instant()?,
            file_id: cells.next()?,
            parent_id: cells.next()?,
            image: cells.next()?,
            databases: cells.json()?,
        })
    }

    fn row(object: &Object<Self>) -> Vec<Cell> {
        let Task { author_id, reviewer_id, lease_expires_at, file_id, .. } = &object.data;
        let Task { name, description, status, assignee_id, parent_id, image, databases, .. } = &object.data;
        vec![
            ("name", name.as_str().into()),
            ("description", description.as_str().into()),
            ("status", status.word().into()),
            ("assignee_id", (*assignee_id).into()),
            ("author_id", (*author_id).into()),
            ("reviewer_id", (*reviewer_id).into()),
            ("lease_expires_at", lease_expires_at.map(micros).into()),
            ("file_id", (*file_id).into()),
            ("parent_id", (*parent_id).into()),
            ("image", image.clone().into()),
            ("databases", to_json(databases)),
        ]
    }

    /// Who has ever had a task of which job. What they have now, the tasks themselves say.
    fn notes(object: &Object<Self>) -> Option<Noted> {
        let (job, user) = object.facts.lineage.job.zip(object.data.assignee_id)?;
        let row = vec![("job_id", job.into()), ("user_id", user.into())];
        Some(Noted { table: "job_workers", key: ["job_id", "user_id"], rows: vec![row] })
    }

    fn clear(ids: &[Uuid]) -> Vec<DeleteStatement> {
        vec![delete_where("links", "holder_id", ids)]
    }
}
