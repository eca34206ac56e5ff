//! What is shown of an export.

use bailiwick_app::Cx;
use bailiwick_domain::entities::{Export, ExportFormat, ExportStatus};
use bailiwick_domain::object::{Object, Relation};
use bailiwick_domain::view;
use bailiwick_domain::view::JobLevel;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Deed, Head, Shows, named};

view! {
    /// An export.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct ExportView at JobLevel {
        /// What every object begins with.
        #[serde(flatten)]
        head: Head,
        /// Its project.
        project_id: Option<Uuid>,
        /// Its job.
        job_id: Option<Uuid>,
        /// How it is written.
        format: ExportFormat,
        /// How far it has come.
        status: ExportStatus,
        /// Why it could not be made.
        detail: Option<String>,
        /// How many bytes it has.
        bytes: Option<i64>,
        /// Their SHA-256, in hexadecimal digits.
        sha256: Option<String>,
        /// How many annotations it holds.
        annotations: Option<i64>,
        /// Until when it can be taken away.
        #[serde(with = "time::serde::rfc3339::option")]
        expires_at: Option<OffsetDateTime>,
        /// Who made it, if the caller may view them.
        maker_id: Option<Uuid>,
    }
}

impl Shows for Export {
    type View = ExportView;

    fn view(cx: &Cx, object: &Object<Self>, head: Head) -> ExportView {
        let data = &object.data;
        ExportView {
            head,
            project_id: object.facts.lineage.project,
            job_id: object.facts.lineage.job,
            format: data.format,
            status: data.status,
            detail: data.detail.clone(),
            bytes: data.bytes,
            sha256: data.sha256.clone(),
            annotations: data.annotations,
            expires_at: data.expires_at,
            maker_id: named(cx, object, Relation::Maker),
        }
    }

    /// Its bytes, while they are there.
    fn deeds(cx: &Cx, object: &Object<Self>) -> Vec<Deed> {
        let lasts = object.data.expires_at.is_none_or(|end| cx.gate.now() < end);
        let there = object.data.status == ExportStatus::Ready && lasts;
        if there { vec![("content", vec!["GET"])] } else { Vec::new() }
    }
}
