//! Built-in roles, and what roles give.

use bailiwick_domain::entities::Role;
use bailiwick_domain::ports::StoreError;
use bailiwick_domain::role::Closure;
use bailiwick_domain::{Entity, Facts, Kind, Lineage, Object};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::cells::to_json;
use crate::table::changed_row;
use crate::{read, run, stamps, write};

/// A row that says the same already is left as it is.
pub async fn put_built_in(
    conn: &impl ConnectionTrait,
    id: Uuid,
    name: &str,
    description: &str,
    active: bool,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let full = Closure::built_in(name);
    let data = Role {
        name: name.to_owned(),
        description: description.to_owned(),
        built_in: true,
        active,
        rules: Vec::new(),
        includes: Vec::new(),
        live: if active { full.clone() } else { Closure::default() },
        full,
    };
    let Some(mut role) = read::find::<Role>(conn, id).await? else {
        let mut facts = Facts::new(Kind::Role, id, Lineage::default());
        data.settle(&mut facts);
        let near = Vec::new();
        let role = Object { id, created_at: now, updated_at: now, version: 1, facts, near, data };
        return write::add(conn, &role).await;
    };
    if role.data == data {
        return Ok(());
    }
    role.data = data;
    role.updated_at = now;
    let values = changed_row(&role).into_iter().map(|(name, value)| (name, Expr::val(value)));
    let update = Query::update().table("roles").values(values).and_where(Expr::col("id").eq(id)).take();
    run::write_unique(conn, &update, "name").await?;
    stamps::renew_all(conn).await
}

pub async fn set_closures(
    conn: &impl ConnectionTrait,
    closures: &[(Uuid, Closure, Closure)],
) -> Result<(), StoreError> {
    for (id, live, full) in closures {
        let update = Query::update()
            .table("roles")
            .values([("live", Expr::val(to_json(live))), ("full", Expr::val(to_json(full)))])
            .and_where(Expr::col("id").eq(*id))
            .take();
        run::touch(conn, &update).await?;
    }
    stamps::renew_all(conn).await
}
