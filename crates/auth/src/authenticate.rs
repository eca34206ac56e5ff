//! The caller of a request: one query finds the principal with its grants, or none where it is remembered.

use std::net::IpAddr;
use std::sync::Arc;

use bailiwick_domain::Policy;
use bailiwick_domain::ports::{
    AuthError, Authenticated, Credential, CredentialKey, Freshness, Presented, Presumed, Presumption, Scheme,
    Session, StoreError, Unit,
};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::apps::{AppKey, proves};
use crate::auth::Auth;
use crate::cookies::SessionCookie;
use crate::credentials::Credentials;
use crate::remembered::Remembered;
use crate::secrets;

/// How often at most it is noted that a credential was used.
pub(crate) const TOUCH: Duration = Duration::MINUTE;

/// What authentication judges by.
#[derive(Clone, Copy)]
pub(crate) struct At<'p> {
    pub policy: &'p Policy,
    pub now: OffsetDateTime,
    pub freshness: Freshness,
    /// The key of a client app that the request carries.
    pub app_key: Option<&'p AppKey>,
}

/// A principal, and what is taken for granted of it.
pub(crate) type Found = (Arc<Remembered>, Option<Presumed>);

impl Auth {
    pub(crate) async fn caller(&self, presented: &Presented, at: At<'_>) -> Result<Authenticated, AuthError> {
        match (Credentials::read(presented, &self.cookies)?, at.app_key) {
            (None, Some(key)) => self.by_app(key, at).await,
            (None, None) => {
                let presumption = Presumption::of_policy(at.policy.version());
                let presumed = Presumed::by(&*self.store, presumption);
                Ok(Authenticated { presumed, ..Authenticated::anonymous() })
            }
            (Some(Credentials::Cookie(cookie)), _) => self.by_cookie(cookie, presented, at).await,
            (Some(Credentials::Bearer { session, token }), _) => {
                let good =
                    |credential: &Credential| live(Scheme::Bearer, credential, &token, at.now).cloned();
                let (found, session) =
                    self.principal(CredentialKey::Session(session), session, at, good).await?;
                Ok(authenticated(Scheme::Bearer, found, Some(session)))
            }
            (Some(Credentials::Machine { id, token }), _) => self.by_machine(id, &token, at).await,
            (Some(Credentials::Basic { key, secret }), _) => {
                self.by_key(key, &secret, presented.from, at).await
            }
        }
    }

    async fn by_cookie(
        &self,
        cookie: SessionCookie,
        presented: &Presented,
        at: At<'_>,
    ) -> Result<Authenticated, AuthError> {
        let good = |credential: &Credential| {
            let session = live(Scheme::Cookie, credential, &cookie.value, at.now)?;
            let csrf = presented.csrf.as_deref().is_some_and(|token| secrets::is(token, &session.csrf_hash));
            if presented.changes && !csrf { Err(AuthError::Csrf) } else { Ok(session.clone()) }
        };
        let key = CredentialKey::Session(cookie.session);
        let (found, mut session) = self.principal(key, cookie.session, at, good).await?;
        let mut authenticated = authenticated(Scheme::Cookie, found, Some(session.clone()));
        if at.now - session.last_seen_at >= TOUCH {
            session.last_seen_at = at.now;
            session.idle_at = session.expires_at.min(at.now + self.config.idle);
            let unit = self.store.begin().await?;
            let written = unit.save_session(&session).await;
            if note(unit, written).await? {
                authenticated.session = Some(session.clone());
            }
        }
        if cookie.stale {
            authenticated.set_cookies = self.cookies.set_session(&cookie.value, session.expires_at, at.now);
        }
        Ok(authenticated)
    }

    async fn by_key(
        &self,
        key: Uuid,
        secret: &str,
        from: Option<IpAddr>,
        at: At<'_>,
    ) -> Result<Authenticated, AuthError> {
        let hash = secrets::hash(secret);
        // Asked of every request, remembered or not: its secret and the place that it comes from, each whatever the
        // other says, so that nobody learns which of them was wrong.
        let good = |credential: &Credential| {
            let Credential::ApiKey { secret_hash, old_secret, addresses, last_used_at } = credential else {
                return Err(AuthError::NotGood);
            };
            let old = old_secret.as_ref();
            let was = old.is_some_and(|old| secrets::is_hash(&hash, &old.hash) & (at.now < old.expires_at));
            let is = secrets::is_hash(&hash, secret_hash) | was;
            if is & addresses.admit(from) { Ok(*last_used_at) } else { Err(AuthError::NotGood) }
        };
        let (found, last_used_at) = self.principal(CredentialKey::ApiKey(key), key, at, good).await?;
        let authenticated = authenticated(Scheme::Basic, found, None);
        if last_used_at.is_none_or(|last| at.now - last >= TOUCH) {
            let unit = self.store.begin().await?;
            let written = unit.touch_api_key(key, at.now).await;
            note(unit, written).await?;
        }
        Ok(authenticated)
    }

    /// The principal that a credential finds, remembered or read, and what makes the credential good. One that is not
    /// good by what is remembered may be by now.
    pub(crate) async fn principal<G>(
        &self,
        key: CredentialKey<'_>,
        id: Uuid,
        at: At<'_>,
        good: impl Fn(&Credential) -> Result<G, AuthError>,
    ) -> Result<(Found, G), AuthError> {
        if at.freshness == Freshness::Presumed
            && let Some(remembered) = self.remembered.get(id, at.policy, at.now)
            && let Ok(good) = good(&remembered.credential)
            && proves(at, remembered.identity.app.as_ref())
            && let Some(presumption) = remembered.presumption()
            && let Some(presumed) = Presumed::by(&*self.store, presumption)
        {
            return Ok(((remembered, Some(presumed)), good));
        }
        self.remembered.forget(id);
        let known = self.store.known(key).await?.ok_or(AuthError::NotGood)?;
        let good = good(&known.credential)?;
        if !proves(at, known.identity.app.as_ref()) {
            return Err(AuthError::App);
        }
        let in_force = known.stamps.as_ref().and_then(|stamps| stamps.policy.as_deref());
        if in_force.is_some_and(|version| version != at.policy.version()) {
            return Err(StoreError::Outdated.into());
        }
        let remembered = Arc::new(Remembered::of(known, at.policy, at.now).ok_or(AuthError::NotGood)?);
        self.remembered.put(id, &remembered);
        Ok(((remembered, None), good))
    }
}

/// The session, if it has not ended and this is its secret.
fn live<'s>(
    scheme: Scheme,
    credential: &'s Credential,
    secret: &str,
    now: OffsetDateTime,
) -> Result<&'s Session, AuthError> {
    let Credential::Session(session) = credential else { return Err(AuthError::NotGood) };
    let live = secrets::is(secret, &session.secret_hash)
        && session.scheme == scheme
        && now < session.idle_at
        && now < session.expires_at;
    if live { Ok(session) } else { Err(AuthError::NotGood) }
}

pub(crate) fn authenticated(
    scheme: Scheme,
    (found, presumed): Found,
    session: Option<Session>,
) -> Authenticated {
    Authenticated {
        caller: Arc::clone(&found.caller),
        identity: Some(Arc::clone(&found.identity)),
        scheme,
        session,
        set_cookies: Vec::new(),
        presumed,
        rights: found.rights(),
    }
}

/// Commits the note that a credential was used. False when another unit came between: the next request notes it.
pub(crate) async fn note(unit: Box<dyn Unit>, written: Result<(), StoreError>) -> Result<bool, AuthError> {
    let committed = match written {
        Ok(()) => unit.commit().await,
        failed => failed,
    };
    match committed {
        Ok(()) => Ok(true),
        Err(StoreError::Retry) => Ok(false),
        // It has ended while it was being looked at.
        Err(StoreError::Stale) => Err(AuthError::NotGood),
        Err(error) => Err(error.into()),
    }
}
