//! Files. Their bytes lie elsewhere.

use bailiwick_domain::entities::File;
use bailiwick_domain::ports::StoreError;
use bailiwick_domain::{Level, Object};
use sea_orm::sea_query::DeleteStatement;
use uuid::Uuid;

use crate::cells::Cells;
use crate::near::Names;
use crate::stamps::Concerns;
use crate::table::{Cell, Table};
use crate::write::delete_where;

impl Table for File {
    const TABLE: &'static str = "files";
    const LEVELS: &'static [Level] = &[Level::Organization, Level::Project];
    const COLUMNS: &'static [&'static str] =
        &["name", "media_type", "bytes", "sha256", "width", "height", "stored"];
    const NAMES: &'static [Names] = &[Names::Maker, Names::CollaborationOfProject];
    const CONCERNS: Concerns = Concerns::Nobody;
    const LENT: bool = true;

    fn read(cells: &mut Cells<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            name: cells.text()?,
            media_type: cells.text()?,
            bytes: cells.next()?,
            sha256: cells.text()?,
            width: cells.next()?,
            height: cells.next()?,
            stored: cells.id()?,
        })
    }

    fn row(object: &Object<Self>) -> Vec<Cell> {
        let Self { name, media_type, bytes, sha256, width, height, stored } = &object.data;
        vec![
            ("name", name.as_str().into()),
            ("media_type", media_type.as_str().into()),
            ("bytes", (*bytes).into()),
            ("sha256", sha256.as_str().into()),
            ("width", (*width).into()),
            ("height", (*height).into()),
            ("stored", (*stored).into()),
        ]
    }

    fn clear(ids: &[Uuid]) -> Vec<DeleteStatement> {
        vec![delete_where("links", "target_id", ids)]
    }
}
