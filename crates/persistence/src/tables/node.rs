//! Nodes.

use bailiwick_domain::entities::{Node, Standing};
use bailiwick_domain::ports::StoreError;
use bailiwick_domain::{Level, Object, PrincipalKind};
use sea_orm::sea_query::{DeleteStatement, Expr, ExprTrait};
use uuid::Uuid;

use crate::cells::{Cells, micros, to_json};
use crate::near::Names;
use crate::stamps::Concerns;
use crate::table::{Cell, Table};
use crate::write::delete_where;

impl Table for Node {
    const TABLE: &'static str = "nodes";
    const LEVELS: &'static [Level] = &[Level::Organization];
    const COLUMNS: &'static [&'static str] =
        &["name", "collaboration_id", "status", "policy", "prefix", "secret_hash", "last_seen_at"];
    const NAMES: &'static [Names] = &[Names::Maker, Names::Collaboration];
    const CONCERNS: Concerns = Concerns::Itself;

    fn read(cells: &mut Cells<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            name: cells.text()?,
            collaboration_id: cells.id()?,
            status: cells.word(Standing::from_word)?,
            policy: cells.json()?,
            prefix: cells.text()?,
            secret_hash: cells.text()?,
            last_seen_at: cells.maybe_instant()?,
        })
    }

    fn row(object: &Object<Self>) -> Vec<Cell> {
        let Self { name, collaboration_id, status, policy, prefix, secret_hash, last_seen_at } = &object.data;
        vec![
            ("name", name.as_str().into()),
            ("collaboration_id", (*collaboration_id).into()),
            ("status", status.word().into()),
            ("policy", to_json(policy)),
            ("prefix", prefix.as_str().into()),
            ("secret_hash", secret_hash.as_str().into()),
            ("last_seen_at", last_seen_at.map(micros).into()),
        ]
    }

    fn clear(ids: &[Uuid]) -> Vec<DeleteStatement> {
        let tokens = delete_where("machine_tokens", "principal_id", ids)
            .and_where(Expr::col("principal_kind").eq(PrincipalKind::Node.word()))
            .take();
        vec![tokens]
    }
}
