//! Roles.

use actix_web::http::StatusCode;
use bailiwick_app::roles::{self, NewRole, RolePatch};
use bailiwick_app::{delete, read};
use bailiwick_domain::entities::{Organization, Role};

use crate::access::{Change, Create, List, ListUnder, Remove, Show};
use crate::document::Page;
use crate::reply::{self, Answer};
use crate::views::RoleView;

/// Makes a role in an organization.
#[utoipa::path(post, path = "/organizations/{id}/roles", request_body = NewRole, responses((status = 201, body = RoleView)))]
pub async fn create_role(create: Create<Organization, Role, NewRole>) -> Answer {
    let Create { cx, under, body, .. } = create;
    let made = roles::create_role(&cx, under, body).await?;
    reply::shown(&cx, StatusCode::CREATED, made).await
}

/// Lists the roles that the caller may view.
#[utoipa::path(get, path = "/roles", responses((status = 200, body = Page<RoleView>)))]
pub async fn list_roles(list: List<Role>) -> Answer {
    let found = read::list::<Role>(&list.cx, list.query).await?;
    reply::page(&list.cx, &list.params, found).await
}

/// Lists the roles of an organization.
#[utoipa::path(get, path = "/organizations/{id}/roles", responses((status = 200, body = Page<RoleView>)))]
pub async fn list_organization_roles(list: ListUnder<Organization, Role>) -> Answer {
    let found = read::list_under::<Organization, Role>(&list.cx, list.under, list.query).await?;
    reply::page(&list.cx, &list.params, found).await
}

/// Shows a role.
#[utoipa::path(get, path = "/roles/{id}", responses((status = 200, body = RoleView)))]
pub async fn show_role(show: Show<Role>) -> Answer {
    let found = read::show::<Role>(&show.cx, show.id).await?;
    reply::object(&show.cx, &found).await
}

/// Changes a role.
#[utoipa::path(patch, path = "/roles/{id}", request_body = RolePatch, responses((status = 200, body = RoleView)))]
pub async fn edit_role(change: Change<Role, RolePatch>) -> Answer {
    let Change { cx, id, body, .. } = change;
    let changed = roles::edit_role(&cx, id, body).await?;
    reply::shown(&cx, StatusCode::OK, changed).await
}

/// Deletes a role.
#[utoipa::path(delete, path = "/roles/{id}", responses((status = 204)))]
pub async fn delete_role(remove: Remove<Role>) -> Answer {
    delete::delete::<Role>(&remove.cx, remove.id, remove.cascade).await?;
    Ok(reply::nothing(&remove.cx))
}
