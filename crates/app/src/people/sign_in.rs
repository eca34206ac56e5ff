//! Signing in with a password.

use bailiwick_domain::audit::Outcome;
use bailiwick_domain::ports::{AuthError, Login, Presented, Proved, SignedIn, TokenPair, Unit};
use serde_json::json;

use super::attempts;
use super::throttle::{self, Of};
use crate::accounts::note;
use crate::cx::Cx;
use crate::error::AppError;

/// Begins a cookie session.
///
/// # Errors
/// Credentials that are not good.
pub async fn sign_in(cx: &Cx, login: &Login, presented: &Presented) -> Result<SignedIn, AppError> {
    let (auth, now) = (&cx.app.auth, cx.gate.now());
    let session = async |unit: &dyn Unit, proved: &Proved| {
        auth.sign_in(unit, proved, presented, cx.policy(), now).await
    };
    begin(cx, login, presented, session, "cookie").await
}

/// Issues a bearer pair.
///
/// # Errors
/// Credentials that are not good.
pub async fn issue_tokens(cx: &Cx, login: &Login, presented: &Presented) -> Result<TokenPair, AppError> {
    let (auth, now) = (&cx.app.auth, cx.gate.now());
    let session = async |unit: &dyn Unit, proved: &Proved| {
        auth.issue_tokens(unit, proved, presented, cx.policy(), now).await
    };
    begin(cx, login, presented, session, "bearer").await
}

/// Begins a session through the client app that has proved itself in this request. Two units of work, with the hash
/// between them: one counts the attempt, the other has what comes of it, the session and the audit event.
async fn begin<R>(
    cx: &Cx,
    login: &Login,
    presented: &Presented,
    session: impl AsyncFn(&dyn Unit, &Proved) -> Result<R, AuthError>,
    scheme: &str,
) -> Result<R, AppError> {
    let login = &Login { client_app: cx.caller.client_app, ..login.clone() };
    let (turn, attempt) = &attempts::begin(cx, Of::SignIn, &login.username, &presented.address).await?;
    let once = async || {
        let proved = match cx.app.auth.prove(turn, login, cx.policy(), cx.gate.now()).await {
            Ok(proved) => Some(proved),
            Err(AuthError::NotGood) => None,
            Err(error) => return Err(error.into()),
        };
        cx.write(async |unit: &dyn Unit| {
            let begun = match &proved {
                Some(proved) => with_code(cx, unit, proved, &session).await,
                None => Err(AppError::Auth(AuthError::NotGood)),
            };
            let by = &presented.user_agent;
            match &begun {
                Ok(_) => {
                    attempt.succeeded(cx, unit).await?;
                    let who = proved.as_ref().map(|proved| &proved.identity);
                    let reason = json!({ "sign_in": scheme, "user_agent": by });
                    note(cx, unit, who, Outcome::Allowed, reason).await?;
                }
                Err(AppError::Auth(refused)) => {
                    match refused {
                        AuthError::NotGood => attempt.failed(cx, unit).await?,
                        _ => attempt.refund(cx, unit).await?,
                    }
                    let (refused, claimed) = (refused.to_string(), claimed(login));
                    let reason = json!({ "sign_in": refused, "claimed": claimed, "user_agent": by });
                    note(cx, unit, None, Outcome::Denied, reason).await?;
                }
                Err(AppError::TooMany(_)) => attempt.refund(cx, unit).await?,
                // The unit itself has failed.
                Err(_) => return begun.map(Ok),
            }
            Ok(begun)
        })
        .await
    };
    // A hash that was renewed meanwhile, by another sign-in, is no other password: it is proved against that.
    let done = match once().await {
        Err(AppError::Contention) => once().await,
        done => done,
    };
    match done.map_err(throttle::busy) {
        Ok(begun) => begun,
        // Of what could not be tried nothing is known: it does not count.
        Err(error) => {
            let refund = cx.write(async |unit: &dyn Unit| attempt.refund(cx, unit).await);
            refund.await.map_err(throttle::busy)?;
            Err(error)
        }
    }
}

/// A session, and the attempt at its code, which counts when that is wrong: by who knows the password, and nobody else.
async fn with_code<R>(
    cx: &Cx,
    unit: &dyn Unit,
    proved: &Proved,
    session: impl AsyncFn(&dyn Unit, &Proved) -> Result<R, AuthError>,
) -> Result<R, AppError> {
    if proved.login.otp.is_none() {
        return Ok(session(unit, proved).await?);
    }
    let code = throttle::begin_code(cx, unit, &proved.login.username).await?;
    let begun = session(unit, proved).await;
    if !matches!(begun, Err(AuthError::SecondFactor | AuthError::Store(_))) {
        code.refund(cx, unit).await?;
    }
    Ok(begun?)
}

/// What the audit log keeps of a name that was not let in: only what has the shape of a user's. A password typed into the
/// wrong field is not kept.
fn claimed(login: &Login) -> Option<String> {
    login.username.contains('/').then(|| login.username.chars().take(200).collect())
}
