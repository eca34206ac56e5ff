//! Registration, where the operator has switched it on: an account for who proves an address.

use bailiwick_domain::entities::{ClientApp, Email, Grant, Name, Organization, Project};
use bailiwick_domain::facts::{Anchor, Level};
use bailiwick_domain::guards::{self, GivenRole};
use bailiwick_domain::object::Entity;
use bailiwick_domain::page::{FieldValue, Filter, Query};
use bailiwick_domain::ports::{AuthError, LinkPurpose, MailedLink, Presented, Reads, Secret, Unit, Write};
use bailiwick_domain::principal::PrincipalId;
use bailiwick_domain::role::Closure;
use bailiwick_domain::rule::id_of_name;
use bailiwick_domain::{Caller, Facts, Sealed};
use serde::Deserialize;
use uuid::Uuid;

use super::letters::{self, What};
use super::links;
use super::newcomers::{Arrived, Chosen, Newcomer, arrive, is_proved};
use super::settings::Registration;
use super::throttle::{self, Of};
use crate::cx::Cx;
use crate::error::AppError;
use crate::grants::permit_by;
use crate::kept::Kept;

/// Who wants an account.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    /// Where the link is mailed to.
    pub email: Email,
}

fn switched_on(cx: &Cx) -> Result<&Registration, AppError> {
    cx.app
        .people
        .registration
        .as_ref()
        .ok_or(AppError::NotForYou("nobody: registration is switched off here"))
}

/// Has a link mailed, by which an account is made; who has one already is told so by mail. The answer is the same.
///
/// # Errors
/// Registration is switched off; too many were asked for; the server sends no mail.
pub async fn register(cx: &Cx, body: &NewAccount, presented: &Presented) -> Result<(), AppError> {
    switched_on(cx)?;
    let through = match cx.caller.client_app {
        Some(app) => Some(open_to_newcomers(&*cx.store, app).await?.id()),
        None => None,
    };
    letters::must_be_sent(cx)?;
    let address = body.email.clone().into_string();
    let attempt = throttle::begin(cx, Of::Letter, &address.to_lowercase(), &presented.address).await?;
    cx.write(async |unit: &dyn Unit| {
        attempt.failed(cx, unit).await?;
        letters::post(cx, unit, &What::Register { address: address.clone(), through }).await
    })
    .await
}

/// A new account, by a mailed link.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Registered {
    /// The token of the link.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub token: Secret,
    /// Unique in the organization.
    pub username: Name,
    /// The password, 8 characters at least.
    #[cfg_attr(feature = "schema", schema(value_type = String, format = "password", min_length = 8))]
    pub password: Secret,
}

/// The client app that a link was mailed for.
fn through_of(link: &MailedLink) -> Option<Uuid> {
    link.data.get("client_app").and_then(|app| app.as_str()?.parse().ok())
}

/// A client app, if people may register through it.
async fn open_to_newcomers(from: &dyn Reads, app: Uuid) -> Result<Sealed<ClientApp>, AppError> {
    let found = ClientApp::read(from).find(app).await?;
    found
        .filter(guards::lets_register)
        .ok_or(AppError::NotForYou("nobody: registration through this app is switched off"))
}

/// The built-in role that a newcomer gets: that of the app which they came through, else the operator's.
fn role_of(cx: &Cx, set: &Registration, app: Option<&Sealed<ClientApp>>) -> Result<Option<String>, AppError> {
    let Some(id) = app.and_then(guards::default_role_of) else { return Ok(set.role.clone()) };
    let role = cx.policy().roles().iter().find(|role| id_of_name("role", &role.name) == id);
    // A policy that has come since may have dropped it.
    let gone = AppError::State("registration is not set up: it gives a role that is not there");
    Ok(Some(role.ok_or(gone)?.name.clone()))
}

/// Where newcomers get their role, and where they are at home; the server where nobody registers yet.
pub(crate) async fn place(cx: &Cx, unit: &dyn Unit) -> Result<(Facts, Option<Uuid>), AppError> {
    let Some(set) = &cx.app.people.registration else { return Ok((Facts::server(), None)) };
    let server = Caller::operator();
    let home = named::<Organization>(cx, unit, &server, &set.organization, None).await?;
    let anchor = anchor(cx, unit, &server, set, home).await?;
    let permit = permit_by::<Grant>(&cx.gate, &server, unit, anchor).await?;
    Ok((permit.parent().clone(), Some(home)))
}

/// Makes the account of who has proved their address, at home where the operator says, with the role that the operator
/// or the client app says.
///
/// # Errors
/// Registration is switched off, or is through that app; the link is not good, or no longer; a name that is taken; a weak password. The last two
/// leave the link good.
pub async fn prove_registration(cx: &Cx, body: &Registered) -> Result<Arrived, AppError> {
    let set = switched_on(cx)?;
    let link = links::open(cx, &*cx.store, &body.token, LinkPurpose::Registration).await?;
    if cx.caller.client_app.is_some() && cx.caller.client_app != through_of(&link) {
        return Err(AppError::Auth(AuthError::App));
    }
    let chosen = Chosen { username: body.username.clone(), password: body.password.clone() };
    let hash = chosen.hash(cx).await?;
    let server = Caller::operator();
    cx.write(async |unit: &dyn Unit| {
        let link = links::take(cx, unit, &body.token, LinkPurpose::Registration).await?;
        // Two links may have gone to one address, and the other one was faster.
        if is_proved(unit, &link.address).await? {
            return Err(AppError::Auth(AuthError::NotGood));
        }
        let app = match through_of(&link) {
            Some(app) => Some(open_to_newcomers(unit, app).await?),
            None => None,
        };
        let role = role_of(cx, set, app.as_ref())?;
        let home = named::<Organization>(cx, unit, &server, &set.organization, None).await?;
        let newcomer = Newcomer { username: &chosen.username, hash: &hash, address: &link.address };
        let (user, login) = arrive(cx, unit, (&cx.gate, &server), home, newcomer).await?;
        let grant_id = match &role {
            Some(role) => Some(grant(cx, unit, &server, (set, role), user.id, home).await?),
            None => None,
        };
        Ok(Arrived { user_id: user.id, login, grant_id })
    })
    .await
}

/// Gives a newcomer the role that the operator has set.
async fn grant(
    cx: &Cx,
    unit: &dyn Unit,
    server: &Caller,
    (set, role): (&Registration, &str),
    user: Uuid,
    home: Uuid,
) -> Result<Uuid, AppError> {
    if cx.policy().role(role).is_none_or(|role| role.fixed) {
        tracing::error!(role, "registration gives a role that is not there, or is not granted");
        return Err(AppError::State("registration is not set up: it gives a role that is not there"));
    }
    let anchor = anchor(cx, unit, server, set, home).await?;
    let permit = permit_by::<Grant>(&cx.gate, server, unit, anchor).await?;
    let because = permit.because();
    let (role_id, name) = (id_of_name("role", role), role.to_owned());
    let given = GivenRole { id: role_id, name, organization: None, full: Closure::built_in(role) };
    let principal = PrincipalId::user(user);
    let receiver = guards::Standing { principal, home: Some(home), grants: Vec::new() };
    let data = Grant { principal, role_id, anchor, starts_at: None, expires_at: None };
    let grant = guards::make_grant(&cx.gate, permit, &given, &receiver, None, cx.new_id(), data)?;
    Write::add(unit, &grant).await?;
    cx.record_as(unit, &Caller::new(principal, home), [(because, None, Some(grant.object()))]).await?;
    Ok(grant.object().id)
}

/// Where the operator wants the role to be tied.
async fn anchor(
    cx: &Cx,
    unit: &dyn Unit,
    server: &Caller,
    set: &Registration,
    home: Uuid,
) -> Result<Anchor, AppError> {
    let at = set.at.as_deref().unwrap_or(&set.organization);
    Ok(match at.split_once('/') {
        None if at == Level::Server.word() => Anchor::SERVER,
        None if at == set.organization => Anchor::at(Level::Organization, home),
        None => Anchor::at(Level::Organization, named::<Organization>(cx, unit, server, at, None).await?),
        Some((organization, project)) => {
            let above = named::<Organization>(cx, unit, server, organization, None).await?;
            Anchor::at(Level::Project, named::<Project>(cx, unit, server, project, Some(above)).await?)
        }
    })
}

/// The object of this name that the operator's settings speak of.
async fn named<T: Kept>(
    cx: &Cx,
    unit: &dyn Unit,
    server: &Caller,
    name: &str,
    organization: Option<Uuid>,
) -> Result<Uuid, AppError> {
    let mut filters = vec![Filter::Is("name", FieldValue::text(name))];
    filters.extend(organization.map(|id| Filter::Is("organization_id", FieldValue::Id(id))));
    let query = Query { filters, limit: 1, ..Query::default() };
    let visible = cx.gate.visible::<T>(server);
    let page = T::read(unit).list(&visible, &query).await?;
    page.items.first().map(bailiwick_domain::Sealed::id).ok_or_else(|| {
        tracing::error!(kind = %<T as Entity>::KIND, name, "registration speaks of what is not there");
        AppError::State("registration is not set up: it speaks of a place that is not there")
    })
}
