//! Grants.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use bailiwick_app::grants::{self, GrantPatch, NewGrant};
use bailiwick_app::{FieldError, delete, read};
use bailiwick_domain::entities::Grant;
use bailiwick_domain::facts::{Anchor, Level};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::access::{Change, Create, List, Remove, Server, Show, SignedIn};
use crate::document::Page;
use crate::problem::Problem;
use crate::reply::{self, Answer};
use crate::request::{refuse_unknown, take};
use crate::views::GrantView;

/// Makes a grant on its anchor.
#[utoipa::path(post, path = "/grants", request_body = NewGrant, responses((status = 201, body = GrantView)))]
pub async fn create_grant(create: Create<Server, Grant, NewGrant>) -> Answer {
    let Create { cx, body, .. } = create;
    let made = grants::create_grant(&cx, body).await?;
    reply::shown(&cx, StatusCode::CREATED, made).await
}

/// Lists the grants that the caller may view.
#[utoipa::path(get, path = "/grants", responses((status = 200, body = Page<GrantView>)))]
pub async fn list_grants(list: List<Grant>) -> Answer {
    let found = read::list::<Grant>(&list.cx, list.query).await?;
    reply::page(&list.cx, &list.params, found).await
}

/// Shows a grant.
#[utoipa::path(get, path = "/grants/{id}", responses((status = 200, body = GrantView)))]
pub async fn show_grant(show: Show<Grant>) -> Answer {
    let found = read::show::<Grant>(&show.cx, show.id).await?;
    reply::object(&show.cx, &found).await
}

/// Changes a grant.
#[utoipa::path(patch, path = "/grants/{id}", request_body = GrantPatch, responses((status = 200, body = GrantView)))]
pub async fn edit_grant(change: Change<Grant, GrantPatch>) -> Answer {
    let Change { cx, id, body, .. } = change;
    let changed = grants::edit_grant(&cx, id, body).await?;
    reply::shown(&cx, StatusCode::OK, changed).await
}

/// Deletes a grant.
#[utoipa::path(delete, path = "/grants/{id}", responses((status = 204)))]
pub async fn delete_grant(remove: Remove<Grant>) -> Answer {
    delete::delete::<Grant>(&remove.cx, remove.id, remove.cascade).await?;
    Ok(reply::nothing(&remove.cx))
}

/// Users whom the caller may grant to, by id and name alone.
#[derive(Debug, Serialize, ToSchema)]
pub struct Candidates {
    /// At most 100, by name.
    items: Vec<Candidate>,
}

/// A user whom the caller may grant to.
#[derive(Debug, Serialize, ToSchema)]
pub struct Candidate {
    /// The user's id.
    id: Uuid,
    /// The user's name.
    name: String,
}

/// Looks up users whom the caller may grant to on an anchor: `anchor` is `server` or `level:id`, `q` is part of a name.
#[utoipa::path(
    get,
    path = "/grants/candidates",
    params(("anchor" = String, Query), ("q" = Option<String>, Query)),
    responses((status = 200, body = Candidates))
)]
pub async fn list_grant_candidates(asked: SignedIn<()>) -> Answer {
    let mut pairs = asked.query;
    let anchor = take(&mut pairs, "anchor")?.as_deref().and_then(parse_anchor);
    let q = take(&mut pairs, "q")?.unwrap_or_default();
    refuse_unknown(&pairs)?;
    let anchor = anchor.ok_or_else(|| {
        Problem::invalid(vec![FieldError::new("anchor", "`server`, or a level and an id: `project:<id>`")])
    })?;
    let found = grants::grant_candidates(&asked.cx, anchor, &q).await?;
    let items = found.into_iter().map(|(id, name)| Candidate { id, name }).collect();
    Ok(HttpResponse::Ok().json(Candidates { items }))
}

fn parse_anchor(text: &str) -> Option<Anchor> {
    if text == "server" {
        return Some(Anchor::SERVER);
    }
    let (level, id) = text.split_once(':')?;
    let level = Level::from_word(level).filter(|level| *level != Level::Server)?;
    Some(Anchor::at(level, id.parse().ok()?))
}
