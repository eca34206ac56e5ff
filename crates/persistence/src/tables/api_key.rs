//! API keys.

use bailiwick_domain::entities::{ApiKey, OldSecret, Standing};
use bailiwick_domain::ports::StoreError;
use bailiwick_domain::{Level, Object};

use crate::cells::{Cells, micros, to_json};
use crate::near::Names;
use crate::stamps::Concerns;
use crate::table::{Cell, Table};

impl Table for ApiKey {
    const TABLE: &'static str = "api_keys";
    const LEVELS: &'static [Level] = &[Level::Organization, Level::Project];
    const COLUMNS: &'static [&'static str] = &[
        "name",
        "status",
        "prefix",
        "secret_hash",
        "old_secret_hash",
        "old_secret_expires_at",
        "addresses",
        "client_app_id",
        "expires_at",
        "last_used_at",
    ];
    const NAMES: &'static [Names] = &[Names::Maker, Names::CollaborationOfProject, Names::ClientApp];
    const CONCERNS: Concerns = Concerns::Itself;

    fn read(cells: &mut Cells<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            name: cells.text()?,
            status: cells.word(Standing::from_word)?,
            prefix: cells.text()?,
            secret_hash: cells.text()?,
            old_secret: old_secret(cells)?,
            addresses: cells.json()?,
            client_app_id: cells.next()?,
            expires_at: cells.maybe_instant()?,
            last_used_at: cells.maybe_instant()?,
        })
    }

    fn row(object: &Object<Self>) -> Vec<Cell> {
        let Self {
            name,
            status,
            prefix,
            secret_hash,
            old_secret,
            addresses,
            client_app_id,
            expires_at,
            last_used_at,
        } = &object.data;
        let old = old_secret.as_ref();
        let lineage = object.facts.lineage;
        vec![
            ("owner_id", lineage.project.or(lineage.organization).into()),
            ("name", name.as_str().into()),
            ("status", status.word().into()),
            ("prefix", prefix.as_str().into()),
            ("secret_hash", secret_hash.as_str().into()),
            ("old_secret_hash", old.map(|old| old.hash.as_str()).into()),
            ("old_secret_expires_at", old.map(|old| micros(old.expires_at)).into()),
            ("addresses", to_json(addresses)),
            ("client_app_id", (*client_app_id).into()),
            ("expires_at", expires_at.map(micros).into()),
            ("last_used_at", last_used_at.map(micros).into()),
        ]
    }
}

/// The secret before, in two cells.
pub fn old_secret(cells: &mut Cells<'_>) -> Result<Option<OldSecret>, StoreError> {
    let (hash, expires_at) = (cells.next::<Option<String>>()?, cells.maybe_instant()?);
    Ok(hash.zip(expires_at).map(|(hash, expires_at)| OldSecret { hash, expires_at }))
}
