//! Users: making, changing, suspending and waking them.

use bailiwick_domain::entities::{Email, Name, Organization, Standing, User};
use bailiwick_domain::facts::{Anchor, Level};
use bailiwick_domain::gate::{Edit, Suspend};
use bailiwick_domain::guards::{self, Concern};
use bailiwick_domain::kind::Operation;
use bailiwick_domain::ports::{Lookup, Read, Secret, Unit};
use bailiwick_domain::principal::PrincipalId;
use serde::Deserialize;
use uuid::Uuid;

use crate::create::{Made, create};
use crate::cx::Cx;
use crate::edit::edit_then;
use crate::error::AppError;
use crate::grants::permit_at;
use crate::patch::nullable;
use crate::people::attempts::prove_password;
use crate::people::{self, News};
use crate::read::Shown;
use crate::rooted::Rooted;

/// A new user.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// Unique in the organization.
    pub username: Name,
    /// Where mail reaches the person.
    pub email: Option<Email>,
    /// A first password, 8 characters at least; without one the person can't sign in yet.
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = "password", min_length = 8))]
    pub password: Option<Secret>,
}

/// Changes of a user.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UserPatch {
    /// Unique in the organization.
    pub username: Option<Name>,
    /// Where mail reaches the person; `null` for nowhere. Changing it ends the person's other sessions.
    #[serde(default, deserialize_with = "nullable")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = "email"))]
    pub email: Option<Option<Email>>,
    /// Needed by a person who changes their own address.
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = "password"))]
    pub current_password: Option<Secret>,
}

/// Makes a user in an organization.
///
/// # Errors
/// The denial; a name that is taken; a weak password.
pub async fn create_user(cx: &Cx, organization: Uuid, body: NewUser) -> Result<Shown<'_, User>, AppError> {
    let hash = match &body.password {
        None => None,
        Some(password) => {
            // A hash costs; nobody gets one computed who may not make a user here.
            let there = Anchor::at(Level::Organization, organization);
            let asked = permit_at::<User>(cx, &*cx.store, there).await.map(|_| ());
            cx.audited(asked).await?;
            Some(hash_password(cx, password, body.username.as_str(), "/password").await?)
        }
    };
    create(
        cx,
        async |unit: &dyn Unit| {
            let parent = Read::<Organization>::find(unit, organization).await?;
            let permit = cx
                .gate
                .create::<User, _>(&cx.caller, parent)
                .map_err(|denial| AppError::denied(denial, organization))?;
            let because = permit.because();
            let data = User {
                username: body.username.as_str().to_owned(),
                email: body.email.clone().map(Email::into_string),
                email_verified_at: None,
                status: Standing::Active,
            };
            Ok(Made { new: guards::make_user(&cx.gate, permit, cx.new_id(), data), because })
        },
        async |unit, new| match &hash {
            Some(hash) => Ok(unit.set_password(new.object().id, hash).await?),
            None => Ok(()),
        },
    )
    .await
}

/// Changes a user. Another's recovery address needs more than another's name: see the guard of rank.
///
/// # Errors
/// The denial; a name that is taken; an address changed without the password.
pub async fn edit_user(cx: &Cx, id: Uuid, body: UserPatch) -> Result<Shown<'_, User>, AppError> {
    let is_self = cx.caller.is(PrincipalId::user(id));
    let proved = match (&body.email, &body.current_password, is_self) {
        (Some(_), Some(password), true) => {
            prove_password(cx, id, password).await?;
            true
        }
        _ => false,
    };
    edit_then::<Edit, User>(
        cx,
        id,
        async |unit, granted| {
            let moves = body.email.as_ref().is_some_and(|email| {
                email.as_ref().map(|email| email.clone().into_string()) != granted.data().email
            });
            if moves && !is_self && cx.caller.maker() == Some(PrincipalId::user(id)) {
                // A key acts for its maker, and can't prove that the maker asks.
                return Err(AppError::NotForYou("the person, who proves it with the password"));
            }
            if moves && is_self && !proved {
                return Err(AppError::invalid(
                    "/current_password",
                    "your password, to change your own address",
                ));
            }
            let concern = if moves { Concern::Secret } else { Concern::Edit };
            let standing = standing(unit, PrincipalId::user(id)).await?;
            let change = |user: &mut User| {
                if let Some(name) = &body.username {
                    user.username = name.as_str().to_owned();
                }
                if let Some(email) = &body.email {
                    user.move_to(email.clone().map(Email::into_string));
                }
            };
            Ok(guards::change_user(&cx.gate, granted, &standing, concern, change)?)
        },
        async |unit, changed| {
            if changed.before().data.email != changed.after().data.email {
                let kept = cx.session.as_ref().filter(|_| is_self).map(|session| session.id);
                unit.end_sessions_of(id, kept).await?;
                unit.end_links_of(id).await?;
                if let Some(old) = changed.before().data.proved_email() {
                    people::tell_at(cx, unit, id, old, News::AddressChanged).await?;
                }
            }
            Ok(())
        },
    )
    .await
}

/// Suspends or wakes a user. Suspending ends the user's sessions.
///
/// # Errors
/// The denial; the last root would go.
pub async fn stand_user(cx: &Cx, id: Uuid, to: Standing) -> Result<Shown<'_, User>, AppError> {
    edit_then::<Suspend, User>(
        cx,
        id,
        async |unit, granted| {
            if to == Standing::Suspended {
                Rooted::must_stay_without(&cx.gate, unit, Operation::Edit, granted.facts()).await?;
            }
            let standing = standing(unit, PrincipalId::user(id)).await?;
            Ok(guards::change_user(&cx.gate, granted, &standing, Concern::Standing, |user| user.status = to)?)
        },
        async |unit, _| {
            if to == Standing::Suspended {
                unit.end_sessions_of(id, None).await?;
                unit.end_links_of(id).await?;
            }
            Ok(())
        },
    )
    .await
}

/// What a principal holds, for rank.
pub(crate) async fn standing(unit: &dyn Unit, principal: PrincipalId) -> Result<guards::Standing, AppError> {
    let identities = Lookup::identities(unit, &[principal]).await?;
    Ok(identities.first().map_or_else(
        || guards::Standing { principal, home: None, grants: Vec::new() },
        bailiwick_domain::ports::Identity::standing,
    ))
}

/// The hash of a password that is strong enough, else the field that is wrong.
pub(crate) async fn hash_password(
    cx: &Cx,
    password: &Secret,
    username: &str,
    pointer: &str,
) -> Result<String, AppError> {
    use bailiwick_domain::ports::AuthError;
    cx.app.auth.hash_password(password, &[username]).await.map_err(|error| match error {
        AuthError::WeakPassword(what) => AppError::invalid(pointer, what),
        other => other.into(),
    })
}
