//! What an audit event tells of why a thing was allowed.

use bailiwick_domain::entities::AuditEvent;
use bailiwick_domain::facts::{Anchor, Level, Lineage};
use bailiwick_domain::kind::Kind;
use bailiwick_domain::reason::Reason;
use bailiwick_domain::{Facts, Object};
use serde_json::{Value, json};

use super::may_know;
use crate::cx::Cx;

/// The reason of an event, without the grant by which it was allowed where the caller may not know of that.
pub fn told_reason(cx: &Cx, event: &Object<AuditEvent>) -> Value {
    let AuditEvent { principal, reason, .. } = &event.data;
    let is_own = principal.is_some_and(|principal| cx.caller.is(principal));
    let hidden = match serde_json::from_value::<Reason>(reason.clone()) {
        Ok(Reason::Grant { grant: Some(grant), role, anchor, .. }) => {
            // Where a grant at the server has its role from, the event does not say: built in, or nobody else's to know.
            let known = place(event.facts.lineage, anchor)
                .is_some_and(|at| may_know(cx, *principal, None, &at, (grant, role)));
            (!known).then(|| json!({ "by": "grant" }))
        }
        // Where that grant is tied, the event does not say.
        Ok(Reason::AccessRule { grant: Some(_), .. }) => Some(json!({ "by": "access_rule" })),
        _ => None,
    };
    hidden.filter(|_| !is_own).unwrap_or_else(|| reason.clone())
}

/// The object before a change and after it, as an event tells of them: to who may view the events of its place whoever did
/// what they tell of, or objects of that kind there. Who sees the event for having done it alone learns no more of the object
/// than they may view.
pub fn told_change(cx: &Cx, event: &Object<AuditEvent>) -> (Option<Value>, Option<Value>) {
    let AuditEvent { before, after, .. } = &event.data;
    let told = (before.is_some() || after.is_some()) && {
        let others = Facts { maker: None, ..event.facts.clone() };
        cx.gate.may_view(&cx.caller, &others) || cx.gate.may_view(&cx.caller, &about(event))
    };
    if told { (before.clone(), after.clone()) } else { (None, None) }
}

/// What an event is about, as far as the event itself knows: what and where, not whose, and without a tag.
fn about(event: &Object<AuditEvent>) -> Facts {
    let AuditEvent { about, object_id, .. } = event.data;
    let id = object_id.unwrap_or_default();
    let mut facts = Facts::new(about, id, event.facts.lineage);
    facts.collaboration = if about == Kind::Collaboration { object_id } else { event.facts.collaboration };
    facts
}

/// The place of an anchor, if the event lies in it.
fn place(lineage: Lineage, anchor: Anchor) -> Option<Facts> {
    let Some(id) = anchor.id else { return Some(Facts::server()) };
    if lineage.at(anchor.level) != Some(id) {
        return None;
    }
    let levels = [Level::Organization, Level::Project, Level::Job, Level::Task];
    let above = levels.into_iter().take_while(|level| *level != anchor.level);
    let above = above.fold(Lineage::default(), |above, level| match lineage.at(level) {
        Some(id) => above.with(level, id),
        None => above,
    });
    Some(Facts::new(anchor.level.kind(), id, above))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn an_anchor_is_known_where_the_event_lies_in_it() {
        let [organization, project, other] = [1, 2, 3].map(Uuid::from_u128);
        let lineage =
            Lineage::default().with(Level::Organization, organization).with(Level::Project, project);
        let at = |level, id| place(lineage, Anchor::at(level, id)).map(|facts| (facts.kind, facts.lineage));
        assert_eq!(at(Level::Project, project), Some((Kind::Project, lineage)));
        let above = Lineage::default().with(Level::Organization, organization);
        assert_eq!(at(Level::Organization, organization), Some((Kind::Organization, above)));
        assert_eq!(at(Level::Organization, other), None);
        assert_eq!(at(Level::Job, other), None);
    }
}
