//! Registration, addresses, recovery, the second factor.

use actix_web::HttpResponse;
use bailiwick_app::people::address::{self, AddressChange, Proof};
use bailiwick_app::people::recovery::{self, Recovery, Reset};
use bailiwick_app::people::registration::{self, NewAccount, Registered};
use bailiwick_app::people::second_factor::{self, Confirmation, Enrolment, Removal};
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::or_not_good;
use super::invitations::Arrived;
use crate::access::{Guest, Person};
use crate::reply::Answer;

const BAD_LINK: &str = "the link is not good, or no longer: ask for another one";

/// Has a link mailed by which an account is made, where the operator has switched registration on. The answer is the
/// same whoever has the address.
#[utoipa::path(post, path = "/auth/register", request_body = NewAccount, responses((status = 202)))]
pub async fn register(asked: Guest<NewAccount>) -> Answer {
    registration::register(&asked.cx, &asked.body, &asked.presented).await?;
    Ok(HttpResponse::Accepted().finish())
}

/// Makes an account by the token that was mailed, which proves the address.
#[utoipa::path(post, path = "/auth/register/prove", request_body = Registered, responses((status = 201, body = Arrived)))]
pub async fn prove_registration(asked: Guest<Registered>) -> Answer {
    let arrived = registration::prove_registration(&asked.cx, &asked.body)
        .await
        .map_err(|error| or_not_good(error, BAD_LINK))?;
    Ok(HttpResponse::Created().json(Arrived::from(arrived)))
}

/// Has a link mailed to an address of the caller's own, to prove it. Until then nothing changes.
#[utoipa::path(post, path = "/auth/email", request_body = AddressChange, responses((status = 202)))]
pub async fn change_email(asked: Person<AddressChange>) -> Answer {
    address::change_email(&asked.cx, &asked.body).await?;
    Ok(HttpResponse::Accepted().finish())
}

/// Proves an address by the token that was mailed there; ends all other sessions and tokens, and tells the old address.
#[utoipa::path(post, path = "/auth/email/prove", request_body = Proof, responses((status = 204)))]
pub async fn prove_email(asked: Person<Proof>) -> Answer {
    address::prove_email(&asked.cx, &asked.body).await.map_err(|error| or_not_good(error, BAD_LINK))?;
    Ok(HttpResponse::NoContent().finish())
}

/// Has a link mailed by which a forgotten password is set anew. The answer is the same whether or not there is such an
/// account.
#[utoipa::path(post, path = "/auth/password/recover", request_body = Recovery, responses((status = 202)))]
pub async fn recover_password(asked: Guest<Recovery>) -> Answer {
    recovery::recover_password(&asked.cx, &asked.body, &asked.presented).await?;
    Ok(HttpResponse::Accepted().finish())
}

/// Sets a new password by the token that was mailed; ends all sessions, tokens and links of the account. Signing in
/// needs the second factor as before.
#[utoipa::path(post, path = "/auth/password/reset", request_body = Reset, responses((status = 204)))]
pub async fn reset_password(asked: Guest<Reset>) -> Answer {
    recovery::reset_password(&asked.cx, &asked.body).await.map_err(|error| or_not_good(error, BAD_LINK))?;
    Ok(HttpResponse::NoContent().finish())
}

/// The caller's second factor.
#[derive(Debug, Serialize, ToSchema)]
pub struct SecondFactor {
    /// Whether it is switched on.
    enabled: bool,
    /// How many recovery codes are left.
    recovery_codes_left: usize,
}

/// Tells whether the caller has a second factor.
#[utoipa::path(get, path = "/auth/otp", responses((status = 200, body = SecondFactor)))]
pub async fn show_otp(asked: Person<()>) -> Answer {
    let left = second_factor::show_otp(&asked.cx).await?;
    let view = SecondFactor { enabled: left.is_some(), recovery_codes_left: left.unwrap_or(0) };
    Ok(HttpResponse::Ok().json(view))
}

/// A second factor, shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewSecondFactor {
    /// The shared secret, Base32.
    secret: String,
    /// The address by which an authenticator app takes it over.
    uri: String,
}

/// Makes a second factor, which counts when a first code has confirmed it.
#[utoipa::path(post, path = "/auth/otp", request_body = Enrolment, responses((status = 201, body = NewSecondFactor)))]
pub async fn enrol_otp(asked: Person<Enrolment>) -> Answer {
    let (secret, uri) = second_factor::enrol_otp(&asked.cx, &asked.body).await?;
    let view = NewSecondFactor { secret: secret.reveal().to_owned(), uri: uri.reveal().to_owned() };
    Ok(HttpResponse::Created().json(view))
}

/// Recovery codes, shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecoveryCodes {
    /// Each is good once, in place of a code.
    recovery_codes: Vec<String>,
}

/// Switches the second factor on by a first code; ends all other sessions and tokens. Answers the recovery codes.
#[utoipa::path(post, path = "/auth/otp/confirm", request_body = Confirmation, responses((status = 200, body = RecoveryCodes)))]
pub async fn confirm_otp(asked: Person<Confirmation>) -> Answer {
    let codes = second_factor::confirm_otp(&asked.cx, &asked.body).await?;
    let recovery_codes = codes.iter().map(|code| code.reveal().to_owned()).collect();
    Ok(HttpResponse::Ok().json(RecoveryCodes { recovery_codes }))
}

/// Switches the second factor off by the password and a code; ends all other sessions and tokens.
#[utoipa::path(post, path = "/auth/otp/disable", request_body = Removal, responses((status = 204)))]
pub async fn disable_otp(asked: Person<Removal>) -> Answer {
    second_factor::disable_otp(&asked.cx, &asked.body).await?;
    Ok(HttpResponse::NoContent().finish())
}
