//! Activity: what was done to an object, as its audit events tell, for who may view it.

use bailiwick_domain::audit::told;
use bailiwick_domain::entities::{AuditEvent, User};
use bailiwick_domain::gate::View;
use bailiwick_domain::ports::{Lookup, Read};
use bailiwick_domain::principal::PrincipalKind;
use bailiwick_domain::{Because, Sealed};
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::cx::Cx;
use crate::error::AppError;
use crate::kept::Kept;

/// How many deeds one answer tells of at most.
const MOST: usize = 200;

/// A deed.
#[derive(Debug, Clone)]
pub struct Deed {
    /// Its place in the log.
    pub id: Uuid,
    /// When.
    pub at: OffsetDateTime,
    /// What was done, as an operation of the API.
    pub deed: String,
    /// Who did it, if the caller may view them.
    pub by: Option<Uuid>,
    /// What the object was after it, as far as `shows` lets it be told; absent when it was deleted.
    pub after: Option<Value>,
}

/// What was done to an object, oldest first, after this deed, and from where to go on; of what it was, the fields that are
/// named are told to who views it otherwise than by an access rule.
///
/// # Errors
/// The denial.
pub async fn history<T: Kept>(
    cx: &Cx,
    id: Uuid,
    after: Option<Uuid>,
    shows: &[&str],
) -> Result<(Vec<Deed>, Option<Uuid>), AppError> {
    let row = T::read(&*cx.store).find(id).await?;
    let opened = cx.gate.open::<View, T>(&cx.caller, row).map_err(|denial| AppError::denied(denial, id));
    // Whom an access rule lets read what it is now, it does not let read what it was.
    let shows = match cx.audited(opened).await?.because() {
        Because::Access { .. } => &[],
        Because::Grant { .. } | Because::Being(_) => shows,
    };
    let events = Lookup::history(&*cx.store, id, after, MOST).await?;
    let next = events.last().map(Sealed::id).filter(|_| events.len() == MOST);
    let events: Vec<_> = events.into_iter().map(told).collect();
    let mut people: Vec<Uuid> = events.iter().filter_map(|event| user(&event.data)).collect();
    people.sort_unstable();
    people.dedup();
    let users = Read::<User>::find_all(&*cx.store, &people).await?;
    let seen = users.iter().filter(|user| cx.gate.may_view(&cx.caller, cx.gate.facts(user)));
    let seen: Vec<Uuid> = seen.map(Sealed::id).collect();
    let shown = |value: Value| match value {
        Value::Object(fields) => {
            Value::Object(fields.into_iter().filter(|(name, _)| shows.contains(&name.as_str())).collect())
        }
        _ => Value::Null,
    };
    let deeds = events
        .into_iter()
        .map(|event| Deed {
            id: event.id,
            at: event.created_at,
            by: user(&event.data).filter(|user| seen.contains(user)),
            deed: event.data.deed,
            after: event.data.after.map(shown),
        })
        .collect();
    Ok((deeds, next))
}

fn user(event: &AuditEvent) -> Option<Uuid> {
    event.principal.filter(|by| by.kind == PrincipalKind::User).map(|by| by.id)
}
