//! Users.

use actix_web::http::StatusCode;
use bailiwick_app::users::{self, NewUser, UserPatch};
use bailiwick_app::{delete, read};
use bailiwick_domain::entities::{Organization, Standing, User};

use crate::access::{Act, Change, Create, List, ListUnder, Remove, Show};
use crate::document::Page;
use crate::reply::{self, Answer};
use crate::views::UserView;

/// Makes a user in an organization.
#[utoipa::path(post, path = "/organizations/{id}/users", request_body = NewUser, responses((status = 201, body = UserView)))]
pub async fn create_user(create: Create<Organization, User, NewUser>) -> Answer {
    let Create { cx, under, body, .. } = create;
    let made = users::create_user(&cx, under, body).await?;
    reply::shown(&cx, StatusCode::CREATED, made).await
}

/// Lists the users that the caller may view.
#[utoipa::path(get, path = "/users", responses((status = 200, body = Page<UserView>)))]
pub async fn list_users(list: List<User>) -> Answer {
    let found = read::list::<User>(&list.cx, list.query).await?;
    reply::page(&list.cx, &list.params, found).await
}

/// Lists the users of an organization.
#[utoipa::path(get, path = "/organizations/{id}/users", responses((status = 200, body = Page<UserView>)))]
pub async fn list_organization_users(list: ListUnder<Organization, User>) -> Answer {
    let found = read::list_under::<Organization, User>(&list.cx, list.under, list.query).await?;
    reply::page(&list.cx, &list.params, found).await
}

/// Shows a user.
#[utoipa::path(get, path = "/users/{id}", responses((status = 200, body = UserView)))]
pub async fn show_user(show: Show<User>) -> Answer {
    let found = read::show::<User>(&show.cx, show.id).await?;
    reply::object(&show.cx, &found).await
}

/// Changes a user.
#[utoipa::path(patch, path = "/users/{id}", request_body = UserPatch, responses((status = 200, body = UserView)))]
pub async fn edit_user(change: Change<User, UserPatch>) -> Answer {
    let Change { cx, id, body, .. } = change;
    let changed = users::edit_user(&cx, id, body).await?;
    reply::shown(&cx, StatusCode::OK, changed).await
}

/// Deletes a user.
#[utoipa::path(delete, path = "/users/{id}", responses((status = 204)))]
pub async fn delete_user(remove: Remove<User>) -> Answer {
    delete::delete::<User>(&remove.cx, remove.id, remove.cascade).await?;
    Ok(reply::nothing(&remove.cx))
}

/// Suspends a user: the user may not sign in, and keys that act for them are not good, until woken.
#[utoipa::path(post, path = "/users/{id}/suspend", responses((status = 200, body = UserView)))]
pub async fn suspend_user(act: Act<User>) -> Answer {
    let changed = users::stand_user(&act.cx, act.id, Standing::Suspended).await?;
    reply::shown(&act.cx, StatusCode::OK, changed).await
}

/// Wakes a user.
#[utoipa::path(post, path = "/users/{id}/wake", responses((status = 200, body = UserView)))]
pub async fn wake_user(act: Act<User>) -> Answer {
    let changed = users::stand_user(&act.cx, act.id, Standing::Active).await?;
    reply::shown(&act.cx, StatusCode::OK, changed).await
}
