//! API keys.

use actix_web::http::StatusCode;
use bailiwick_app::api_keys::{self, ApiKeyPatch, NewApiKey, SecretRenewal};
use bailiwick_app::{Cx, delete, read};
use bailiwick_domain::entities::{ApiKey, Organization, Project, Standing};
use bailiwick_domain::facts::Level;
use bailiwick_domain::ports::Secret;
use uuid::Uuid;

use crate::access::{Act, ActWith, Change, Create, List, ListUnder, Remove, Show};
use crate::document::Page;
use crate::reply::{self, Answer};
use crate::views::{ApiKeyView, NewApiKeyView};

/// Makes an API key in an organization. The secret is shown this once.
#[utoipa::path(post, path = "/organizations/{id}/api-keys", request_body = NewApiKey, responses((status = 201, body = NewApiKeyView)))]
pub async fn create_organization_api_key(create: Create<Organization, ApiKey, NewApiKey>) -> Answer {
    make(&create.cx, Level::Organization, create.under, create.body).await
}

/// Makes an API key in a project; all its grants lie inside it. The secret is shown this once.
#[utoipa::path(post, path = "/projects/{id}/api-keys", request_body = NewApiKey, responses((status = 201, body = NewApiKeyView)))]
pub async fn create_project_api_key(create: Create<Project, ApiKey, NewApiKey>) -> Answer {
    make(&create.cx, Level::Project, create.under, create.body).await
}

async fn make(cx: &Cx, level: Level, under: Uuid, body: NewApiKey) -> Answer {
    let (made, secret) = api_keys::create_api_key(cx, level, under, body).await?;
    reply::shown_as(cx, StatusCode::CREATED, made, |key| with_secret(key, secret.as_ref())).await
}

fn with_secret(key: ApiKeyView, secret: Option<&Secret>) -> NewApiKeyView {
    NewApiKeyView { key, secret: secret.map(|secret| secret.reveal().to_owned()) }
}

/// Lists the API keys that the caller may view.
#[utoipa::path(get, path = "/api-keys", responses((status = 200, body = Page<ApiKeyView>)))]
pub async fn list_api_keys(list: List<ApiKey>) -> Answer {
    let found = read::list::<ApiKey>(&list.cx, list.query).await?;
    reply::page(&list.cx, &list.params, found).await
}

/// Lists the API keys of an organization.
#[utoipa::path(get, path = "/organizations/{id}/api-keys", responses((status = 200, body = Page<ApiKeyView>)))]
pub async fn list_organization_api_keys(list: ListUnder<Organization, ApiKey>) -> Answer {
    let found = read::list_under::<Organization, ApiKey>(&list.cx, list.under, list.query).await?;
    reply::page(&list.cx, &list.params, found).await
}

/// Lists the API keys of a project.
#[utoipa::path(get, path = "/projects/{id}/api-keys", responses((status = 200, body = Page<ApiKeyView>)))]
pub async fn list_project_api_keys(list: ListUnder<Project, ApiKey>) -> Answer {
    let found = read::list_under::<Project, ApiKey>(&list.cx, list.under, list.query).await?;
    reply::page(&list.cx, &list.params, found).await
}

/// Shows an API key.
#[utoipa::path(get, path = "/api-keys/{id}", responses((status = 200, body = ApiKeyView)))]
pub async fn show_api_key(show: Show<ApiKey>) -> Answer {
    let found = read::show::<ApiKey>(&show.cx, show.id).await?;
    reply::object(&show.cx, &found).await
}

/// Changes an API key.
#[utoipa::path(patch, path = "/api-keys/{id}", request_body = ApiKeyPatch, responses((status = 200, body = ApiKeyView)))]
pub async fn edit_api_key(change: Change<ApiKey, ApiKeyPatch>) -> Answer {
    let Change { cx, id, body, .. } = change;
    let changed = api_keys::edit_api_key(&cx, id, body).await?;
    reply::shown(&cx, StatusCode::OK, changed).await
}

/// Deletes an API key.
#[utoipa::path(delete, path = "/api-keys/{id}", responses((status = 204)))]
pub async fn delete_api_key(remove: Remove<ApiKey>) -> Answer {
    delete::delete::<ApiKey>(&remove.cx, remove.id, remove.cascade).await?;
    Ok(reply::nothing(&remove.cx))
}

/// Suspends an API key: it is not good until it is woken.
#[utoipa::path(post, path = "/api-keys/{id}/suspend", responses((status = 200, body = ApiKeyView)))]
pub async fn suspend_api_key(act: Act<ApiKey>) -> Answer {
    let changed = api_keys::stand_api_key(&act.cx, act.id, Standing::Suspended).await?;
    reply::shown(&act.cx, StatusCode::OK, changed).await
}

/// Wakes an API key.
#[utoipa::path(post, path = "/api-keys/{id}/wake", responses((status = 200, body = ApiKeyView)))]
pub async fn wake_api_key(act: Act<ApiKey>) -> Answer {
    let changed = api_keys::stand_api_key(&act.cx, act.id, Standing::Active).await?;
    reply::shown(&act.cx, StatusCode::OK, changed).await
}

/// Gives an API key a new secret, shown this once. The old one ends at once, or when the body says. The key now acts for
/// the caller, by either secret.
#[utoipa::path(
    post,
    path = "/api-keys/{id}/secret",
    request_body = Option<SecretRenewal>,
    responses((status = 200, body = NewApiKeyView))
)]
pub async fn renew_api_key_secret(act: ActWith<ApiKey, SecretRenewal>) -> Answer {
    let ActWith { cx, id, body, .. } = act;
    let (changed, secret) = api_keys::renew_api_key_secret(&cx, id, &body).await?;
    reply::shown_as(&cx, StatusCode::OK, changed, |key| with_secret(key, Some(&secret))).await
}
