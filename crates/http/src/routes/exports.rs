//! Exports.

use actix_web::http::StatusCode;
use bailiwick_app::exports::{self, NewExport};
use bailiwick_app::{delete, read};
use bailiwick_domain::entities::{Export, Job};

use crate::access::{Create, List, ListUnder, Read, Remove, Show};
use crate::content::content;
use crate::document::Page;
use crate::reply::{self, Answer};
use crate::views::ExportView;

/// Asks for the annotations of a job as one file. It is made in the background: its `status` says when it is there.
#[utoipa::path(post, path = "/jobs/{id}/exports", request_body = NewExport, responses((status = 201, body = ExportView)))]
pub async fn create_export(create: Create<Job, Export, NewExport>) -> Answer {
    let Create { cx, under, body, .. } = create;
    let made = exports::create_export(&cx, under, body).await?;
    reply::shown(&cx, StatusCode::CREATED, made).await
}

/// Lists the exports that the caller may view.
#[utoipa::path(get, path = "/exports", responses((status = 200, body = Page<ExportView>)))]
pub async fn list_exports(list: List<Export>) -> Answer {
    let found = read::list::<Export>(&list.cx, list.query).await?;
    reply::page(&list.cx, &list.params, found).await
}

/// Lists the exports of a job.
#[utoipa::path(get, path = "/jobs/{id}/exports", responses((status = 200, body = Page<ExportView>)))]
pub async fn list_job_exports(list: ListUnder<Job, Export>) -> Answer {
    let found = read::list_under::<Job, Export>(&list.cx, list.under, list.query).await?;
    reply::page(&list.cx, &list.params, found).await
}

/// Shows an export.
#[utoipa::path(get, path = "/exports/{id}", responses((status = 200, body = ExportView)))]
pub async fn show_export(show: Show<Export>) -> Answer {
    let found = read::show::<Export>(&show.cx, show.id).await?;
    reply::object(&show.cx, &found).await
}

/// Deletes an export.
#[utoipa::path(delete, path = "/exports/{id}", responses((status = 204)))]
pub async fn delete_export(remove: Remove<Export>) -> Answer {
    delete::delete::<Export>(&remove.cx, remove.id, remove.cascade).await?;
    Ok(reply::nothing(&remove.cx))
}

/// The bytes of an export: all, or the part that `Range` asks for.
#[utoipa::path(get, path = "/exports/{id}/content", responses((status = 200, content_type = "application/octet-stream"), (status = 206, content_type = "application/octet-stream")))]
pub async fn show_export_content(read: Read<Export>) -> Answer {
    let Read { cx, id, request, .. } = read;
    let stored = exports::show_export_content(&cx, id).await?;
    content(&request, cx, stored)
}
