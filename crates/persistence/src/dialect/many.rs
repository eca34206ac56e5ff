//! Many values at once, and how each database is best told of them.

use sea_orm::DbBackend;
use sea_orm::sea_query::{
    CommonTableExpression, Expr, ExprTrait, Func, FunctionCall, InsertStatement, Query,
    QueryStatementBuilder, SelectStatement, WithClause,
};
use uuid::Uuid;

/// Ids as the rows of a table of one column. Of Postgres alone.
pub fn rows_of(backend: DbBackend, ids: &[Uuid]) -> FunctionCall {
    Func::cust("UNNEST").arg(array(backend, ids))
}

/// Whether an id is one of these. However many there are, few values are bound and, but on MySQL, the statement is the
/// same.
pub fn is_one_of(backend: DbBackend, id: Expr, ids: &[Uuid]) -> Expr {
    match backend {
        DbBackend::Postgres => {
            // As it stands, what is bound would be read as an array again for every row that is looked at.
            let once = Query::select().expr(array(backend, ids)).take();
            let once = Expr::SubQuery(None, Box::new(once.into_sub_query_statement()));
            id.eq(Func::cust("ANY").arg(Expr::cust_with_expr("($1)::uuid[]", once)))
        }
        DbBackend::MySql => id.is_in(ids.iter().copied()),
        _ => {
            let of = Query::select()
                .expr(Expr::cust("UNHEX(value)"))
                .from_function(Func::cust("JSON_EACH").arg(ids_as_text(backend, ids)), "ids")
                .take();
            id.in_subquery(of)
        }
    }
}

/// Which of many values a column holds, in rows in which another column holds an id, along an index of both. Postgres,
/// which plans for as many rows as an id has on average, would read all of this id; so it looks for each value by itself.
pub fn held(
    backend: DbBackend,
    table: &'static str,
    within: (&'static str, Uuid),
    column: &'static str,
    values: &[String],
    is_id: bool,
) -> SelectStatement {
    let mut select = Query::select();
    if backend != DbBackend::Postgres {
        let of = Expr::col(column);
        let among = match is_id {
            true => of.is_in(values.iter().filter_map(|id| Uuid::try_parse(id).ok())),
            false => of.is_in(values.iter().map(String::as_str)),
        };
        return select
            .column(column)
            .from(table)
            .and_where(Expr::col(within.0).eq(within.1))
            .and_where(among)
            .take();
    }
    let json = Func::cast_as(serde_json::Value::from(values).to_string(), "jsonb");
    let value = Expr::col(("each", "value"));
    let value = if is_id { Func::cast_as(value, "uuid").into() } else { value };
    let mut found = Query::select();
    found.column(column).from(table).and_where(Expr::col(within.0).eq(within.1));
    found.and_where(Expr::col(column).eq(value.clone())).limit(1);
    let found = Expr::SubQuery(None, Box::new(found.into_sub_query_statement()));
    select.from_function(Func::cust("JSONB_ARRAY_ELEMENTS_TEXT").arg(json), "each");
    select.expr(value).and_where(found.is_not_null()).take()
}

/// Two inserts as few statements as do both: Postgres does them with one. Neither may need what the other adds.
pub fn together(
    backend: DbBackend,
    first: InsertStatement,
    mut second: InsertStatement,
) -> Vec<InsertStatement> {
    if backend != DbBackend::Postgres {
        return vec![first, second];
    }
    let first = CommonTableExpression::new().query(first).table_name("first").to_owned();
    second.with_cte(WithClause::new().cte(first).to_owned());
    vec![second]
}

/// An array of ids as one value of Postgres.
fn array(backend: DbBackend, ids: &[Uuid]) -> Expr {
    Func::cast_as(ids_as_text(backend, ids), "uuid[]").into()
}

/// Ids as the one text that is bound for all of them: an array as Postgres writes it, or JSON.
pub fn ids_as_text(backend: DbBackend, ids: &[Uuid]) -> String {
    let (open, quote, close) = if backend == DbBackend::Postgres { ('{', "", '}') } else { ('[', "\"", ']') };
    let mut text = String::with_capacity(2 + ids.len() * 35);
    text.push(open);
    for (at, id) in ids.iter().enumerate() {
        text.push_str(if at == 0 { "" } else { "," });
        text.push_str(quote);
        text.push_str(id.simple().encode_lower(&mut Uuid::encode_buffer()));
        text.push_str(quote);
    }
    text.push(close);
    text
}
