//! Signing in and out, tokens, sessions, passwords, and who one is.

use actix_web::HttpResponse;
use actix_web::http::header::SET_COOKIE;
use bailiwick_app::accounts::{self, Bootstrap, PasswordChange};
use bailiwick_app::people::sign_in;
use bailiwick_app::{AppError, machines};
use bailiwick_domain::ports::{AuthError, Login, MachineToken, Secret, TokenPair};
use serde::{Deserialize, Serialize};
use tracing::Instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::access::{Anyone, Guest, Person, SignedIn, Worker};
use crate::problem::Problem;
use crate::reply::Answer;
use crate::request::refuse_unknown;
use crate::views::{
    HeldView, HomeView, MachineTokenView, PersonView, SessionView, SignedInView, TokensView, WhoamiView,
};

/// What a person signs in with.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// `organization/username`.
    #[schema(example = "north-clinic/ada")]
    username: String,
    /// The password.
    #[schema(value_type = String, format = "password")]
    password: Secret,
    /// A code of the second factor, or a recovery code; needed where the account has one.
    #[schema(value_type = Option<String>)]
    otp: Option<Secret>,
}

impl From<Credentials> for Login {
    fn from(body: Credentials) -> Self {
        Self { username: body.username, password: body.password, otp: body.otp, client_app: None }
    }
}

/// A token.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// The token.
    #[schema(value_type = String)]
    token: Secret,
}

/// The first user of a server.
#[derive(Debug, Serialize, ToSchema)]
pub struct FirstUser {
    /// The user's id.
    user_id: Uuid,
}

const WRONG_LOGIN: &str = "the username (as `organization/username`) or the password is wrong";

/// The problem of an error; of a proof that is not good, in these words.
pub(super) fn or_not_good(error: AppError, what: &str) -> Problem {
    match error {
        AppError::Auth(AuthError::NotGood) => Problem::not_good(what),
        other => other.into(),
    }
}

/// Goes on with it when who asked has gone: an attempt that was counted is told of, and settled.
async fn to_its_end<R: 'static>(work: impl Future<Output = R> + 'static) -> R {
    match actix_web::rt::spawn(work.in_current_span()).await {
        Ok(done) => done,
        Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
    }
}

/// Makes the first organization and its first user, who gets root, for whoever has the one-time bootstrap secret.
#[utoipa::path(post, path = "/auth/bootstrap", request_body = Bootstrap, responses((status = 201, body = FirstUser)))]
pub async fn bootstrap(asked: Guest<Bootstrap>) -> Answer {
    let user_id = accounts::bootstrap(&asked.cx, &asked.body).await.map_err(|error| {
        or_not_good(
            error,
            "the bootstrap secret is not good, or no longer: a start on an empty database prints one",
        )
    })?;
    Ok(HttpResponse::Created().json(FirstUser { user_id }))
}

/// Begins a cookie session. Answers the CSRF token that requests by cookie must carry when they change something.
#[utoipa::path(post, path = "/auth/login", request_body = Credentials, responses((status = 200, body = SignedInView)))]
pub async fn sign_in(asked: Guest<Credentials>) -> Answer {
    let Guest { cx, body, presented } = asked;
    let signed_in = to_its_end(async move { sign_in::sign_in(&cx, &body.into(), &presented).await });
    let signed_in = signed_in.await.map_err(|error| or_not_good(error, WRONG_LOGIN))?;
    let identity = signed_in.identity;
    let mut response = HttpResponse::Ok();
    for cookie in signed_in.set_cookies {
        response.append_header((SET_COOKIE, cookie));
    }
    Ok(response.json(SignedInView {
        user: PersonView {
            id: identity.principal.id,
            username: identity.name.clone(),
            organization_id: identity.home(),
        },
        csrf_token: signed_in.csrf.reveal().to_owned(),
        csrf_header: CSRF_HEADER_NAME,
        expires_at: signed_in.session.expires_at,
    }))
}

const CSRF_HEADER_NAME: &str = "X-CSRF-Token";

/// Ends the session or token family of the request.
#[utoipa::path(post, path = "/auth/logout", responses((status = 204)))]
pub async fn sign_out(asked: SignedIn<()>) -> Answer {
    refuse_unknown(&asked.query)?;
    let mut response = HttpResponse::NoContent();
    for cookie in accounts::sign_out(&asked.cx).await? {
        response.append_header((SET_COOKIE, cookie));
    }
    Ok(response.finish())
}

/// Issues a bearer pair: a short access token and a refresh token that is good once.
#[utoipa::path(post, path = "/auth/tokens", request_body = Credentials, responses((status = 201, body = TokensView)))]
pub async fn issue_tokens(asked: Guest<Credentials>) -> Answer {
    let Guest { cx, body, presented } = asked;
    let pair = to_its_end(async move {
        let pair = sign_in::issue_tokens(&cx, &body.into(), &presented).await?;
        Ok(tokens(&pair, &cx))
    });
    let pair = pair.await.map_err(|error| or_not_good(error, WRONG_LOGIN))?;
    Ok(HttpResponse::Created().json(pair))
}

/// Issues the next pair. A refresh token that comes twice ends its whole family.
#[utoipa::path(post, path = "/auth/tokens/refresh", request_body = Token, responses((status = 201, body = TokensView)))]
pub async fn refresh_tokens(asked: Guest<Token>) -> Answer {
    let pair = accounts::refresh_tokens(&asked.cx, &asked.body.token)
        .await
        .map_err(|error| or_not_good(error, "the refresh token is not good, or no longer: sign in again"))?;
    Ok(HttpResponse::Created().json(tokens(&pair, &asked.cx)))
}

fn tokens(pair: &TokenPair, cx: &bailiwick_app::Cx) -> TokensView {
    TokensView {
        access_token: pair.access.reveal().to_owned(),
        token_type: "Bearer",
        expires_in: (pair.session.idle_at - cx.gate.now()).whole_seconds(),
        refresh_token: pair.refresh.reveal().to_owned(),
    }
}

/// What a node asks for a token with.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NodeSecret {
    /// The node.
    node_id: Uuid,
    /// Its secret.
    #[schema(value_type = String, format = "password")]
    secret: Secret,
}

/// Issues a bearer token for a node that proves itself by its secret.
#[utoipa::path(post, path = "/auth/tokens/node", request_body = NodeSecret, responses((status = 201, body = MachineTokenView)))]
pub async fn issue_node_token(asked: Guest<NodeSecret>) -> Answer {
    let NodeSecret { node_id, secret } = &asked.body;
    let pair = machines::issue_node_token(&asked.cx, *node_id, secret)
        .await
        .map_err(|error| or_not_good(error, "the node or its secret is not good, or no longer"))?;
    Ok(HttpResponse::Created().json(machine_token(&pair.token, &pair.stored, &asked.cx)))
}

/// For which run.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ForRun {
    /// The run, which the node that asks executes.
    run_id: Uuid,
}

/// Issues a bearer token for the container of a run, to the node that executes it. It ends with the run, and when
/// another one is asked for.
#[utoipa::path(post, path = "/auth/tokens/container", request_body = ForRun, responses((status = 201, body = MachineTokenView)))]
pub async fn issue_container_token(asked: Worker<ForRun>) -> Answer {
    let (token, stored) = machines::issue_container_token(&asked.cx, asked.body.run_id).await?;
    Ok(HttpResponse::Created().json(machine_token(&token, &stored, &asked.cx)))
}

fn machine_token(token: &Secret, stored: &MachineToken, cx: &bailiwick_app::Cx) -> MachineTokenView {
    MachineTokenView {
        access_token: token.reveal().to_owned(),
        token_type: "Bearer",
        expires_in: (stored.expires_at - cx.gate.now()).whole_seconds(),
    }
}

/// Ends the family of an access or refresh token. A token of none changes nothing and is answered alike.
#[utoipa::path(post, path = "/auth/tokens/revoke", request_body = Token, responses((status = 204)))]
pub async fn revoke_token(asked: Guest<Token>) -> Answer {
    accounts::revoke_token(&asked.cx, &asked.body.token).await?;
    machines::revoke_machine_token(&asked.cx, &asked.body.token).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The caller's own sessions and token families.
#[derive(Debug, Serialize, ToSchema)]
pub struct Sessions {
    /// Newest first.
    items: Vec<SessionView>,
}

/// Lists the caller's own sessions and token families, newest first.
#[utoipa::path(get, path = "/auth/sessions", responses((status = 200, body = Sessions)))]
pub async fn list_sessions(asked: Person<()>) -> Answer {
    let current = asked.cx.session.as_ref().map(|session| session.id);
    let view = |(session, app): (bailiwick_domain::ports::Session, String)| SessionView {
        id: session.id,
        scheme: session.scheme,
        app,
        current: current == Some(session.id),
        created_at: session.created_at,
        last_seen_at: session.last_seen_at,
        expires_at: session.expires_at,
        user_agent: session.user_agent,
    };
    let items = accounts::list_sessions(&asked.cx).await?.into_iter().map(view).collect();
    Ok(HttpResponse::Ok().json(Sessions { items }))
}

/// Ends one of the caller's own sessions or token families.
#[utoipa::path(delete, path = "/auth/sessions/{id}", responses((status = 204)))]
pub async fn end_session(asked: Person<()>) -> Answer {
    if accounts::end_session(&asked.cx, asked.id).await? {
        Ok(HttpResponse::NoContent().finish())
    } else {
        Err(Problem::hidden())
    }
}

/// Changes the caller's own password and ends all other sessions and tokens.
#[utoipa::path(post, path = "/auth/password/change", request_body = PasswordChange, responses((status = 204)))]
pub async fn change_password(asked: Person<PasswordChange>) -> Answer {
    accounts::change_password(&asked.cx, &asked.body).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Tells who asks, how that was proved, and the live grants with the rules that they give.
#[utoipa::path(get, path = "/whoami", responses((status = 200, body = WhoamiView)))]
pub async fn whoami(asked: Anyone<()>) -> Answer {
    refuse_unknown(&asked.query)?;
    let cx = &asked.cx;
    let grants = cx.caller.grants.iter().map(|held| HeldView {
        grant: Some(held.grant).filter(|id| !id.is_nil()),
        role_id: held.role,
        role_name: held.role_name.clone(),
        anchor: held.anchor(),
        expires_at: held.ends_at,
        rules: held.rights.rules().collect(),
    });
    let home = cx
        .identity
        .as_ref()
        .and_then(|identity| identity.home().map(|id| HomeView { id, name: identity.home_name.clone() }));
    Ok(HttpResponse::Ok().json(WhoamiView {
        principal: cx.caller.principal,
        name: cx.identity.as_ref().map(|identity| identity.name.clone()),
        scheme: cx.scheme,
        app: cx.caller.app.name().to_owned(),
        home,
        acts_for: cx.caller.bound.as_ref().and_then(|maker| maker.principal),
        grants: grants.collect(),
    }))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::pin::pin;
    use std::rc::Rc;
    use std::task::{Context, Waker};

    use super::to_its_end;

    #[actix_web::test]
    async fn what_has_begun_goes_on_when_who_asked_has_gone() {
        let (began, done) = (Rc::new(Cell::new(false)), Rc::new(Cell::new(false)));
        let (begin, end) = (Rc::clone(&began), Rc::clone(&done));
        let work = async move {
            begin.set(true);
            actix_web::rt::task::yield_now().await;
            end.set(true);
        };
        {
            let mut asked = pin!(to_its_end(work));
            assert!(asked.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        }
        for _ in 0..10 {
            actix_web::rt::task::yield_now().await;
        }
        assert!(began.get() && done.get());
    }
}
