//! What is shown of a client app.

use bailiwick_app::Cx;
use bailiwick_domain::entities::{ClientApp, Standing};
use bailiwick_domain::gate::Suspend;
use bailiwick_domain::kind::{Kind, Operation};
use bailiwick_domain::object::{Object, Relation};
use bailiwick_domain::view;
use bailiwick_domain::view::ServerLevel;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Deed, Head, Shows, named};

view! {
    /// A client app.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct ClientAppView at ServerLevel {
        /// What every object begins with.
        #[serde(flatten)]
        head: Head,
        /// Unique on the server: the name of an app in the access rules.
        name: String,
        /// What it is.
        description: String,
        /// Whether it may be used.
        status: Standing,
        /// Whether people may register through it.
        registration: bool,
        /// The built-in role that who registers through it gets; the operator's where absent.
        default_role_id: Option<Uuid>,
        /// Whether the access rules in force have an app of its name: without, it opens nothing.
        known: bool,
        /// The first characters of its key, to tell keys apart.
        prefix: String,
        /// Until when the key before is good beside it; absent where there is none, or none any more.
        #[serde(with = "time::serde::rfc3339::option")]
        old_secret_expires_at: Option<OffsetDateTime>,
        /// Who registered it, if the caller may view them.
        maker_id: Option<Uuid>,
    }
}

impl Shows for ClientApp {
    type View = ClientAppView;

    fn view(cx: &Cx, object: &Object<Self>, head: Head) -> ClientAppView {
        let data = &object.data;
        let old_secret = data.old_secret.as_ref().map(|old| old.expires_at);
        ClientAppView {
            head,
            name: data.name.clone(),
            description: data.description.clone(),
            status: data.status,
            registration: data.registration,
            default_role_id: data.default_role_id,
            known: cx.policy().access().apps().any(|app| app.name() == data.name),
            prefix: data.prefix.clone(),
            old_secret_expires_at: old_secret.filter(|end| cx.gate.now() < *end),
            maker_id: named(cx, object, Relation::Maker),
        }
    }

    fn deeds(cx: &Cx, object: &Object<Self>) -> Vec<Deed> {
        let (gate, caller, facts) = (&cx.gate, &*cx.caller, &object.facts);
        let stands = gate.judge::<Suspend>(caller, Kind::ClientApp, facts).is_allowed();
        let edits = gate.judge_operation(caller, Operation::Edit, Kind::ClientApp, facts).is_allowed();
        let may = [("suspend", stands), ("wake", stands), ("secret", edits)];
        may.into_iter().filter(|(_, may)| *may).map(|(name, _)| (name, vec!["POST"])).collect()
    }
}

view! {
    /// A client app with its key, which is shown this once.
    #[derive(Debug, Serialize, ToSchema)]
    pub struct NewClientAppView at ServerLevel {
        /// The app.
        #[serde(flatten)]
        app: ClientAppView,
        /// What goes into `X-App-Key`. Not shown for a request that came twice.
        secret: Option<String>,
    }
}
