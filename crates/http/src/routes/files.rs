//! Files, and their bytes.

use actix_web::http::StatusCode;
use bailiwick_app::files::{self, FilePatch};
use bailiwick_app::{delete, downloads, read};
use bailiwick_domain::entities::{Dataset, File, Job, Project, Task};

use crate::BASE;
use crate::access::{Act, Change, Follow, List, ListUnder, Read, Remove, Show, UploadFile};
use crate::content::content;
use crate::document::Page;
use crate::reply::{self, Answer};
use crate::views::{DownloadView, FileView};

/// Uploads a file to a project: its name in the query, its media type in `Content-Type`, its bytes as the body.
#[utoipa::path(
    post,
    path = "/projects/{id}/files",
    request_body(content_type = "application/octet-stream"),
    responses((status = 201, body = FileView))
)]
pub async fn create_file(upload: UploadFile) -> Answer {
    let UploadFile { mut cx, under, new, mut body, idempotency } = upload;
    let mut arriving = files::begin_file(&cx, under, new).await?;
    if let Err(problem) = body.parts(async |part| arriving.part(&cx, part).await).await {
        arriving.give_up(&cx).await?;
        return Err(problem);
    }
    // The key of a request that may come twice stands for these bytes.
    cx.wish.idempotency = idempotency.map(|mut asked| {
        asked.fingerprint.push_str(&arriving.sha256());
        asked
    });
    let stored = arriving.stored();
    match arriving.finish(&cx).await {
        Ok(made) => reply::shown(&cx, StatusCode::CREATED, made).await,
        Err(error) => {
            files::forget(&cx, stored).await?;
            Err(error.into())
        }
    }
}

/// Lists the files that the caller may view.
#[utoipa::path(get, path = "/files", responses((status = 200, body = Page<FileView>)))]
pub async fn list_files(list: List<File>) -> Answer {
    let found = read::list::<File>(&list.cx, list.query).await?;
    reply::page(&list.cx, &list.params, found).await
}

/// Lists the files of a project.
#[utoipa::path(get, path = "/projects/{id}/files", responses((status = 200, body = Page<FileView>)))]
pub async fn list_project_files(list: ListUnder<Project, File>) -> Answer {
    let found = read::list_under::<Project, File>(&list.cx, list.under, list.query).await?;
    reply::page(&list.cx, &list.params, found).await
}

/// Lists the files of a dataset.
#[utoipa::path(get, path = "/datasets/{id}/files", responses((status = 200, body = Page<FileView>)))]
pub async fn list_dataset_files(list: ListUnder<Dataset, File>) -> Answer {
    let found = read::list_under::<Dataset, File>(&list.cx, list.under, list.query).await?;
    reply::page(&list.cx, &list.params, found).await
}

/// Lists the files that a job holds, its guide among them.
#[utoipa::path(get, path = "/jobs/{id}/files", responses((status = 200, body = Page<FileView>)))]
pub async fn list_job_files(list: ListUnder<Job, File>) -> Answer {
    let found = read::list_under::<Job, File>(&list.cx, list.under, list.query).await?;
    reply::page(&list.cx, &list.params, found).await
}

/// Lists the files that a task holds beside the one that it is about.
#[utoipa::path(get, path = "/tasks/{id}/files", responses((status = 200, body = Page<FileView>)))]
pub async fn list_task_files(list: ListUnder<Task, File>) -> Answer {
    let found = read::list_under::<Task, File>(&list.cx, list.under, list.query).await?;
    reply::page(&list.cx, &list.params, found).await
}

/// Shows a file.
#[utoipa::path(get, path = "/files/{id}", responses((status = 200, body = FileView)))]
pub async fn show_file(show: Show<File>) -> Answer {
    let found = read::show::<File>(&show.cx, show.id).await?;
    reply::object(&show.cx, &found).await
}

/// Changes a file. Its bytes never change.
#[utoipa::path(patch, path = "/files/{id}", request_body = FilePatch, responses((status = 200, body = FileView)))]
pub async fn edit_file(change: Change<File, FilePatch>) -> Answer {
    let Change { cx, id, body, .. } = change;
    let changed = files::edit_file(&cx, id, body).await?;
    reply::shown(&cx, StatusCode::OK, changed).await
}

/// Deletes a file. Refused while a task is about it.
#[utoipa::path(delete, path = "/files/{id}", responses((status = 204)))]
pub async fn delete_file(remove: Remove<File>) -> Answer {
    delete::delete::<File>(&remove.cx, remove.id, remove.cascade).await?;
    Ok(reply::nothing(&remove.cx))
}

/// The bytes of a file: all, or the part that `Range` asks for. To be saved: no browser runs them.
#[utoipa::path(get, path = "/files/{id}/content", responses((status = 200, content_type = "application/octet-stream"), (status = 206, content_type = "application/octet-stream")))]
pub async fn show_file_content(read: Read<File>) -> Answer {
    let Read { cx, id, request, .. } = read;
    let stored = files::show_content(&cx, id).await?;
    content(&request, cx, stored)
}

/// Makes a link to the bytes of a file. It lasts five minutes, is good without other credentials, and ends with the right of
/// who made it to view the file.
#[utoipa::path(post, path = "/files/{id}/downloads", responses((status = 201, body = DownloadView)))]
pub async fn create_download(act: Act<File>) -> Answer {
    let (token, expires_at) = downloads::create_download(&act.cx, act.id).await?;
    let link = format!("{BASE}/downloads/{}", token.reveal());
    Ok(actix_web::HttpResponse::Created().json(DownloadView { link, expires_at }))
}

/// The bytes that a link leads to.
#[utoipa::path(get, path = "/downloads/{token}", responses((status = 200, content_type = "application/octet-stream"), (status = 206, content_type = "application/octet-stream")))]
pub async fn follow_download(follow: Follow) -> Answer {
    let (cx, stored) = downloads::follow_download(&follow.cx, &follow.token).await?;
    content(&follow.request, cx, stored)
}
