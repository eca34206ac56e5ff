//! Projects.

use bailiwick_domain::entities::{Project, Visibility};
use bailiwick_domain::ports::StoreError;
use bailiwick_domain::{Level, Object};
use sea_orm::sea_query::{Expr, ExprTrait};

use crate::cells::{Cells, micros};
use crate::near::Names;
use crate::stamps::Concerns;
use crate::table::{Cell, SELF, Table};

impl Table for Project {
    const TABLE: &'static str = "projects";
    const LEVELS: &'static [Level] = &[Level::Organization];
    const COLUMNS: &'static [&'static str] =
        &["name", "description", "visibility", "archived_at", "collaboration_id"];
    const NAMES: &'static [Names] = &[Names::Maker, Names::Collaboration];
    const CONCERNS: Concerns = Concerns::Everybody;

    fn read(cells: &mut Cells<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            name: cells.text()?,
            description: cells.text()?,
            visibility: cells.word(Visibility::from_word)?,
            archived_at: cells.maybe_instant()?,
            collaboration_id: cells.next()?,
        })
    }

    fn row(object: &Object<Self>) -> Vec<Cell> {
        let Self { name, description, visibility, archived_at, collaboration_id } = &object.data;
        vec![
            ("name", name.as_str().into()),
            ("description", description.as_str().into()),
            ("visibility", visibility.word().into()),
            ("archived_at", archived_at.map(micros).into()),
            ("collaboration_id", (*collaboration_id).into()),
        ]
    }

    fn field(name: &'static str) -> Expr {
        match name {
            "archived" => Expr::col((SELF, "archived_at")).is_not_null(),
            name => Expr::col((SELF, name)),
        }
    }
}
