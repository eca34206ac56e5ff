//! Decisions as answers.

use actix_web::HttpResponse;
use bailiwick_app::FieldError;
use bailiwick_app::authz::{self, Explanation, ObjectRef, Question, Verdict, Who};
use bailiwick_domain::kind::{Kind, Operation};
use bailiwick_domain::principal::{PrincipalId, PrincipalKind};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::access::{Anyone, SignedIn};
use crate::problem::Problem;
use crate::reply::Answer;
use crate::request::{Pairs, refuse_unknown, take};

/// Questions about the caller, or about another principal that the caller may view.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// At most 1,000.
    checks: Vec<Question>,
    /// Whom they are about; the caller where absent.
    #[serde(default)]
    principal: Option<PrincipalId>,
}

/// The answers, in the order of the questions.
#[derive(Debug, Serialize, ToSchema)]
pub struct Verdicts {
    /// One for each question.
    results: Vec<Verdict>,
}

/// Answers whether these things may be done, and why.
#[utoipa::path(post, path = "/authz/check", request_body = Check, responses((status = 200, body = Verdicts)))]
pub async fn check_authz(asked: Anyone<Check>) -> Answer {
    refuse_unknown(&asked.query)?;
    let results = authz::check(&asked.cx, asked.body.principal, &asked.body.checks).await?;
    Ok(HttpResponse::Ok().json(Verdicts { results }))
}

/// Tells one decision in full: every grant that was looked at, what allowed it, or what came nearest.
#[utoipa::path(
    get,
    path = "/authz/explain",
    params(
        ("operation" = Operation, Query),
        ("kind" = Kind, Query),
        ("id" = Option<Uuid>, Query),
        ("parent_kind" = Option<Kind>, Query),
        ("parent_id" = Option<Uuid>, Query),
        ("principal_kind" = Option<PrincipalKind>, Query),
        ("principal_id" = Option<Uuid>, Query),
    ),
    responses((status = 200, body = Explanation))
)]
pub async fn explain_authz(asked: Anyone<()>) -> Answer {
    let mut pairs = asked.query;
    let question = question(&mut pairs)?;
    let kind = word(&mut pairs, "principal_kind", PrincipalKind::from_word)?.unwrap_or(PrincipalKind::User);
    let principal = id(&mut pairs, "principal_id")?.map(|id| PrincipalId { kind, id });
    refuse_unknown(&pairs)?;
    Ok(HttpResponse::Ok().json(authz::explain(&asked.cx, principal, &question).await?))
}

/// Tells who may do this to that object, each with the way by which.
#[utoipa::path(
    get,
    path = "/authz/who",
    params(
        ("operation" = Operation, Query),
        ("kind" = Kind, Query),
        ("id" = Option<Uuid>, Query),
        ("parent_kind" = Option<Kind>, Query),
        ("parent_id" = Option<Uuid>, Query),
        ("app" = Option<String>, Query, description = "the app through which people would ask; the default app where absent"),
    ),
    responses((status = 200, body = Who))
)]
pub async fn list_authz_who(asked: SignedIn<()>) -> Answer {
    let mut pairs = asked.query;
    let question = question(&mut pairs)?;
    let app = take(&mut pairs, "app")?;
    refuse_unknown(&pairs)?;
    Ok(HttpResponse::Ok().json(authz::who(&asked.cx, &question, app.as_deref()).await?))
}

fn question(pairs: &mut Pairs) -> Result<Question, Problem> {
    let needed = |name: &str, what: &str| Problem::invalid(vec![FieldError::new(name, what)]);
    let operation = word(pairs, "operation", Operation::from_word)?;
    let kind = word(pairs, "kind", Kind::from_word)?;
    let parent_kind = word(pairs, "parent_kind", Kind::from_word)?;
    let parent_id = id(pairs, "parent_id")?;
    Ok(Question {
        operation: operation
            .ok_or_else(|| needed("operation", "view, create, edit, delete, send or receive"))?,
        kind: kind.ok_or_else(|| needed("kind", "a kind of object"))?,
        id: id(pairs, "id")?,
        parent: parent_kind.map(|kind| ObjectRef { kind, id: parent_id }),
    })
}

fn word<T>(pairs: &mut Pairs, name: &str, read: fn(&str) -> Option<T>) -> Result<Option<T>, Problem> {
    let Some(text) = take(pairs, name)? else { return Ok(None) };
    match read(&text) {
        Some(value) => Ok(Some(value)),
        None => Err(Problem::invalid(vec![FieldError::new(name, format!("`{text}` is no {name}"))])),
    }
}

fn id(pairs: &mut Pairs, name: &str) -> Result<Option<Uuid>, Problem> {
    let Some(text) = take(pairs, name)? else { return Ok(None) };
    text.parse().map(Some).map_err(|_| Problem::invalid(vec![FieldError::new(name, "an id (UUID)")]))
}
