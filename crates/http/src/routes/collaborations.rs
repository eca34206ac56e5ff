//! Collaborations, and who is a member.

use actix_web::http::StatusCode;
use bailiwick_app::collaborations::{self, CollaborationPatch, Entered, NewCollaboration};
use bailiwick_app::{delete, read};
use bailiwick_domain::entities::{Collaboration, Organization};

use crate::access::{ActOn, Change, Create, List, Remove, Server, Show};
use crate::document::Page;
use crate::reply::{self, Answer};
use crate::views::{CollaborationView, ProposalView};

/// Makes a collaboration. Organizations enter it one by one.
#[utoipa::path(post, path = "/collaborations", request_body = NewCollaboration, responses((status = 201, body = CollaborationView)))]
pub async fn create_collaboration(create: Create<Server, Collaboration, NewCollaboration>) -> Answer {
    let Create { cx, body, .. } = create;
    let made = collaborations::create_collaboration(&cx, body).await?;
    reply::shown(&cx, StatusCode::CREATED, made).await
}

/// Lists the collaborations that the caller may view.
#[utoipa::path(get, path = "/collaborations", responses((status = 200, body = Page<CollaborationView>)))]
pub async fn list_collaborations(list: List<Collaboration>) -> Answer {
    let found = read::list::<Collaboration>(&list.cx, list.query).await?;
    reply::page(&list.cx, &list.params, found).await
}

/// Shows a collaboration.
#[utoipa::path(get, path = "/collaborations/{id}", responses((status = 200, body = CollaborationView)))]
pub async fn show_collaboration(show: Show<Collaboration>) -> Answer {
    let found = read::show::<Collaboration>(&show.cx, show.id).await?;
    reply::object(&show.cx, &found).await
}

/// Changes a collaboration.
#[utoipa::path(patch, path = "/collaborations/{id}", request_body = CollaborationPatch, responses((status = 200, body = CollaborationView)))]
pub async fn edit_collaboration(change: Change<Collaboration, CollaborationPatch>) -> Answer {
    let Change { cx, id, body, .. } = change;
    let changed = collaborations::edit_collaboration(&cx, id, body).await?;
    reply::shown(&cx, StatusCode::OK, changed).await
}

/// Deletes a collaboration. With `cascade` its members leave it first.
#[utoipa::path(delete, path = "/collaborations/{id}", responses((status = 204)))]
pub async fn delete_collaboration(remove: Remove<Collaboration>) -> Answer {
    delete::delete::<Collaboration>(&remove.cx, remove.id, remove.cascade).await?;
    Ok(reply::nothing(&remove.cx))
}

/// Lets an organization enter, where the caller speaks for both sides; else proposes it, which the organization answers.
#[utoipa::path(
    put,
    path = "/collaborations/{id}/organizations/{other_id}",
    responses((status = 200, body = CollaborationView), (status = 202, body = ProposalView))
)]
pub async fn enter_collaboration(act: ActOn<Collaboration, Organization>) -> Answer {
    match collaborations::enter_collaboration(&act.cx, act.id, act.other).await? {
        Entered::Member(shown) => reply::shown(&act.cx, StatusCode::OK, shown).await,
        Entered::Proposed(shown) => reply::shown(&act.cx, StatusCode::ACCEPTED, shown).await,
    }
}

/// Takes an organization out: its projects there are no longer shared, its nodes there go, open runs end. The
/// organization itself may do so too.
#[utoipa::path(delete, path = "/collaborations/{id}/organizations/{other_id}", responses((status = 204)))]
pub async fn leave_collaboration(act: ActOn<Collaboration, Organization>) -> Answer {
    collaborations::leave_collaboration(&act.cx, act.id, act.other).await?;
    Ok(reply::nothing(&act.cx))
}
