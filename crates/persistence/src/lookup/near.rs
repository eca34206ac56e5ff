//! Single objects of any kind by id, and the subtasks of a task.

use bailiwick_domain::entities::{
    ApiKey, ClientApp, Collaboration, Job, Node, Organization, Project, Role, Task, User,
};
use bailiwick_domain::ports::StoreError;
use bailiwick_domain::{Kind, Near, Relation, Sealed};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{
    CommonTableExpression, Expr, ExprTrait, JoinType, Order, Query, UnionType, WithClause,
};
use uuid::Uuid;

use crate::read;
use crate::table::{self, SELF, Table};

pub async fn near(conn: &impl ConnectionTrait, kind: Kind, id: Uuid) -> Result<Option<Near>, StoreError> {
    match kind {
        Kind::Organization => one::<Organization>(conn, id, Relation::Organization).await,
        Kind::Project => one::<Project>(conn, id, Relation::Project).await,
        Kind::Job => one::<Job>(conn, id, Relation::Job).await,
        Kind::Task => one::<Task>(conn, id, Relation::Task).await,
        Kind::User => one::<User>(conn, id, Relation::Principal).await,
        Kind::ApiKey => one::<ApiKey>(conn, id, Relation::Principal).await,
        Kind::Node => one::<Node>(conn, id, Relation::Node).await,
        Kind::Role => one::<Role>(conn, id, Relation::Role).await,
        Kind::Collaboration => one::<Collaboration>(conn, id, Relation::Collaboration).await,
        Kind::ClientApp => one::<ClientApp>(conn, id, Relation::ClientApp).await,
        _ => Ok(None),
    }
}

async fn one<T: Table>(
    conn: &impl ConnectionTrait,
    id: Uuid,
    relation: Relation,
) -> Result<Option<Near>, StoreError> {
    let found = read::find::<T>(conn, id).await?;
    Ok(found.map(|found| Near { relation, name: found.data.name().into(), facts: found.facts.into() }))
}

/// The subtasks of a task at any depth, by id.
pub async fn subtasks(conn: &impl ConnectionTrait, task: Uuid) -> Result<Vec<Sealed<Task>>, StoreError> {
    let children =
        Query::select().column("id").from("tasks").and_where(Expr::col("parent_id").eq(task)).take();
    let theirs = Query::select()
        .column(("child", "id"))
        .from_as("tasks", "child")
        .join(JoinType::InnerJoin, "below", Expr::col(("child", "parent_id")).equals(("below", "id")))
        .take();
    // UNION, not UNION ALL: it ends even if a task were above itself.
    let below = CommonTableExpression::new()
        .table_name("below")
        .column("id")
        .query(children.to_owned().union(UnionType::Distinct, theirs).take())
        .to_owned();
    let mut select = table::select::<Task>(conn.get_database_backend());
    select
        .with_cte(WithClause::new().recursive(true).cte(below).to_owned())
        .and_where(Expr::col((SELF, "id")).in_subquery(Query::select().column("id").from("below").take()))
        .order_by((SELF, "id"), Order::Asc);
    Ok(read::read_all(conn, &select).await?.into_iter().map(Sealed::new).collect())
}
