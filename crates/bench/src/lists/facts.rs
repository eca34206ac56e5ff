//! What links are worked out from, read by hand: of each object that a task names, its place and its maker.

use bailiwick_persistence::Row;
use uuid::Uuid;

/// The columns, after those that are shown.
pub const COLUMNS: &str = ", o.maker_kind, \
    organization.maker_kind, organization.maker_id, \
    project.maker_kind, project.maker_id, project.organization_id, project.visibility, project.archived_at, \
    project.collaboration_id, job.maker_kind, job.maker_id, \
    parent.name, parent.maker_kind, parent.maker_id, parent.assignee_id, \
    assignee.username, assignee.maker_kind, assignee.maker_id, assignee.organization_id, \
    maker.username, maker.maker_kind, maker.maker_id, maker.organization_id, \
    collaboration.name, collaboration.maker_kind, collaboration.maker_id";

/// What is joined for them.
pub const JOINS: &str = " LEFT JOIN tasks AS parent ON parent.id = o.parent_id \
    LEFT JOIN users AS assignee ON assignee.id = o.assignee_id \
    LEFT JOIN users AS maker ON maker.id = o.maker_id AND o.maker_kind = 'user' \
    LEFT JOIN collaborations AS collaboration ON collaboration.id = project.collaboration_id";

/// How many columns are shown.
const SHOWN: usize = 22;

type Maker = (Option<String>, Option<Uuid>);

/// What was read.
pub struct Facts {
    _maker_kind: Option<String>,
    _organization: Maker,
    _project: (Maker, Uuid, String, Option<i64>, Option<Uuid>),
    _job: Maker,
    _parent: (Option<String>, Maker, Option<Uuid>),
    _assignee: (Option<String>, Maker, Option<Uuid>),
    _maker: (Option<String>, Maker, Option<Uuid>),
    _collaboration: (Option<String>, Maker),
}

impl Facts {
    /// Of one row.
    ///
    /// # Errors
    /// It is not such a row.
    pub fn read(row: &Row) -> anyhow::Result<Self> {
        let at = |at: usize| SHOWN + at;
        let id = |cell| row.at::<Option<Uuid>>(at(cell));
        let text = |cell| row.at::<Option<String>>(at(cell));
        let maker = |cell| anyhow::Ok((text(cell)?, id(cell + 1)?));
        let named = |cell| anyhow::Ok((text(cell)?, maker(cell + 1)?, id(cell + 3)?));
        Ok(Self {
            _maker_kind: text(0)?,
            _organization: maker(1)?,
            _project: (maker(3)?, row.at(at(5))?, row.at(at(6))?, row.at(at(7))?, id(8)?),
            _job: maker(9)?,
            _parent: named(11)?,
            _assignee: named(15)?,
            _maker: named(19)?,
            _collaboration: (text(23)?, maker(24)?),
        })
    }
}
