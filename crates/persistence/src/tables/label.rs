//! Labels.

use bailiwick_domain::entities::{Label, Shape};
use bailiwick_domain::ports::StoreError;
use bailiwick_domain::{Level, Object};
use sea_orm::sea_query::DeleteStatement;
use uuid::Uuid;

use crate::cells::{Cells, to_json};
use crate::near::Names;
use crate::stamps::Concerns;
use crate::table::{Cell, Table};
use crate::write::delete_where;

impl Table for Label {
    const TABLE: &'static str = "labels";
    const LEVELS: &'static [Level] = &[Level::Organization, Level::Project];
    const COLUMNS: &'static [&'static str] = &["name", "description", "color", "shape", "attributes"];
    const NAMES: &'static [Names] = &[Names::Maker, Names::CollaborationOfProject];
    const CONCERNS: Concerns = Concerns::Nobody;
    const LENT: bool = true;

    fn read(cells: &mut Cells<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            name: cells.text()?,
            description: cells.text()?,
            color: cells.text()?,
            shape: cells.word(Shape::from_word)?,
            attributes: cells.json()?,
        })
    }

    fn row(object: &Object<Self>) -> Vec<Cell> {
        let Self { name, description, color, shape, attributes } = &object.data;
        vec![
            ("name", name.as_str().into()),
            ("description", description.as_str().into()),
            ("color", color.as_str().into()),
            ("shape", shape.word().into()),
            ("attributes", to_json(attributes)),
        ]
    }

    fn clear(ids: &[Uuid]) -> Vec<DeleteStatement> {
        vec![delete_where("links", "target_id", ids)]
    }
}
