//! Rules: the catalogue, read only.

use actix_web::HttpResponse;
use bailiwick_app::rules;
use bailiwick_domain::entities::RuleEntry;
use bailiwick_domain::rule::Rule;

use crate::BASE;
use crate::access::{List, Show};
use crate::document::Page;
use crate::links::{Link, Links};
use crate::reply::{self, Answer};
use crate::views::RuleView;

/// Lists the rules that exist: kind x operation x scope.
#[utoipa::path(get, path = "/rules", responses((status = 200, body = Page<RuleView>)))]
pub async fn list_rules(list: List<RuleEntry>) -> Answer {
    let found = rules::list_rules(&list.cx, &list.query);
    let items = found.items.into_iter().map(view).collect();
    Ok(reply::answer_page(reply::page_of(&list.params, items, found.next.as_ref(), found.total)))
}

/// Shows a rule.
#[utoipa::path(get, path = "/rules/{id}", responses((status = 200, body = RuleView)))]
pub async fn show_rule(asked: Show<RuleEntry>) -> Answer {
    Ok(HttpResponse::Ok().json(view(rules::show_rule(&asked.cx, asked.id).await?)))
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
