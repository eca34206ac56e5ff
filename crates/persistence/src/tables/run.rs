//! Runs. What they are given and give is stored apart, part by part.

use bailiwick_domain::entities::{Run, RunStatus, Stored};
use bailiwick_domain::ports::StoreError;
use bailiwick_domain::{Level, Object, PrincipalKind};
use sea_orm::sea_query::{DeleteStatement, Expr, ExprTrait};
use uuid::Uuid;

use crate::cells::{Cells, micros};
use crate::near::Names;
use crate::stamps::Concerns;
use crate::table::{Cell, Table};
use crate::write::delete_where;

impl Table for Run {
    const TABLE: &'static str = "runs";
    const LEVELS: &'static [Level] = &[Level::Organization, Level::Project, Level::Job, Level::Task];
    const COLUMNS: &'static [&'static str] = &[
        "executor_id",
        "initiator_id",
        "node_id",
        "status",
        "input_blob",
        "input_parts",
        "input_bytes",
        "result_blob",
        "result_parts",
        "result_bytes",
        "log_blob",
        "log_parts",
        "log_bytes",
        "started_at",
        "finished_at",
    ];
    const NAME: Option<&'static str> = None;
    const NAMES: &'static [Names] =
        &[Names::Executor, Names::Initiator, Names::Node, Names::Maker, Names::CollaborationOfProject];
    const CONCERNS: Concerns = Concerns::Nobody;
    const BLOBS: &'static [&'static str] = &["input_blob", "result_blob", "log_blob"];

    fn read(cells: &mut Cells<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            executor_id: cells.id()?,
            initiator_id: cells.next()?,
            node_id: cells.next()?,
            status: cells.word(RunStatus::from_word)?,
            input: stored(cells)?,
            result: stored(cells)?,
            log: stored(cells)?,
            started_at: cells.maybe_instant()?,
            finished_at: cells.maybe_instant()?,
        })
    }

    fn row(object: &Object<Self>) -> Vec<Cell> {
        let Self { executor_id, initiator_id, node_id, status, input, result, log, started_at, finished_at } =
            &object.data;
        let mut row: Vec<Cell> = vec![
            ("executor_id", (*executor_id).into()),
            ("initiator_id", (*initiator_id).into()),
            ("node_id", (*node_id).into()),
            ("status", status.word().into()),
            ("started_at", started_at.map(micros).into()),
            ("finished_at", finished_at.map(micros).into()),
        ];
        for ([blob, parts, bytes], stored) in [
            (["input_blob", "input_parts", "input_bytes"], input),
            (["result_blob", "result_parts", "result_bytes"], result),
            (["log_blob", "log_parts", "log_bytes"], log),
        ] {
            row.push((blob, stored.map(|stored| stored.blob).into()));
            row.push((parts, stored.map(|stored| stored.parts).into()));
            row.push((bytes, stored.map(|stored| stored.bytes).into()));
        }
        row
    }

    fn clear(ids: &[Uuid]) -> Vec<DeleteStatement> {
        let tokens = delete_where("machine_tokens", "principal_id", ids)
            .and_where(Expr::col("principal_kind").eq(PrincipalKind::Container.word()))
            .take();
        vec![tokens]
    }
}

/// Where bytes are stored, if they are.
fn stored(cells: &mut Cells<'_>) -> Result<Option<Stored>, StoreError> {
    cells.joined(3, |cells, blob| Ok(Stored { blob, parts: cells.next()?, bytes: cells.next()? }))
}
