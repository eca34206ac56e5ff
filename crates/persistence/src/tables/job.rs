//! Jobs.

use bailiwick_domain::entities::{Job, JobStatus};
use bailiwick_domain::ports::StoreError;
use bailiwick_domain::{Level, Object};

use crate::cells::Cells;
use crate::near::Names;
use crate::stamps::Concerns;
use crate::table::{Cell, Table};

impl Table for Job {
    const TABLE: &'static str = "jobs";
    const LEVELS: &'static [Level] = &[Level::Organization, Level::Project];
    const COLUMNS: &'static [&'static str] = &["name", "description", "status"];
    const NAMES: &'static [Names] = &[Names::Maker, Names::CollaborationOfProject];
    const CONCERNS: Concerns = Concerns::Nobody;

    fn read(cells: &mut Cells<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            name: cells.text()?,
            description: cells.text()?,
            status: cells.word(JobStatus::from_word)?,
        })
    }

    fn row(object: &Object<Self>) -> Vec<Cell> {
        let Self { name, description, status } = &object.data;
        vec![
            ("name", name.as_str().into()),
            ("description", description.as_str().into()),
            ("status", status.word().into()),
        ]
    }
}
