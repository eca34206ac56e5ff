//! Contents of sources.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use bailiwick_app::sources::contents::{self, ContentImport, ContentPatch, Imported, NewContent};
use bailiwick_app::sources::imports;
use bailiwick_app::{delete, history, read};
use bailiwick_domain::entities::{Content, Source};

use crate::access::{Act, Change, Create, History, List, ListUnder, Remove, Show, Watch};
use crate::document::Page;
use crate::reply::{self, Answer};
use crate::views::{ContentView, HistoryView, ImportView, ImportedView};

/// Makes a content in a source.
#[utoipa::path(post, path = "/sources/{id}/contents", request_body = NewContent, responses((status = 201, body = ContentView)))]
pub async fn create_content(create: Create<Source, Content, NewContent>) -> Answer {
    let Create { cx, under, body, .. } = create;
    let made = contents::create_content(&cx, under, body).await?;
    reply::shown(&cx, StatusCode::CREATED, made).await
}

/// Lists the contents that the caller may view.
#[utoipa::path(get, path = "/contents", responses((status = 200, body = Page<ContentView>)))]
pub async fn list_contents(list: List<Content>) -> Answer {
    let found = read::list::<Content>(&list.cx, list.query).await?;
    reply::page(&list.cx, &list.params, found).await
}

/// Lists the contents of a source; `sort=position` for their order, `text` for what stands in them.
#[utoipa::path(get, path = "/sources/{id}/contents", responses((status = 200, body = Page<ContentView>)))]
pub async fn list_source_contents(list: ListUnder<Source, Content>) -> Answer {
    let found = read::list_under::<Source, Content>(&list.cx, list.under, list.query).await?;
    reply::page(&list.cx, &list.params, found).await
}

/// Shows a content.
#[utoipa::path(get, path = "/contents/{id}", responses((status = 200, body = ContentView)))]
pub async fn show_content(show: Show<Content>) -> Answer {
    let found = read::show::<Content>(&show.cx, show.id).await?;
    reply::object(&show.cx, &found).await
}

/// Changes a content: what the body names, and nothing else.
#[utoipa::path(patch, path = "/contents/{id}", request_body = ContentPatch, responses((status = 200, body = ContentView)))]
pub async fn edit_content(change: Change<Content, ContentPatch>) -> Answer {
    let Change { cx, id, body, .. } = change;
    let changed = contents::edit_content(&cx, id, body).await?;
    reply::shown(&cx, StatusCode::OK, changed).await
}

/// Deletes a content for good.
#[utoipa::path(delete, path = "/contents/{id}", responses((status = 204)))]
pub async fn delete_content(remove: Remove<Content>) -> Answer {
    delete::delete::<Content>(&remove.cx, remove.id, remove.cascade).await?;
    Ok(reply::nothing(&remove.cx))
}

/// Puts a content into the trash: no access rule opens it, and lists leave it out unasked.
#[utoipa::path(post, path = "/contents/{id}/trash", responses((status = 200, body = ContentView)))]
pub async fn trash_content(act: Act<Content>) -> Answer {
    let changed = contents::trash_content(&act.cx, act.id).await?;
    reply::shown(&act.cx, StatusCode::OK, changed).await
}

/// Takes a content out of the trash.
#[utoipa::path(post, path = "/contents/{id}/restore", responses((status = 200, body = ContentView)))]
pub async fn restore_content(act: Act<Content>) -> Answer {
    let changed = contents::restore_content(&act.cx, act.id).await?;
    reply::shown(&act.cx, StatusCode::OK, changed).await
}

/// Every version of a content, with when it was made and by whom.
#[utoipa::path(get, path = "/contents/{id}/history", responses((status = 200, body = HistoryView)))]
pub async fn show_content_history(asked: History<Content>) -> Answer {
    let shows = ["name", "body", "status"];
    reply::history(history::history::<Content>(&asked.cx, asked.id, asked.after, &shows).await?)
}

/// Makes many contents of a source, all or none: of `bodies` at most 20,000 at once, of a file in the background.
#[utoipa::path(
    post, path = "/sources/{id}/import", request_body = ContentImport,
    responses((status = 201, body = ImportedView), (status = 202, body = ImportView))
)]
pub async fn import_contents(create: Create<Source, Content, ContentImport>) -> Answer {
    let Create { cx, under, body, .. } = create;
    Ok(match contents::import_contents(&cx, under, body).await? {
        Imported::Made(contents) => HttpResponse::Created().json(ImportedView { contents }),
        Imported::Begun(progress) => HttpResponse::Accepted().json(ImportView::from(*progress)),
    })
}

/// How far the last import of a file into a source is, for who may make contents there.
#[utoipa::path(get, path = "/sources/{id}/import", responses((status = 200, body = ImportView)))]
pub async fn show_import(watch: Watch<Source, Content>) -> Answer {
    let progress = imports::show_import(&watch.cx, watch.under).await?;
    Ok(HttpResponse::Ok().json(ImportView::from(progress)))
}
