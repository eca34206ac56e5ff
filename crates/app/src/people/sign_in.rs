//! Signing in with a password.

use bailiwick_domain::audit::Outcome;
use bailiwick_domain::ports::{AuthError, Login, Presented, Proved, SignedIn, TokenPair, Unit};
use serde_json::{Value, json};

use super::attempts::Attempts;
use super::throttle;
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
/// between them: one counts the attempt, the other has the session, what comes of the attempt, and the audit event.
async fn begin<R>(
    cx: &Cx,
    login: &Login,
    presented: &Presented,
    session: impl AsyncFn(&dyn Unit, &Proved) -> Result<R, AuthError>,
    scheme: &str,
) -> Result<R, AppError> {
    let login = &Login { client_app: cx.caller.client_app, ..login.clone() };
    let attempt = &Attempts::begin(cx, login, presented).await?;
    let begun = async {
        let proved = &cx.app.auth.prove(&attempt.turn, login, cx.policy(), cx.gate.now()).await?;
        let reason = json!({ "sign_in": scheme, "user_agent": presented.user_agent });
        cx.write(async |unit: &dyn Unit| {
            let begun = session(unit, proved).await?;
            attempt.settle(cx, unit, None).await?;
            note(cx, unit, Some(&proved.identity), Outcome::Allowed, reason.clone()).await?;
            Ok(begun)
        })
        .await
        .map_err(throttle::busy)
    };
    let error = match begun.await {
        Ok(begun) => return Ok(begun),
        Err(error) => error,
    };
    let settled = cx.write(async |unit: &dyn Unit| {
        attempt.settle(cx, unit, Some(&error)).await?;
        match &error {
            AppError::Auth(refused @ (AuthError::NotGood | AuthError::SecondFactor)) => {
                note(cx, unit, None, Outcome::Denied, refusal(login, presented, refused)).await
            }
            _ => Ok(()),
        }
    });
    settled.await.map_err(throttle::busy)?;
    Err(error)
}

/// What the audit log tells of a refused sign-in.
fn refusal(login: &Login, presented: &Presented, refused: &AuthError) -> Value {
    // Only what has the shape of a user's name: a password typed into the wrong field is not kept.
    let shaped = login.username.contains('/');
    let claimed = shaped.then(|| login.username.chars().take(200).collect::<String>());
    json!({ "sign_in": refused.to_string(), "claimed": claimed, "user_agent": presented.user_agent })
}
