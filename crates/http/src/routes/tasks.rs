//! Tasks.

use actix_web::http::StatusCode;
use bailiwick_app::tasks::{self, Assignment, NewTask, TaskPatch};
use bailiwick_app::{computations, delete, read};
use bailiwick_domain::entities::{Job, Run, Task};

use crate::access::{Change, Create, List, ListUnder, Remove, ShowWith, Tell};
use crate::document::{Page, With};
use crate::reply::{self, Answer};
use crate::views::{RunView, TaskView};

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

/// Changes a task.
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
