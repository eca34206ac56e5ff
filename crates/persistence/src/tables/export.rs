//! Exports. Their bytes lie elsewhere.

use bailiwick_domain::entities::{Export, ExportFormat, ExportStatus};
use bailiwick_domain::ports::StoreError;
use bailiwick_domain::{Level, Object};

use crate::cells::{Cells, micros};
use crate::near::Names;
use crate::stamps::Concerns;
use crate::table::{Cell, Table};

impl Table for Export {
    const TABLE: &'static str = "exports";
    const LEVELS: &'static [Level] = &[Level::Organization, Level::Project, Level::Job];
    const COLUMNS: &'static [&'static str] = &[
        "asked_by_kind",
        "asked_by_id",
        "asked_through",
        "format",
        "status",
        "detail",
        "stored",
        "bytes",
        "sha256",
        "annotations",
        "expires_at",
    ];
    const NAME: Option<&'static str> = None;
    const NAMES: &'static [Names] = &[Names::Maker, Names::CollaborationOfProject];
    const CONCERNS: Concerns = Concerns::Nobody;

    fn read(cells: &mut Cells<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            by: cells.principal()?,
            client_app_id: cells.next()?,
            format: cells.word(ExportFormat::from_word)?,
            status: cells.word(ExportStatus::from_word)?,
            detail: Some(cells.text()?).filter(|detail| !detail.is_empty()),
            stored: cells.next()?,
            bytes: cells.next()?,
            sha256: cells.next()?,
            annotations: cells.next()?,
            expires_at: cells.maybe_instant()?,
        })
    }

    fn row(object: &Object<Self>) -> Vec<Cell> {
        let Self {
            by,
            client_app_id,
            format,
            status,
            detail,
            stored,
            bytes,
            sha256,
            annotations,
            expires_at,
        } = &object.data;
        vec![
            ("asked_by_kind", by.map(|by| by.kind.word()).into()),
            ("asked_by_id", by.map(|by| by.id).into()),
            ("asked_through", (*client_app_id).into()),
            ("format", format.word().into()),
            ("status", status.word().into()),
            ("detail", detail.clone().unwrap_or_default().into()),
            ("stored", (*stored).into()),
            ("bytes", (*bytes).into()),
            ("sha256", sha256.clone().into()),
            ("annotations", (*annotations).into()),
            ("expires_at", expires_at.map(micros).into()),
        ]
    }
}
