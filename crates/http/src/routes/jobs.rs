//! Jobs.

use actix_web::http::StatusCode;
use bailiwick_app::jobs::{self, JobPatch, NewJob};
use bailiwick_app::{delete, read};
use bailiwick_domain::entities::{Job, Project, Task};

use crate::access::{Change, Create, List, ListUnder, Remove, ShowWith};
use crate::document::{Page, With};
use crate::reply::{self, Answer};
use crate::views::{JobView, TaskView};

/// Makes a job in a project.
#[utoipa::path(post, path = "/projects/{id}/jobs", request_body = NewJob, responses((status = 201, body = JobView)))]
pub async fn create_job(create: Create<Project, Job, NewJob>) -> Answer {
    let Create { cx, under, body, .. } = create;
    let made = jobs::create_job(&cx, under, body).await?;
    reply::shown(&cx, StatusCode::CREATED, made).await
}

/// Lists the jobs that the caller may view.
#[utoipa::path(get, path = "/jobs", responses((status = 200, body = Page<JobView>)))]
pub async fn list_jobs(list: List<Job>) -> Answer {
    let found = read::list::<Job>(&list.cx, list.query).await?;
    reply::page(&list.cx, &list.params, found).await
}

/// Lists the jobs of a project.
#[utoipa::path(get, path = "/projects/{id}/jobs", responses((status = 200, body = Page<JobView>)))]
pub async fn list_project_jobs(list: ListUnder<Project, Job>) -> Answer {
    let found = read::list_under::<Project, Job>(&list.cx, list.under, list.query).await?;
    reply::page(&list.cx, &list.params, found).await
}

/// Shows a job.
#[utoipa::path(get, path = "/jobs/{id}", responses((status = 200, body = With<JobView, TaskView>)))]
pub async fn show_job(show: ShowWith<Job, Task>) -> Answer {
    let found = read::show::<Job>(&show.cx, show.id).await?;
    reply::object_with::<Job, Task>(&show.cx, &found, show.children).await
}

/// Changes a job.
#[utoipa::path(patch, path = "/jobs/{id}", request_body = JobPatch, responses((status = 200, body = JobView)))]
pub async fn edit_job(change: Change<Job, JobPatch>) -> Answer {
    let Change { cx, id, body, .. } = change;
    let changed = jobs::edit_job(&cx, id, body).await?;
    reply::shown(&cx, StatusCode::OK, changed).await
}

/// Deletes a job.
#[utoipa::path(delete, path = "/jobs/{id}", responses((status = 204)))]
pub async fn delete_job(remove: Remove<Job>) -> Answer {
    delete::delete::<Job>(&remove.cx, remove.id, remove.cascade).await?;
    Ok(reply::nothing(&remove.cx))
}
