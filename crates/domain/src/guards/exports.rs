//! Exports: made by the server, in the name of who asked.

use time::OffsetDateTime;
use uuid::Uuid;

use super::runs::changed;
use crate::entities::{Export, ExportFormat, ExportStatus};
use crate::gate::Sealed;
use crate::object::Changed;
use crate::principal::PrincipalId;

/// Whether an export has been made.
pub fn is_made(export: &Sealed<Export>) -> bool {
    export.object().data.status != ExportStatus::Pending
}

/// Who asked for an export, and through which client app.
pub const fn asked_by(export: &Sealed<Export>) -> (Option<PrincipalId>, Option<Uuid>) {
    let data = &export.object().data;
    (data.by, data.client_app_id)
}

/// How an export is to be written.
pub const fn format_of(export: &Sealed<Export>) -> ExportFormat {
    export.object().data.format
}

/// Under what the bytes of an export are stored.
pub const fn stored_of(export: &Sealed<Export>) -> Option<Uuid> {
    export.object().data.stored
}

/// An export that the server has made, or could not make, or whose time is over.
pub fn settle_export(
    export: Sealed<Export>,
    now: OffsetDateTime,
    how: impl FnOnce(&mut Export),
) -> Changed<Export> {
    changed(export.into_object(), now, how)
}
