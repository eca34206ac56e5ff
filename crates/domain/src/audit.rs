//! The audit log: an entry for every change and every denial.

use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::caller::Caller;
use crate::entities::{AuditEvent, Link};
use crate::facts::{Facts, Lineage};
use crate::gate::{Denial, Denied, Sealed};
use crate::kind::{Kind, words};
use crate::object::{Entity, Object};
use crate::reason::{Because, Missing, Nearest, Reason};

words! {
    /// How a deed came out.
    Outcome {
        /// It was done.
        Allowed = "allowed",
        /// It was not.
        Denied = "denied",
    }
}

/// An audit event to be stored with the change that it tells of. Made here alone.
#[derive(Debug)]
pub struct Entry(Object<AuditEvent>);

/// What every entry of one request shares.
#[derive(Debug, Clone)]
pub struct Circumstance {
    /// The deed, as the operation id of the API.
    pub deed: String,
    /// The request.
    pub request_id: String,
    /// When.
    pub now: OffsetDateTime,
}

/// What an audit event tells of its object: for who may view that, and a few of its fields.
pub fn told(event: Sealed<AuditEvent>) -> Object<AuditEvent> {
    event.into_object()
}

impl Entry {
    /// What to store.
    pub const fn object(&self) -> &Object<AuditEvent> {
        &self.0
    }

    /// A change that was made. `before` is absent for what was created, `after` for what was deleted.
    pub fn change<T: Entity>(
        id: Uuid,
        caller: &Caller,
        circumstance: &Circumstance,
        because: Because<'_>,
        before: Option<&Object<T>>,
        after: Option<&Object<T>>,
    ) -> Self {
        let about = after.or(before);
        let at = about.map(|object| object.facts.clone()).unwrap_or_else(Facts::server);
        let mut event = blank(caller, circumstance, T::KIND, Outcome::Allowed);
        event.object_id = about.map(|object| object.id);
        event.reason = serde_json::to_value(Reason::from(because)).unwrap_or(Value::Null);
        event.before = before.map(|object| object.data.record());
        event.after = after.map(|object| object.data.record());
        Self::at(id, circumstance.now, &at, event)
    }

    /// An object that goes because another goes, which is why nobody had to open it.
    pub fn gone_along<T: Entity>(
        id: Uuid,
        caller: &Caller,
        circumstance: &Circumstance,
        because: Because<'_>,
        gone: &Sealed<T>,
    ) -> Self {
        Self::change(id, caller, circumstance, because, Some(gone.object()), None)
    }

    /// A link that was tied, or taken away.
    pub fn link(
        id: Uuid,
        caller: &Caller,
        circumstance: &Circumstance,
        because: Because<'_>,
        (holder, link): (&Facts, &Link),
        ties: bool,
    ) -> Self {
        let (kind, target) = link.target();
        let says = Some(json!({ "links": { "kind": kind, "id": target } }));
        let mut event = blank(caller, circumstance, holder.kind, Outcome::Allowed);
        event.object_id = Some(holder.id);
        event.reason = serde_json::to_value(Reason::from(because)).unwrap_or(Value::Null);
        (event.before, event.after) = if ties { (None, says) } else { (says, None) };
        Self::at(id, circumstance.now, holder, event)
    }

    /// A deed that is no change of an object: signing in, reloading the policy.
    pub fn deed(
        id: Uuid,
        caller: &Caller,
        circumstance: &Circumstance,
        at: &Facts,
        outcome: Outcome,
        reason: Value,
    ) -> Self {
        let mut event = blank(caller, circumstance, at.kind, outcome);
        event.object_id = (!at.id.is_nil()).then_some(at.id);
        event.reason = reason;
        Self::at(id, circumstance.now, at, event)
    }

    /// A denial. `claimed` is the id that the caller named, whether or not it exists.
    pub fn denial(
        id: Uuid,
        caller: &Caller,
        circumstance: &Circumstance,
        denial: &Denial,
        claimed: Option<Uuid>,
    ) -> Self {
        let server = Facts::server();
        let at = denial.facts.as_deref().unwrap_or(&server);
        let mut event = blank(caller, circumstance, denial.kind, Outcome::Denied);
        event.object_id = claimed.filter(|id| !id.is_nil()).or_else(|| (!at.id.is_nil()).then_some(at.id));
        // Whoever reads the log of this place learns of grants in it, not of those that the caller holds elsewhere.
        let missing = denial.missing.as_deref().map(|missing| {
            let here = |near: &Nearest| !near.anchor.is_server() && at.lineage.is_inside(near.anchor);
            Missing { nearest: missing.nearest.clone().filter(here), ..missing.clone() }
        });
        event.reason = match (&denial.answer, &missing) {
            (Denied::Guarded(guard), _) => json!({ "guard": guard }),
            (Denied::Hidden, Some(missing)) => json!({ "missing": missing, "hidden": true }),
            (_, Some(missing)) => json!({ "missing": missing }),
            (Denied::Unauthenticated, None) => json!({ "unauthenticated": denial.operation }),
            (_, None) => json!({ "absent": denial.operation, "hidden": true }),
        };
        Self::at(id, circumstance.now, at, event)
    }

    /// The entry's id, which a denial tells the caller.
    pub const fn id(&self) -> Uuid {
        self.0.id
    }

    fn at(id: Uuid, now: OffsetDateTime, at: &Facts, event: AuditEvent) -> Self {
        let lineage = match at.kind {
            Kind::Collaboration => Lineage::default(),
            _ => at.lineage,
        };
        let mut facts = Facts::new(Kind::AuditEvent, id, lineage);
        facts.collaboration = at.collaboration.filter(|_| lineage.project.is_some());
        event.settle(&mut facts);
        Self(Object {
            id,
            created_at: now,
            updated_at: now,
            version: 1,
            facts,
            near: Vec::new(),
            data: event,
        })
    }
}

fn blank(caller: &Caller, circumstance: &Circumstance, about: Kind, outcome: Outcome) -> AuditEvent {
    AuditEvent {
        principal: caller.principal,
        actor: match caller.principal {
            Some(principal) => principal.kind.word().to_owned(),
            None if caller.is_operator() => "operator".to_owned(),
            None => "anonymous".to_owned(),
        },
        deed: circumstance.deed.clone(),
        about,
        object_id: None,
        outcome,
        reason: Value::Null,
        request_id: circumstance.request_id.clone(),
        before: None,
        after: None,
    }
}
