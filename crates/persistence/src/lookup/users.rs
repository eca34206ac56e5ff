//! Users and members, as far as guards and candidates ask for them.

use bailiwick_domain::PrincipalKind;
use bailiwick_domain::entities::Standing;
use bailiwick_domain::facts::Level;
use bailiwick_domain::ports::StoreError;
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Asterisk, Expr, ExprTrait, Func, JoinType, Order, Query};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::cells::{Cells, micros};
use crate::{dialect, run};

pub async fn candidates(
    conn: &impl ConnectionTrait,
    organizations: &[Uuid],
    q: &str,
    limit: usize,
) -> Result<Vec<(Uuid, String)>, StoreError> {
    let backend = conn.get_database_backend();
    let select = Query::select()
        .columns(["id", "username"])
        .from("users")
        .and_where(Expr::col("organization_id").is_in(organizations.iter().copied()))
        .and_where(dialect::contains(backend, Expr::col("username"), q.to_ascii_lowercase()))
        .order_by("username", Order::Asc)
        .order_by("id", Order::Asc)
        .limit(limit as u64)
        .take();
    let mut found = Vec::new();
    for row in run::all(conn, &select).await? {
        let mut cells = Cells::new(&row);
        found.push((cells.id()?, cells.text()?));
    }
    Ok(found)
}

/// By id.
pub async fn members(conn: &impl ConnectionTrait, collaboration: Uuid) -> Result<Vec<Uuid>, StoreError> {
    let select = Query::select()
        .column("organization_id")
        .from("collaboration_members")
        .and_where(Expr::col("collaboration_id").eq(collaboration))
        .order_by("organization_id", Order::Asc)
        .take();
    run::all(conn, &select).await?.iter().map(|row| Cells::new(row).id()).collect()
}

pub async fn lasting_holders(
    conn: &impl ConnectionTrait,
    role: Uuid,
    now: OffsetDateTime,
) -> Result<u64, StoreError> {
    let starts = || Expr::col(("g", "starts_at"));
    let same = |alias: &'static str, of: &'static str, column: &'static str| {
        Expr::col((alias, "id")).equals((of, column))
    };
    let select = Query::select()
        .expr(Func::count(Expr::col(Asterisk)))
        .from_as("grants", "g")
        .join_as(JoinType::InnerJoin, "roles", "role", same("role", "g", "role_id"))
        .join_as(JoinType::InnerJoin, "users", "person", same("person", "g", "principal_id"))
        .join_as(JoinType::InnerJoin, "organizations", "home", same("home", "person", "organization_id"))
        .join_as(
            JoinType::LeftJoin,
            "organizations",
            "role_home",
            same("role_home", "role", "organization_id"),
        )
        .and_where(Expr::col(("g", "role_id")).eq(role))
        .and_where(Expr::col(("g", "level")).eq(Level::Server.word()))
        .and_where(Expr::col(("g", "principal_kind")).eq(PrincipalKind::User.word()))
        .and_where(Expr::col(("g", "expires_at")).is_null())
        .and_where(starts().is_null().or(starts().lte(micros(now))))
        .and_where(Expr::col(("role", "active")).eq(true))
        .and_where(Expr::col(("person", "status")).eq(Standing::Active.word()))
        .and_where(Expr::col(("home", "status")).eq(Standing::Active.word()))
        .and_where(
            Expr::col(("role_home", "status"))
                .is_null()
                .or(Expr::col(("role_home", "status")).eq(Standing::Active.word())),
        )
        .take();
    run::one(conn, &select).await?.map_or(Ok(0), |row| Cells::new(&row).count())
}
