//! Projects.

use actix_web::http::StatusCode;
use bailiwick_app::projects::{self, NewProject, ProjectPatch, Sharing};
use bailiwick_app::{delete, members, read};
use bailiwick_domain::entities::{Job, Organization, Project};

use crate::access::{Act, Change, Create, List, ListUnder, Member, Remove, ShowWith};
use crate::document::{Page, With};
use crate::reply::{self, Answer};
use crate::views::{JobView, ProjectView};

/// Makes a project in an organization.
#[utoipa::path(post, path = "/organizations/{id}/projects", request_body = NewProject, responses((status = 201, body = ProjectView)))]
pub async fn create_project(create: Create<Organization, Project, NewProject>) -> Answer {
    let Create { cx, under, body, .. } = create;
    let made = projects::create_project(&cx, under, body).await?;
    reply::shown(&cx, StatusCode::CREATED, made).await
}

/// Lists the projects that the caller may view.
#[utoipa::path(get, path = "/projects", responses((status = 200, body = Page<ProjectView>)))]
pub async fn list_projects(list: List<Project>) -> Answer {
    let found = read::list::<Project>(&list.cx, list.query).await?;
    reply::page(&list.cx, &list.params, found).await
}

/// Lists the projects of an organization.
#[utoipa::path(get, path = "/organizations/{id}/projects", responses((status = 200, body = Page<ProjectView>)))]
pub async fn list_organization_projects(list: ListUnder<Organization, Project>) -> Answer {
    let found = read::list_under::<Organization, Project>(&list.cx, list.under, list.query).await?;
    reply::page(&list.cx, &list.params, found).await
}

/// Shows a project.
#[utoipa::path(get, path = "/projects/{id}", responses((status = 200, body = With<ProjectView, JobView>)))]
pub async fn show_project(show: ShowWith<Project, Job>) -> Answer {
    let found = read::show::<Project>(&show.cx, show.id).await?;
    reply::object_with::<Project, Job>(&show.cx, &found, show.children).await
}

/// Changes a project.
#[utoipa::path(patch, path = "/projects/{id}", request_body = ProjectPatch, responses((status = 200, body = ProjectView)))]
pub async fn edit_project(change: Change<Project, ProjectPatch>) -> Answer {
    let Change { cx, id, body, .. } = change;
    let changed = projects::edit_project(&cx, id, body).await?;
    reply::shown(&cx, StatusCode::OK, changed).await
}

/// Deletes a project.
#[utoipa::path(delete, path = "/projects/{id}", responses((status = 204)))]
pub async fn delete_project(remove: Remove<Project>) -> Answer {
    delete::delete::<Project>(&remove.cx, remove.id, remove.cascade).await?;
    Ok(reply::nothing(&remove.cx))
}

/// Archives a project: it and what hangs under it is viewed and deleted as always, and not changed.
#[utoipa::path(post, path = "/projects/{id}/archive", responses((status = 200, body = ProjectView)))]
pub async fn archive_project(act: Act<Project>) -> Answer {
    let changed = projects::archive_project(&act.cx, act.id).await?;
    reply::shown(&act.cx, StatusCode::OK, changed).await
}

/// Takes a project out of the archive.
#[utoipa::path(post, path = "/projects/{id}/unarchive", responses((status = 200, body = ProjectView)))]
pub async fn unarchive_project(act: Act<Project>) -> Answer {
    let changed = projects::unarchive_project(&act.cx, act.id).await?;
    reply::shown(&act.cx, StatusCode::OK, changed).await
}

/// Shares a project in a collaboration, or moves it to another one.
#[utoipa::path(put, path = "/projects/{id}/collaboration", request_body = Sharing, responses((status = 200, body = ProjectView)))]
pub async fn share_project(change: Change<Project, Sharing>) -> Answer {
    let Change { cx, id, body, .. } = change;
    let changed = projects::share_project(&cx, id, body).await?;
    reply::shown(&cx, StatusCode::OK, changed).await
}

/// Takes a project out of the collaboration that it is shared in.
#[utoipa::path(delete, path = "/projects/{id}/collaboration", responses((status = 200, body = ProjectView)))]
pub async fn unshare_project(act: Act<Project>) -> Answer {
    let changed = projects::unshare_project(&act.cx, act.id).await?;
    reply::shown(&act.cx, StatusCode::OK, changed).await
}

/// Takes a user out of a project: every grant inside it goes, every key there that acts for them, and every task there that
/// they have. What they made stays, under their name.
#[utoipa::path(delete, path = "/projects/{id}/members/{other_id}", responses((status = 204)))]
pub async fn remove_project_member(remove: Member<Project>) -> Answer {
    members::remove_member::<Project>(&remove.cx, remove.under, remove.member).await?;
    Ok(reply::nothing(&remove.cx))
}
