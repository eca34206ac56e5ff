//! Audit events.

use bailiwick_domain::audit::Outcome;
use bailiwick_domain::entities::AuditEvent;
use bailiwick_domain::ports::StoreError;
use bailiwick_domain::{Kind, Level, Object};
use sea_orm::sea_query::Expr;

use crate::cells::{Cells, to_json};
use crate::near::Names;
use crate::stamps::Concerns;
use crate::table::{Cell, SELF, Table};

impl Table for AuditEvent {
    const TABLE: &'static str = "audit_events";
    const LEVELS: &'static [Level] = &[Level::Organization, Level::Project, Level::Job, Level::Task];
    const COLUMNS: &'static [&'static str] = &[
        "principal_kind",
        "principal_id",
        "actor",
        "deed",
        "about",
        "object_id",
        "outcome",
        "reason",
        "request_id",
        "before",
        "after",
    ];
    const NAME: Option<&'static str> = None;
    const NAMES: &'static [Names] = &[Names::Principal, Names::CollaborationOfProject];
    const CONCERNS: Concerns = Concerns::Nobody;

    fn read(cells: &mut Cells<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            principal: cells.principal()?,
            actor: cells.text()?,
            deed: cells.text()?,
            about: cells.word(Kind::from_word)?,
            object_id: cells.next()?,
            outcome: cells.word(Outcome::from_word)?,
            reason: cells.json()?,
            request_id: cells.text()?,
            before: cells.maybe_json()?,
            after: cells.maybe_json()?,
        })
    }

    fn row(object: &Object<Self>) -> Vec<Cell> {
        let Self { principal, actor, deed, about, object_id, outcome, reason, request_id, before, after } =
            &object.data;
        vec![
            ("principal_kind", principal.map(|principal| principal.kind.word()).into()),
            ("principal_id", principal.map(|principal| principal.id).into()),
            ("actor", actor.as_str().into()),
            ("deed", deed.as_str().into()),
            ("about", about.word().into()),
            ("object_id", (*object_id).into()),
            ("outcome", outcome.word().into()),
            ("reason", to_json(reason)),
            ("request_id", request_id.as_str().into()),
            ("before", before.as_ref().map(ToString::to_string).into()),
            ("after", after.as_ref().map(ToString::to_string).into()),
        ]
    }

    fn field(name: &'static str) -> Expr {
        let column = match name {
            "kind" => "about",
            "decision" => "outcome",
            name => name,
        };
        Expr::col((SELF, column))
    }
}
