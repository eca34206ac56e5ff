//! Organizations.

use actix_web::http::StatusCode;
use bailiwick_app::organizations::{self, NewOrganization, OrganizationPatch};
use bailiwick_app::{delete, members, read};
use bailiwick_domain::entities::{Organization, Standing};

use crate::access::{Act, Change, Create, List, Member, Remove, Server, Show};
use crate::document::Page;
use crate::reply::{self, Answer};
use crate::views::OrganizationView;

/// Makes an organization.
#[utoipa::path(post, path = "/organizations", request_body = NewOrganization, responses((status = 201, body = OrganizationView)))]
pub async fn create_organization(create: Create<Server, Organization, NewOrganization>) -> Answer {
    let Create { cx, body, .. } = create;
    let made = organizations::create_organization(&cx, body).await?;
    reply::shown(&cx, StatusCode::CREATED, made).await
}

/// Lists the organizations that the caller may view.
#[utoipa::path(get, path = "/organizations", responses((status = 200, body = Page<OrganizationView>)))]
pub async fn list_organizations(list: List<Organization>) -> Answer {
    let found = read::list::<Organization>(&list.cx, list.query).await?;
    reply::page(&list.cx, &list.params, found).await
}

/// Shows an organization.
#[utoipa::path(get, path = "/organizations/{id}", responses((status = 200, body = OrganizationView)))]
pub async fn show_organization(show: Show<Organization>) -> Answer {
    let found = read::show::<Organization>(&show.cx, show.id).await?;
    reply::object(&show.cx, &found).await
}

/// Changes an organization.
#[utoipa::path(patch, path = "/organizations/{id}", request_body = OrganizationPatch, responses((status = 200, body = OrganizationView)))]
pub async fn edit_organization(change: Change<Organization, OrganizationPatch>) -> Answer {
    let Change { cx, id, body, .. } = change;
    let changed = organizations::edit_organization(&cx, id, body).await?;
    reply::shown(&cx, StatusCode::OK, changed).await
}

/// Deletes an organization.
#[utoipa::path(delete, path = "/organizations/{id}", responses((status = 204)))]
pub async fn delete_organization(remove: Remove<Organization>) -> Answer {
    delete::delete::<Organization>(&remove.cx, remove.id, remove.cascade).await?;
    Ok(reply::nothing(&remove.cx))
}

/// Suspends an organization: its principals, the grants in it and its roles give nothing until it is woken.
#[utoipa::path(post, path = "/organizations/{id}/suspend", responses((status = 200, body = OrganizationView)))]
pub async fn suspend_organization(act: Act<Organization>) -> Answer {
    let changed = organizations::stand_organization(&act.cx, act.id, Standing::Suspended).await?;
    reply::shown(&act.cx, StatusCode::OK, changed).await
}

/// Wakes an organization.
#[utoipa::path(post, path = "/organizations/{id}/wake", responses((status = 200, body = OrganizationView)))]
pub async fn wake_organization(act: Act<Organization>) -> Answer {
    let changed = organizations::stand_organization(&act.cx, act.id, Standing::Active).await?;
    reply::shown(&act.cx, StatusCode::OK, changed).await
}

/// Takes a user out of an organization: every grant inside it goes, every key there that acts for them, and every task there that
/// they have. What they made stays, under their name.
#[utoipa::path(delete, path = "/organizations/{id}/members/{other_id}", responses((status = 204)))]
pub async fn remove_organization_member(remove: Member<Organization>) -> Answer {
    members::remove_member::<Organization>(&remove.cx, remove.under, remove.member).await?;
    Ok(reply::nothing(&remove.cx))
}
