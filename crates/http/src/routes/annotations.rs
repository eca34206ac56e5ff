//! Annotations.

use actix_web::http::StatusCode;
use bailiwick_app::annotations::{self, AnnotationPatch, NewAnnotation};
use bailiwick_app::{history, read};
use bailiwick_domain::entities::{Annotation, Job, Task};

use crate::access::{Change, Create, History, List, ListUnder, Remove, Show};
use crate::document::Page;
use crate::reply::{self, Answer};
use crate::views::{AnnotationView, HistoryView};

/// Annotates a file of a task that is lent to the caller, whose lease begins anew.
#[utoipa::path(post, path = "/tasks/{id}/annotations", request_body = NewAnnotation, responses((status = 201, body = AnnotationView)))]
pub async fn create_annotation(create: Create<Task, Annotation, NewAnnotation>) -> Answer {
    let Create { cx, under, body, .. } = create;
    let made = annotations::create_annotation(&cx, under, body).await?;
    reply::shown(&cx, StatusCode::CREATED, made).await
}

/// Lists the annotations that the caller may view.
#[utoipa::path(get, path = "/annotations", responses((status = 200, body = Page<AnnotationView>)))]
pub async fn list_annotations(list: List<Annotation>) -> Answer {
    let found = read::list::<Annotation>(&list.cx, list.query).await?;
    reply::page(&list.cx, &list.params, found).await
}

/// Lists the annotations of a job.
#[utoipa::path(get, path = "/jobs/{id}/annotations", responses((status = 200, body = Page<AnnotationView>)))]
pub async fn list_job_annotations(list: ListUnder<Job, Annotation>) -> Answer {
    let found = read::list_under::<Job, Annotation>(&list.cx, list.under, list.query).await?;
    reply::page(&list.cx, &list.params, found).await
}

/// Lists the annotations of a task.
#[utoipa::path(get, path = "/tasks/{id}/annotations", responses((status = 200, body = Page<AnnotationView>)))]
pub async fn list_task_annotations(list: ListUnder<Task, Annotation>) -> Answer {
    let found = read::list_under::<Task, Annotation>(&list.cx, list.under, list.query).await?;
    reply::page(&list.cx, &list.params, found).await
}

/// Shows an annotation.
#[utoipa::path(get, path = "/annotations/{id}", responses((status = 200, body = AnnotationView)))]
pub async fn show_annotation(show: Show<Annotation>) -> Answer {
    let found = read::show::<Annotation>(&show.cx, show.id).await?;
    reply::object(&show.cx, &found).await
}

/// Changes an annotation.
#[utoipa::path(patch, path = "/annotations/{id}", request_body = AnnotationPatch, responses((status = 200, body = AnnotationView)))]
pub async fn edit_annotation(change: Change<Annotation, AnnotationPatch>) -> Answer {
    let Change { cx, id, body, .. } = change;
    let changed = annotations::edit_annotation(&cx, id, body).await?;
    reply::shown(&cx, StatusCode::OK, changed).await
}

/// Deletes an annotation of a task that is lent to the caller.
#[utoipa::path(delete, path = "/annotations/{id}", responses((status = 204)))]
pub async fn delete_annotation(remove: Remove<Annotation>) -> Answer {
    annotations::delete_annotation(&remove.cx, remove.id).await?;
    Ok(reply::nothing(&remove.cx))
}

/// Every version of an annotation, with when it was made and by whom.
#[utoipa::path(get, path = "/annotations/{id}/history", responses((status = 200, body = HistoryView)))]
pub async fn show_annotation_history(asked: History<Annotation>) -> Answer {
    let shows = ["geometry", "attributes"];
    reply::history(history::history::<Annotation>(&asked.cx, asked.id, asked.after, &shows).await?)
}
