//! Contents of sources.

use bailiwick_domain::entities::{Content, Shelf};
use bailiwick_domain::ports::StoreError;
use bailiwick_domain::{Facts, Level, Near, Object, Relation};

use crate::cells::{Cells, to_json};
use crate::near::Names;
use crate::stamps::Concerns;
use crate::table::{Cell, Table};

impl Table for Content {
    const TABLE: &'static str = "contents";
    const LEVELS: &'static [Level] = &[Level::Organization, Level::Project];
    const COLUMNS: &'static [&'static str] = &["source_id", "name", "position", "body", "text", "status"];
    const NAMES: &'static [Names] = &[Names::Maker, Names::CollaborationOfProject, Names::Source];
    const CONCERNS: Concerns = Concerns::Nobody;

    fn read(cells: &mut Cells<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            source_id: cells.id()?,
            name: cells.text()?,
            position: cells.next()?,
            body: cells.json()?,
            text: cells.text()?,
            status: cells.word(Shelf::from_word)?,
        })
    }

    fn row(object: &Object<Self>) -> Vec<Cell> {
        let Self { source_id, name, position, body, text, status } = &object.data;
        vec![
            ("source_id", (*source_id).into()),
            ("name", name.as_str().into()),
            ("position", (*position).into()),
            ("body", to_json(body)),
            ("text", text.as_str().into()),
            ("status", status.word().into()),
        ]
    }

    /// It carries what its source does, unless it is in the trash, where [`bailiwick_domain::Entity::settle`] has taken all.
    fn follow(facts: &mut Facts, near: &[Near]) {
        if facts.entitlements.is_empty() {
            return;
        }
        if let Some(source) = near.iter().find(|near| near.relation == Relation::Source) {
            facts.entitlements.clone_from(&source.facts.entitlements);
        }
    }
}
