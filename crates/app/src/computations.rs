//! Tasks that nodes execute: an image, and a run for each organization that is to execute it.

use std::collections::BTreeSet;

use bailiwick_domain::entities::{NodePolicy, Organization, Run, RunStatus, Stored, Task};
use bailiwick_domain::facts::Facts;
use bailiwick_domain::gate::{MayCreate, Sealed, View};
use bailiwick_domain::kind::{Kind, Operation};
use bailiwick_domain::object::New;
use bailiwick_domain::ports::{Lookup, Read, Record, RunsOf, Unit, Write};
use bailiwick_domain::principal::PrincipalKind;
use bailiwick_domain::reason::Guard;
use bailiwick_domain::{Gate, guards};
use uuid::Uuid;

use crate::create::look_back;
use crate::cx::Cx;
use crate::error::AppError;
use crate::leaving::end_runs;
use crate::read::Shown;
use crate::runs::{PART, is_encrypted};
use crate::sealed::Envelope;
use crate::tasks::{NewRun, NewTask};

/// How many bytes the input of a run has at most.
const LONGEST_INPUT: usize = 1_024 * 1_024;
/// How many organizations execute one task at most.
const MOST_RUNS: usize = 500;

/// The image of a new task, if it is a computation: what it says of itself fits together, and a container makes only
/// computations of its own image.
pub(crate) async fn computation(
    cx: &Cx,
    unit: &dyn Unit,
    permit: &MayCreate<'_, Task>,
    body: &NewTask,
) -> Result<Option<String>, AppError> {
    let said = body.image.as_ref().map(|image| image.as_str().to_owned());
    let image = match cx.caller.confinement {
        None => said,
        Some(inside) => {
            let row = Read::<Task>::find(unit, inside.task).await?;
            let own = cx.gate.open::<View, Task>(&cx.caller, row).ok();
            let own = own.and_then(|task| task.data().image.clone());
            if said.is_some() && said != own {
                let guard = Guard::Confinement;
                return Err(Gate::guarded(guard, Operation::Create, Kind::Task, permit.parent()).into());
            }
            own
        }
    };
    let wrong = |pointer: &str, right: &str| Err(AppError::invalid(pointer, right));
    match (&image, body.runs.is_empty()) {
        (None, false) => wrong("/image", "the image that the organizations execute"),
        (Some(_), true) => wrong("/runs", "the organizations that execute it, one at least"),
        (Some(_), false) if body.assignee_id.is_some() => {
            wrong("/assignee_id", "to be left out, since nodes execute a computation")
        }
        (None, true) if !body.databases.is_empty() => {
            wrong("/databases", "to be left out, since only a computation (a task with an image) reads any")
        }
        _ if body.runs.len() > MOST_RUNS => wrong("/runs", &format!("at most {MOST_RUNS}")),
        _ => Ok(image),
    }
}

/// Makes the runs of a new task, each for the node of its organization.
///
/// # Errors
/// An organization that may not be named, or has no node there; a node that does not run this; an input that is too
/// long, or plain where ciphertext is demanded.
pub(crate) async fn make_runs(
    cx: &Cx,
    unit: &dyn Unit,
    task: &New<Task>,
    body: &NewTask,
) -> Result<(), AppError> {
    let object = task.object();
    let Some(image) = &object.data.image else { return Ok(()) };
    let Some(collaboration) = object.facts.collaboration else {
        return Err(AppError::invalid(
            "/runs",
            "to be left out, since the project is not shared in a collaboration",
        ));
    };
    let encrypted = is_encrypted(cx, Some(collaboration)).await?;
    let nodes = Lookup::nodes_in(unit, collaboration).await?;
    let initiator = initiator(cx);
    let user = object.facts.maker.filter(|maker| maker.kind == PrincipalKind::User).map(|maker| maker.id);
    let mut seen = BTreeSet::new();
    let mut made = Vec::with_capacity(body.runs.len());
    for (at, run) in body.runs.iter().enumerate() {
        let pointer = format!("/runs/{at}/organization_id");
        let executor = executor(cx, unit, run, &pointer).await?;
        if !seen.insert(executor) {
            return Err(AppError::invalid(pointer, "each organization once"));
        }
        let node = nodes.iter().find(|node| cx.gate.facts(node).lineage.organization == Some(executor));
        let Some((node, policy)) = node.and_then(guards::runs_tasks) else {
            return Err(AppError::invalid(
                pointer,
                "an organization with a node in the project's collaboration",
            ));
        };
        allows(&policy, user, initiator, image, &pointer)?;
        let input = match &run.input {
            None => None,
            Some(text) => Some(store_input(cx, unit, text, encrypted, at).await?),
        };
        let data = Run {
            executor_id: executor,
            initiator_id: initiator,
            node_id: Some(node),
            status: RunStatus::Pending,
            input,
            result: None,
            log: None,
            started_at: None,
            finished_at: None,
        };
        made.push(guards::make_run(task, cx.new_id(), data));
    }
    pending(cx, unit, task, &made).await
}

/// Stores the runs after their task, with their records.
async fn pending(cx: &Cx, unit: &dyn Unit, task: &New<Task>, made: &[New<Run>]) -> Result<(), AppError> {
    let facts = &task.object().facts;
    let place = bailiwick_domain::Lineage { task: None, ..facts.lineage };
    let mut job = Facts::new(Kind::Job, facts.lineage.job.unwrap_or_default(), place);
    job.collaboration = facts.collaboration;
    job.entitlements.clone_from(&facts.entitlements);
    let because = cx.gate.rules_allow(&cx.caller, Operation::Create, Kind::Task, &job);
    Write::add_all(unit, made).await?;
    match because {
        Some(because) => {
            cx.record_all(unit, made.iter().map(|new| (because, None, Some(new.object())))).await
        }
        None => Ok(()),
    }
}

/// The organization that a run names, if the caller may view it.
async fn executor(cx: &Cx, unit: &dyn Unit, run: &NewRun, pointer: &str) -> Result<Uuid, AppError> {
    let row: Option<Sealed<Organization>> = run.organization_id.find::<dyn Unit>(unit).await?;
    let seen = row.filter(|row| cx.gate.may_view(&cx.caller, cx.gate.facts(row)));
    Ok(seen.ok_or_else(|| AppError::unknown(pointer, Kind::Organization))?.id())
}

/// The organization for which a task is executed: the home of who makes it; of a container, its node's.
fn initiator(cx: &Cx) -> Option<Uuid> {
    match (&cx.caller.bound, cx.caller.confinement) {
        (Some(maker), None) => maker.home,
        _ => cx.caller.home,
    }
}

fn allows(
    policy: &NodePolicy,
    user: Option<Uuid>,
    home: Option<Uuid>,
    image: &str,
    pointer: &str,
) -> Result<(), AppError> {
    match policy.forbids(user, home, image) {
        None => Ok(()),
        Some(what) => Err(AppError::invalid(
            pointer,
            format!("an organization whose node runs this: it does not for {what}"),
        )),
    }
}

async fn store_input(
    cx: &Cx,
    unit: &dyn Unit,
    text: &str,
    encrypted: bool,
    at: usize,
) -> Result<Stored, AppError> {
    let pointer = format!("/runs/{at}/input");
    if text.len() > LONGEST_INPUT {
        return Err(AppError::invalid(pointer, format!("at most {LONGEST_INPUT} bytes")));
    }
    if encrypted {
        Envelope::check(text.as_bytes()).map_err(|error| error.at(&pointer))?;
    }
    let mut stored =
        Stored { blob: cx.new_id(), parts: 0, bytes: i64::try_from(text.len()).unwrap_or(i64::MAX) };
    for part in text.as_bytes().chunks(PART) {
        Record::add_blob_part(unit, stored.blob, stored.parts, part).await?;
        stored.parts += 1;
    }
    Ok(stored)
}

/// Ends the open runs of a task and of its subtasks. It needs that the caller may send events about the task.
///
/// # Errors
/// The denial.
pub async fn kill_task(cx: &Cx, id: Uuid) -> Result<Shown<'_, Task>, AppError> {
    cx.write(async |unit: &dyn Unit| {
        let row = Read::<Task>::find(unit, id).await?;
        let because = cx.may_send(Kind::Task, row.as_ref().map(|row| cx.gate.facts(row)), id)?;
        let below = unit.subtasks(id).await?;
        let mut open = Vec::new();
        for task in std::iter::once(id).chain(below.iter().map(Sealed::id)) {
            open.extend(Lookup::open_runs(unit, RunsOf::Task(task)).await?);
        }
        end_runs(cx, unit, because, open).await?;
        look_back(cx, unit, id).await
    })
    .await
}
