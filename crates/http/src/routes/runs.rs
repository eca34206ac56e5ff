//! Runs, and what is stored of them.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH};
use actix_web::web::Bytes;
use bailiwick_app::runs::{self, LogLines, Part, RunPatch};
use bailiwick_app::{Cx, delete, read};
use bailiwick_domain::entities::{Run, Stored, Task};
use futures_util::stream;
use uuid::Uuid;

use crate::access::Change;
use crate::access::{List, ListUnder, Remove, Report, Show, Upload};
use crate::document::Page;
use crate::problem::Problem;
use crate::reply::{self, Answer};
use crate::views::RunView;

/// Lists the runs that the caller may view.
#[utoipa::path(get, path = "/runs", responses((status = 200, body = Page<RunView>)))]
pub async fn list_runs(list: List<Run>) -> Answer {
    let found = read::list::<Run>(&list.cx, list.query).await?;
    reply::page(&list.cx, &list.params, found).await
}

/// Lists the runs of a task.
#[utoipa::path(get, path = "/tasks/{id}/runs", responses((status = 200, body = Page<RunView>)))]
pub async fn list_task_runs(list: ListUnder<Task, Run>) -> Answer {
    let found = read::list_under::<Task, Run>(&list.cx, list.under, list.query).await?;
    reply::page(&list.cx, &list.params, found).await
}

/// Shows a run.
#[utoipa::path(get, path = "/runs/{id}", responses((status = 200, body = RunView)))]
pub async fn show_run(show: Show<Run>) -> Answer {
    let found = read::show::<Run>(&show.cx, show.id).await?;
    reply::object(&show.cx, &found).await
}

/// Takes a run from status to status: its node as docs/computations.md says, others only to `killed`. What has ended
/// stays as it is.
#[utoipa::path(patch, path = "/runs/{id}", request_body = RunPatch, responses((status = 200, body = RunView)))]
pub async fn edit_run(change: Change<Run, RunPatch>) -> Answer {
    let Change { cx, id, body, .. } = change;
    let changed = runs::edit_run(&cx, id, body).await?;
    reply::shown(&cx, StatusCode::OK, changed).await
}

/// Deletes a run, with all that is stored of it.
#[utoipa::path(delete, path = "/runs/{id}", responses((status = 204)))]
pub async fn delete_run(remove: Remove<Run>) -> Answer {
    delete::delete::<Run>(&remove.cx, remove.id, remove.cascade).await?;
    Ok(reply::nothing(&remove.cx))
}

/// What a run is given, as bytes.
#[utoipa::path(get, path = "/runs/{id}/input", responses((status = 200, content_type = "application/octet-stream")))]
pub async fn show_run_input(show: Show<Run>) -> Answer {
    bytes(show.cx, show.id, Part::Input, "input").await
}

/// What came out of a run, as bytes.
#[utoipa::path(get, path = "/runs/{id}/result", responses((status = 200, content_type = "application/octet-stream")))]
pub async fn show_run_result(show: Show<Run>) -> Answer {
    bytes(show.cx, show.id, Part::Result, "result").await
}

/// What a run told, as text.
#[utoipa::path(get, path = "/runs/{id}/log", responses((status = 200, content_type = "application/octet-stream")))]
pub async fn show_run_log(show: Show<Run>) -> Answer {
    bytes(show.cx, show.id, Part::Log, "log").await
}

/// Stores what came out of a run, once, for the node that executes it. The body is taken as it comes.
#[utoipa::path(
    put,
    path = "/runs/{id}/result",
    request_body(content_type = "application/octet-stream"),
    responses((status = 200, body = RunView))
)]
pub async fn store_run_result(upload: Upload<Run>) -> Answer {
    let Upload { cx, id, mut body, limit, .. } = upload;
    let mut arriving = runs::begin_result(&cx, id, limit).await?;
    match body.parts(async |part| arriving.part(&cx, part).await).await {
        Ok(()) => {
            let stored = arriving.finish(&cx).await?;
            reply::shown(&cx, StatusCode::OK, stored).await
        }
        Err(problem) => {
            arriving.give_up(&cx).await?;
            Err(problem)
        }
    }
}

/// Adds to what a run tells, for the node that executes it.
#[utoipa::path(post, path = "/runs/{id}/log", request_body = LogLines, responses((status = 200, body = RunView)))]
pub async fn append_run_log(report: Report<Run, LogLines>) -> Answer {
    let Report { cx, id, body, .. } = report;
    let changed = runs::append_run_log(&cx, id, body).await?;
    reply::shown(&cx, StatusCode::OK, changed).await
}

/// Bytes of a run, as a download that no browser shows.
async fn bytes(cx: Cx, id: Uuid, part: Part, name: &str) -> Answer {
    let Some(stored) = runs::stored(&cx, id, part).await? else { return Err(Problem::hidden()) };
    let mut response = HttpResponse::Ok();
    response.content_type("application/octet-stream");
    response.insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")));
    response.insert_header((CONTENT_LENGTH, stored.bytes));
    Ok(response.streaming(stream::unfold((cx, stored, 0), next_part)))
}

async fn next_part(
    (cx, stored, at): (Cx, Stored, i64),
) -> Option<(Result<Bytes, actix_web::Error>, (Cx, Stored, i64))> {
    if at >= stored.parts {
        return None;
    }
    let part = runs::read_part(&cx, &stored, at).await;
    Some((part.map(Bytes::from).map_err(|error| Problem::from(error).into()), (cx, stored, at + 1)))
}
