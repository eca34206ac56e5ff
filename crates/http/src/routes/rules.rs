//! Rules: the catalogue, read only.

use actix_web::HttpResponse;
use bailiwick_app::FieldError;
use bailiwick_app::rules::{self, RuleFilter};
use bailiwick_domain::entities::RuleEntry;
use bailiwick_domain::kind::{Kind, Operation};
use bailiwick_domain::rule::{Rule, Scope};
use serde_json::json;

use crate::BASE;
use crate::access::{Anyone, Show};
use crate::document::Page;
use crate::links::{Link, Links};
use crate::problem::Problem;
use crate::reply::Answer;
use crate::request::{refuse_unknown, take};
use crate::views::RuleView;

/// Lists every rule that exists: kind x operation x scope, in one page.
#[utoipa::path(
    get,
    path = "/rules",
    params(("kind" = Option<Kind>, Query), ("operation" = Option<Operation>, Query), ("scope" = Option<Scope>, Query)),
    responses((status = 200, body = Page<RuleView>))
)]
pub async fn list_rules(asked: Anyone<()>) -> Answer {
    let mut pairs = asked.query;
    let filter = RuleFilter {
        kind: word(take(&mut pairs, "kind")?, "kind", Kind::from_word)?,
        operation: word(take(&mut pairs, "operation")?, "operation", Operation::from_word)?,
        scope: word(take(&mut pairs, "scope")?, "scope", Scope::from_word)?,
    };
    refuse_unknown(&pairs)?;
    let items: Vec<_> = rules::list_rules(&asked.cx, filter).into_iter().map(view).collect();
    let here = json!({ "self": { "link": format!("{BASE}/rules"), "methods": ["GET"] } });
    Ok(HttpResponse::Ok().json(json!({ "items": items, "next": null, "links": here })))
}

/// Shows a rule.
#[utoipa::path(get, path = "/rules/{id}", responses((status = 200, body = RuleView)))]
pub async fn show_rule(asked: Show<RuleEntry>) -> Answer {
    Ok(HttpResponse::Ok().json(view(rules::show_rule(&asked.cx, asked.id).await?)))
}

fn word<T>(text: Option<String>, name: &str, read: fn(&str) -> Option<T>) -> Result<Option<T>, Problem> {
    text.map(|text| {
        read(&text).ok_or_else(|| {
            Problem::invalid(vec![FieldError::new(name, format!("a {name}; `{text}` is none"))])
        })
    })
    .transpose()
}

fn view(rule: Rule) -> RuleView {
    let id = RuleEntry(rule).facts().id;
    let link = Link { id: Some(id), link: format!("{BASE}/rules/{id}"), methods: vec!["GET"] };
    RuleView {
        id,
        rule,
        kind: rule.kind,
        operation: rule.operation,
        scope: rule.scope,
        links: Links::from([("self".to_owned(), link)]),
    }
}
