//! Annotations. They are assigned to whom their task is.

use bailiwick_domain::entities::Annotation;
use bailiwick_domain::ports::StoreError;
use bailiwick_domain::{Facts, Level, Near, Object};

use crate::cells::{Cells, to_json};
use crate::near::{Names, follow_task};
use crate::stamps::Concerns;
use crate::table::{Cell, Table};

impl Table for Annotation {
    const TABLE: &'static str = "annotations";
    const LEVELS: &'static [Level] = &[Level::Organization, Level::Project, Level::Job, Level::Task];
    const COLUMNS: &'static [&'static str] = &["file_id", "label_id", "geometry", "attributes"];
    const NAME: Option<&'static str> = None;
    const NAMES: &'static [Names] = &[Names::Maker, Names::CollaborationOfProject];
    const CONCERNS: Concerns = Concerns::Nobody;

    fn read(cells: &mut Cells<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            file_id: cells.id()?,
            label_id: cells.id()?,
            geometry: cells.json()?,
            attributes: cells.json()?,
        })
    }

    fn row(object: &Object<Self>) -> Vec<Cell> {
        let Self { file_id, label_id, geometry, attributes } = &object.data;
        vec![
            ("file_id", (*file_id).into()),
            ("label_id", (*label_id).into()),
            ("geometry", to_json(geometry)),
            ("attributes", to_json(attributes)),
        ]
    }

    fn follow(facts: &mut Facts, near: &[Near]) {
        follow_task(facts, near);
    }
}
