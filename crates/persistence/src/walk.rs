//! Whether the next rows of the whole table, in order, hold a page already: who sees one task in twenty finds twenty
//! among four hundred, sooner than by asking for a page of each of fifty projects.

use sea_orm::sea_query::{
    self, Asterisk, CommonTableExpression, Expr, SelectStatement, UnionType, WithClause,
};

use crate::dialect;
use crate::page::{FOUND, Pages};
use crate::part::Branch;
use crate::table::{SELF, Table};

/// What the page is called that the walk found.
const WALK: &str = "walk";
/// How many rows it looks at. Where they do not hold a page, looking was in vain and cost about as much as a page of each
/// of thirty projects.
const STEPS: u64 = 1_000;

impl<T: Table> Pages<'_, T> {
    /// The page of a branch as far as a walk by id finds it whole; else `each`, which then is not run.
    pub fn walked(&self, branch: &Branch, mut each: SelectStatement) -> SelectStatement {
        let rows = self.query.limit as u64 + 1;
        let mut steps = sea_query::Query::select();
        steps.column(Asterisk).from_as(T::TABLE, SELF);
        self.begin(&mut steps);
        self.sort(&mut steps, None, Expr::col((SELF, "id")));
        let mut walk = sea_query::Query::select();
        walk.column((SELF, "id"))
            .from(dialect::first_rows(self.backend, steps, STEPS, SELF, false))
            .cond_where(branch.condition(self.backend))
            .cond_where(self.filters.clone());
        self.sort(&mut walk, None, Expr::col((SELF, "id")));

        let found = format!("(SELECT COUNT(*) FROM {WALK})");
        each.and_where(Expr::cust(format!("{found} < {rows}")));
        let mut either = sea_query::Query::select();
        either.column("id").from(WALK).and_where(Expr::cust(format!("{found} = {rows}")));
        either.union(UnionType::All, self.as_part(each));
        let (mut named, mut with) = (CommonTableExpression::new(), WithClause::new());
        named.table_name(WALK).materialized(true).query(self.as_part(walk));
        with.cte(named);
        let mut page = self.again(sea_query::Query::select().from_subquery(either, FOUND));
        page.with_cte(with).take()
    }
}
