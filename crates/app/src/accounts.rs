//! Tokens, sessions, passwords, and the first user of a server.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use bailiwick_domain::access::App;
use bailiwick_domain::audit::{self, Outcome};
use bailiwick_domain::entities::{Email, Grant, Name, Organization, Standing, User};
use bailiwick_domain::facts::Anchor;
use bailiwick_domain::guards::{self, GivenRole};
use bailiwick_domain::policy::Policy;
use bailiwick_domain::ports::{
    AuthError, Credential, CredentialKey, Identity, Known, Lookup, Record, Secret, Session, StoreError,
    TokenPair, Unit, Write,
};
use bailiwick_domain::principal::{PrincipalId, PrincipalKind};
use bailiwick_domain::role::Closure;
use bailiwick_domain::rule::id_of_name;
use bailiwick_domain::{Caller, Facts};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::again::again;
use crate::cx::Cx;
use crate::error::AppError;
use crate::people::attempts::prove_password;
use crate::people::{self, News};
use crate::users::hash_password;

/// The setting that holds the hash of the bootstrap secret.
pub const BOOTSTRAP: &str = "bootstrap_secret";

/// Issues the next pair for a refresh token, of the same client app.
///
/// # Errors
/// A token that is not good, or of another app than the request's; one that was used before ends its session.
pub async fn refresh_tokens(cx: &Cx, refresh: &Secret) -> Result<TokenPair, AppError> {
    let through = cx.caller.client_app;
    let next = async || cx.app.auth.refresh_tokens(refresh, through, cx.policy(), cx.gate.now()).await;
    Ok(ask(next).await?)
}

/// Asks the authenticator, again when another change came between.
pub(crate) async fn ask<R>(question: impl AsyncFn() -> Result<R, AuthError>) -> Result<R, AuthError> {
    again(question, |error| matches!(error, AuthError::Store(StoreError::Retry))).await
}

/// Ends the session that a token belongs to; a token of none changes nothing.
///
/// # Errors
/// Storage.
pub async fn revoke_token(cx: &Cx, token: &Secret) -> Result<(), AppError> {
    match cx.app.auth.session_of_token(token).await? {
        Some(session) => {
            cx.write(async |unit: &dyn Unit| {
                let known = unit.known(CredentialKey::Session(session)).await?;
                let identity = known.as_ref().map(|known| &known.identity);
                unit.end_session(session).await?;
                note(cx, unit, identity, Outcome::Allowed, json!({ "session_ended": session })).await
            })
            .await
        }
        None => Ok(()),
    }
}

/// Ends the session of the request; answers the cookies that make a browser forget it.
///
/// # Errors
/// Storage.
pub async fn sign_out(cx: &Cx) -> Result<Vec<String>, AppError> {
    if let Some(session) = &cx.session {
        cx.write(async |unit: &dyn Unit| {
            unit.end_session(session.id).await?;
            note(cx, unit, cx.identity.as_deref(), Outcome::Allowed, json!({ "sign_out": session.scheme }))
                .await
        })
        .await?;
    }
    Ok(cx.app.auth.forget_cookies())
}

/// The user who asks; other kinds of principal have no sessions and no password.
pub(crate) fn user(cx: &Cx) -> Result<(&Identity, Uuid), AppError> {
    match &cx.identity {
        Some(identity) if identity.principal.kind == PrincipalKind::User => {
            Ok((identity, identity.principal.id))
        }
        _ => Err(AppError::NotForYou("a user, signed in by cookie or bearer token")),
    }
}

/// The caller's own sessions and token families, newest first, each with the name of the app that it was issued for.
///
/// # Errors
/// Storage.
pub async fn list_sessions(cx: &Cx) -> Result<Vec<(Session, String)>, AppError> {
    let mut sessions = Lookup::sessions_of(&*cx.store, user(cx)?.1).await?;
    sessions.retain(|session| cx.gate.now() < session.expires_at);
    let mut named: BTreeMap<Uuid, String> = BTreeMap::new();
    for app in sessions.iter().filter_map(|session| session.client_app_id) {
        if let Entry::Vacant(new) = named.entry(app)
            && let Some(known) = cx.store.known_app(app).await?
        {
            new.insert(known.app.app.name().to_owned());
        }
    }
    let name = |session: &Session| match session.client_app_id {
        Some(app) => named.get(&app).cloned(),
        None => Some(App::DEFAULT.name().to_owned()),
    };
    // One of an app that has gone has gone with it.
    Ok(sessions.into_iter().filter_map(|session| name(&session).map(|app| (session, app))).collect())
}

/// Ends one of the caller's own sessions; false when there is no such one.
///
/// # Errors
/// Storage.
pub async fn end_session(cx: &Cx, session: Uuid) -> Result<bool, AppError> {
    let (_, id) = user(cx)?;
    cx.write(async |unit: &dyn Unit| {
        let own = unit.sessions_of(id).await?.iter().any(|found| found.id == session);
        if own {
            unit.end_session(session).await?;
            note(cx, unit, cx.identity.as_deref(), Outcome::Allowed, json!({ "session_ended": session }))
                .await?;
        }
        Ok(own)
    })
    .await
}

/// A new password for oneself.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    /// The password as it is.
    #[cfg_attr(feature = "schema", schema(value_type = String, format = "password"))]
    pub current_password: Secret,
    /// The password as it is to be, 8 characters at least.
    #[cfg_attr(feature = "schema", schema(value_type = String, format = "password", min_length = 8))]
    pub new_password: Secret,
}

/// Changes the caller's own password and ends all other sessions and tokens.
///
/// # Errors
/// The current password is wrong; the new one is weak.
pub async fn change_password(cx: &Cx, body: &PasswordChange) -> Result<(), AppError> {
    let (identity, id) = user(cx)?;
    let stored = password_of(&*cx.store, id).await?;
    prove_password(cx, id, &body.current_password).await?;
    let hash = hash_password(cx, &body.new_password, &identity.name, "/new_password").await?;
    cx.write(async |unit: &dyn Unit| {
        // Hashing takes its time: what was proved must still be so.
        if password_of(unit, id).await? != stored {
            return Err(AppError::Contention);
        }
        unit.set_password(id, &hash).await?;
        unit.end_sessions_of(id, cx.session.as_ref().map(|session| session.id)).await?;
        unit.end_links_of(id).await?;
        people::tell(cx, unit, id, News::PasswordChanged).await?;
        note(cx, unit, Some(identity), Outcome::Allowed, json!({ "password": "changed" })).await
    })
    .await
}

async fn password_of(from: &dyn Lookup, user: Uuid) -> Result<Option<String>, AppError> {
    Ok(match from.known(CredentialKey::User(user)).await? {
        Some(Known { credential: Credential::Password(hash), .. }) => hash,
        _ => None,
    })
}

/// Sets a user's password from the console, and ends all the user's sessions; false when there is no such user.
///
/// # Errors
/// A weak password; storage.
pub async fn set_password(
    cx: &Cx,
    organization: &str,
    username: &str,
    password: &Secret,
) -> Result<bool, AppError> {
    if !cx.caller.is_operator() {
        return Err(AppError::NotForYou("the operator at the console"));
    }
    let hash = hash_password(cx, password, username, "password").await?;
    cx.write(async |unit: &dyn Unit| {
        let Some(known) = unit.known(CredentialKey::Login { organization, username }).await? else {
            return Ok(false);
        };
        let id = known.identity.principal.id;
        unit.set_password(id, &hash).await?;
        unit.end_sessions_of(id, None).await?;
        unit.end_links_of(id).await?;
        people::tell(cx, unit, id, News::PasswordChanged).await?;
        note(cx, unit, Some(&known.identity), Outcome::Allowed, json!({ "password": "set" })).await?;
        Ok(true)
    })
    .await
}

/// What makes the first organization and its first user, who gets root.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Bootstrap {
    /// The one-time secret that the server printed at its first start.
    #[cfg_attr(feature = "schema", schema(value_type = String, format = "password"))]
    pub secret: Secret,
    /// The first organization's name.
    pub organization: Name,
    /// The first user's name.
    pub username: Name,
    /// Where mail reaches the first user.
    pub email: Option<Email>,
    /// The first user's password, 8 characters at least.
    #[cfg_attr(feature = "schema", schema(value_type = String, format = "password", min_length = 8))]
    pub password: Secret,
}

/// Makes the first organization and its first user with root at the server, once, for whoever has the one-time
/// secret. Answers the user's id.
///
/// # Errors
/// A wrong or used secret; a weak password.
pub async fn bootstrap(cx: &Cx, body: &Bootstrap) -> Result<Uuid, AppError> {
    let offered = json!(cx.app.auth.hash_secret(&body.secret));
    if Lookup::setting(&*cx.store, BOOTSTRAP).await? != Some(offered.clone()) {
        return Err(AppError::Auth(AuthError::NotGood));
    }
    let hash = hash_password(cx, &body.password, body.username.as_str(), "/password").await?;
    let mut operator = Cx::operator(cx.app.clone(), "bootstrap");
    operator.wish.dry_run = cx.wish.dry_run;
    let operator = &operator;
    operator
        .write(async |unit: &dyn Unit| {
            if unit.setting(BOOTSTRAP).await? != Some(offered.clone()) {
                return Err(AppError::Auth(AuthError::NotGood));
            }
            let id = first_user(operator, unit, body, &hash).await?;
            unit.set_setting(BOOTSTRAP, None).await?;
            Ok(id)
        })
        .await
}

async fn first_user(cx: &Cx, unit: &dyn Unit, body: &Bootstrap, hash: &str) -> Result<Uuid, AppError> {
    let now = cx.gate.now();
    let permit = cx.gate.create_at_server::<Organization>(&cx.caller)?;
    let because = permit.because();
    let data = Organization {
        name: body.organization.as_str().to_owned(),
        status: Standing::Active,
        public_key: None,
    };
    let organization = permit.make(cx.new_id(), now, data);
    let home = organization.object().id;
    Write::add(unit, &organization).await?;
    cx.record(unit, because, None, Some(organization.object())).await?;

    let parent = bailiwick_domain::ports::Read::<Organization>::find(unit, home).await?;
    let permit = cx.gate.create::<User, _>(&cx.caller, parent)?;
    let because = permit.because();
    let email = body.email.clone().map(Email::into_string);
    let data = User {
        username: body.username.as_str().to_owned(),
        email,
        email_verified_at: None,
        status: Standing::Active,
    };
    let user = guards::make_user(&cx.gate, permit, cx.new_id(), data);
    let id = user.object().id;
    Write::add(unit, &user).await?;
    unit.set_password(id, hash).await?;
    cx.record(unit, because, None, Some(user.object())).await?;

    let permit = cx.gate.create_at_server::<Grant>(&cx.caller)?;
    let because = permit.because();
    let role_id = id_of_name("role", Policy::ROOT);
    let role = GivenRole {
        id: role_id,
        name: Policy::ROOT.to_owned(),
        organization: None,
        full: Closure::built_in(Policy::ROOT),
    };
    let principal = PrincipalId::user(id);
    let receiver = guards::Standing { principal, home: Some(home), grants: Vec::new() };
    let data = Grant { principal, role_id, anchor: Anchor::SERVER, starts_at: None, expires_at: None };
    let grant = guards::make_grant(&cx.gate, permit, &role, &receiver, None, cx.new_id(), data)?;
    Write::add(unit, &grant).await?;
    cx.record(unit, because, None, Some(grant.object())).await?;
    Ok(id)
}

/// Makes the one-time secret of a server that has no organization yet; `None` when it has one.
///
/// # Errors
/// Storage.
pub async fn offer_bootstrap(cx: &Cx) -> Result<Option<Secret>, AppError> {
    let new = cx.app.auth.new_one_time_secret();
    let offered = cx
        .write(async |unit: &dyn Unit| {
            let empty = unit.is_empty().await?;
            if empty {
                unit.set_setting(BOOTSTRAP, Some(&json!(new.hash))).await?;
            }
            Ok(empty)
        })
        .await?;
    Ok(offered.then_some(new.secret))
}

pub(crate) async fn note(
    cx: &Cx,
    unit: &dyn Unit,
    identity: Option<&Identity>,
    outcome: Outcome,
    reason: Value,
) -> Result<(), AppError> {
    let at = identity.map_or_else(Facts::server, |identity| identity.facts.clone());
    // Who signs in asks as nobody yet, and is somebody by the time it is told.
    let signed_in = identity
        .filter(|_| cx.caller.is_anonymous())
        .and_then(|identity| identity.home().map(|home| Caller::new(identity.principal, home)));
    let caller = signed_in.as_ref().unwrap_or(&cx.caller);
    let entry = audit::Entry::deed(cx.new_id(), caller, &cx.circumstance(), &at, outcome, reason);
    Ok(Record::audit(unit, &entry).await?)
}
