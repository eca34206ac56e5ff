//! Client apps: registering, changing, suspending them, and giving them a new key.

use std::cell::Cell;

use bailiwick_domain::entities::{ClientApp, Name, Standing, Text};
use bailiwick_domain::gate::{Edit, Suspend};
use bailiwick_domain::guards::{self, GivenRole, HandedOut};
use bailiwick_domain::ports::{NewSecret, Record, Secret, Unit};
use bailiwick_domain::{Facts, access};
use serde::Deserialize;
use uuid::Uuid;

use crate::api_keys::{SecretRenewal, overlap};
use crate::create::{Made, create};
use crate::cx::Cx;
use crate::edit::{edit, edit_then};
use crate::error::AppError;
use crate::grants::given_role_by;
use crate::patch::nullable;
use crate::people::registration;
use crate::read::Shown;

/// A new client app.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewClientApp {
    /// Unique on the server: the name of an app in the access rules in force, other than `default`.
    pub name: Name,
    /// What it is.
    #[serde(default)]
    pub description: Text,
    /// Whether people may register through it; only where the operator has switched registration on.
    #[serde(default)]
    pub registration: bool,
    /// The built-in role that who registers through it gets; the operator's where absent. Needs the right to grant it there.
    pub default_role_id: Option<Uuid>,
}

/// Changes of a client app.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ClientAppPatch {
    /// Unique on the server: the name of an app in the access rules in force, other than `default`.
    pub name: Option<Name>,
    /// What it is.
    pub description: Option<Text>,
    /// Whether people may register through it.
    pub registration: Option<bool>,
    /// The built-in role that who registers through it gets; `null` for the operator's.
    #[serde(default, deserialize_with = "nullable")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<Uuid>))]
    pub default_role_id: Option<Option<Uuid>>,
}

/// The name must be that of an app that the access rules in force have.
fn check_name(cx: &Cx, name: &Name) -> Result<(), AppError> {
    let apps: Vec<&str> = cx
        .policy()
        .access()
        .apps()
        .filter(|app| **app != access::App::DEFAULT)
        .map(access::App::name)
        .collect();
    if apps.contains(&name.as_str()) {
        return Ok(());
    }
    let right = match apps.as_slice() {
        [] => "the name of an app in the access rules, which have none beside `default`".to_owned(),
        apps => format!("the name of an app in the access rules: {}", apps.join(", ")),
    };
    Err(AppError::invalid("/name", right))
}

/// A role that registration is to hand out, and where.
struct Given {
    role: GivenRole,
    at: Facts,
    home: Option<Uuid>,
}

impl Given {
    async fn of(cx: &Cx, unit: &dyn Unit, id: Option<Uuid>) -> Result<Option<Self>, AppError> {
        let Some(id) = id else { return Ok(None) };
        let role = given_role_by((&cx.gate, &cx.caller), unit, id).await;
        let role = role.map_err(|error| error.at("/default_role_id"))?;
        if role.organization.is_some() {
            return Err(AppError::invalid("/default_role_id", "a built-in role"));
        }
        let (at, home) = registration::place(cx, unit).await?;
        Ok(Some(Self { role, at, home }))
    }

    fn handed_out(&self) -> HandedOut<'_> {
        HandedOut { role: &self.role, at: &self.at, home: self.home }
    }
}

/// Registers a client app. Its key is shown this once.
///
/// # Errors
/// The denial; a name that is taken, or that the access rules do not know; a role that the caller may not hand out.
pub async fn create_client_app(
    cx: &Cx,
    body: NewClientApp,
) -> Result<(Shown<'_, ClientApp>, Option<Secret>), AppError> {
    let id = cx.new_id();
    let key = cx.app.auth.new_app_key(id);
    let carried_out = Cell::new(false);
    let shown = create(
        cx,
        async |unit: &dyn Unit| {
            let permit = cx.gate.create_at_server::<ClientApp>(&cx.caller)?;
            let because = permit.because();
            check_name(cx, &body.name)?;
            let given = Given::of(cx, unit, body.default_role_id).await?;
            let data = ClientApp {
                name: body.name.as_str().to_owned(),
                description: body.description.clone().into_string(),
                status: Standing::Active,
                registration: body.registration,
                default_role_id: body.default_role_id,
                prefix: key.prefix.clone(),
                secret_hash: key.hash.clone(),
                old_secret: None,
            };
            let handed = given.as_ref().map(Given::handed_out);
            let new = guards::make_client_app(&cx.gate, permit, handed.as_ref(), id, data)?;
            Ok(Made { new, because })
        },
        async |_, _| {
            carried_out.set(true);
            Ok(())
        },
    )
    .await?;
    // A request that came twice registered one app, whose key was shown the first time.
    Ok((shown, carried_out.get().then_some(key.secret)))
}

/// Changes a client app.
///
/// # Errors
/// The denial; a name that is taken, or that the access rules do not know; a role that the caller may not hand out.
pub async fn edit_client_app(
    cx: &Cx,
    id: Uuid,
    body: ClientAppPatch,
) -> Result<Shown<'_, ClientApp>, AppError> {
    edit::<Edit, ClientApp>(cx, id, async |unit, granted| {
        if let Some(name) = body.name.as_ref().filter(|name| name.as_str() != granted.data().name) {
            check_name(cx, name)?;
        }
        let role = body.default_role_id.unwrap_or(granted.data().default_role_id);
        // What stays as it is is asked about only where people are let in to it.
        let asks = role != granted.data().default_role_id || body.registration == Some(true);
        let given = Given::of(cx, unit, role.filter(|_| asks)).await?;
        let handed = given.as_ref().map(Given::handed_out);
        Ok(guards::change_client_app(&cx.gate, granted, handed.as_ref(), |app| {
            if let Some(name) = &body.name {
                app.name = name.as_str().to_owned();
            }
            if let Some(description) = &body.description {
                app.description = description.clone().into_string();
            }
            app.registration = body.registration.unwrap_or(app.registration);
            app.default_role_id = role;
        })?)
    })
    .await
}

/// Suspends or wakes a client app. Suspending ends the sessions that were begun through it.
///
/// # Errors
/// The denial.
pub async fn stand_client_app(cx: &Cx, id: Uuid, to: Standing) -> Result<Shown<'_, ClientApp>, AppError> {
    edit_then::<Suspend, ClientApp>(
        cx,
        id,
        async |_, granted| Ok(guards::change_client_app(&cx.gate, granted, None, |app| app.stand(to))?),
        async |unit, _| {
            if to == Standing::Suspended {
                Record::end_sessions_through(unit, id).await?;
            }
            Ok(())
        },
    )
    .await
}

/// Gives a client app a new key, shown this once. The old one ends at once, or when the body says; one that was old
/// already ends.
///
/// # Errors
/// The denial; too long an overlap.
pub async fn renew_client_app_secret<'c>(
    cx: &'c Cx,
    id: Uuid,
    body: &SecretRenewal,
) -> Result<(Shown<'c, ClientApp>, Secret), AppError> {
    let until = overlap(cx, body)?;
    let NewSecret { secret, hash, prefix } = cx.app.auth.new_app_key(id);
    let shown = edit::<Edit, ClientApp>(cx, id, async |_, granted| {
        Ok(guards::change_client_app(&cx.gate, granted, None, |app| app.renew(&hash, &prefix, until))?)
    })
    .await?;
    Ok((shown, secret))
}
