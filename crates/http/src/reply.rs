//! Answers: one object, a page, nothing.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{ETAG, LINK, LOCATION};
use bailiwick_app::history::Deed;
use bailiwick_app::methods::Standings;
use bailiwick_app::read::{self, Listed};
use bailiwick_app::{Cx, Kept, Shown};
use bailiwick_domain::gate::{Granted, View};
use bailiwick_domain::object::Object;
use bailiwick_domain::page::{Position, Query};
use serde::Serialize;
use serde_json::json;

use crate::document::{Page, With};
use crate::links::{self, Link, Links};
use crate::list::ListParams;
use crate::problem::Problem;
use crate::views::{Crumb, Head, HistoryView, Shows};

/// What handlers answer.
pub(crate) type Answer = Result<HttpResponse, Problem>;

async fn view<T: Shows>(cx: &Cx, objects: &[&Object<T>]) -> Result<Vec<T::View>, Problem> {
    let near = objects
        .iter()
        .flat_map(|object| std::iter::once(&object.facts).chain(object.near.iter().map(|near| &*near.facts)));
    let standings = Standings::of(cx, &cx.caller, near).await?;
    let spoken_of: Vec<_> = objects.iter().flat_map(|object| T::speaks_of(object)).collect();
    let seen = read::seen_of(cx, &spoken_of).await?;
    Ok(objects
        .iter()
        .map(|object| {
            let path =
                object.path().map(|(level, id, name)| Crumb { level, id, name: name.to_owned() }).collect();
            let head = Head {
                id: object.id,
                created_at: object.created_at,
                updated_at: object.updated_at,
                version: object.version,
                path,
                links: T::links(cx, &standings, object),
            };
            let mut view = T::view(cx, object, head);
            T::name_seen(&mut view, object, &seen);
            view
        })
        .collect())
}

fn etag<T>(object: &Object<T>) -> String {
    format!("\"{}\"", object.version)
}

/// One object that was read.
pub(crate) async fn object<T: Shows>(cx: &Cx, granted: &Granted<'_, View, T>) -> Answer {
    one(cx, StatusCode::OK, granted, |view| view).await
}

/// [`object`], with the first page of what hangs under it where that was asked for.
pub(crate) async fn object_with<T: Shows, C: Shows + Kept>(
    cx: &Cx,
    granted: &Granted<'_, View, T>,
    children: Option<(Query, ListParams)>,
) -> Answer {
    let mut included = BTreeMap::new();
    if let Some((query, params)) = children {
        let mut listed = read::list::<C>(cx, query).await?;
        listed.makes = read::may_make(cx, C::KIND, &granted.object().facts);
        let page = listed_page(cx, &params, listed).await?;
        included.insert(C::COLLECTION.unwrap_or_default(), page);
    }
    one(cx, StatusCode::OK, granted, |object| With { object, included }).await
}

async fn one<T: Shows, V: Serialize>(
    cx: &Cx,
    status: StatusCode,
    granted: &Granted<'_, View, T>,
    dress: impl FnOnce(T::View) -> V,
) -> Answer {
    let views = view(cx, &[granted.object()]).await?;
    let view = views.into_iter().next().map(dress).ok_or_else(Problem::unavailable)?;
    let mut response = HttpResponse::build(status);
    response.insert_header((ETAG, etag(granted.object())));
    if status == StatusCode::CREATED {
        response.insert_header((LOCATION, address::<T>(granted.id())));
    }
    if cx.wish.dry_run {
        response.insert_header(("Dry-Run", "true"));
    }
    Ok(response.json(view))
}

fn address<T: Shows>(id: uuid::Uuid) -> String {
    links::address(T::COLLECTION.unwrap_or_default(), id, None)
}

/// The answer to a write: the object, or to a caller who may not view it, its id and nothing else.
pub(crate) async fn shown<T: Shows>(cx: &Cx, status: StatusCode, shown: Shown<'_, T>) -> Answer {
    shown_as(cx, status, shown, |view| view).await
}

/// [`shown`] with something added to the view.
pub(crate) async fn shown_as<T: Shows, V: Serialize>(
    cx: &Cx,
    status: StatusCode,
    shown: Shown<'_, T>,
    dress: impl FnOnce(T::View) -> V,
) -> Answer {
    match shown {
        Shown::Whole(granted) => one(cx, status, &granted, dress).await,
        Shown::IdOnly(id) => {
            let mut response = HttpResponse::build(status);
            if status == StatusCode::CREATED {
                response.insert_header((LOCATION, address::<T>(id)));
            }
            if cx.wish.dry_run {
                response.insert_header(("Dry-Run", "true"));
            }
            Ok(response.json(json!({ "id": id })))
        }
    }
}

/// What was done to an object.
pub(crate) fn history(told: (Vec<Deed>, Option<uuid::Uuid>)) -> Answer {
    Ok(HttpResponse::Ok().json(HistoryView::from(told)))
}

/// Nothing to show.
pub(crate) fn nothing(cx: &Cx) -> HttpResponse {
    let mut response = HttpResponse::NoContent();
    if cx.wish.dry_run {
        response.insert_header(("Dry-Run", "true"));
    }
    response.finish()
}

/// A page of a list.
pub(crate) async fn page<T: Shows>(cx: &Cx, params: &ListParams, listed: Listed<'_, T>) -> Answer {
    Ok(answer_page(listed_page(cx, params, listed).await?))
}

async fn listed_page<T: Shows>(
    cx: &Cx,
    params: &ListParams,
    listed: Listed<'_, T>,
) -> Result<Page<T::View>, Problem> {
    let objects: Vec<_> = listed.items.iter().map(Granted::object).collect();
    let mut page = page_of(params, view(cx, &objects).await?, listed.next.as_ref(), listed.total);
    // With a query the address can only be read.
    if let Some(here) = page.links.get_mut("self").filter(|here| listed.makes && !here.link.contains('?')) {
        here.methods.push("POST");
    }
    Ok(page)
}

/// A page of views, with the address of the next one.
pub(crate) fn page_of<V>(
    params: &ListParams,
    items: Vec<V>,
    next: Option<&Position>,
    total: Option<u64>,
) -> Page<V> {
    let next = next.map(|position| params.cursor(position));
    let here = params.base.trim_end_matches(['?', '&']).to_owned();
    let mut links = Links::from([("self".to_owned(), Link::to_list(here))]);
    if let Some(cursor) = &next {
        links.insert("next".to_owned(), Link::to_list(format!("{}cursor={cursor}", params.base)));
    }
    Page { items, next, total, links }
}

/// A page as the whole answer.
pub(crate) fn answer_page<V: Serialize>(page: Page<V>) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    if let Some(next) = page.links.get("next") {
        response.insert_header((LINK, format!("<{}>; rel=\"next\"", next.link)));
    }
    response.json(page)
}
