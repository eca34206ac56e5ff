//! Jobs.

use bailiwick_domain::entities::{Job, JobStatus, Launch};
use bailiwick_domain::ports::StoreError;
use bailiwick_domain::{Level, Object};
use sea_orm::sea_query::DeleteStatement;
use uuid::Uuid;

use crate::cells::Cells;
use crate::near::Names;
use crate::stamps::Concerns;
use crate::table::{Cell, Table};
use crate::write::delete_where;

impl Table for Job {
    const TABLE: &'static str = "jobs";
    const LEVELS: &'static [Level] = &[Level::Organization, Level::Project];
    const COLUMNS: &'static [&'static str] = &[
        "name",
        "description",
        "status",
        "review_percent",
        "lease_minutes",
        "launched_by_kind",
        "launched_by_id",
        "launched_through",
        "launch_files",
        "launch_done",
        "launch_through",
    ];
    const NAMES: &'static [Names] = &[Names::Maker, Names::CollaborationOfProject];
    const CONCERNS: Concerns = Concerns::Nobody;

    fn read(cells: &mut Cells<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            name: cells.text()?,
            description: cells.text()?,
            status: cells.word(JobStatus::from_word)?,
            review_percent: cells.next()?,
            lease_minutes: cells.next()?,
            launch: Launch {
                by: cells.principal()?,
                client_app_id: cells.next()?,
                files: cells.next()?,
                done: cells.next()?,
                through: cells.next()?,
            },
        })
    }

    fn row(object: &Object<Self>) -> Vec<Cell> {
        let Self { name, description, status, review_percent, lease_minutes, launch } = &object.data;
        vec![
            ("name", name.as_str().into()),
            ("description", description.as_str().into()),
            ("status", status.word().into()),
            ("review_percent", (*review_percent).into()),
            ("lease_minutes", (*lease_minutes).into()),
            ("launched_by_kind", launch.by.map(|by| by.kind.word()).into()),
            ("launched_by_id", launch.by.map(|by| by.id).into()),
            ("launched_through", launch.client_app_id.into()),
            ("launch_files", launch.files.into()),
            ("launch_done", launch.done.into()),
            ("launch_through", launch.through.into()),
        ]
    }

    fn clear(ids: &[Uuid]) -> Vec<DeleteStatement> {
        vec![delete_where("links", "holder_id", ids), delete_where("job_workers", "job_id", ids)]
    }
}
