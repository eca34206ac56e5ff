//! Bearer tokens: a short-lived access token, and a refresh token that is good once, for the next pair.

use bailiwick_domain::Policy;
use bailiwick_domain::ports::{
    AuthError, Credential, CredentialKey, Identity, Known, Presented, Proved, RefreshToken, Scheme, Secret,
    Session, TokenPair, Unit,
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::auth::Auth;
use crate::secrets;
use crate::sign_in::{still_good, user_agent};

impl Auth {
    pub(crate) async fn begin_family(
        &self,
        unit: &dyn Unit,
        proved: &Proved,
        presented: &Presented,
        policy: &Policy,
        now: OffsetDateTime,
    ) -> Result<TokenPair, AuthError> {
        still_good(unit, proved, policy, now).await?;
        let mut session = Session {
            id: self.random.id(now),
            user_id: proved.identity.principal.id,
            scheme: Scheme::Bearer,
            secret_hash: String::new(),
            csrf_hash: String::new(),
            created_at: now,
            last_seen_at: now,
            idle_at: now,
            expires_at: now + self.config.family,
            user_agent: user_agent(presented),
            client_app_id: proved.login.client_app,
        };
        let pair = Pair::new(self, &mut session, now);
        unit.add_session(&session).await?;
        pair.store(unit).await?;
        Ok(pair.of(proved.identity.clone(), session))
    }

    pub(crate) async fn next_pair(
        &self,
        refresh: &Secret,
        through: Option<Uuid>,
        policy: &Policy,
        now: OffsetDateTime,
    ) -> Result<TokenPair, AuthError> {
        secrets::session_of(secrets::REFRESH, refresh.reveal()).ok_or(AuthError::NotGood)?;
        let hash = secrets::hash(refresh.reveal());
        let Some(stored) = self.store.refresh_token(&hash).await? else { return Err(AuthError::NotGood) };
        let Some(Known { identity, credential: Credential::Session(mut session), .. }) =
            self.store.known(CredentialKey::Session(stored.session_id)).await?
        else {
            return Err(AuthError::NotGood);
        };
        if through.is_some() && through != session.client_app_id {
            return Err(AuthError::App);
        }
        if stored.used {
            return self.end_family(stored.session_id).await;
        }
        let live = session.scheme == Scheme::Bearer && now < stored.expires_at && now < session.expires_at;
        if !live || identity.caller(policy, now).is_none() {
            return Err(AuthError::NotGood);
        }
        session.last_seen_at = now;
        let pair = Pair::new(self, &mut session, now);
        let unit = self.store.begin().await?;
        if !unit.use_refresh_token(&hash).await? {
            // Somebody was faster with the same token: one of the two is not who it was given to.
            unit.rollback().await?;
            return self.end_family(stored.session_id).await;
        }
        unit.save_session(&session).await?;
        pair.store(&*unit).await?;
        unit.commit().await?;
        Ok(pair.of(identity, session))
    }

    /// A token that was used before is in two hands: nobody keeps the session.
    async fn end_family(&self, session: Uuid) -> Result<TokenPair, AuthError> {
        let unit = self.store.begin().await?;
        unit.end_session(session).await?;
        unit.commit().await?;
        Err(AuthError::NotGood)
    }

    /// The session of an access or refresh token, if the token is or was good.
    pub(crate) async fn family_of(&self, token: &Secret) -> Result<Option<Uuid>, AuthError> {
        let text = token.reveal();
        if secrets::session_of(secrets::REFRESH, text).is_some() {
            let stored = self.store.refresh_token(&secrets::hash(text)).await?;
            return Ok(stored.map(|stored| stored.session_id));
        }
        let Some(id) = secrets::session_of(secrets::ACCESS, text) else { return Ok(None) };
        Ok(match self.store.known(CredentialKey::Session(id)).await? {
            Some(Known { credential: Credential::Session(session), .. })
                if session.scheme == Scheme::Bearer && secrets::is(text, &session.secret_hash) =>
            {
                Some(id)
            }
            _ => None,
        })
    }
}

/// The tokens of a session that replace those before.
struct Pair {
    access: Secret,
    refresh: Secret,
    stored: RefreshToken,
}

impl Pair {
    /// New tokens; the session gets the access token's hash and end.
    fn new(auth: &Auth, session: &mut Session, now: OffsetDateTime) -> Self {
        let access = secrets::generate_token(secrets::ACCESS, session.id, &*auth.random);
        let refresh = secrets::generate_token(secrets::REFRESH, session.id, &*auth.random);
        session.secret_hash = secrets::hash(access.reveal());
        session.idle_at = session.expires_at.min(now + auth.config.access);
        let stored = RefreshToken {
            hash: secrets::hash(refresh.reveal()),
            session_id: session.id,
            used: false,
            expires_at: session.expires_at.min(now + auth.config.refresh),
        };
        Self { access, refresh, stored }
    }

    async fn store(&self, unit: &dyn Unit) -> Result<(), AuthError> {
        Ok(unit.add_refresh_token(&self.stored).await?)
    }

    fn of(self, identity: Identity, session: Session) -> TokenPair {
        TokenPair { identity, session, access: self.access, refresh: self.refresh }
    }
}
