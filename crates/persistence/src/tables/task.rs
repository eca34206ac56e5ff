//! Tasks.

use bailiwick_domain::entities::{Task, TaskStatus};
use bailiwick_domain::ports::StoreError;
use bailiwick_domain::{Level, Object};

use crate::cells::{Cells, to_json};
use crate::near::Names;
use crate::stamps::Concerns;
use crate::table::{Cell, Table};

impl Table for Task {
    const TABLE: &'static str = "tasks";
    const LEVELS: &'static [Level] = &[Level::Organization, Level::Project, Level::Job];
    const COLUMNS: &'static [&'static str] =
        &["name", "description", "status", "assignee_id", "parent_id", "image", "databases"];
    const NAMES: &'static [Names] =
        &[Names::ParentTask, Names::Assignee, Names::Maker, Names::CollaborationOfProject];
    const CONCERNS: Concerns = Concerns::Nobody;

    fn read(cells: &mut Cells<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            name: cells.text()?,
            description: cells.text()?,
            status: cells.word(TaskStatus::from_word)?,
            assignee_id: cells.next()?,
            parent_id: cells.next()?,
            image: cells.next()?,
            databases: cells.json()?,
        })
    }

    fn row(object: &Object<Self>) -> Vec<Cell> {
        let Self { name, description, status, assignee_id, parent_id, image, databases } = &object.data;
        vec![
            ("name", name.as_str().into()),
            ("description", description.as_str().into()),
            ("status", status.word().into()),
            ("assignee_id", (*assignee_id).into()),
            ("parent_id", (*parent_id).into()),
            ("image", image.clone().into()),
            ("databases", to_json(databases)),
        ]
    }
}
