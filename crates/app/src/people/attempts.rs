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
    /// Waits for a turn, unless there have been too many, and counts.
    pub(crate) async fn begin(cx: &Cx, login: &Login, presented: &Presented) -> Result<Self, AppError> {
        let (account, address) = (&login.username, &presented.address);
        throttle::check(cx, Of::SignIn, account, address).await?;
        let turn = cx.app.auth.password_turn().await?;
        let password = throttle::begin(cx, Of::SignIn, account, address).await?;
        let code = match &login.otp {
            Some(_) => Some(throttle::begin(cx, Of::Code, "", account).await?),
            None => None,
        };
        Ok(Self { turn, password, code })
    }

    /// Takes back, or adds, what came of it.
    pub(crate) async fn settle(
        &self,
        cx: &Cx,
        unit: &dyn Unit,
        error: Option<&AuthError>,
    ) -> Result<(), AppError> {
        match (error, &self.code) {
            (None, _) => self.password.succeeded(cx, unit).await,
            (Some(AuthError::NotGood), _) => self.password.failed(cx, unit).await,
            (Some(AuthError::SecondFactor), Some(code)) => {
                self.password.refund(cx, unit).await?;
                code.failed(cx, unit).await
            }
            (Some(_), _) => self.password.refund(cx, unit).await,
        }
    }
}

/// Proves once more that the caller knows the password. Wrong ones are counted.
///
/// # Errors
/// It is another; there were too many.
pub(crate) async fn prove_password(cx: &Cx, id: Uuid, password: &Secret) -> Result<(), AppError> {
    let attempt = throttle::begin(cx, Of::Proof, &id.to_string(), "").await?;
    if !cx.app.auth.verify_password(id, password).await? {
        return Err(AppError::invalid("/current_password", "your password as it is"));
    }
    cx.write_in_earnest(async |unit: &dyn Unit| attempt.refund(cx, unit).await).await
}
