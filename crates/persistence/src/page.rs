//! Filters, order and keyset pages as SQL.

use std::marker::PhantomData;

use bailiwick_domain::page::{FieldKind, FieldValue, Filter, Query};
use sea_orm::sea_query::{
    self, Asterisk, Condition, Expr, ExprTrait, Func, JoinType, Order, SelectStatement, TableRef, UnionType,
};
use sea_orm::{DbBackend, Value};
use uuid::Uuid;

use crate::cells::micros;
use crate::dialect;
use crate::part::{self, Among, Branch, Part};
use crate::table::{SELF, Table};

/// What a page that is a table is called: one of a union, and the union itself.
pub const FOUND: &str = "found";

/// Joins the ids of one page of what is in a part and passes the filters, and of one object more to tell whether others
/// follow; each with its `value` of the field that the list is sorted by, unless that is the id.
///
/// Each branch is read in order by an index of its own and cut, so that none is read to its end; then they are
/// merged and cut once more.
pub fn join<T: Table>(
    select: &mut SelectStatement,
    alias: &'static str,
    part: &Part,
    query: &Query,
    backend: DbBackend,
) {
    let filters = filters::<T>(query, backend);
    let pages = Pages::<T> { query, backend, filters, when: None, of: PhantomData };
    let page = pages.of_part(part);
    select.join(JoinType::LeftJoin, pages.table(page, alias, false), Expr::cust("1 = 1"));
}

/// How many objects are in a part and pass the filters.
pub fn count<T: Table>(part: &Part, query: &Query, backend: DbBackend) -> SelectStatement {
    sea_query::Query::select()
        .expr(Func::count(Expr::col(Asterisk)))
        .from_as(T::TABLE, SELF)
        .cond_where(part.condition(backend))
        .cond_where(filters::<T>(query, backend))
        .take()
}

/// The pages of the branches of one list.
pub struct Pages<'q, T> {
    pub query: &'q Query,
    pub backend: DbBackend,
    pub filters: Condition,
    /// What must hold for any of them to be read.
    when: Option<String>,
    of: PhantomData<T>,
}

impl<T: Table> Pages<'_, T> {
    /// The same pages, which are read only where this holds.
    pub fn when(&self, holds: String) -> Self {
        let Self { query, backend, filters, .. } = self;
        Self { query, backend: *backend, filters: filters.clone(), when: Some(holds), of: PhantomData }
    }

    fn of_part(&self, part: &Part) -> SelectStatement {
        // A filter that finds less than a branch does leads instead of it, and once for all such branches.
        let led = self.query.filters.iter().map(width).min().unwrap_or(part::WIDEST);
        let (wide, narrow): (Vec<&Branch>, Vec<&Branch>) =
            part.branches().iter().partition(|branch| led < part::WIDEST && led <= branch.width());
        let mut pages: Vec<SelectStatement> = narrow.iter().map(|branch| self.of_branch(branch)).collect();
        if !wide.is_empty() {
            let any = wide.into_iter().map(|branch| branch.condition(self.backend));
            pages.push(self.of(any.fold(Condition::any(), Condition::add)));
        }
        let walks = dialect::walks(self.backend)
            && self.query.sort.field == "id"
            && narrow.iter().any(|branch| branch.is_of_many());
        if walks { self.walked(part, pages) } else { self.merged(pages) }
    }

    /// One page of several.
    pub fn merged(&self, pages: Vec<SelectStatement>) -> SelectStatement {
        let mut pages = pages.into_iter();
        match (pages.next(), pages.next()) {
            (None, _) => self.of(Part::NOTHING.condition(self.backend)),
            (Some(only), None) => only,
            (Some(first), Some(second)) => {
                // A part of a union keeps its order and its limit only as a table.
                let rest = [second].into_iter().chain(pages);
                let mut union = self.as_part(first);
                union.unions(rest.map(|page| (UnionType::Distinct, self.as_part(page))));
                self.again(sea_query::Query::select().from_subquery(union, FOUND))
            }
        }
    }

    /// One page; cut out of a page for each value that its index may begin with, where that is better.
    fn of_branch(&self, branch: &Branch) -> SelectStatement {
        let Some(seek) = &branch.seek else { return self.of(branch.condition(self.backend)) };
        if let (Among::Ids(ids), true) = (&seek.among, dialect::reads_along_bounds(self.backend))
            && let ([value], true) = (ids.as_slice(), self.query.sort.field == "id" && seek.column != "id")
        {
            return self.along(seek.column, *value, branch.beside(self.backend));
        }
        let Some(mut each) = seek.among.each(self.backend) else {
            return self.of(branch.condition(self.backend));
        };
        let at = Expr::col((SELF, seek.column)).equals((part::EACH, part::EACH));
        let page = self.of(branch.beside(self.backend).add(at));
        each.join(JoinType::InnerJoin, self.table(page, FOUND, true), Expr::cust("1 = 1"));
        self.again(&mut each)
    }

    /// The page of the rows in which a column holds an id, in the order of the column and then of ids: its index alone has
    /// that. Of an equality, the database would know that it makes no difference to the order.
    fn along(&self, column: &'static str, value: Uuid, beside: Condition) -> SelectStatement {
        let [held, id] = [column, "id"].map(|column| Expr::col((SELF, column)));
        let (descending, value) = (self.query.sort.descending, Expr::val(value));
        let begins = match &self.query.after {
            Some(after) => {
                let (at, after) =
                    (Expr::tuple([held.clone(), id]), Expr::tuple([value.clone(), after.id.into()]));
                if descending { at.lt(after) } else { at.gt(after) }
            }
            None if descending => held.clone().lte(value.clone()),
            None => held.clone().gte(value.clone()),
        };
        let ends = if descending { held.clone().gte(value) } else { held.clone().lte(value) };
        let mut select = sea_query::Query::select();
        select.column((SELF, "id")).from_as(T::TABLE, SELF).and_where(begins).and_where(ends);
        select.cond_where(beside).cond_where(self.filters.clone());
        self.sort(&mut select, Some(held), Expr::col((SELF, "id")));
        select
    }

    /// A page as part of a union.
    pub fn as_part(&self, page: SelectStatement) -> SelectStatement {
        let mut part = sea_query::Query::select();
        part.column(Asterisk);
        part.from(self.table(page, FOUND, false)).take()
    }

    /// A page, cut.
    pub fn table(&self, page: SelectStatement, alias: &'static str, lateral: bool) -> TableRef {
        let (rows, when) = (self.query.limit as u64 + 1, self.when.as_deref());
        dialect::first_rows(self.backend, page, rows, when, alias, lateral)
    }

    /// The page of the rows for which this holds, not cut yet.
    fn of(&self, condition: Condition) -> SelectStatement {
        let mut select = sea_query::Query::select();
        select.column((SELF, "id")).from_as(T::TABLE, SELF).cond_where(condition);
        select.cond_where(self.filters.clone());
        self.begin(&mut select);
        let value = (self.query.sort.field != "id").then(|| field::<T>(self.query.sort.field));
        if let Some(value) = &value {
            select.expr_as(value.clone(), "value");
        }
        self.sort(&mut select, value, Expr::col((SELF, "id")));
        select
    }

    /// The page of the pages called [`FOUND`], not cut yet.
    pub fn again(&self, pages: &mut SelectStatement) -> SelectStatement {
        pages.column((FOUND, "id"));
        let value = (self.query.sort.field != "id").then(|| Expr::col((FOUND, "value")));
        if value.is_some() {
            pages.column((FOUND, "value"));
        }
        self.sort(pages, value, Expr::col((FOUND, "id")));
        pages.take()
    }

    pub fn sort(&self, select: &mut SelectStatement, value: Option<Expr>, id: Expr) {
        let order = if self.query.sort.descending { Order::Desc } else { Order::Asc };
        if let Some(value) = value {
            select.order_by_expr(value, order.clone());
        }
        select.order_by_expr(id, order);
    }

    /// Begins at the position that the query names; where it names none, at the first id for a database that is to know.
    pub fn begin(&self, select: &mut SelectStatement) {
        if let Some(after) = &self.query.after {
            select.cond_where(self.beyond(literal(&after.value), after.id.into()));
        } else if dialect::begins_at_an_id(self.backend) && self.query.sort.field == "id" {
            let id = Expr::col((SELF, "id"));
            let descending = self.query.sort.descending;
            select.and_where(if descending { id.lte(Uuid::max()) } else { id.gte(Uuid::nil()) });
        }
    }

    /// What comes after a position.
    fn beyond(&self, value: Value, id: Value) -> Condition {
        let descending = self.query.sort.descending;
        let beyond = |field: Expr, value| if descending { field.lt(value) } else { field.gt(value) };
        let id_beyond = beyond(Expr::col((SELF, "id")), id);
        if self.query.sort.field == "id" {
            return Condition::all().add(id_beyond);
        }
        let field = field::<T>(self.query.sort.field);
        // This condition alone lets an index begin at the position.
        let from =
            if descending { field.clone().lte(value.clone()) } else { field.clone().gte(value.clone()) };
        Condition::all().add(from).add(Condition::any().add(beyond(field, value)).add(id_beyond))
    }
}

fn filters<T: Table>(query: &Query, backend: DbBackend) -> Condition {
    query.filters.iter().map(|each| filter::<T>(each, backend)).fold(Condition::all(), Condition::add)
}

/// A filter as a condition.
fn filter<T: Table>(filter: &Filter, backend: DbBackend) -> Expr {
    match filter {
        Filter::Is(name, FieldValue::Null) if !has_several::<T>(name) => field::<T>(name).is_null(),
        Filter::Is(name, value) if has_several::<T>(name) => match value {
            FieldValue::Id(id) => T::has(name, *id).unwrap_or_else(|| Expr::cust("1 = 0")),
            FieldValue::Text(word) => T::has_word(name, word).unwrap_or_else(|| Expr::cust("1 = 0")),
            _ => Expr::cust("1 = 0"),
        },
        Filter::Is(name, value) => field::<T>(name).eq(literal(value)),
        Filter::HeldBy(name, holder) => Expr::col((SELF, "id")).in_subquery(held_by(name, *holder)),
        Filter::After(name, FieldValue::Null) => field::<T>(name).is_not_null(),
        Filter::After(name, value) => field::<T>(name).gt(literal(value)),
        Filter::Contains(name, text) => {
            dialect::contains(backend, field::<T>(name), text.to_ascii_lowercase())
        }
        Filter::NameContains(text) => {
            let name = T::NAME.map_or_else(|| Expr::val(""), |name| Expr::col((SELF, name)));
            dialect::contains(backend, name, text.to_ascii_lowercase())
        }
    }
}

/// The ids of what something holds: by links, and of a task also what its job holds, and the file that it is about.
fn held_by(name: &str, holder: Uuid) -> SelectStatement {
    let targets =
        |holder: Expr| sea_query::Query::select().column("target_id").from("links").and_where(holder).take();
    let mut held = targets(Expr::col("holder_id").eq(holder));
    if name == "task_id" {
        let task = |column: &'static str| {
            sea_query::Query::select()
                .column(column)
                .from("tasks")
                .and_where(Expr::col("id").eq(holder))
                .take()
        };
        held.union(UnionType::All, targets(Expr::col("holder_id").in_subquery(task("job_id"))));
        held.union(UnionType::All, task("file_id"));
    }
    held
}

/// Whether a field holds several values, of which a filter names one.
fn has_several<T: Table>(name: &str) -> bool {
    T::FIELDS
        .iter()
        .any(|field| field.name == name && matches!(field.kind, FieldKind::Ids | FieldKind::Texts))
}

/// How much of a table a filter finds, where an index leads to it.
fn width(filter: &Filter) -> u8 {
    match filter {
        Filter::Is(name, FieldValue::Id(_)) => part::width(name),
        _ => part::WIDEST,
    }
}

/// What a field is compared by.
fn field<T: Table>(name: &'static str) -> Expr {
    match (name, T::NAME) {
        ("name", Some(column)) => Expr::col((SELF, column)),
        _ => T::field(name),
    }
}

fn literal(value: &FieldValue) -> Value {
    match value {
        // Nothing is compared to several values: filters ask for one among them.
        FieldValue::Null | FieldValue::Ids(_) | FieldValue::Texts(_) => Value::String(None),
        FieldValue::Text(text) => text.as_str().into(),
        FieldValue::Id(id) => (*id).into(),
        FieldValue::Time(at) => micros(*at).into(),
        FieldValue::Flag(flag) => (*flag).into(),
        FieldValue::Number(number) => (*number).into(),
    }
}
