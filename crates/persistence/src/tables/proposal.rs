//! Proposals, with the facts of both that they lie between and the members that the collaboration has now.

use bailiwick_domain::entities::{Proposal, ProposalStatus};
use bailiwick_domain::ports::StoreError;
use bailiwick_domain::{Facts, Level, Near, Object, Relation};
use sea_orm::DbBackend;
use sea_orm::sea_query::{Expr, ExprTrait, JoinType, Query, QueryStatementBuilder, SelectStatement};

use crate::blocks;
use crate::cells::Cells;
use crate::dialect;
use crate::near::Names;
use crate::stamps::Concerns;
use crate::table::{Cell, SELF, Table};

impl Table for Proposal {
    const TABLE: &'static str = "proposals";
    const LEVELS: &'static [Level] = &[Level::Organization];
    const COLUMNS: &'static [&'static str] = &["collaboration_id", "organization_id", "status"];
    const NAME: Option<&'static str> = None;
    const NAMES: &'static [Names] = &[Names::Maker, Names::Collaboration];
    const CONCERNS: Concerns = Concerns::Nobody;

    fn select_more(select: &mut SelectStatement, backend: DbBackend) {
        let of_organization = Expr::col(("member", "id")).equals(("m", "organization_id"));
        let members = Query::select()
            .expr(dialect::labelled(backend, "m.organization_id", "member.name"))
            .from_as("collaboration_members", "m")
            .join_as(JoinType::InnerJoin, "organizations", "member", of_organization)
            .and_where(Expr::col(("m", "collaboration_id")).equals((SELF, "collaboration_id")))
            .take();
        select.expr(Expr::from(members.into_sub_query_statement()));
    }

    fn read(cells: &mut Cells<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            collaboration_id: cells.id()?,
            organization_id: cells.id()?,
            status: cells.word(ProposalStatus::from_word)?,
            members: blocks::labelled(cells)?,
        })
    }

    /// The organization is on its lineage; the members are not the proposal's to change.
    fn row(object: &Object<Self>) -> Vec<Cell> {
        let Proposal { collaboration_id, status, .. } = &object.data;
        vec![("collaboration_id", (*collaboration_id).into()), ("status", status.word().into())]
    }

    fn follow(facts: &mut Facts, near: &[Near]) {
        let side = |is| near.iter().find(|near| near.relation == is).map(|near| Facts::clone(&near.facts));
        let sides = side(Relation::Collaboration).zip(side(Relation::Organization));
        facts.between = sides.map(|(collaboration, organization)| [collaboration, organization].into());
    }
}
