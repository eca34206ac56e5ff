//! Tasks: making, changing and assigning them.

use bailiwick_domain::entities::{
    Database, File, Image, Job, Label, Name, Organization, Task, TaskStatus, Text, User,
};
use bailiwick_domain::gate::{Edit, View};
use bailiwick_domain::guards::{self, Terms};
use bailiwick_domain::ids::Claimed;
use bailiwick_domain::kind::Kind;
use bailiwick_domain::ports::{Lookup, Read, Unit};
use bailiwick_domain::{Caller, Facts, Gate, Granted, Guard, Operation};
use serde::Deserialize;
use uuid::Uuid;

use crate::computations::{computation, make_runs};
use crate::create::{create, made};
use crate::cx::Cx;
use crate::edit::edit;
use crate::error::AppError;
use crate::grants::may_name_user;
use crate::patch::nullable;
use crate::read::Shown;

/// A new task.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewTask {
    /// Unique in the job.
    pub name: Name,
    /// What is to be done.
    #[serde(default)]
    pub description: Text,
    /// The user who is to work on it.
    #[cfg_attr(feature = "schema", schema(value_type = Option<Uuid>))]
    pub assignee_id: Option<Claimed<User>>,
    /// The file of the project that it is about; one task of a job for each.
    #[cfg_attr(feature = "schema", schema(value_type = Option<Uuid>))]
    pub file_id: Option<Claimed<File>>,
    /// The task of the same job that it is a subtask of.
    #[cfg_attr(feature = "schema", schema(value_type = Option<Uuid>))]
    pub parent_id: Option<Claimed<Task>>,
    /// For a computation: the container image that nodes run.
    pub image: Option<Image>,
    /// The databases that it reads at each node.
    #[serde(default)]
    pub databases: Vec<Database>,
    /// For a computation: the organizations that execute it, each once.
    #[serde(default)]
    pub runs: Vec<NewRun>,
}

/// An organization that is to execute a task.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewRun {
    /// The organization, a member of the project's collaboration with a node there.
    #[cfg_attr(feature = "schema", schema(value_type = Uuid))]
    pub organization_id: Claimed<Organization>,
    /// What its node is given; ciphertext where the collaboration demands it. At most 1 MiB.
    pub input: Option<String>,
}

/// Changes of a task.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TaskPatch {
    /// Unique in the job.
    pub name: Option<Name>,
    /// What is to be done.
    pub description: Option<Text>,
    /// Where it is to go: one of its `may_become`. What is `complete` may come to be `in_review`.
    pub status: Option<TaskStatus>,
}

/// Who is to work on a task.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Assignment {
    /// The user; `null` for nobody.
    #[serde(deserialize_with = "nullable")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<Uuid>))]
    pub user_id: Option<Option<Claimed<User>>>,
}

/// Makes a task in a job.
///
/// # Errors
/// The denial; a name that is taken; an assignee or a parent task that may not be named.
pub async fn create_task(cx: &Cx, job: Uuid, body: NewTask) -> Result<Shown<'_, Task>, AppError> {
    create(
        cx,
        async |unit: &dyn Unit| {
            let sealed = Read::<Job>::find(unit, job).await?;
            let over = sealed.as_ref().is_some_and(|job| guards::status_of(job).is_over());
            let permit = cx
                .gate
                .create::<Task, _>(&cx.caller, sealed)
                .map_err(|denial| AppError::denied(denial, job))?;
            let image = computation(cx, unit, &permit, &body).await?;
            let data = Task {
                status: if image.is_some() { TaskStatus::Pending } else { TaskStatus::Available },
                assignee_id: match body.assignee_id {
                    None => None,
                    Some(claimed) => {
                        Some(assignee(cx, unit, permit.parent(), claimed, "/assignee_id").await?)
                    }
                },
                parent_id: match body.parent_id {
                    None => None,
                    Some(claimed) => Some(parent_task(cx, unit, permit.parent(), claimed).await?),
                },
                file_id: match body.file_id {
                    None => None,
                    Some(claimed) => Some(about(cx, unit, permit.parent(), claimed).await?),
                },
                image,
                databases: body.databases.clone(),
                ..Task::available(body.name.as_str(), body.description.clone().into_string())
            };
            let over = over.then_some(Guard::NotActive);
            if let Some(guard) = guards::forbids_task(&cx.caller, data.parent_id).or(over) {
                return Err(Gate::guarded(guard, Operation::Create, Kind::Task, permit.parent()).into());
            }
            Ok(made(cx, permit, data))
        },
        async |unit, new| make_runs(cx, unit, new, &body).await,
    )
    .await
}

/// Changes a task, or takes it to another status.
///
/// # Errors
/// The denial; a name that is taken; it does not go there, or not for this caller.
pub async fn edit_task(cx: &Cx, id: Uuid, body: TaskPatch) -> Result<Shown<'_, Task>, AppError> {
    edit::<Edit, Task>(cx, id, async |unit, granted| {
        let change = |task: &mut Task| {
            if let Some(name) = &body.name {
                task.name = name.as_str().to_owned();
            }
            if let Some(description) = &body.description {
                task.description = description.clone().into_string();
            }
        };
        let Some(to) = body.status else { return Ok(granted.change(cx.gate.now(), change)) };
        may_set(granted.data(), to)?;
        let terms = terms_of_job(unit, granted.facts()).await?;
        let again = to == TaskStatus::Complete && is_drawn(cx, terms.review_percent);
        Ok(guards::move_task(&cx.gate, granted, to, again, terms.lease, change)?)
    })
    .await
}

/// How the job of a task wants it to be worked on.
///
/// # Errors
/// Nobody works on the job any more.
pub(crate) async fn terms_of_job(unit: &dyn Unit, task: &Facts) -> Result<Terms, AppError> {
    let job = Read::<Job>::find(unit, task.lineage.job.unwrap_or_default()).await?;
    let job = job.ok_or(AppError::Contention)?;
    if guards::status_of(&job).is_over() {
        return Err(Gate::guarded(Guard::NotActive, Operation::Edit, Kind::Task, task).into());
    }
    Ok(guards::terms_of(&job))
}

/// Whether a task is among those of a hundred that somebody else looks at.
fn is_drawn(cx: &Cx, percent: i64) -> bool {
    // The last 62 bits of an id are random.
    let drawn = i64::try_from(cx.new_id().as_u128() % (1 << 62) % 100).unwrap_or_default();
    drawn < percent
}

/// People set the status of their own tasks; that of a computation follows from its runs.
fn may_set(task: &Task, status: TaskStatus) -> Result<(), AppError> {
    if task.image.is_some() {
        return Err(AppError::invalid(
            "/status",
            "to be left out: the status of a computation follows from its runs",
        ));
    }
    if status.is_set_by_people() {
        return Ok(());
    }
    let words = TaskStatus::ALL.iter().filter(|status| status.is_set_by_people()).map(|status| status.word());
    let words = words.collect::<Vec<_>>().join(", ");
    Err(AppError::invalid("/status", format!("one of {words}: the others are those of computations")))
}

/// Assigns a task to a user, or to nobody. Needs view beside edit: whoever assigns must see what they hand on.
///
/// # Errors
/// The denial; a user that may not be named.
pub async fn assign_task(cx: &Cx, id: Uuid, body: Assignment) -> Result<Shown<'_, Task>, AppError> {
    edit::<Edit, Task>(cx, id, async |unit, granted| {
        if !cx.gate.may_view(&cx.caller, granted.facts()) {
            let denial = cx.gate.missing(&cx.caller, Operation::View, Kind::Task, granted.facts());
            return Err(AppError::denied(denial, id));
        }
        if granted.data().image.is_some() && body.user_id.flatten().is_some() {
            return Err(AppError::invalid("/user_id", "null: nodes execute a computation"));
        }
        may_hand_on(cx, unit, &granted).await?;
        let user = match body.user_id.flatten() {
            None => None,
            Some(claimed) => Some(assignee(cx, unit, granted.facts(), claimed, "/user_id").await?),
        };
        Ok(granted.change(cx.gate.now(), |task| guards::assign(task, user)))
    })
    .await
}

/// Refuses to hand on what the caller may not view of what is linked to a task.
async fn may_hand_on(cx: &Cx, unit: &dyn Unit, task: &Granted<'_, Edit, Task>) -> Result<(), AppError> {
    if withholds(cx, &cx.caller, unit, task.id(), task.data().file_id).await? {
        let guard = Guard::Links;
        return Err(Gate::guarded(guard, Operation::Edit, Kind::Task, task.facts()).into());
    }
    Ok(())
}

/// Whether a task holds, or is about, what the caller may not view.
pub(crate) async fn withholds<R: Lookup + Read<File> + Read<Label> + ?Sized>(
    cx: &Cx,
    caller: &Caller,
    store: &R,
    task: Uuid,
    about: Option<Uuid>,
) -> Result<bool, AppError> {
    let mut files = store.linked(task, Kind::File).await?;
    files.extend(about);
    let labels = store.linked(task, Kind::Label).await?;
    let files = Read::<File>::find_all(store, &files).await?;
    let labels = Read::<Label>::find_all(store, &labels).await?;
    let mut linked =
        files.iter().map(|file| cx.gate.facts(file)).chain(labels.iter().map(|label| cx.gate.facts(label)));
    Ok(linked.any(|facts| !cx.gate.may_view(caller, facts)))
}

/// A claimed assignee, if the caller may name that user here.
async fn assignee(
    cx: &Cx,
    unit: &dyn Unit,
    place: &Facts,
    claimed: Claimed<User>,
    pointer: &str,
) -> Result<Uuid, AppError> {
    may_name_user(cx, unit, place, claimed).await?.ok_or_else(|| AppError::unknown(pointer, Kind::User))
}

/// A claimed parent task, if the caller may view it and it hangs under the same job.
async fn parent_task(
    cx: &Cx,
    unit: &dyn Unit,
    job: &Facts,
    claimed: Claimed<Task>,
) -> Result<Uuid, AppError> {
    let row = claimed.find::<dyn Unit>(unit).await?;
    cx.gate
        .open::<View, Task>(&cx.caller, row)
        .ok()
        .filter(|task| task.facts().lineage.job == job.lineage.job)
        .map(|task| task.id())
        .ok_or_else(|| AppError::unknown("/parent_id", Kind::Task))
}

/// A claimed file, if the caller may view it and it is of the same project.
async fn about(cx: &Cx, unit: &dyn Unit, job: &Facts, claimed: Claimed<File>) -> Result<Uuid, AppError> {
    let row = claimed.find::<dyn Unit>(unit).await?;
    cx.gate
        .open::<View, File>(&cx.caller, row)
        .ok()
        .filter(|file| file.facts().lineage.project == job.lineage.project)
        .map(|file| file.id())
        .ok_or_else(|| AppError::unknown("/file_id", Kind::File))
}
