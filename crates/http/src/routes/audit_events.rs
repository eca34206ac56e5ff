//! The audit log, read only.

use bailiwick_app::read;
use bailiwick_domain::entities::AuditEvent;

use crate::access::{List, Show};
use crate::document::Page;
use crate::reply::{self, Answer};
use crate::views::AuditEventView;

/// Lists the audit events that the caller may view.
#[utoipa::path(get, path = "/audit-events", responses((status = 200, body = Page<AuditEventView>)))]
pub async fn list_audit_events(list: List<AuditEvent>) -> Answer {
    let found = read::list::<AuditEvent>(&list.cx, list.query).await?;
    reply::page(&list.cx, &list.params, found).await
}

/// Shows an audit event.
#[utoipa::path(get, path = "/audit-events/{id}", responses((status = 200, body = AuditEventView)))]
pub async fn show_audit_event(show: Show<AuditEvent>) -> Answer {
    let found = read::show::<AuditEvent>(&show.cx, show.id).await?;
    reply::object(&show.cx, &found).await
}
