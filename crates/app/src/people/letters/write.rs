//! What letters say, and the links in them.

use bailiwick_domain::caller::Caller;
use bailiwick_domain::entities::Invitation;
use bailiwick_domain::gate::View;
use bailiwick_domain::ports::{
    CredentialKey, Identity, Letter, LinkPurpose, Mail, PeopleLookup, Read, Secret, Unit,
};
use serde_json::Value;
use time::Duration;
use uuid::Uuid;

use super::{Draft, What};
use crate::cx::Cx;
use crate::error::AppError;
use crate::people::links::{self, NewLink, PROOF, RECOVERY};
use crate::people::news::person;

/// How long after it was asked for a recovery letter is still worth sending.
const STALE: Duration = Duration::hours(2);
/// How many accounts of one address a letter speaks of.
const ACCOUNTS: usize = 10;

/// Writes a letter; `None` where there is nobody to write to, or nothing to say any more.
pub(super) async fn write(
    cx: &Cx,
    unit: &dyn Unit,
    what: What,
    letter: &Letter,
) -> Result<Option<Draft>, AppError> {
    match what {
        What::Recover { account } if cx.gate.now() - letter.at < STALE => recover(cx, unit, &account).await,
        What::Recover { .. } => Ok(None),
        What::Prove { user, address } => prove(cx, unit, user, &address).await,
        What::Invite { invitation } => invite(cx, unit, invitation).await,
        What::Register { address, through } => register(cx, unit, letter.id, (&address, through)).await,
        What::Tell { user, to, news } => {
            let Some(identity) = active(cx, unit, user).await? else { return Ok(None) };
            let body = format!(
                "Of your account {} at Bailiwick: {}.\n\nAll other sessions and tokens of it have ended. If that was not you, \
                 set a new password and write to whoever runs the server.\n",
                called(&identity),
                news.says()
            );
            Ok(Some(draft(&to, "Your account was changed", body, Vec::new())))
        }
    }
}

fn draft(to: &str, subject: &str, body: String, links: Vec<String>) -> Draft {
    let mail = Mail { to: to.to_owned(), subject: subject.to_owned(), body };
    Draft { mail, links }
}

/// `organization/username`.
fn called(identity: &Identity) -> String {
    format!("{}/{}", identity.home_name, identity.name)
}

/// A user who may act now.
async fn active(cx: &Cx, unit: &dyn Unit, user: Uuid) -> Result<Option<Identity>, AppError> {
    let known = unit.known(CredentialKey::User(user)).await?;
    let identity = known.map(|known| known.identity);
    Ok(identity.filter(|identity| identity.caller(cx.policy(), cx.gate.now()).is_some()))
}

/// How a token is used: on the operator's page, else by the route that takes it. Behind `#` it reaches no server's log.
fn way(cx: &Cx, purpose: LinkPurpose, token: &Secret) -> String {
    let token = token.reveal();
    match &cx.app.people.page {
        Some(page) => format!("{page}#{purpose}={token}"),
        None => {
            let route = match purpose {
                LinkPurpose::Invitation => "/invitations/accept",
                LinkPurpose::Recovery => "/auth/password/reset",
                LinkPurpose::Address => "/auth/email/prove",
                LinkPurpose::Registration => "/auth/register/prove",
                LinkPurpose::Download => "/downloads",
            };
            format!("token: {token}\n(for POST /api/v1{route})")
        }
    }
}

/// For each account that the text names, if it has proved an address: who is not known gets no letter.
async fn recover(cx: &Cx, unit: &dyn Unit, account: &str) -> Result<Option<Draft>, AppError> {
    let by_name = match account.split_once('/') {
        Some((organization, username)) => unit.known(CredentialKey::Login { organization, username }).await?,
        None => None,
    };
    let users = match by_name {
        Some(known) => vec![known.identity.principal.id],
        None => PeopleLookup::users_at(unit, account).await?,
    };
    let (mut to, mut parts, mut hashes) = (None, Vec::new(), Vec::new());
    for user in users.into_iter().take(ACCOUNTS) {
        let Some(identity) = active(cx, unit, user).await? else { continue };
        let Some(person) = person(cx, unit, user).await? else { continue };
        let Some(address) = person.proved_email() else { continue };
        let expires_at = cx.gate.now() + RECOVERY;
        let link =
            NewLink { purpose: LinkPurpose::Recovery, subject: user, address, data: Value::Null, expires_at };
        let (token, hash) = links::make(cx, unit, link).await?;
        parts.push(format!("{}\n{}\n", called(&identity), way(cx, LinkPurpose::Recovery, &token)));
        hashes.push(hash);
        to = Some(address.to_owned());
    }
    Ok(to.map(|to| {
        let body = format!(
            "Somebody asked for a new password. If that was you, set one within 30 minutes; each of these is good once. \
             If not, do nothing: the password stays as it is.\n\n{}",
            parts.join("\n")
        );
        draft(&to, "A new password", body, hashes)
    }))
}

async fn prove(cx: &Cx, unit: &dyn Unit, user: Uuid, address: &str) -> Result<Option<Draft>, AppError> {
    let Some(identity) = active(cx, unit, user).await? else { return Ok(None) };
    let expires_at = cx.gate.now() + PROOF;
    let link =
        NewLink { purpose: LinkPurpose::Address, subject: user, address, data: Value::Null, expires_at };
    let (token, hash) = links::make(cx, unit, link).await?;
    let body = format!(
        "{} is to get letters at this address. If that is you, prove it within 24 hours, signed in:\n\n{}\n\nIf not, do nothing.\n",
        called(&identity),
        way(cx, LinkPurpose::Address, &token)
    );
    Ok(Some(draft(address, "Prove your address", body, vec![hash])))
}

async fn invite(cx: &Cx, unit: &dyn Unit, id: Uuid) -> Result<Option<Draft>, AppError> {
    let row = Read::<Invitation>::find(unit, id).await?;
    let server = Caller::operator();
    let Some(found) = row.and_then(|row| cx.gate.open::<View, Invitation>(&server, Some(row)).ok()) else {
        return Ok(None);
    };
    let invitation = found.object();
    let Invitation { address, expires_at, .. } = &invitation.data;
    if *expires_at <= cx.gate.now() {
        return Ok(None);
    }
    let place = match invitation.path().last() {
        Some((level, _, name)) => format!("the {level} {name}"),
        None => "the server".to_owned(),
    };
    let link = NewLink {
        purpose: LinkPurpose::Invitation,
        subject: id,
        address,
        data: Value::Null,
        expires_at: *expires_at,
    };
    let (token, hash) = links::make(cx, unit, link).await?;
    let body = format!(
        "You are invited to {place} at Bailiwick. Accept within 7 days; this is good once:\n\n{}\n\nWho has an account there \
         with this address accepts signed in; who has none gives a name and a password.\n",
        way(cx, LinkPurpose::Invitation, &token)
    );
    Ok(Some(draft(address, "An invitation", body, vec![hash])))
}

/// Who has an account already is told so instead.
async fn register(
    cx: &Cx,
    unit: &dyn Unit,
    letter: Uuid,
    (address, through): (&str, Option<Uuid>),
) -> Result<Option<Draft>, AppError> {
    let mut accounts = Vec::new();
    for user in PeopleLookup::users_at(unit, address).await?.into_iter().take(ACCOUNTS) {
        accounts.extend(active(cx, unit, user).await?.map(|identity| called(&identity)));
    }
    if !accounts.is_empty() {
        let body = format!(
            "Somebody, perhaps you, wanted to register with this address. It has an account already:\n\n{}\n\nWhoever has \
             forgotten its password asks for a new one.\n",
            accounts.join("\n")
        );
        return Ok(Some(draft(address, "You have an account", body, Vec::new())));
    }
    let link = NewLink {
        purpose: LinkPurpose::Registration,
        subject: letter,
        address,
        data: serde_json::json!({ "client_app": through }),
        expires_at: cx.gate.now() + PROOF,
    };
    let (token, hash) = links::make(cx, unit, link).await?;
    let body = format!(
        "Somebody, perhaps you, wants an account with this address. Make it within 24 hours, with a name and a password:\n\n\
         {}\n\nIf that was not you, do nothing.\n",
        way(cx, LinkPurpose::Registration, &token)
    );
    Ok(Some(draft(address, "Your account", body, vec![hash])))
}
