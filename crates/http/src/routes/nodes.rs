//! Nodes.

use actix_web::http::StatusCode;
use bailiwick_app::nodes::{self, NewNode, NodePatch};
use bailiwick_app::{delete, read};
use bailiwick_domain::entities::{Node, Organization, Standing};
use bailiwick_domain::ports::Secret;

use crate::access::{Act, Change, Create, List, ListUnder, Remove, Show, Tell};
use crate::document::Page;
use crate::reply::{self, Answer};
use crate::views::{NewNodeView, NodeView};

/// Makes a node of an organization, to work in one collaboration. The secret is shown this once.
#[utoipa::path(post, path = "/organizations/{id}/nodes", request_body = NewNode, responses((status = 201, body = NewNodeView)))]
pub async fn create_node(create: Create<Organization, Node, NewNode>) -> Answer {
    let Create { cx, under, body, .. } = create;
    let (made, secret) = nodes::create_node(&cx, under, body).await?;
    reply::shown_as(&cx, StatusCode::CREATED, made, |node| with_secret(node, secret.as_ref())).await
}

fn with_secret(node: NodeView, secret: Option<&Secret>) -> NewNodeView {
    NewNodeView { node, secret: secret.map(|secret| secret.reveal().to_owned()) }
}

/// Lists the nodes that the caller may view.
#[utoipa::path(get, path = "/nodes", responses((status = 200, body = Page<NodeView>)))]
pub async fn list_nodes(list: List<Node>) -> Answer {
    let found = read::list::<Node>(&list.cx, list.query).await?;
    reply::page(&list.cx, &list.params, found).await
}

/// Lists the nodes of an organization.
#[utoipa::path(get, path = "/organizations/{id}/nodes", responses((status = 200, body = Page<NodeView>)))]
pub async fn list_organization_nodes(list: ListUnder<Organization, Node>) -> Answer {
    let found = read::list_under::<Organization, Node>(&list.cx, list.under, list.query).await?;
    reply::page(&list.cx, &list.params, found).await
}

/// Shows a node.
#[utoipa::path(get, path = "/nodes/{id}", responses((status = 200, body = NodeView)))]
pub async fn show_node(show: Show<Node>) -> Answer {
    let found = read::show::<Node>(&show.cx, show.id).await?;
    reply::object(&show.cx, &found).await
}

/// Changes a node: its name, and what it lets run.
#[utoipa::path(patch, path = "/nodes/{id}", request_body = NodePatch, responses((status = 200, body = NodeView)))]
pub async fn edit_node(change: Change<Node, NodePatch>) -> Answer {
    let Change { cx, id, body, .. } = change;
    let changed = nodes::edit_node(&cx, id, body).await?;
    reply::shown(&cx, StatusCode::OK, changed).await
}

/// Deletes a node. Its open runs end; what it has finished stays.
#[utoipa::path(delete, path = "/nodes/{id}", responses((status = 204)))]
pub async fn delete_node(remove: Remove<Node>) -> Answer {
    delete::delete::<Node>(&remove.cx, remove.id, remove.cascade).await?;
    Ok(reply::nothing(&remove.cx))
}

/// Suspends a node: its tokens and its open runs end.
#[utoipa::path(post, path = "/nodes/{id}/suspend", responses((status = 200, body = NodeView)))]
pub async fn suspend_node(act: Act<Node>) -> Answer {
    let changed = nodes::stand_node(&act.cx, act.id, Standing::Suspended).await?;
    reply::shown(&act.cx, StatusCode::OK, changed).await
}

/// Wakes a node.
#[utoipa::path(post, path = "/nodes/{id}/wake", responses((status = 200, body = NodeView)))]
pub async fn wake_node(act: Act<Node>) -> Answer {
    let changed = nodes::stand_node(&act.cx, act.id, Standing::Active).await?;
    reply::shown(&act.cx, StatusCode::OK, changed).await
}

/// Gives a node a new secret, shown this once. The old one and all tokens of the node end at once.
#[utoipa::path(post, path = "/nodes/{id}/secret", responses((status = 200, body = NewNodeView)))]
pub async fn renew_node_secret(act: Act<Node>) -> Answer {
    let (changed, secret) = nodes::renew_node_secret(&act.cx, act.id).await?;
    reply::shown_as(&act.cx, StatusCode::OK, changed, |node| with_secret(node, Some(&secret))).await
}

/// Ends all open runs that a node executes. It needs that the caller may send events about the node.
#[utoipa::path(post, path = "/nodes/{id}/kill", responses((status = 204)))]
pub async fn kill_node_runs(act: Tell<Node>) -> Answer {
    nodes::kill_node_runs(&act.cx, act.id).await?;
    Ok(reply::nothing(&act.cx))
}
