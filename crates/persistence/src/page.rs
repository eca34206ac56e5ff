//! Filters, order and keyset pages as SQL.

use bailiwick_domain::page::{FieldValue, Filter, Query};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Order, SelectStatement};
use sea_orm::{DbBackend, Value};

use crate::cells::micros;
use crate::dialect;
use crate::table::{SELF, Table};

/// A filter as a condition.
pub fn filter<T: Table>(filter: &Filter, backend: DbBackend) -> Expr {
    match filter {
        Filter::Is(name, FieldValue::Null) => field::<T>(name).is_null(),
        Filter::Is(name, value) => field::<T>(name).eq(literal(value)),
        Filter::After(name, FieldValue::Null) => field::<T>(name).is_not_null(),
        Filter::After(name, value) => field::<T>(name).gt(literal(value)),
        Filter::NameContains(text) => {
            let name = T::NAME.map_or_else(|| Expr::val(""), |name| Expr::col((SELF, name)));
            dialect::contains(backend, name, text.to_ascii_lowercase())
        }
    }
}

/// Orders a list and cuts a page out of it, with one object more to tell whether others follow.
pub fn cut<T: Table>(select: &mut SelectStatement, query: &Query) {
    let order = if query.sort.descending { Order::Desc } else { Order::Asc };
    let by_id = query.sort.field == "id";
    if let Some(after) = &query.after {
        let beyond = |field: Expr, value: Value| {
            if query.sort.descending { field.lt(value) } else { field.gt(value) }
        };
        let id_beyond = beyond(Expr::col((SELF, "id")), after.id.into());
        if by_id {
            select.and_where(id_beyond);
        } else {
            let (field, value) = (field::<T>(query.sort.field), literal(&after.value));
            // The first condition alone lets an index begin at the position.
            let from = match order {
                Order::Desc => field.clone().lte(value.clone()),
                _ => field.clone().gte(value.clone()),
            };
            select.and_where(from);
            select.cond_where(Condition::any().add(beyond(field, value)).add(id_beyond));
        }
    }
    if !by_id {
        select.order_by_expr(field::<T>(query.sort.field), order.clone());
    }
    select.order_by((SELF, "id"), order);
    select.limit(query.limit as u64 + 1);
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
        FieldValue::Null => Value::String(None),
        FieldValue::Text(text) => text.as_str().into(),
        FieldValue::Id(id) => (*id).into(),
        FieldValue::Time(at) => micros(*at).into(),
        FieldValue::Flag(flag) => (*flag).into(),
    }
}
