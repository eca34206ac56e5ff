//! What is shown of an audit event.

use bailiwick_app::Cx;
use bailiwick_app::authz::{told_change, told_reason};
use bailiwick_domain::audit::Outcome;
use bailiwick_domain::entities::AuditEvent;
use bailiwick_domain::kind::Kind;
use bailiwick_domain::object::Object;
use bailiwick_domain::principal::PrincipalId;
use bailiwick_domain::view;
use bailiwick_domain::view::ServerLevel;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Head, Shows};

view! {
    /// An audit event.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct AuditEventView at ServerLevel {
        /// What every object begins with.
        #[serde(flatten)]
        head: Head,
        /// Who did it; none for anonymous and for the operator.
        principal: Option<PrincipalId>,
        /// What did it: a kind of principal, `anonymous` or `operator`.
        actor: String,
        /// The operation id.
        deed: String,
        /// What kind of object it was about.
        kind: Kind,
        /// Which object.
        object_id: Option<Uuid>,
        /// Allowed or denied.
        decision: Outcome,
        /// What allowed it, which rule was missing, or which guard forbade it. Of a grant that the caller may not know of, no
        /// more than that it was one.
        #[schema(value_type = Object)]
        reason: Value,
        /// The request that it was part of.
        request_id: String,
        /// The object before the change, for who may view such objects there or the events of others.
        #[schema(value_type = Option<Object>)]
        before: Option<Value>,
        /// The object after the change, for the same.
        #[schema(value_type = Option<Object>)]
        after: Option<Value>,
    }
}

impl Shows for AuditEvent {
    type View = AuditEventView;

    fn view(cx: &Cx, object: &Object<Self>, head: Head) -> AuditEventView {
        let data = &object.data;
        let (before, after) = told_change(cx, object);
        AuditEventView {
            head,
            principal: data.principal,
            actor: data.actor.clone(),
            deed: data.deed.clone(),
            kind: data.about,
            object_id: data.object_id,
            decision: data.outcome,
            reason: told_reason(cx, object),
            request_id: data.request_id.clone(),
            before,
            after,
        }
    }
}
