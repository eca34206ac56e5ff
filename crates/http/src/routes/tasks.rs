//! Tasks.

use actix_web::http::StatusCode;
use bailiwick_app::tasks::{self, Assignment, NewTask, TaskPatch};
use bailiwick_app::{computations, delete, history, links, read, work};
use bailiwick_domain::entities::{File, Job, Label, Run, Task};

use crate::access::{Act, ActOn, Change, Create, History, List, ListUnder, Remove, ShowWith, Tell};
use crate::document::{Page, With};
use crate::reply::{self, Answer};
use crate::views::{HistoryView, RunView, TaskView};

/// Makes a task in a job.
#[utoipa::path(post, path = "/jobs/{id}/tasks", request_body = NewTask, responses((status = 201, body = TaskView)))]
pub async fn create_task(create: Create<Job, Task, NewTask>) -> Answer {
    let Create { cx, under, body, .. } = create;
    let made = tasks::create_task(&cx, under, body).await?;
    reply::shown(&cx, StatusCode::CREATED, made).await
}

/// Lists the tasks that the caller may view.
#[utoipa::path(get, path = "/tasks", responses((status = 200, body = Page<TaskView>)))]
pub async fn list_tasks(list: List<Task>) -> Answer {
    let found = read::list::<Task>(&list.cx, list.query).await?;
    reply::page(&list.cx, &list.params, found).await
}

/// Lists the tasks of a job.
#[utoipa::path(get, path = "/jobs/{id}/tasks", responses((status = 200, body = Page<TaskView>)))]
pub async fn list_job_tasks(list: ListUnder<Job, Task>) -> Answer {
    let found = read::list_under::<Job, Task>(&list.cx, list.under, list.query).await?;
    reply::page(&list.cx, &list.params, found).await
}

/// Shows a task.
#[utoipa::path(get, path = "/tasks/{id}", responses((status = 200, body = With<TaskView, RunView>)))]
pub async fn show_task(show: ShowWith<Task, Run>) -> Answer {
    let found = read::show::<Task>(&show.cx, show.id).await?;
    reply::object_with::<Task, Run>(&show.cx, &found, show.children).await
}

/// Changes a task, or takes it to another status: those of its `may_become`. Work that is done may come to be `in_review`.
#[utoipa::path(patch, path = "/tasks/{id}", request_body = TaskPatch, responses((status = 200, body = TaskView)))]
pub async fn edit_task(change: Change<Task, TaskPatch>) -> Answer {
    let Change { cx, id, body, .. } = change;
    let changed = tasks::edit_task(&cx, id, body).await?;
    reply::shown(&cx, StatusCode::OK, changed).await
}

/// Deletes a task.
#[utoipa::path(delete, path = "/tasks/{id}", responses((status = 204)))]
pub async fn delete_task(remove: Remove<Task>) -> Answer {
    delete::delete::<Task>(&remove.cx, remove.id, remove.cascade).await?;
    Ok(reply::nothing(&remove.cx))
}

/// Assigns a task to a user, or to nobody.
#[utoipa::path(put, path = "/tasks/{id}/assignee", request_body = Assignment, responses((status = 200, body = TaskView)))]
pub async fn assign_task(change: Change<Task, Assignment>) -> Answer {
    let Change { cx, id, body, .. } = change;
    let changed = tasks::assign_task(&cx, id, body).await?;
    reply::shown(&cx, StatusCode::OK, changed).await
}

/// Ends the open runs of a task and of its subtasks. It needs that the caller may send events about the task.
#[utoipa::path(post, path = "/tasks/{id}/kill", responses((status = 200, body = TaskView)))]
pub async fn kill_task(act: Tell<Task>) -> Answer {
    let changed = computations::kill_task(&act.cx, act.id).await?;
    reply::shown(&act.cx, StatusCode::OK, changed).await
}

/// Gives a task a file: whoever it is assigned to may view it.
#[utoipa::path(put, path = "/tasks/{id}/files/{other_id}", responses((status = 200, body = TaskView)))]
pub async fn link_task_file(act: ActOn<Task, File>) -> Answer {
    let shown = links::link::<Task, File>(&act.cx, act.id, act.other, true).await?;
    reply::shown(&act.cx, StatusCode::OK, shown).await
}

/// Takes a file away from a task.
#[utoipa::path(delete, path = "/tasks/{id}/files/{other_id}", responses((status = 200, body = TaskView)))]
pub async fn unlink_task_file(act: ActOn<Task, File>) -> Answer {
    let shown = links::link::<Task, File>(&act.cx, act.id, act.other, false).await?;
    reply::shown(&act.cx, StatusCode::OK, shown).await
}

/// Gives a task a label, beside those of its job.
#[utoipa::path(put, path = "/tasks/{id}/labels/{other_id}", responses((status = 200, body = TaskView)))]
pub async fn link_task_label(act: ActOn<Task, Label>) -> Answer {
    let shown = links::link::<Task, Label>(&act.cx, act.id, act.other, true).await?;
    reply::shown(&act.cx, StatusCode::OK, shown).await
}

/// Takes a label away from a task. Annotations by it stay.
#[utoipa::path(delete, path = "/tasks/{id}/labels/{other_id}", responses((status = 200, body = TaskView)))]
pub async fn unlink_task_label(act: ActOn<Task, Label>) -> Answer {
    let shown = links::link::<Task, Label>(&act.cx, act.id, act.other, false).await?;
    reply::shown(&act.cx, StatusCode::OK, shown).await
}

/// Gives a task back that the caller has taken: to do, or to be looked at.
#[utoipa::path(post, path = "/tasks/{id}/release", responses((status = 200, body = TaskView)))]
pub async fn release_task(act: Act<Task>) -> Answer {
    let released = work::release_task(&act.cx, act.id).await?;
    reply::shown(&act.cx, StatusCode::OK, released).await
}

/// What was done to a task.
#[utoipa::path(get, path = "/tasks/{id}/history", responses((status = 200, body = HistoryView)))]
pub async fn show_task_history(asked: History<Task>) -> Answer {
    let shows = ["name", "description", "status"];
    reply::history(history::history::<Task>(&asked.cx, asked.id, asked.after, &shows).await?)
}
