//! Datasets.

use bailiwick_domain::entities::Dataset;
use bailiwick_domain::ports::StoreError;
use bailiwick_domain::{Level, Object};
use sea_orm::sea_query::DeleteStatement;
use uuid::Uuid;

use crate::cells::Cells;
use crate::near::Names;
use crate::stamps::Concerns;
use crate::table::{Cell, Table};
use crate::write::delete_where;

impl Table for Dataset {
    const TABLE: &'static str = "datasets";
    const LEVELS: &'static [Level] = &[Level::Organization, Level::Project];
    const COLUMNS: &'static [&'static str] = &["name", "description"];
    const NAMES: &'static [Names] = &[Names::Maker, Names::CollaborationOfProject];
    const CONCERNS: Concerns = Concerns::Nobody;

    fn read(cells: &mut Cells<'_>) -> Result<Self, StoreError> {
        Ok(Self { name: cells.text()?, description: cells.text()? })
    }

    fn row(object: &Object<Self>) -> Vec<Cell> {
        let Self { name, description } = &object.data;
        vec![("name", name.as_str().into()), ("description", description.as_str().into())]
    }

    fn clear(ids: &[Uuid]) -> Vec<DeleteStatement> {
        vec![delete_where("links", "holder_id", ids), delete_where("links", "target_id", ids)]
    }
}
