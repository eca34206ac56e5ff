//! What people are told of by mail: changes of what they prove themselves by.

use bailiwick_domain::Caller;
use bailiwick_domain::entities::User;
use bailiwick_domain::gate::View;
use bailiwick_domain::ports::{Read, Unit};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::letters::{self, What};
use crate::cx::Cx;
use crate::error::AppError;

/// What happened to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum News {
    PasswordChanged,
    PasswordRecovered,
    AddressChanged,
    SecondFactorOn,
    SecondFactorOff,
}

impl News {
    /// What the letter says.
    pub(crate) const fn says(self) -> &'static str {
        match self {
            Self::PasswordChanged => "the password was changed",
            Self::PasswordRecovered => "the password was set anew by a link that was mailed to this address",
            Self::AddressChanged => "the mail address was changed, and letters go there from now on",
            Self::SecondFactorOn => "a second factor was switched on",
            Self::SecondFactorOff => "the second factor was switched off",
        }
    }
}

/// A user as the server itself sees them: to write to them, never to show them to anybody.
pub(crate) async fn person(cx: &Cx, unit: &dyn Unit, id: Uuid) -> Result<Option<User>, AppError> {
    let server = Caller::operator();
    let row = Read::<User>::find(unit, id).await?;
    let opened = row.and_then(|row| cx.gate.open::<View, User>(&server, Some(row)).ok());
    Ok(opened.map(|user| user.into_object().data))
}

/// Tells a user at the address that counts, if there is one.
pub(crate) async fn tell(cx: &Cx, unit: &dyn Unit, user: Uuid, news: News) -> Result<(), AppError> {
    let Some(person) = person(cx, unit, user).await? else { return Ok(()) };
    match person.proved_email() {
        Some(address) => tell_at(cx, unit, user, address, news).await,
        None => Ok(()),
    }
}

/// Tells a user at an address that counted until now.
pub(crate) async fn tell_at(
    cx: &Cx,
    unit: &dyn Unit,
    user: Uuid,
    address: &str,
    news: News,
) -> Result<(), AppError> {
    if !cx.app.people.mail {
        return Ok(());
    }
    letters::post(cx, unit, &What::Tell { user, to: address.to_owned(), news }).await
}
