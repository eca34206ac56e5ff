//! Sources.

use actix_web::http::StatusCode;
use bailiwick_app::sources::{self, NewSource, SourcePatch};
use bailiwick_app::{delete, history, read};
use bailiwick_domain::entities::{Project, Source};

use crate::access::{Act, Change, Create, History, List, ListUnder, Remove, Show};
use crate::document::Page;
use crate::reply::{self, Answer};
use crate::views::{HistoryView, SourceView};

/// Makes a source in a project.
#[utoipa::path(post, path = "/projects/{id}/sources", request_body = NewSource, responses((status = 201, body = SourceView)))]
pub async fn create_source(create: Create<Project, Source, NewSource>) -> Answer {
    let Create { cx, under, body, .. } = create;
    let made = sources::create_source(&cx, under, body).await?;
    reply::shown(&cx, StatusCode::CREATED, made).await
}

/// Lists the sources that the caller may view: of each version the latest, unless `latest` says otherwise.
#[utoipa::path(get, path = "/sources", responses((status = 200, body = Page<SourceView>)))]
pub async fn list_sources(list: List<Source>) -> Answer {
    let found = read::list::<Source>(&list.cx, list.query).await?;
    reply::page(&list.cx, &list.params, found).await
}

/// Lists the sources of a project: of each version the latest, unless `latest` says otherwise.
#[utoipa::path(get, path = "/projects/{id}/sources", responses((status = 200, body = Page<SourceView>)))]
pub async fn list_project_sources(list: ListUnder<Project, Source>) -> Answer {
    let found = read::list_under::<Project, Source>(&list.cx, list.under, list.query).await?;
    reply::page(&list.cx, &list.params, found).await
}

/// Shows a source.
#[utoipa::path(get, path = "/sources/{id}", responses((status = 200, body = SourceView)))]
pub async fn show_source(show: Show<Source>) -> Answer {
    let found = read::show::<Source>(&show.cx, show.id).await?;
    reply::object(&show.cx, &found).await
}

/// Changes a source: what the body names, and nothing else.
#[utoipa::path(patch, path = "/sources/{id}", request_body = SourcePatch, responses((status = 200, body = SourceView)))]
pub async fn edit_source(change: Change<Source, SourcePatch>) -> Answer {
    let Change { cx, id, body, .. } = change;
    let changed = sources::edit_source(&cx, id, body).await?;
    reply::shown(&cx, StatusCode::OK, changed).await
}

/// Deletes a source for good. Refused while it has contents, unless `cascade` says that they go too.
#[utoipa::path(delete, path = "/sources/{id}", responses((status = 204)))]
pub async fn delete_source(remove: Remove<Source>) -> Answer {
    delete::delete::<Source>(&remove.cx, remove.id, remove.cascade).await?;
    Ok(reply::nothing(&remove.cx))
}

/// Puts a source into the trash: access rules open neither it nor its contents, and lists leave it out unasked.
#[utoipa::path(post, path = "/sources/{id}/trash", responses((status = 200, body = SourceView)))]
pub async fn trash_source(act: Act<Source>) -> Answer {
    let changed = sources::trash_source(&act.cx, act.id).await?;
    reply::shown(&act.cx, StatusCode::OK, changed).await
}

/// Takes a source out of the trash.
#[utoipa::path(post, path = "/sources/{id}/restore", responses((status = 200, body = SourceView)))]
pub async fn restore_source(act: Act<Source>) -> Answer {
    let changed = sources::restore_source(&act.cx, act.id).await?;
    reply::shown(&act.cx, StatusCode::OK, changed).await
}

/// Every version of a source, with when it was made and by whom.
#[utoipa::path(get, path = "/sources/{id}/history", responses((status = 200, body = HistoryView)))]
pub async fn show_source_history(asked: History<Source>) -> Answer {
    let shows = ["name", "year", "license", "labels", "metadata", "entitlements", "status"];
    reply::history(history::history::<Source>(&asked.cx, asked.id, asked.after, &shows).await?)
}
