//! Labels.

use actix_web::http::StatusCode;
use bailiwick_app::labels::{self, LabelPatch, NewLabel};
use bailiwick_app::{delete, read};
use bailiwick_domain::entities::{Job, Label, Project, Task};

use crate::access::{Change, Create, List, ListUnder, Remove, Show};
use crate::document::Page;
use crate::reply::{self, Answer};
use crate::views::LabelView;

/// Makes a label in a project.
#[utoipa::path(post, path = "/projects/{id}/labels", request_body = NewLabel, responses((status = 201, body = LabelView)))]
pub async fn create_label(create: Create<Project, Label, NewLabel>) -> Answer {
    let Create { cx, under, body, .. } = create;
    let made = labels::create_label(&cx, under, body).await?;
    reply::shown(&cx, StatusCode::CREATED, made).await
}

/// Lists the labels that the caller may view.
#[utoipa::path(get, path = "/labels", responses((status = 200, body = Page<LabelView>)))]
pub async fn list_labels(list: List<Label>) -> Answer {
    let found = read::list::<Label>(&list.cx, list.query).await?;
    reply::page(&list.cx, &list.params, found).await
}

/// Lists the labels of a project.
#[utoipa::path(get, path = "/projects/{id}/labels", responses((status = 200, body = Page<LabelView>)))]
pub async fn list_project_labels(list: ListUnder<Project, Label>) -> Answer {
    let found = read::list_under::<Project, Label>(&list.cx, list.under, list.query).await?;
    reply::page(&list.cx, &list.params, found).await
}

/// Lists the labels of a job.
#[utoipa::path(get, path = "/jobs/{id}/labels", responses((status = 200, body = Page<LabelView>)))]
pub async fn list_job_labels(list: ListUnder<Job, Label>) -> Answer {
    let found = read::list_under::<Job, Label>(&list.cx, list.under, list.query).await?;
    reply::page(&list.cx, &list.params, found).await
}

/// Lists the labels of a task.
#[utoipa::path(get, path = "/tasks/{id}/labels", responses((status = 200, body = Page<LabelView>)))]
pub async fn list_task_labels(list: ListUnder<Task, Label>) -> Answer {
    let found = read::list_under::<Task, Label>(&list.cx, list.under, list.query).await?;
    reply::page(&list.cx, &list.params, found).await
}

/// Shows a label.
#[utoipa::path(get, path = "/labels/{id}", responses((status = 200, body = LabelView)))]
pub async fn show_label(show: Show<Label>) -> Answer {
    let found = read::show::<Label>(&show.cx, show.id).await?;
    reply::object(&show.cx, &found).await
}

/// Changes a label.
#[utoipa::path(patch, path = "/labels/{id}", request_body = LabelPatch, responses((status = 200, body = LabelView)))]
pub async fn edit_label(change: Change<Label, LabelPatch>) -> Answer {
    let Change { cx, id, body, .. } = change;
    let changed = labels::edit_label(&cx, id, body).await?;
    reply::shown(&cx, StatusCode::OK, changed).await
}

/// Deletes a label. Refused while annotations are by it.
#[utoipa::path(delete, path = "/labels/{id}", responses((status = 204)))]
pub async fn delete_label(remove: Remove<Label>) -> Answer {
    delete::delete::<Label>(&remove.cx, remove.id, remove.cascade).await?;
    Ok(reply::nothing(&remove.cx))
}
