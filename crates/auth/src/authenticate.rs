//! The caller of a request: one query finds the principal with its grants.

use bailiwick_domain::ports::{
    AuthError, Authenticated, Credential, CredentialKey, Identity, Known, Presented, Scheme, Session,
    StoreError, Unit,
};
use bailiwick_domain::{Caller, Policy};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::auth::Auth;
use crate::cookies::SessionCookie;
use crate::credentials::Credentials;
use crate::secrets;

/// How often at most it is noted that a credential was used.
const TOUCH: Duration = Duration::MINUTE;

impl Auth {
    pub(crate) async fn caller(
        &self,
        presented: &Presented,
        policy: &Policy,
        now: OffsetDateTime,
    ) -> Result<Authenticated, AuthError> {
        match Credentials::read(presented, &self.cookies)? {
            None => Ok(Authenticated {
                caller: Caller::anonymous(),
                identity: None,
                scheme: Scheme::Anonymous,
                session: None,
                set_cookies: Vec::new(),
            }),
            Some(Credentials::Cookie(cookie)) => self.by_cookie(cookie, presented, policy, now).await,
            Some(Credentials::Bearer { session, token }) => {
                let (identity, session) = self.live_session(Scheme::Bearer, session, &token, now).await?;
                self.authenticated(Scheme::Bearer, identity, Some(session), policy, now)
            }
            Some(Credentials::Basic { key, secret }) => self.by_key(key, &secret, policy, now).await,
        }
    }

    async fn by_cookie(
        &self,
        cookie: SessionCookie,
        presented: &Presented,
        policy: &Policy,
        now: OffsetDateTime,
    ) -> Result<Authenticated, AuthError> {
        let (identity, mut session) =
            self.live_session(Scheme::Cookie, cookie.session, &cookie.value, now).await?;
        let mut authenticated =
            self.authenticated(Scheme::Cookie, identity, Some(session.clone()), policy, now)?;
        let csrf = presented.csrf.as_deref().is_some_and(|token| secrets::is(token, &session.csrf_hash));
        if presented.changes && !csrf {
            return Err(AuthError::Csrf);
        }
        if now - session.last_seen_at >= TOUCH {
            session.last_seen_at = now;
            session.idle_at = session.expires_at.min(now + self.config.idle);
            let unit = self.store.begin().await?;
            let written = unit.save_session(&session).await;
            if note(unit, written).await? {
                authenticated.session = Some(session.clone());
            }
        }
        if cookie.stale {
            authenticated.set_cookies = self.cookies.set_session(&cookie.value, session.expires_at, now);
        }
        Ok(authenticated)
    }

    async fn by_key(
        &self,
        key: Uuid,
        secret: &str,
        policy: &Policy,
        now: OffsetDateTime,
    ) -> Result<Authenticated, AuthError> {
        let Some(Known {
            identity,
            credential: Credential::ApiKey { secret_hash, expires_at, last_used_at },
        }) = self.store.known(CredentialKey::ApiKey(key)).await?
        else {
            return Err(AuthError::NotGood);
        };
        if !secrets::is(secret, &secret_hash) || expires_at.is_some_and(|end| now >= end) {
            return Err(AuthError::NotGood);
        }
        let authenticated = self.authenticated(Scheme::Basic, identity, None, policy, now)?;
        if last_used_at.is_none_or(|last| now - last >= TOUCH) {
            let unit = self.store.begin().await?;
            let written = unit.touch_api_key(key, now).await;
            note(unit, written).await?;
        }
        Ok(authenticated)
    }

    /// A session that has not ended, if this is its secret, with whose it is.
    pub(crate) async fn live_session(
        &self,
        scheme: Scheme,
        id: Uuid,
        secret: &str,
        now: OffsetDateTime,
    ) -> Result<(Identity, Session), AuthError> {
        let Some(Known { identity, credential: Credential::Session(session) }) =
            self.store.known(CredentialKey::Session(id)).await?
        else {
            return Err(AuthError::NotGood);
        };
        let live = secrets::is(secret, &session.secret_hash)
            && session.scheme == scheme
            && now < session.idle_at
            && now < session.expires_at;
        if live { Ok((identity, session)) } else { Err(AuthError::NotGood) }
    }

    fn authenticated(
        &self,
        scheme: Scheme,
        identity: Identity,
        session: Option<Session>,
        policy: &Policy,
        now: OffsetDateTime,
    ) -> Result<Authenticated, AuthError> {
        let caller = identity.caller(policy, now).ok_or(AuthError::NotGood)?;
        Ok(Authenticated { caller, identity: Some(identity), scheme, session, set_cookies: Vec::new() })
    }
}

/// Commits the note that a credential was used. False when another unit came between: the next request notes it.
async fn note(unit: Box<dyn Unit>, written: Result<(), StoreError>) -> Result<bool, AuthError> {
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
