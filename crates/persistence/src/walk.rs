//! Whether the next rows of the whole table, in order, hold a page already: who sees one task in twenty finds twenty
//! among four hundred, sooner than by asking for a page of each of fifty projects.

use sea_orm::sea_query::{
    self, Asterisk, CommonTableExpression, Condition, Expr, ExprTrait, Func, SelectStatement, UnionType,
    WithClause,
};
use uuid::Uuid;

use crate::dialect;
use crate::page::Pages;
use crate::part::Part;
use crate::table::{SELF, Table};

/// What the page is called that the walk found.
const WALK: &str = "walk";
/// How many rows it looks at. Where they do not hold a page, looking was in vain and cost about as much as a page of each
/// of thirty projects.
const STEPS: u64 = 1_000;

impl<T: Table> Pages<'_, T> {
    /// The page of a part as far as a walk by id finds it whole; else that of these pages, which then are not read.
    pub fn walked(&self, part: &Part, pages: Vec<SelectStatement>) -> SelectStatement {
        let rows = self.query.limit as u64 + 1;
        let found = format!("(SELECT COUNT(*) FROM {WALK})");
        let rest = self.when(format!("{found} < {rows}"));
        // To ask for it once is enough, but where it would be asked of each row.
        let page = if dialect::looks_ahead(self.backend) { self.merged(pages) } else { rest.merged(pages) };
        let mut either = sea_query::Query::select();
        either.column("id").from(WALK).and_where(Expr::cust(format!("{found} = {rows}")));
        either.union(UnionType::All, rest.as_part(page));
        let (mut named, mut with) = (CommonTableExpression::new(), WithClause::new());
        named.table_name(WALK).materialized(true).query(self.as_part(self.walk(part)));
        with.cte(named);
        // One of both is empty, and the other is a page: to sort both as one takes SQLite longer than to find it.
        either.with_cte(with).take()
    }

    /// What is in a part of the next rows of the table.
    fn walk(&self, part: &Part) -> SelectStatement {
        let holds = Condition::all().add(part.condition(self.backend)).add(self.filters.clone());
        let mut walk = sea_query::Query::select();
        walk.column((SELF, "id"));
        if dialect::looks_ahead(self.backend) {
            let steps = self.steps(Expr::col(Asterisk));
            walk.from(dialect::first_rows(self.backend, steps, STEPS, None, SELF, false)).cond_where(holds);
        } else {
            // As a value, a condition leads to no other index than that of the ids.
            let holds = Expr::cust_with_expr("(?) IS TRUE", Expr::from(holds));
            walk.from_as(T::TABLE, SELF).and_where(holds).and_where(self.is_within());
            self.begin(&mut walk);
        }
        self.sort(&mut walk, None, Expr::col((SELF, "id")));
        walk.take()
    }

    /// The next rows of the table, in order.
    fn steps(&self, of: Expr) -> SelectStatement {
        let mut steps = sea_query::Query::select();
        steps.expr(of).from_as(T::TABLE, SELF);
        self.begin(&mut steps);
        self.sort(&mut steps, None, Expr::col((SELF, "id")));
        steps
    }

    /// That a row is one of so many next ones: not beyond the last of them, if there are so many.
    fn is_within(&self) -> Expr {
        let last = dialect::row_after(self.backend, self.steps(Expr::col((SELF, "id"))), STEPS - 1);
        let descending = self.query.sort.descending;
        let end = if descending { Uuid::nil() } else { Uuid::max() };
        let last = Func::coalesce([last, Expr::val(end)]);
        let id = Expr::col((SELF, "id"));
        if descending { id.gte(last) } else { id.lte(last) }
    }
}
