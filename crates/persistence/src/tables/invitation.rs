//! Invitations, with the lineage of their anchor.

use bailiwick_domain::entities::Invitation;
use bailiwick_domain::ports::StoreError;
use bailiwick_domain::{Anchor, Level, Object};

use crate::cells::{Cells, micros};
use crate::near::Names;
use crate::stamps::Concerns;
use crate::table::{Cell, Table};

impl Table for Invitation {
    const TABLE: &'static str = "invitations";
    const LEVELS: &'static [Level] = &[Level::Organization, Level::Project, Level::Job, Level::Task];
    const COLUMNS: &'static [&'static str] =
        &["address", "role_id", "level", "anchor_id", "starts_at", "ends_at", "expires_at"];
    const NAME: Option<&'static str> = None;
    const NAMES: &'static [Names] = &[Names::Role, Names::Maker, Names::CollaborationOfProject];
    // It names nobody until it is accepted.
    const CONCERNS: Concerns = Concerns::Nobody;

    fn read(cells: &mut Cells<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            address: cells.text()?,
            role_id: cells.id()?,
            anchor: Anchor { level: cells.word(Level::from_word)?, id: cells.next()? },
            starts_at: cells.maybe_instant()?,
            ends_at: cells.maybe_instant()?,
            expires_at: cells.instant()?,
        })
    }

    fn row(object: &Object<Self>) -> Vec<Cell> {
        let Self { address, role_id, anchor, starts_at, ends_at, expires_at } = &object.data;
        vec![
            ("address", address.as_str().into()),
            ("role_id", (*role_id).into()),
            ("level", anchor.level.word().into()),
            ("anchor_id", anchor.id.into()),
            ("starts_at", starts_at.map(micros).into()),
            ("ends_at", ends_at.map(micros).into()),
            ("expires_at", micros(*expires_at).into()),
        ]
    }
}
