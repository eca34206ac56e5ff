//! Attempts to prove something: a sign-in, or the password once more.

use bailiwick_domain::ports::{AuthError, Login, PasswordTurn, Presented, Secret, Unit};
use uuid::Uuid;

use super::throttle::{self, Attempt, Of};
use crate::cx::Cx;
use crate::error::AppError;

/// What is counted of a sign-in: password and code apart, for who knows the password is no stranger.
pub(crate) struct Attempts {
    /// Held until what came of it is settled.
    pub turn: PasswordTurn,
    password: Attempt,
    code: Option<Attempt>,
}

impl Attempts {
    /// Waits for a turn, unless there have been too many, and counts: the code as well, if there is one.
    pub(crate) async fn begin(cx: &Cx, login: &Login, presented: &Presented) -> Result<Self, AppError> {
        let (account, address) = (&login.username, &presented.address);
        if login.otp.is_some() {
            throttle::check(cx, Of::Code, account, "").await?;
        }
        let turn = turn(cx, Of::SignIn, account, address).await?;
        let password = throttle::begin(cx, Of::SignIn, account, address).await?;
        if login.otp.is_none() {
            return Ok(Self { turn, password, code: None });
        }
        match throttle::begin(cx, Of::Code, account, "").await {
            Ok(code) => Ok(Self { turn, password, code: Some(code) }),
            Err(error) => {
                cx.write_in_earnest(async |unit: &dyn Unit| password.refund(cx, unit).await).await?;
                Err(error)
            }
        }
    }

    /// Takes back, or adds, what came of it.
    pub(crate) async fn settle(
        &self,
        cx: &Cx,
        unit: &dyn Unit,
        error: Option<&AppError>,
    ) -> Result<(), AppError> {
        match error {
            None => self.password.succeeded(cx, unit).await?,
            Some(AppError::Auth(AuthError::NotGood)) => self.password.failed(cx, unit).await?,
            Some(_) => self.password.refund(cx, unit).await?,
        }
        match (&self.code, error) {
            (None, _) | (Some(_), Some(AppError::Auth(AuthError::SecondFactor))) => Ok(()),
            (Some(code), _) => code.refund(cx, unit).await,
        }
    }
}

/// A turn to have a password hashed, for who has not made too many attempts.
async fn turn(cx: &Cx, of: Of, account: &str, address: &str) -> Result<PasswordTurn, AppError> {
    throttle::check(cx, of, account, address).await?;
    Ok(cx.app.auth.password_turn(account).await?)
}

/// Proves once more that the caller knows the password. Wrong ones are counted.
///
/// # Errors
/// It is another; there were too many.
pub(crate) async fn prove_password(cx: &Cx, id: Uuid, password: &Secret) -> Result<(), AppError> {
    let account = id.to_string();
    let turn = turn(cx, Of::Proof, &account, "").await?;
    let attempt = throttle::begin(cx, Of::Proof, &account, "").await?;
    let is_right = cx.app.auth.verify_password(&turn, id, password).await;
    if matches!(is_right, Ok(false)) {
        return Err(AppError::invalid("/current_password", "your password as it is"));
    }
    // Of what could not be tried nothing is known: it does not count either.
    cx.write_in_earnest(async |unit: &dyn Unit| attempt.refund(cx, unit).await).await?;
    Ok(is_right.map(|_| ())?)
}
