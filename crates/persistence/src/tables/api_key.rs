//! API keys.

use bailiwick_domain::entities::{ApiKey, Standing};
use bailiwick_domain::ports::StoreError;
use bailiwick_domain::{Level, Object};

use crate::cells::{Cells, micros};
use crate::near::Names;
use crate::stamps::Concerns;
use crate::table::{Cell, Table};

impl Table for ApiKey {
    const TABLE: &'static str = "api_keys";
    const LEVELS: &'static [Level] = &[Level::Organization, Level::Project];
    const COLUMNS: &'static [&'static str] =
        &["name", "status", "prefix", "secret_hash", "expires_at", "last_used_at"];
    const NAMES: &'static [Names] = &[Names::Maker, Names::CollaborationOfProject];
    const CONCERNS: Concerns = Concerns::Itself;

    fn read(cells: &mut Cells<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            name: cells.text()?,
            status: cells.word(Standing::from_word)?,
            prefix: cells.text()?,
            secret_hash: cells.text()?,
            expires_at: cells.maybe_instant()?,
            last_used_at: cells.maybe_instant()?,
        })
    }

    fn row(object: &Object<Self>) -> Vec<Cell> {
        let Self { name, status, prefix, secret_hash, expires_at, last_used_at } = &object.data;
        let lineage = object.facts.lineage;
        vec![
            ("owner_id", lineage.project.or(lineage.organization).into()),
            ("name", name.as_str().into()),
            ("status", status.word().into()),
            ("prefix", prefix.as_str().into()),
            ("secret_hash", secret_hash.as_str().into()),
            ("expires_at", expires_at.map(micros).into()),
            ("last_used_at", last_used_at.map(micros).into()),
        ]
    }
}
