//! Signing in with a name and a password.

use bailiwick_domain::Policy;
use bailiwick_domain::ports::{
    AuthError, Credential, CredentialKey, Known, Login, PasswordTurn, Presented, Proved, Scheme, Secret,
    Session, SignedIn, StoreError, Unit,
};
use time::OffsetDateTime;

use crate::apps::must_be_active;
use crate::auth::Auth;
use crate::cookies::Cookies;
use crate::{second_factor, secrets};

/// How much of a user agent is kept, in characters.
const USER_AGENT: usize = 200;

/// Whether what was proved is so still, so that a session may begin in this unit; takes the code, and stores what else a
/// sign-in brings along. Hashing takes its time: a password that was changed, a user or an app that was suspended
/// meanwhile is not good any more.
pub(crate) async fn still_good(
    unit: &dyn Unit,
    proved: &Proved,
    policy: &Policy,
    now: OffsetDateTime,
) -> Result<(), AuthError> {
    let user = proved.identity.principal.id;
    match unit.known(CredentialKey::User(user)).await? {
        Some(Known { credential: Credential::Password(hash), .. }) if hash != proved.verified => {
            return Err(StoreError::Stale.into());
        }
        Some(Known { identity, .. }) if identity.caller(policy, now).is_some() => {}
        _ => return Err(AuthError::NotGood),
    }
    must_be_active(unit, proved.login.client_app).await?;
    // Taken in the unit that begins the session, so that no code begins two.
    if let Some(mut factor) = unit.second_factor(user).await?
        && factor.confirmed_at.is_some()
    {
        let code = proved.login.otp.as_ref();
        if !code.is_some_and(|code| second_factor::take(&mut factor, code, now)) {
            return Err(AuthError::SecondFactor);
        }
        unit.set_second_factor(user, Some(&factor)).await?;
    }
    if let Some(hash) = &proved.rehashed {
        unit.set_password(user, hash).await?;
    }
    Ok(())
}

impl Auth {
    pub(crate) async fn begin_session(
        &self,
        unit: &dyn Unit,
        proved: &Proved,
        presented: &Presented,
        policy: &Policy,
        now: OffsetDateTime,
    ) -> Result<SignedIn, AuthError> {
        // Who signs in needs no cookie: one that is not good, or two of them, are as none.
        let came_along = self.cookies.find(&presented.cookies).ok().flatten();
        let came_along = came_along.and_then(|cookie| self.cookies.open(&cookie));
        still_good(unit, proved, policy, now).await?;
        // Always a new id: what somebody else may have planted is worth nothing after the sign-in.
        let id = self.random.id(now);
        let value = Cookies::new_value(id, &*self.random);
        let mut csrf = [0; 32];
        self.random.fill(&mut csrf);
        let csrf = Secret::new(crate::base62::encode(&csrf, 43));
        let session = Session {
            id,
            user_id: proved.identity.principal.id,
            scheme: Scheme::Cookie,
            secret_hash: secrets::hash(&value),
            csrf_hash: secrets::hash(csrf.reveal()),
            created_at: now,
            last_seen_at: now,
            idle_at: now + self.config.idle.min(self.config.absolute),
            expires_at: now + self.config.absolute,
            user_agent: user_agent(presented),
            client_app_id: proved.login.client_app,
        };
        if let Some(old) = came_along {
            unit.end_session(old.session).await?;
        }
        unit.add_session(&session).await?;
        let mut set_cookies = self.cookies.set_session(&value, session.expires_at, now);
        set_cookies.push(self.cookies.set_csrf(&csrf, session.expires_at, now));
        Ok(SignedIn { identity: proved.identity.clone(), session, csrf, set_cookies })
    }

    /// Whose name and password these are. One hash is computed whatever the outcome, so that a name that does not
    /// exist, one without password and one that is suspended cost and look the same as a wrong password.
    pub(crate) async fn who(
        &self,
        turn: &PasswordTurn,
        login: &Login,
        policy: &Policy,
        now: OffsetDateTime,
    ) -> Result<Proved, AuthError> {
        // No name has a control character, and not every database takes a NUL: another one finds as little.
        let username = login.username.replace('\0', "\u{1}");
        let known = match username.split_once('/') {
            Some((organization, username)) => {
                self.store.known(CredentialKey::Login { organization, username }).await?
            }
            None => None,
        };
        let (identity, stored) = match known {
            Some(Known { identity, credential: Credential::Password(hash), .. }) => (Some(identity), hash),
            _ => (None, None),
        };
        let verified = self.passwords.verify(turn, stored.clone(), &login.password).await?;
        let identity = identity
            .filter(|identity| verified.matches && identity.caller(policy, now).is_some())
            .ok_or(AuthError::NotGood)?;
        let rehashed = match verified.outdated {
            // When it takes too long, the next sign-in will do it.
            true => self.passwords.hash(turn, &login.password).await.ok(),
            false => None,
        };
        Ok(Proved { identity, login: login.clone(), verified: stored, rehashed })
    }
}

pub(crate) fn user_agent(presented: &Presented) -> String {
    presented.user_agent.chars().filter(|char| !char.is_control()).take(USER_AGENT).collect()
}
