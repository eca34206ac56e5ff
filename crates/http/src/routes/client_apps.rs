//! Client apps.

use actix_web::http::StatusCode;
use bailiwick_app::api_keys::SecretRenewal;
use bailiwick_app::client_apps::{self, ClientAppPatch, NewClientApp};
use bailiwick_app::{delete, read};
use bailiwick_domain::entities::{ClientApp, Standing};
use bailiwick_domain::ports::Secret;

use crate::access::{Act, ActWith, Change, Create, List, Remove, Server, Show};
use crate::document::Page;
use crate::reply::{self, Answer};
use crate::views::{ClientAppView, NewClientAppView};

/// Registers a client app. Its key is shown this once.
#[utoipa::path(post, path = "/client-apps", request_body = NewClientApp, responses((status = 201, body = NewClientAppView)))]
pub async fn create_client_app(create: Create<Server, ClientApp, NewClientApp>) -> Answer {
    let Create { cx, body, .. } = create;
    let (made, secret) = client_apps::create_client_app(&cx, body).await?;
    reply::shown_as(&cx, StatusCode::CREATED, made, |app| with_secret(app, secret.as_ref())).await
}

fn with_secret(app: ClientAppView, secret: Option<&Secret>) -> NewClientAppView {
    NewClientAppView { app, secret: secret.map(|secret| secret.reveal().to_owned()) }
}

/// Lists the client apps that the caller may view.
#[utoipa::path(get, path = "/client-apps", responses((status = 200, body = Page<ClientAppView>)))]
pub async fn list_client_apps(list: List<ClientApp>) -> Answer {
    let found = read::list::<ClientApp>(&list.cx, list.query).await?;
    reply::page(&list.cx, &list.params, found).await
}

/// Shows a client app.
#[utoipa::path(get, path = "/client-apps/{id}", responses((status = 200, body = ClientAppView)))]
pub async fn show_client_app(show: Show<ClientApp>) -> Answer {
    let found = read::show::<ClientApp>(&show.cx, show.id).await?;
    reply::object(&show.cx, &found).await
}

/// Changes a client app.
#[utoipa::path(patch, path = "/client-apps/{id}", request_body = ClientAppPatch, responses((status = 200, body = ClientAppView)))]
pub async fn edit_client_app(change: Change<ClientApp, ClientAppPatch>) -> Answer {
    let Change { cx, id, body, .. } = change;
    let changed = client_apps::edit_client_app(&cx, id, body).await?;
    reply::shown(&cx, StatusCode::OK, changed).await
}

/// Deletes a client app. The sessions that were begun through it end; API keys that were issued for it hang under it.
#[utoipa::path(delete, path = "/client-apps/{id}", responses((status = 204)))]
pub async fn delete_client_app(remove: Remove<ClientApp>) -> Answer {
    delete::delete::<ClientApp>(&remove.cx, remove.id, remove.cascade).await?;
    Ok(reply::nothing(&remove.cx))
}

/// Suspends a client app: what was issued for it is not good until it is woken, and sessions through it end.
#[utoipa::path(post, path = "/client-apps/{id}/suspend", responses((status = 200, body = ClientAppView)))]
pub async fn suspend_client_app(act: Act<ClientApp>) -> Answer {
    let changed = client_apps::stand_client_app(&act.cx, act.id, Standing::Suspended).await?;
    reply::shown(&act.cx, StatusCode::OK, changed).await
}

/// Wakes a client app.
#[utoipa::path(post, path = "/client-apps/{id}/wake", responses((status = 200, body = ClientAppView)))]
pub async fn wake_client_app(act: Act<ClientApp>) -> Answer {
    let changed = client_apps::stand_client_app(&act.cx, act.id, Standing::Active).await?;
    reply::shown(&act.cx, StatusCode::OK, changed).await
}

/// Gives a client app a new key, shown this once. The old one ends at once, or when the body says.
#[utoipa::path(
    post,
    path = "/client-apps/{id}/secret",
    request_body = Option<SecretRenewal>,
    responses((status = 200, body = NewClientAppView))
)]
pub async fn renew_client_app_secret(act: ActWith<ClientApp, SecretRenewal>) -> Answer {
    let ActWith { cx, id, body, .. } = act;
    let (changed, secret) = client_apps::renew_client_app_secret(&cx, id, &body).await?;
    reply::shown_as(&cx, StatusCode::OK, changed, |app| with_secret(app, Some(&secret))).await
}
