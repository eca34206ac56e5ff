//! Organizations.

use bailiwick_domain::entities::{Organization, Standing};
use bailiwick_domain::ports::StoreError;
use bailiwick_domain::{Level, Object};
use sea_orm::sea_query::DeleteStatement;
use uuid::Uuid;

use crate::cells::Cells;
use crate::near::Names;
use crate::stamps::Concerns;
use crate::table::{Cell, Table};
use crate::write::delete_where;

impl Table for Organization {
    const TABLE: &'static str = "organizations";
    const LEVELS: &'static [Level] = &[];
    const COLUMNS: &'static [&'static str] = &["name", "status", "public_key"];
    const NAMES: &'static [Names] = &[Names::Maker];
    const CONCERNS: Concerns = Concerns::Everybody;

    fn read(cells: &mut Cells<'_>) -> Result<Self, StoreError> {
        Ok(Self { name: cells.text()?, status: cells.word(Standing::from_word)?, public_key: cells.next()? })
    }

    fn row(object: &Object<Self>) -> Vec<Cell> {
        let Self { name, status, public_key } = &object.data;
        vec![
            ("name", name.as_str().into()),
            ("status", status.word().into()),
            ("public_key", public_key.clone().into()),
        ]
    }

    fn clear(ids: &[Uuid]) -> Vec<DeleteStatement> {
        vec![delete_where("collaboration_members", "organization_id", ids)]
    }
}
