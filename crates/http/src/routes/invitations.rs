//! Invitations.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use bailiwick_app::people::invitations::{self, Acceptance, NewInvitation};
use bailiwick_app::people::newcomers;
use bailiwick_app::{delete, read};
use bailiwick_domain::entities::Invitation;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::auth::or_not_good;
use crate::access::{Anyone, Create, List, Remove, Server, Show};
use crate::document::Page;
use crate::reply::{self, Answer};
use crate::request::refuse_unknown;
use crate::views::InvitationView;

/// Invites whoever proves an address to hold a role on an anchor. It is mailed, lasts 7 days and serves once.
#[utoipa::path(post, path = "/invitations", request_body = NewInvitation, responses((status = 201, body = InvitationView)))]
pub async fn create_invitation(create: Create<Server, Invitation, NewInvitation>) -> Answer {
    let Create { cx, body, .. } = create;
    let made = invitations::create_invitation(&cx, body).await?;
    reply::shown(&cx, StatusCode::CREATED, made).await
}

/// Lists the invitations that the caller may view.
#[utoipa::path(get, path = "/invitations", responses((status = 200, body = Page<InvitationView>)))]
pub async fn list_invitations(list: List<Invitation>) -> Answer {
    let found = read::list::<Invitation>(&list.cx, list.query).await?;
    reply::page(&list.cx, &list.params, found).await
}

/// Shows an invitation.
#[utoipa::path(get, path = "/invitations/{id}", responses((status = 200, body = InvitationView)))]
pub async fn show_invitation(show: Show<Invitation>) -> Answer {
    let found = read::show::<Invitation>(&show.cx, show.id).await?;
    reply::object(&show.cx, &found).await
}

/// Takes an invitation back.
#[utoipa::path(delete, path = "/invitations/{id}", responses((status = 204)))]
pub async fn delete_invitation(remove: Remove<Invitation>) -> Answer {
    delete::delete::<Invitation>(&remove.cx, remove.id, remove.cascade).await?;
    Ok(reply::nothing(&remove.cx))
}

/// Who has come by a mailed link.
#[derive(Debug, Serialize, ToSchema)]
pub struct Arrived {
    /// The user's id.
    user_id: Uuid,
    /// What they sign in with: `organization/username`.
    username: String,
    /// The grant that they got, if they got one.
    grant_id: Option<Uuid>,
}

impl From<newcomers::Arrived> for Arrived {
    fn from(arrived: newcomers::Arrived) -> Self {
        Self { user_id: arrived.user_id, username: arrived.login, grant_id: arrived.grant_id }
    }
}

/// Accepts an invitation by the token that was mailed: signed in, for oneself; or with a name and a password, as
/// somebody new.
#[utoipa::path(post, path = "/invitations/accept", request_body = Acceptance, responses((status = 201, body = Arrived)))]
pub async fn accept_invitation(asked: Anyone<Acceptance>) -> Answer {
    refuse_unknown(&asked.query)?;
    let arrived = invitations::accept_invitation(&asked.cx, &asked.body).await.map_err(|error| {
        or_not_good(error, "the invitation is not good, or no longer: ask whoever made it for another one")
    })?;
    Ok(HttpResponse::Created().json(Arrived::from(arrived)))
}
