//! Datasets, and the files that they hold.

use actix_web::http::StatusCode;
use bailiwick_app::datasets::{self, DatasetPatch, NewDataset};
use bailiwick_app::{delete, links, read};
use bailiwick_domain::entities::{Dataset, File, Job, Project};

use crate::access::{ActOn, Change, Create, List, ListUnder, Remove, Show};
use crate::document::Page;
use crate::reply::{self, Answer};
use crate::views::DatasetView;

/// Makes a dataset in a project.
#[utoipa::path(post, path = "/projects/{id}/datasets", request_body = NewDataset, responses((status = 201, body = DatasetView)))]
pub async fn create_dataset(create: Create<Project, Dataset, NewDataset>) -> Answer {
    let Create { cx, under, body, .. } = create;
    let made = datasets::create_dataset(&cx, under, body).await?;
    reply::shown(&cx, StatusCode::CREATED, made).await
}

/// Lists the datasets that the caller may view.
#[utoipa::path(get, path = "/datasets", responses((status = 200, body = Page<DatasetView>)))]
pub async fn list_datasets(list: List<Dataset>) -> Answer {
    let found = read::list::<Dataset>(&list.cx, list.query).await?;
    reply::page(&list.cx, &list.params, found).await
}

/// Lists the datasets of a project.
#[utoipa::path(get, path = "/projects/{id}/datasets", responses((status = 200, body = Page<DatasetView>)))]
pub async fn list_project_datasets(list: ListUnder<Project, Dataset>) -> Answer {
    let found = read::list_under::<Project, Dataset>(&list.cx, list.under, list.query).await?;
    reply::page(&list.cx, &list.params, found).await
}

/// Lists the datasets of a job.
#[utoipa::path(get, path = "/jobs/{id}/datasets", responses((status = 200, body = Page<DatasetView>)))]
pub async fn list_job_datasets(list: ListUnder<Job, Dataset>) -> Answer {
    let found = read::list_under::<Job, Dataset>(&list.cx, list.under, list.query).await?;
    reply::page(&list.cx, &list.params, found).await
}

/// Shows a dataset.
#[utoipa::path(get, path = "/datasets/{id}", responses((status = 200, body = DatasetView)))]
pub async fn show_dataset(show: Show<Dataset>) -> Answer {
    let found = read::show::<Dataset>(&show.cx, show.id).await?;
    reply::object(&show.cx, &found).await
}

/// Changes a dataset.
#[utoipa::path(patch, path = "/datasets/{id}", request_body = DatasetPatch, responses((status = 200, body = DatasetView)))]
pub async fn edit_dataset(change: Change<Dataset, DatasetPatch>) -> Answer {
    let Change { cx, id, body, .. } = change;
    let changed = datasets::edit_dataset(&cx, id, body).await?;
    reply::shown(&cx, StatusCode::OK, changed).await
}

/// Deletes a dataset. Its files stay.
#[utoipa::path(delete, path = "/datasets/{id}", responses((status = 204)))]
pub async fn delete_dataset(remove: Remove<Dataset>) -> Answer {
    delete::delete::<Dataset>(&remove.cx, remove.id, remove.cascade).await?;
    Ok(reply::nothing(&remove.cx))
}

/// Puts a file of the project into a dataset. Jobs that have been launched over the dataset get a task about it.
#[utoipa::path(put, path = "/datasets/{id}/files/{other_id}", responses((status = 200, body = DatasetView)))]
pub async fn link_dataset_file(act: ActOn<Dataset, File>) -> Answer {
    let shown = links::link::<Dataset, File>(&act.cx, act.id, act.other, true).await?;
    reply::shown(&act.cx, StatusCode::OK, shown).await
}

/// Takes a file out of a dataset. Tasks about it stay.
#[utoipa::path(delete, path = "/datasets/{id}/files/{other_id}", responses((status = 200, body = DatasetView)))]
pub async fn unlink_dataset_file(act: ActOn<Dataset, File>) -> Answer {
    let shown = links::link::<Dataset, File>(&act.cx, act.id, act.other, false).await?;
    reply::shown(&act.cx, StatusCode::OK, shown).await
}
