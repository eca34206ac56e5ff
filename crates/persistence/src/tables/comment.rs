//! Comments. They are lent to whom their task is assigned.

use bailiwick_domain::entities::Comment;
use bailiwick_domain::ports::StoreError;
use bailiwick_domain::{Facts, Level, Near, Object};

use crate::cells::Cells;
use crate::near::{Names, follow_task};
use crate::stamps::Concerns;
use crate::table::{Cell, Table};

impl Table for Comment {
    const TABLE: &'static str = "comments";
    const LEVELS: &'static [Level] = &[Level::Organization, Level::Project, Level::Job, Level::Task];
    const COLUMNS: &'static [&'static str] = &["text"];
    const NAME: Option<&'static str> = None;
    const NAMES: &'static [Names] = &[Names::Maker, Names::CollaborationOfProject];
    const CONCERNS: Concerns = Concerns::Nobody;

    fn read(cells: &mut Cells<'_>) -> Result<Self, StoreError> {
        Ok(Self { text: cells.text()? })
    }

    fn row(object: &Object<Self>) -> Vec<Cell> {
        let Self { text } = &object.data;
        vec![("text", text.as_str().into())]
    }

    fn follow(facts: &mut Facts, near: &[Near]) {
        follow_task(facts, near);
    }
}
