//! Stamps: renewed by every write that may change what a remembered principal's decisions need, and brought along by
//! the first read of a later request.

use bailiwick_domain::ports::{Presumption, Stamps, StoreError};
use bailiwick_domain::{PrincipalId, PrincipalKind};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{
    Condition, Expr, ExprTrait, Query, QueryStatementBuilder, SelectStatement, SubQueryStatement,
};
use uuid::Uuid;

use crate::row::Row;
use crate::run;

/// Whose decisions a change to an object of a kind may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Concerns {
    /// Nobody's.
    Nobody,
    /// Its own: it is a principal.
    Itself,
    /// Those of the principal that it names: it is a grant.
    Grantee,
    /// Those of many: roles, and what grants are anchored in.
    Everybody,
}

/// The principals that have a stamp, each kind in its table.
const PRINCIPALS: [(PrincipalKind, &str); 3] =
    [(PrincipalKind::User, "users"), (PrincipalKind::ApiKey, "api_keys"), (PrincipalKind::Node, "nodes")];
/// Those of them that grants name.
const GRANTEES: [PrincipalKind; 2] = [PrincipalKind::User, PrincipalKind::ApiKey];
/// What the row is called that is always there.
const ALWAYS: &str = "always";
/// What the columns are called in which a read brings stamps along.
const RIGHTS: &str = "stamp_rights";
const POLICY: &str = "stamp_policy";
const OF: [&str; 2] = ["stamp_0", "stamp_1"];

/// Renews the stamp of everybody.
pub async fn renew_all(conn: &impl ConnectionTrait) -> Result<(), StoreError> {
    let update = Query::update().table("in_force").value("rights", Expr::col("rights").add(1)).take();
    run::write(conn, &update).await.map(|_| ())
}

/// Renews the stamps of the principals of one kind for which a condition holds.
pub async fn renew(
    conn: &impl ConnectionTrait,
    kind: PrincipalKind,
    which: impl Into<Condition>,
) -> Result<(), StoreError> {
    let Some((_, table)) = PRINCIPALS.iter().find(|(of, _)| *of == kind) else { return Ok(()) };
    let update =
        Query::update().table(*table).value("stamp", Expr::col("stamp").add(1)).cond_where(which).take();
    run::write(conn, &update).await.map(|_| ())
}

/// Renews the stamps of these principals.
pub async fn renew_each(conn: &impl ConnectionTrait, principals: &[PrincipalId]) -> Result<(), StoreError> {
    for (kind, _) in PRINCIPALS {
        let of_kind = principals.iter().filter(|principal| principal.kind == kind);
        let ids: Vec<Uuid> = of_kind.map(|principal| principal.id).collect();
        if !ids.is_empty() {
            renew(conn, kind, Expr::col("id").is_in(ids)).await?;
        }
    }
    Ok(())
}

/// Renews the stamps of the principals that grants name of which a column holds one of these ids.
pub async fn renew_grantees(
    conn: &impl ConnectionTrait,
    column: &'static str,
    ids: &[Uuid],
) -> Result<(), StoreError> {
    for kind in GRANTEES {
        let named = Query::select()
            .column("principal_id")
            .from("grants")
            .and_where(Expr::col(column).is_in(ids.iter().copied()))
            .and_where(Expr::col("principal_kind").eq(kind.word()))
            .take();
        renew(conn, kind, Expr::col("id").in_subquery(named)).await?;
    }
    Ok(())
}

/// Adds the stamps of rights and policy to what is selected.
pub fn select(select: &mut SelectStatement) {
    for (column, name) in [("rights", RIGHTS), ("policy", POLICY)] {
        let stamp = Query::select().column(column).from("in_force").take();
        select.expr_as(scalar(stamp), name);
    }
}

/// Adds the stamp of a principal that is joined under this name.
pub fn select_joined(select: &mut SelectStatement, at: usize, principal: &'static str) {
    let [first, second] = OF;
    select.expr_as(Expr::col((principal, "stamp")), if at == 0 { first } else { second });
}

/// One row, whatever there is: where the stamps of rights and policy stand.
pub fn always() -> SelectStatement {
    Query::select().from_as("in_force", ALWAYS).take()
}

/// Adds the stamps of rights and policy, and of these principals, to what is selected beside [`always`].
pub fn select_beside(statement: &mut SelectStatement, principals: impl Iterator<Item = PrincipalId>) {
    for (column, name) in [("rights", RIGHTS), ("policy", POLICY)] {
        statement.expr_as(Expr::col((ALWAYS, column)), name);
    }
    for (principal, name) in principals.zip(OF) {
        let Some((_, table)) = PRINCIPALS.iter().find(|(of, _)| *of == principal.kind) else { continue };
        let stamp =
            Query::select().column("stamp").from(*table).and_where(Expr::col("id").eq(principal.id)).take();
        statement.expr_as(scalar(stamp), name);
    }
}

fn scalar(select: SelectStatement) -> Expr {
    let select: SubQueryStatement = select.into_sub_query_statement();
    select.into()
}

/// The stamps in a row: of rights and policy, and of these principals.
pub fn read(row: &Row, principals: impl Iterator<Item = PrincipalId>) -> Result<Stamps, StoreError> {
    let mut found = Stamps { policy: row.named(POLICY)?, rights: row.named(RIGHTS)?, principals: Vec::new() };
    for (principal, name) in principals.zip(OF) {
        found.principals.push((principal, row.named(name)?));
    }
    Ok(found)
}

/// The stamp of rights that a read brought along.
pub fn rights(rows: &[Row]) -> Result<i64, StoreError> {
    first(rows)?.named(RIGHTS)
}

/// Takes the stamps that a read brought along.
pub fn settle(rows: &[Row], presumption: &Presumption) -> Result<(), StoreError> {
    presumption.settle(&read(first(rows)?, principals(presumption))?)
}

/// The principals whose stamps a presumption goes by.
pub fn principals(presumption: &Presumption) -> impl Iterator<Item = PrincipalId> {
    presumption.stamps().principals.iter().map(|(principal, _)| *principal)
}

fn first(rows: &[Row]) -> Result<&Row, StoreError> {
    rows.first().ok_or_else(|| StoreError::Corrupt("the row of what is in force is gone".to_owned()))
}

/// Asks for the stamps alone.
pub async fn verify(conn: &impl ConnectionTrait, presumption: &Presumption) -> Result<(), StoreError> {
    let mut select = always();
    select_beside(&mut select, principals(presumption));
    settle(&run::all(conn, &select).await?, presumption)
}
