//! Jobs.

use actix_web::http::StatusCode;
use bailiwick_app::jobs::{self, JobPatch, NewJob};
use bailiwick_app::work::{self, Next};
use bailiwick_app::{delete, history, links, read};
use bailiwick_domain::entities::{Dataset, File, Job, Label, Project, Task};

use crate::access::{ActOn, Change, Create, History, List, ListUnder, Remove, Show, ShowWith, Take};
use crate::document::{Page, With};
use crate::reply::{self, Answer};
use crate::views::{HistoryView, JobView, ProgressView, TaskView};

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

/// Changes a job, or takes it to another status: those of its `may_become`. `launched` makes a task of each file of its
/// datasets, in the background.
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

/// Gives a job a dataset, of whose files launching it makes tasks.
#[utoipa::path(put, path = "/jobs/{id}/datasets/{other_id}", responses((status = 200, body = JobView)))]
pub async fn link_job_dataset(act: ActOn<Job, Dataset>) -> Answer {
    let shown = links::link::<Job, Dataset>(&act.cx, act.id, act.other, true).await?;
    reply::shown(&act.cx, StatusCode::OK, shown).await
}

/// Takes a dataset away from a job. Tasks about its files stay.
#[utoipa::path(delete, path = "/jobs/{id}/datasets/{other_id}", responses((status = 200, body = JobView)))]
pub async fn unlink_job_dataset(act: ActOn<Job, Dataset>) -> Answer {
    let shown = links::link::<Job, Dataset>(&act.cx, act.id, act.other, false).await?;
    reply::shown(&act.cx, StatusCode::OK, shown).await
}

/// Gives a job a file, such as a guide: whoever works on one of its tasks may view it.
#[utoipa::path(put, path = "/jobs/{id}/files/{other_id}", responses((status = 200, body = JobView)))]
pub async fn link_job_file(act: ActOn<Job, File>) -> Answer {
    let shown = links::link::<Job, File>(&act.cx, act.id, act.other, true).await?;
    reply::shown(&act.cx, StatusCode::OK, shown).await
}

/// Takes a file away from a job.
#[utoipa::path(delete, path = "/jobs/{id}/files/{other_id}", responses((status = 200, body = JobView)))]
pub async fn unlink_job_file(act: ActOn<Job, File>) -> Answer {
    let shown = links::link::<Job, File>(&act.cx, act.id, act.other, false).await?;
    reply::shown(&act.cx, StatusCode::OK, shown).await
}

/// Gives a job a label, by which its tasks may be annotated.
#[utoipa::path(put, path = "/jobs/{id}/labels/{other_id}", responses((status = 200, body = JobView)))]
pub async fn link_job_label(act: ActOn<Job, Label>) -> Answer {
    let shown = links::link::<Job, Label>(&act.cx, act.id, act.other, true).await?;
    reply::shown(&act.cx, StatusCode::OK, shown).await
}

/// Takes a label away from a job. Annotations by it stay.
#[utoipa::path(delete, path = "/jobs/{id}/labels/{other_id}", responses((status = 200, body = JobView)))]
pub async fn unlink_job_label(act: ActOn<Job, Label>) -> Answer {
    let shown = links::link::<Job, Label>(&act.cx, act.id, act.other, false).await?;
    reply::shown(&act.cx, StatusCode::OK, shown).await
}

/// Takes the next task of a job, which is then lent to the caller: what is assigned to them, then the first that nobody
/// has. 204 where there is none.
#[utoipa::path(
    post,
    path = "/jobs/{id}/tasks/next",
    request_body = Next,
    responses((status = 200, body = TaskView), (status = 204))
)]
pub async fn take_next_task(take: Take<Job, Task, Next>) -> Answer {
    match work::next_task(&take.cx, take.under, take.body).await? {
        Some(taken) => reply::shown(&take.cx, StatusCode::OK, taken).await,
        None => Ok(reply::nothing(&take.cx)),
    }
}

/// How far a job has come: its tasks by status and by person.
#[utoipa::path(get, path = "/jobs/{id}/progress", responses((status = 200, body = ProgressView)))]
pub async fn show_job_progress(show: Show<Job>) -> Answer {
    let progress = work::show_progress(&show.cx, show.id).await?;
    Ok(actix_web::HttpResponse::Ok().json(ProgressView::from(progress)))
}

/// What was done to a job.
#[utoipa::path(get, path = "/jobs/{id}/history", responses((status = 200, body = HistoryView)))]
pub async fn show_job_history(asked: History<Job>) -> Answer {
    let shows = ["name", "description", "status", "review_percent", "lease_minutes"];
    reply::history(history::history::<Job>(&asked.cx, asked.id, asked.after, &shows).await?)
}
