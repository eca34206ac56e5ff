//! People who come by a mailed link: they choose a name and a password, and have proved their address.

use bailiwick_domain::entities::{Name, Organization, Standing, User};
use bailiwick_domain::guards;
use bailiwick_domain::ports::{PeopleLookup, Read, Record, Secret, Unit, Write};
use bailiwick_domain::{Caller, Gate, Object};
use uuid::Uuid;

use crate::cx::Cx;
use crate::error::{AppError, FieldError};
use crate::users::hash_password;

/// The name and the password of a new account.
#[derive(Debug, Clone)]
pub(crate) struct Chosen {
    /// Unique in the organization.
    pub username: Name,
    /// The password, 8 characters at least.
    pub password: Secret,
}

impl Chosen {
    /// Both, or the fields that are missing.
    pub(crate) fn of(username: Option<&Name>, password: Option<&Secret>) -> Result<Self, AppError> {
        match (username, password) {
            (Some(username), Some(password)) => {
                Ok(Self { username: username.clone(), password: password.clone() })
            }
            _ => {
                let missing = [("/username", username.is_none()), ("/password", password.is_none())];
                let right = "who has no account yet chooses a name and a password";
                let faults = missing.into_iter().filter(|(_, missing)| *missing);
                Err(AppError::Invalid(faults.map(|(field, _)| FieldError::new(field, right)).collect()))
            }
        }
    }

    /// The hash of the password, if it is strong enough.
    pub(crate) async fn hash(&self, cx: &Cx) -> Result<String, AppError> {
        hash_password(cx, &self.password, self.username.as_str(), "/password").await
    }
}

/// Who has come.
#[derive(Debug, Clone)]
pub struct Arrived {
    /// The user.
    pub user_id: Uuid,
    /// What they sign in with: `organization/username`.
    pub login: String,
    /// The grant that they got, if they got one.
    pub grant_id: Option<Uuid>,
}

/// What a newcomer brings along.
pub(crate) struct Newcomer<'a> {
    pub username: &'a Name,
    pub hash: &'a str,
    pub address: &'a str,
}

/// Makes an account in an organization in somebody's name, who may make users there, with an address that was just
/// proved. Answers the user, and what to sign in with.
pub(crate) async fn arrive(
    cx: &Cx,
    unit: &dyn Unit,
    (gate, by): (&Gate, &Caller),
    home: Uuid,
    newcomer: Newcomer<'_>,
) -> Result<(Object<User>, String), AppError> {
    let parent = Read::<Organization>::find(unit, home).await?;
    let permit = gate.create::<User, _>(by, parent)?;
    let because = permit.because();
    let data = User {
        username: newcomer.username.as_str().to_owned(),
        email: Some(newcomer.address.to_owned()),
        email_verified_at: Some(gate.now()),
        status: Standing::Active,
    };
    let user = guards::make_user(gate, permit, cx.new_id(), data);
    Write::add(unit, &user).await?;
    let user = user.object();
    Record::set_password(unit, user.id, newcomer.hash).await?;
    let me = Caller::new(bailiwick_domain::PrincipalId::user(user.id), home);
    cx.record_as(unit, &me, [(because, None, Some(user))]).await?;
    let known = unit.known(bailiwick_domain::ports::CredentialKey::User(user.id)).await?;
    let identity = known.map(|known| known.identity).ok_or(AppError::Contention)?;
    // A suspended organization takes nobody in.
    if !identity.active {
        return Err(AppError::Auth(bailiwick_domain::ports::AuthError::NotGood));
    }
    Ok((user.clone(), format!("{}/{}", identity.home_name, identity.name)))
}

/// Whether somebody has proved this address already.
pub(crate) async fn is_proved(unit: &dyn Unit, address: &str) -> Result<bool, AppError> {
    Ok(!PeopleLookup::users_at(unit, address).await?.is_empty())
}
