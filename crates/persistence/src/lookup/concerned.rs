//! The principals that a decision about an object might allow.

use std::collections::BTreeSet;

use bailiwick_domain::facts::Level;
use bailiwick_domain::ports::StoreError;
use bailiwick_domain::{Facts, Kind, PrincipalId, PrincipalKind};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use uuid::Uuid;

use crate::cells::Cells;
use crate::run;

pub async fn concerned(conn: &impl ConnectionTrait, facts: &Facts) -> Result<Vec<PrincipalId>, StoreError> {
    let mut anchors: Vec<Uuid> = Level::ALL.iter().filter_map(|&level| facts.lineage.at(level)).collect();
    if facts.kind == Kind::Collaboration {
        // For viewing, a collaboration lies inside each of its members.
        anchors.extend(facts.homes.iter().copied());
    }
    let at_one_of_them = Expr::col("anchor_id").is_in(anchors);
    // What a task lends comes with it and with its job.
    let at_lender = Expr::col("job_id").is_in(facts.lent.iter().map(|lent| lent.job));
    let at_server = Expr::col("level").eq(Level::Server.word());
    let select = Query::select()
        .distinct()
        .columns(["principal_kind", "principal_id"])
        .from("grants")
        .and_where(at_server.or(at_one_of_them).or(at_lender))
        .take();
    let itself = PrincipalKind::ALL.iter().find(|kind| kind.kind() == facts.kind);
    let itself = itself.map(|&kind| PrincipalId { kind, id: facts.id });
    let mut found: BTreeSet<PrincipalId> = [facts.maker, facts.assignee, facts.names, itself]
        .into_iter()
        .flatten()
        .chain(facts.lent.iter().map(|lent| lent.to))
        // Who made one of those that a proposal lies between may edit that, and so answer.
        .chain(facts.between.iter().flat_map(|between| between.iter()).filter_map(|side| side.maker))
        .collect();
    for row in run::all(conn, &select).await? {
        found.extend(Cells::new(&row).principal()?);
    }
    Ok(found.into_iter().collect())
}

pub async fn nodes(conn: &impl ConnectionTrait) -> Result<Vec<PrincipalId>, StoreError> {
    let select = Query::select().column("id").from("nodes").take();
    let rows = run::all(conn, &select).await?;
    rows.iter().map(|row| Ok(PrincipalId::node(Cells::new(row).id()?))).collect()
}
