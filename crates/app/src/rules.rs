//! Rules: the catalogue, read only, the same on every server.

use bailiwick_domain::Entity;
use bailiwick_domain::entities::RuleEntry;
use bailiwick_domain::kind::{Kind, Operation};
use bailiwick_domain::page::{FieldValue, Filter, Position, Query};
use bailiwick_domain::rule::Rule;
use uuid::Uuid;

use crate::cx::Cx;
use crate::error::AppError;

/// A page of the catalogue.
#[derive(Debug)]
pub struct ListedRules {
    /// Its rules, in order.
    pub items: Vec<Rule>,
    /// Where the next page begins.
    pub next: Option<Position>,
    /// How many there are in all, where it was asked for.
    pub total: Option<u64>,
}

/// The rules that exist and pass the filters; none for a caller who may view none.
pub fn list_rules(cx: &Cx, query: &Query) -> ListedRules {
    // An id is a hash of the rule's words: each is computed once.
    let mut rules: Vec<(FieldValue, Uuid, Rule)> = Rule::catalogue()
        .filter(|rule| passes(*rule, query))
        .filter(|rule| may_view(cx, *rule))
        .map(|rule| (RuleEntry(rule).value(query.sort.field), rule.id(), rule))
        .collect();
    let total = query.count.then_some(rules.len() as u64);
    rules.sort_by(|a, b| query.order((&a.0, a.1), (&b.0, b.1)));
    if let Some(after) = &query.after {
        rules.retain(|(value, id, _)| query.order((value, *id), (&after.value, after.id)).is_gt());
    }
    let more = rules.len() > query.limit;
    rules.truncate(query.limit);
    let last = rules.last().filter(|_| more);
    let next = last.map(|(value, id, _)| Position { value: value.clone(), id: *id });
    let rules = rules.into_iter().map(|(_, _, rule)| rule).collect();
    ListedRules { items: rules, next, total }
}

fn passes(rule: Rule, query: &Query) -> bool {
    query.filters.iter().all(|filter| match filter {
        Filter::Is(field, value) => RuleEntry(rule).value(field) == *value,
        Filter::NameContains(text) => rule.to_string().contains(&text.to_ascii_lowercase()),
        // Rules were always there, and nothing holds them.
        Filter::After(..) | Filter::HeldBy(..) | Filter::Contains(..) => false,
    })
}

/// One rule.
///
/// # Errors
/// The denial.
pub async fn show_rule(cx: &Cx, id: Uuid) -> Result<Rule, AppError> {
    let found = Rule::catalogue().find(|rule| rule.id() == id).filter(|rule| may_view(cx, *rule));
    let outcome =
        found.ok_or_else(|| AppError::denied(cx.gate.absent(&cx.caller, Operation::View, Kind::Rule), id));
    cx.audited(outcome).await
}

fn may_view(cx: &Cx, rule: Rule) -> bool {
    cx.gate.may_view(&cx.caller, &RuleEntry(rule).facts())
}
