//! The application and the context of one request.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use bailiwick_domain::audit::{Circumstance, Entry};
use bailiwick_domain::entities::Link;
use bailiwick_domain::kind::Kind;
use bailiwick_domain::policy::Policy;
use bailiwick_domain::ports::{
    Authenticated, Authenticator, Clock, FileStore, Identity, OutboxEvent, PolicySource, Random, Scheme,
    Session, Store, Unit,
};
use bailiwick_domain::reason::Guard;
use bailiwick_domain::{Because, Caller, Facts, Gate, Object, Operation, PrincipalId};
use uuid::Uuid;

use crate::again::again;
use crate::error::AppError;
use crate::files::FileRules;
use crate::people::settings::People;
use crate::policy::follow_policy;
use crate::rooted::{Rooted, RootedMemory};
use crate::turns::Turns;

/// What operators may set that deeds ask for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Settings {
    /// Whether changes need `If-Match`.
    pub require_if_match: bool,
}

/// The ports, wired.
pub struct App {
    /// Storage.
    pub store: Arc<dyn Store>,
    /// The policy in force.
    pub policies: Arc<dyn PolicySource>,
    /// Credentials.
    pub auth: Arc<dyn Authenticator>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Ids and secrets.
    pub random: Arc<dyn Random>,
    /// Settings.
    pub settings: Settings,
    /// Settings about people.
    pub people: People,
    /// Where the bytes of files lie.
    pub files: Arc<dyn FileStore>,
    /// Which files are taken.
    pub file_rules: FileRules,
    /// Who holds what at the server, as it was last looked up.
    pub at_server: RootedMemory,
    /// Imports, one at a time: several would hold every connection.
    pub imports: Turns,
    /// Units of work.
    pub units: Turns,
}

impl App {
    /// A gate over the policy in force, now.
    pub fn gate(&self) -> Gate {
        Gate::new(self.policies.current(), self.clock.now())
    }
}

/// A key that makes a repeated request safe, with the hash of what the request says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// The client's key.
    pub key: String,
    /// Hash of method, path and body.
    pub fingerprint: String,
}

/// How a write is wanted.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// All checks, no effect.
    pub dry_run: bool,
    /// The version that the object must still have.
    pub if_match: Option<i64>,
    /// The key of a request that may come twice.
    pub idempotency: Option<Idempotency>,
}

/// Why a change was allowed, the object before it (absent for what was made) and after it (absent for what is gone).
pub type Change<'o, T> = (Because<'o>, Option<&'o Object<T>>, Option<&'o Object<T>>);

/// Who asks, the gate at this moment, and how the answer is wanted.
pub struct Cx {
    /// The application.
    pub app: Arc<App>,
    /// The gate, for the whole request.
    pub gate: Gate,
    /// Who asks.
    pub caller: Arc<Caller>,
    /// The principal's own data; absent for anonymous and the operator.
    pub identity: Option<Arc<Identity>>,
    /// Storage, for all that this request reads and writes.
    pub store: Arc<dyn Store>,
    /// How it was proved who asks.
    pub scheme: Scheme,
    /// The session of the credentials.
    pub session: Option<Session>,
    /// The deed, as the operation id of the API.
    pub deed: &'static str,
    /// The request's id.
    pub request_id: String,
    /// How a write is wanted.
    pub wish: Wish,
    /// The stamp of rights that the caller was read at.
    rights: Option<i64>,
}

impl Cx {
    /// The context of a request.
    pub fn new(
        app: Arc<App>,
        gate: Gate,
        who: Authenticated,
        deed: &'static str,
        request_id: String,
    ) -> Self {
        let Authenticated { caller, identity, scheme, session, set_cookies: _, presumed, rights } = who;
        let store = presumed.map_or_else(|| Arc::clone(&app.store), |presumed| presumed.store);
        Self {
            app,
            gate,
            caller,
            identity,
            store,
            scheme,
            session,
            deed,
            request_id,
            wish: Wish::default(),
            rights,
        }
    }

    /// The context of what the server does in somebody's name, after their request, through the client app that they asked
    /// through, by the policy in force on storage: another server may have replaced the one that this server goes by.
    /// `None` where they, or credentials of that app, may act no more.
    ///
    /// # Errors
    /// Storage; this server can't understand the policy.
    pub async fn on_behalf_of(
        app: Arc<App>,
        (principal, through): (Option<PrincipalId>, Option<Uuid>),
        deed: &'static str,
    ) -> Result<Option<Self>, AppError> {
        follow_policy(&app).await?;
        let issued = match through {
            Some(id) => match app.store.known_app(id).await? {
                Some(known) if known.app.active => Some(known.app),
                _ => return Ok(None),
            },
            None => None,
        };
        let Some(principal) = principal else {
            let mut cx = Self::anonymous(app, deed);
            if let Some(issued) = &issued {
                cx.caller = Arc::new(Caller::anonymous().through(&issued.app, Some(issued.id)));
            }
            return Ok(Some(cx));
        };
        let gate = app.gate();
        let Some(mut identity) = app.store.identities(&[principal]).await?.pop() else { return Ok(None) };
        identity.app = issued.or(identity.app);
        let Some(caller) = identity.caller(gate.policy(), gate.now()) else { return Ok(None) };
        let request_id = app.random.id(gate.now()).to_string();
        let who = Authenticated {
            caller: Arc::new(caller),
            identity: Some(Arc::new(identity)),
            ..Authenticated::anonymous()
        };
        Ok(Some(Self::new(app, gate, who, deed, request_id)))
    }

    /// The context of what nobody in particular does.
    pub fn anonymous(app: Arc<App>, deed: &'static str) -> Self {
        let gate = app.gate();
        let request_id = app.random.id(gate.now()).to_string();
        Self::new(app, gate, Authenticated::anonymous(), deed, request_id)
    }

    /// The context of the operator at the console.
    pub fn operator(app: Arc<App>, deed: &'static str) -> Self {
        let gate = app.gate();
        let request_id = app.random.id(gate.now()).to_string();
        let who = Authenticated { caller: Arc::new(Caller::operator()), ..Authenticated::anonymous() };
        Self::new(app, gate, who, deed, request_id)
    }

    /// A new id.
    pub fn new_id(&self) -> Uuid {
        self.app.random.id(self.gate.now())
    }

    /// The policy of this request.
    pub fn policy(&self) -> &Policy {
        self.gate.policy()
    }

    /// What every audit event of this request shares.
    pub fn circumstance(&self) -> Circumstance {
        Circumstance { deed: self.deed.to_owned(), request_id: self.request_id.clone(), now: self.gate.now() }
    }

    /// Why the caller may send events about an object, which is what ending its runs needs.
    ///
    /// # Errors
    /// The denial.
    pub fn may_send(&self, kind: Kind, facts: Option<&Facts>, id: Uuid) -> Result<Because<'_>, AppError> {
        let Some(facts) = facts else {
            return Err(AppError::denied(self.gate.absent(&self.caller, Operation::Send, kind), id));
        };
        self.gate.rules_allow(&self.caller, Operation::Send, Kind::Event, facts).ok_or_else(|| {
            AppError::denied(self.gate.missing(&self.caller, Operation::Send, Kind::Event, facts), id)
        })
    }

    /// Who holds what at the server: remembered from another request where nothing has changed since, else looked up.
    ///
    /// # Errors
    /// Storage.
    pub async fn rooted(&self) -> Result<Arc<Rooted>, AppError> {
        let remembered = self.rights.and_then(|rights| self.app.at_server.get(rights, &self.gate));
        if let Some(rooted) = remembered {
            return Ok(rooted);
        }
        let rooted = Arc::new(Rooted::of(&self.gate, &*self.store).await?);
        if let Some(rights) = self.rights {
            self.app.at_server.put(rights, &self.gate, &rooted);
        }
        Ok(rooted)
    }

    /// Does something in a unit of work: everything or nothing, tried again when another change came between, and
    /// undone at the end of a dry run. A denial is audited.
    ///
    /// # Errors
    /// Those of the work, and of storage.
    pub async fn write<R>(
        &self,
        work: impl AsyncFn(&dyn Unit) -> Result<R, AppError>,
    ) -> Result<R, AppError> {
        let outcome = self.attempt(work, self.wish.dry_run).await;
        self.audited(outcome).await
    }

    /// [`Self::write`] that is kept at the end of a dry run as well: what is counted of guesses, dry or not.
    ///
    /// # Errors
    /// Those of the work, and of storage.
    pub(crate) async fn write_in_earnest<R>(
        &self,
        work: impl AsyncFn(&dyn Unit) -> Result<R, AppError>,
    ) -> Result<R, AppError> {
        self.attempt(work, false).await
    }

    async fn attempt<R>(
        &self,
        work: impl AsyncFn(&dyn Unit) -> Result<R, AppError>,
        dry: bool,
    ) -> Result<R, AppError> {
        let tried = AtomicUsize::new(0);
        let once = async || {
            let (_among, unit) = (self.app.units.among(&tried).await, self.store.begin().await?);
            match work(&*unit).await {
                Ok(done) if dry => unit.rollback().await.map(|()| done).map_err(AppError::from),
                Ok(done) => unit.commit().await.map(|()| done).map_err(AppError::from),
                Err(error) => {
                    unit.rollback().await?;
                    Err(error)
                }
            }
        };
        // What is taken, the same request may have taken, which came twice at once.
        let mut may_come_twice = self.wish.idempotency.is_some();
        let met = |error: &AppError| {
            error.may_retry() || matches!(error, AppError::Taken(_)) && std::mem::take(&mut may_come_twice)
        };
        again(once, met).await.map_err(|error| if error.may_retry() { AppError::Contention } else { error })
    }

    /// Writes a denial into the audit log, in a unit of its own, and tells its id.
    ///
    /// # Errors
    /// The error that came in; storage's own when even the log can't be written.
    pub async fn audited<R>(&self, outcome: Result<R, AppError>) -> Result<R, AppError> {
        let Err(AppError::Denied { denial, claimed, decision: None }) = outcome else { return outcome };
        let entry = Entry::denial(self.new_id(), &self.caller, &self.circumstance(), &denial, claimed);
        let unit = self.store.begin().await?;
        unit.audit(&entry).await?;
        unit.commit().await?;
        Err(AppError::Denied { denial, claimed, decision: Some(entry.id()) })
    }

    /// Records a change: the audit event and the outbox event, in the unit that makes it.
    ///
    /// # Errors
    /// Storage.
    pub async fn record<T: bailiwick_domain::Entity>(
        &self,
        unit: &dyn Unit,
        because: Because<'_>,
        before: Option<&Object<T>>,
        after: Option<&Object<T>>,
    ) -> Result<(), AppError> {
        self.record_all(unit, [(because, before, after)]).await
    }

    /// [`Self::record`] of many changes.
    ///
    /// # Errors
    /// Storage.
    pub async fn record_all<'o, T: bailiwick_domain::Entity>(
        &self,
        unit: &dyn Unit,
        changes: impl IntoIterator<Item = Change<'o, T>>,
    ) -> Result<(), AppError> {
        self.record_as(unit, &self.caller, changes).await
    }

    /// Records that a link was tied or taken away, in the unit that does it.
    ///
    /// # Errors
    /// Storage.
    pub(crate) async fn record_link(
        &self,
        unit: &dyn Unit,
        because: Because<'_>,
        holder: &Facts,
        link: &Link,
        ties: bool,
    ) -> Result<(), AppError> {
        let (id, circumstance) = (self.new_id(), self.circumstance());
        let entry = Entry::link(id, &self.caller, &circumstance, because, (holder, link), ties);
        let event = self.event(holder.kind, holder.id, if ties { "linked" } else { "unlinked" });
        Ok(unit.record_all(&[entry], &[event]).await?)
    }

    /// The event that something happened to an object.
    fn event(&self, kind: Kind, object_id: Uuid, happened: &str) -> OutboxEvent {
        let topic = format!("{kind}.{happened}");
        let payload = serde_json::json!({ "id": object_id, "kind": kind });
        OutboxEvent { id: self.new_id(), at: self.gate.now(), topic, kind, object_id, payload }
    }

    /// [`Self::record_all`] of what somebody did who was nobody yet when they asked.
    ///
    /// # Errors
    /// Storage.
    pub(crate) async fn record_as<'o, T: bailiwick_domain::Entity>(
        &self,
        unit: &dyn Unit,
        caller: &Caller,
        changes: impl IntoIterator<Item = Change<'o, T>>,
    ) -> Result<(), AppError> {
        let circumstance = self.circumstance();
        let (mut entries, mut events) = (Vec::new(), Vec::new());
        for (because, before, after) in changes {
            entries.push(Entry::change(self.new_id(), caller, &circumstance, because, before, after));
            let happened = match (before, after) {
                (None, _) => "created",
                (Some(_), Some(_)) => "changed",
                (Some(_), None) => "deleted",
            };
            if let Some(object) = after.or(before) {
                events.push(self.event(T::KIND, object.id, happened));
            }
        }
        Ok(unit.record_all(&entries, &events).await?)
    }

    /// To be asked after whatever might have ended the last root, before its unit commits. A server that has no root
    /// yet may stay without.
    ///
    /// # Errors
    /// The guard when no lasting root would stay; storage.
    pub async fn root_must_stay(
        &self,
        unit: &dyn Unit,
        at: &Facts,
        operation: Operation,
        kind: Kind,
    ) -> Result<(), AppError> {
        let root = bailiwick_domain::rule::id_of_name("role", Policy::ROOT);
        let now = self.gate.now();
        let stays = unit.lasting_holders(root, now).await? > 0;
        if stays || self.store.lasting_holders(root, now).await? == 0 {
            return Ok(());
        }
        Err(Gate::guarded(Guard::RootStays, operation, kind, at).into())
    }
}
