//! Attempts to prove something: a sign-in, or the password once more.

use bailiwick_domain::ports::{PasswordTurn, Secret, Unit};
use uuid::Uuid;

use super::throttle::{self, Attempt, Of};
use crate::cx::Cx;
use crate::error::AppError;

/// Waits for a turn to have a password hashed, unless there have been too many attempts, and counts one. The turn is held
/// until what came of it is settled.
pub(crate) async fn begin(
    cx: &Cx,
    of: Of,
    account: &str,
    address: &str,
) -> Result<(PasswordTurn, Attempt), AppError> {
    throttle::check(cx, of, account, address).await?;
    let turn = cx.app.auth.password_turn(account).await?;
    Ok((turn, throttle::begin(cx, of, account, address).await?))
}

/// Proves once more that the caller knows the password. Wrong ones are counted.
///
/// # Errors
/// It is another; there were too many.
pub(crate) async fn prove_password(cx: &Cx, id: Uuid, password: &Secret) -> Result<(), AppError> {
    let (turn, attempt) = begin(cx, Of::Proof, &id.to_string(), "").await?;
    let is_right = cx.app.auth.verify_password(&turn, id, password).await;
    if matches!(is_right, Ok(false)) {
        return Err(AppError::invalid("/current_password", "your password as it is"));
    }
    // Of what could not be tried nothing is known: it does not count either.
    cx.write_in_earnest(async |unit: &dyn Unit| attempt.refund(cx, unit).await).await?;
    Ok(is_right.map(|_| ())?)
}
