//! Comments.

use actix_web::http::StatusCode;
use bailiwick_app::comments::{self, CommentPatch, NewComment};
use bailiwick_app::{delete, read};
use bailiwick_domain::entities::{Comment, Job, Task};

use crate::access::{Change, Create, List, ListUnder, Remove, Show};
use crate::document::Page;
use crate::reply::{self, Answer};
use crate::views::CommentView;

/// Says something of a job.
#[utoipa::path(post, path = "/jobs/{id}/comments", request_body = NewComment, responses((status = 201, body = CommentView)))]
pub async fn create_job_comment(create: Create<Job, Comment, NewComment>) -> Answer {
    let Create { cx, under, body, .. } = create;
    let made = comments::create_comment::<Job>(&cx, under, body).await?;
    reply::shown(&cx, StatusCode::CREATED, made).await
}

/// Says something of a task.
#[utoipa::path(post, path = "/tasks/{id}/comments", request_body = NewComment, responses((status = 201, body = CommentView)))]
pub async fn create_task_comment(create: Create<Task, Comment, NewComment>) -> Answer {
    let Create { cx, under, body, .. } = create;
    let made = comments::create_comment::<Task>(&cx, under, body).await?;
    reply::shown(&cx, StatusCode::CREATED, made).await
}

/// Lists the comments that the caller may view.
#[utoipa::path(get, path = "/comments", responses((status = 200, body = Page<CommentView>)))]
pub async fn list_comments(list: List<Comment>) -> Answer {
    let found = read::list::<Comment>(&list.cx, list.query).await?;
    reply::page(&list.cx, &list.params, found).await
}

/// Lists the comments of a job and of its tasks.
#[utoipa::path(get, path = "/jobs/{id}/comments", responses((status = 200, body = Page<CommentView>)))]
pub async fn list_job_comments(list: ListUnder<Job, Comment>) -> Answer {
    let found = read::list_under::<Job, Comment>(&list.cx, list.under, list.query).await?;
    reply::page(&list.cx, &list.params, found).await
}

/// Lists the comments of a task.
#[utoipa::path(get, path = "/tasks/{id}/comments", responses((status = 200, body = Page<CommentView>)))]
pub async fn list_task_comments(list: ListUnder<Task, Comment>) -> Answer {
    let found = read::list_under::<Task, Comment>(&list.cx, list.under, list.query).await?;
    reply::page(&list.cx, &list.params, found).await
}

/// Shows a comment.
#[utoipa::path(get, path = "/comments/{id}", responses((status = 200, body = CommentView)))]
pub async fn show_comment(show: Show<Comment>) -> Answer {
    let found = read::show::<Comment>(&show.cx, show.id).await?;
    reply::object(&show.cx, &found).await
}

/// Changes a comment.
#[utoipa::path(patch, path = "/comments/{id}", request_body = CommentPatch, responses((status = 200, body = CommentView)))]
pub async fn edit_comment(change: Change<Comment, CommentPatch>) -> Answer {
    let Change { cx, id, body, .. } = change;
    let changed = comments::edit_comment(&cx, id, body).await?;
    reply::shown(&cx, StatusCode::OK, changed).await
}

/// Deletes a comment.
#[utoipa::path(delete, path = "/comments/{id}", responses((status = 204)))]
pub async fn delete_comment(remove: Remove<Comment>) -> Answer {
    delete::delete::<Comment>(&remove.cx, remove.id, remove.cascade).await?;
    Ok(reply::nothing(&remove.cx))
}
