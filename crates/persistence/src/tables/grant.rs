//! Grants, with the lineage of their anchor.

use bailiwick_domain::entities::Grant;
use bailiwick_domain::ports::StoreError;
use bailiwick_domain::{Anchor, Level, Object, PrincipalId, PrincipalKind};

use crate::cells::{Cells, micros};
use crate::near::Names;
use crate::stamps::Concerns;
use crate::table::{Cell, Table};

impl Table for Grant {
    const TABLE: &'static str = "grants";
    const LEVELS: &'static [Level] = &[Level::Organization, Level::Project, Level::Job, Level::Task];
    const COLUMNS: &'static [&'static str] =
        &["principal_kind", "principal_id", "role_id", "level", "anchor_id", "starts_at", "expires_at"];
    const NAME: Option<&'static str> = None;
    const NAMES: &'static [Names] =
        &[Names::Role, Names::Principal, Names::Maker, Names::CollaborationOfProject];
    const CONCERNS: Concerns = Concerns::Grantee;

    fn read(cells: &mut Cells<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            principal: PrincipalId { kind: cells.word(PrincipalKind::from_word)?, id: cells.id()? },
            role_id: cells.id()?,
            anchor: Anchor { level: cells.word(Level::from_word)?, id: cells.next()? },
            starts_at: cells.maybe_instant()?,
            expires_at: cells.maybe_instant()?,
        })
    }

    fn row(object: &Object<Self>) -> Vec<Cell> {
        let Self { principal, role_id, anchor, starts_at, expires_at } = &object.data;
        vec![
            ("principal_kind", principal.kind.word().into()),
            ("principal_id", principal.id.into()),
            ("role_id", (*role_id).into()),
            ("level", anchor.level.word().into()),
            ("anchor_id", anchor.id.into()),
            ("starts_at", starts_at.map(micros).into()),
            ("expires_at", expires_at.map(micros).into()),
        ]
    }
}
