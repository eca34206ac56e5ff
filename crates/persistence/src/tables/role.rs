//! Roles: rules, includes and what follows from them as JSON, which only the domain reads.

use crate::cells::{Cells, to_json};
use crate::near::Names;
use crate::stamps::Concerns;
use crate::table::{Cell, Table};
use bailiwick_domain::entities::Role;
use bailiwick_domain::ports::StoreError;
use bailiwick_domain::{Level, Object};
use uuid::Uuid;

impl Table for Role {
    const TABLE: &'static str = "roles";
    const LEVELS: &'static [Level] = &[Level::Organization];
    const COLUMNS: &'static [&'static str] =
        &["name", "description", "built_in", "active", "rules", "includes", "live", "full"];
    const NAMES: &'static [Names] = &[Names::Maker];
    const CONCERNS: Concerns = Concerns::Everybody;

    fn read(cells: &mut Cells<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            name: cells.text()?,
            description: cells.text()?,
            built_in: cells.next()?,
            active: cells.next()?,
            rules: cells.json()?,
            includes: cells.json()?,
            live: cells.json()?,
            full: cells.json()?,
        })
    }

    fn row(object: &Object<Self>) -> Vec<Cell> {
        let Self { name, description, built_in, active, rules, includes, live, full } = &object.data;
        vec![
            ("owner_id", object.facts.lineage.organization.unwrap_or(Uuid::nil()).into()),
            ("name", name.as_str().into()),
            ("description", description.as_str().into()),
            ("built_in", (*built_in).into()),
            ("active", (*active).into()),
            ("rules", to_json(rules)),
            ("includes", to_json(includes)),
            ("live", to_json(live)),
            ("full", to_json(full)),
        ]
    }
}
