//! Client apps prove themselves by their key: alone, beside the credentials of one of theirs, or where somebody signs in.

use std::sync::Arc;

use bailiwick_domain::Caller;
use bailiwick_domain::ports::{
    AuthError, Authenticated, Freshness, IssuedFor, Presumed, Scheme, StoreError, Unit,
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::auth::Auth;
use crate::authenticate::At;
use crate::remembered::RememberedApp;
use crate::secrets;

/// The key of a client app, well formed; whether it is good, storage knows.
#[derive(Debug)]
pub(crate) struct AppKey {
    id: Uuid,
    hash: String,
}

impl AppKey {
    /// The key of a request, if it carries one.
    ///
    /// # Errors
    /// It carries several, or what it carries can't be a key of ours.
    pub(crate) fn read(headers: &[String]) -> Result<Option<Self>, AuthError> {
        match headers {
            [] => Ok(None),
            [key] => {
                let id = secrets::whose(secrets::APP_KEY, key).ok_or(AuthError::App)?;
                Ok(Some(Self { id, hash: secrets::hash(key) }))
            }
            _ => Err(AuthError::App),
        }
    }

    /// Whether it is the key of this app, or was and is good for a while yet.
    fn is_of(&self, app: &IssuedFor, now: OffsetDateTime) -> bool {
        let old = app.old_secret.as_ref();
        let was = old.is_some_and(|old| secrets::is_hash(&self.hash, &old.hash) & (now < old.expires_at));
        (secrets::is_hash(&self.hash, &app.secret_hash) | was) & app.active & (self.id == app.id)
    }
}

/// Whether the key that a request carries, if it does, is that of the app that its credentials were issued for.
pub(crate) fn proves(at: At<'_>, issued: Option<&IssuedFor>) -> bool {
    at.app_key.is_none_or(|key| issued.is_some_and(|app| key.is_of(app, at.now)))
}

/// An app that was suspended or deleted while somebody signed in through it begins no session.
pub(crate) async fn must_be_active(unit: &dyn Unit, app: Option<Uuid>) -> Result<(), AuthError> {
    let Some(id) = app else { return Ok(()) };
    match unit.known_app(id).await? {
        Some(known) if known.app.active => Ok(()),
        _ => Err(AuthError::App),
    }
}

impl Auth {
    /// Nobody in particular, through an app: remembered, or by one query.
    pub(crate) async fn by_app(&self, key: &AppKey, at: At<'_>) -> Result<Authenticated, AuthError> {
        if at.freshness == Freshness::Presumed
            && let Some(remembered) = self.remembered.app(key.id, at.policy)
            && key.is_of(&remembered.known.app, at.now)
            && let Some(presumption) = remembered.presumption()
            && let Some(presumed) = Presumed::by(&*self.store, presumption)
        {
            return Ok(through(&remembered, Some(presumed)));
        }
        let known = self.store.known_app(key.id).await?.ok_or(AuthError::App)?;
        if !key.is_of(&known.app, at.now) {
            return Err(AuthError::App);
        }
        let in_force = known.stamps.as_ref().and_then(|stamps| stamps.policy.as_deref());
        if in_force.is_some_and(|version| version != at.policy.version()) {
            return Err(StoreError::Outdated.into());
        }
        let remembered = Arc::new(RememberedApp::of(known, at.policy));
        self.remembered.put_app(key.id, &remembered);
        Ok(through(&remembered, None))
    }
}

fn through(remembered: &RememberedApp, presumed: Option<Presumed>) -> Authenticated {
    let app = &remembered.known.app;
    Authenticated {
        caller: Arc::new(Caller::anonymous().through(&app.app, Some(app.id))),
        scheme: Scheme::Anonymous,
        presumed,
        rights: remembered.rights(),
        ..Authenticated::anonymous()
    }
}
