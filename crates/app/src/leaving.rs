//! What goes when an organization leaves a collaboration, or a node goes, or a task is killed: in the same unit, recorded
//! for the same reason.

use std::collections::BTreeSet;

use bailiwick_domain::entities::{Run, Task};
use bailiwick_domain::facts::Facts;
use bailiwick_domain::gate::Sealed;
use bailiwick_domain::object::Changed;
use bailiwick_domain::ports::{Lookup, Read, Record, RunsOf, Unit, Write};
use bailiwick_domain::principal::PrincipalId;
use bailiwick_domain::{Because, guards};
use uuid::Uuid;

use crate::cx::Cx;
use crate::edit::store;
use crate::error::AppError;

/// Unshares the projects that an organization has in a collaboration, takes away its nodes there, and ends the open runs
/// of both.
///
/// # Errors
/// Storage.
pub(crate) async fn leave(
    cx: &Cx,
    unit: &dyn Unit,
    because: Because<'_>,
    organization: Uuid,
    collaboration: Uuid,
) -> Result<(), AppError> {
    let of_it = |facts: &Facts| facts.lineage.organization == Some(organization);
    for project in Lookup::shared_in(unit, collaboration).await? {
        if of_it(cx.gate.facts(&project)) {
            end_runs(cx, unit, because, Lookup::open_runs(unit, RunsOf::Project(project.id())).await?)
                .await?;
            store(cx, unit, because, &guards::unshared(project, &cx.gate)).await?;
        }
    }
    for node in Lookup::nodes_in(unit, collaboration).await? {
        if of_it(cx.gate.facts(&node)) {
            lose_node(cx, unit, because, node.id()).await?;
            let gone = guards::remove_node_along(node);
            cx.record(unit, because, Some(gone.object()), None).await?;
            Write::remove(unit, &[gone]).await?;
        }
    }
    Ok(())
}

/// Takes a node away from its runs; those that are open end.
///
/// # Errors
/// Storage.
pub(crate) async fn lose_node(
    cx: &Cx,
    unit: &dyn Unit,
    because: Because<'_>,
    node: Uuid,
) -> Result<(), AppError> {
    let runs = Lookup::runs(unit, RunsOf::Node(node)).await?;
    let lost: Vec<Changed<Run>> = runs.into_iter().map(|run| guards::lose_node(run, cx.gate.now())).collect();
    settle(cx, unit, because, &lost).await
}

/// Ends runs, with the tokens of their containers; their tasks follow.
///
/// # Errors
/// Storage.
pub(crate) async fn end_runs(
    cx: &Cx,
    unit: &dyn Unit,
    because: Because<'_>,
    runs: Vec<Sealed<Run>>,
) -> Result<(), AppError> {
    let ended: Vec<Changed<Run>> =
        runs.into_iter().filter_map(|run| guards::end_run(run, cx.gate.now())).collect();
    settle(cx, unit, because, &ended).await
}

/// Stores changes of runs and what follows from them.
///
/// # Errors
/// Storage.
pub(crate) async fn settle(
    cx: &Cx,
    unit: &dyn Unit,
    because: Because<'_>,
    runs: &[Changed<Run>],
) -> Result<(), AppError> {
    let mut tasks = BTreeSet::new();
    for changed in runs {
        store(cx, unit, because, changed).await?;
        if !changed.after().data.status.is_open() {
            Record::end_machine_tokens(unit, PrincipalId::container(changed.after().id)).await?;
        }
        if changed.before().data.status != changed.after().data.status {
            tasks.extend(changed.after().facts.lineage.task);
        }
    }
    for task in tasks {
        follow_runs(cx, unit, because, task).await?;
    }
    Ok(())
}

/// Gives a task the status that follows from its runs.
///
/// # Errors
/// Storage.
pub(crate) async fn follow_runs(
    cx: &Cx,
    unit: &dyn Unit,
    because: Because<'_>,
    task: Uuid,
) -> Result<(), AppError> {
    let runs = Lookup::runs(unit, RunsOf::Task(task)).await?;
    let Some(row) = Read::<Task>::find(unit, task).await? else { return Ok(()) };
    match guards::follow_runs(row, &runs, cx.gate.now()) {
        Some(changed) => store(cx, unit, because, &changed).await,
        None => Ok(()),
    }
}
