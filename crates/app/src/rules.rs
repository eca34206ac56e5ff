//! Rules: the catalogue, read only.

use bailiwick_domain::Gate;
use bailiwick_domain::entities::RuleEntry;
use bailiwick_domain::kind::{Kind, Operation};
use bailiwick_domain::rule::{Rule, Scope};
use uuid::Uuid;

use crate::cx::Cx;
use crate::error::AppError;

/// Which rules.
#[derive(Debug, Clone, Copy, Default)]
pub struct RuleFilter {
    /// Of this kind.
    pub kind: Option<Kind>,
    /// Of this operation.
    pub operation: Option<Operation>,
    /// Of this scope.
    pub scope: Option<Scope>,
}

/// Every rule that exists and passes the filter, in order; none for a caller who may view none.
pub fn list_rules(cx: &Cx, filter: RuleFilter) -> Vec<Rule> {
    let fits = |rule: &Rule| {
        filter.kind.is_none_or(|kind| kind == rule.kind)
            && filter.operation.is_none_or(|operation| operation == rule.operation)
            && filter.scope.is_none_or(|scope| scope == rule.scope)
    };
    Rule::catalogue().filter(fits).filter(|rule| may_view(&cx.gate, cx, *rule)).collect()
}

/// One rule.
///
/// # Errors
/// The denial.
pub async fn show_rule(cx: &Cx, id: Uuid) -> Result<Rule, AppError> {
    let found = Rule::catalogue().find(|rule| rule.id() == id).filter(|rule| may_view(&cx.gate, cx, *rule));
    let outcome =
        found.ok_or_else(|| AppError::denied(cx.gate.absent(&cx.caller, Operation::View, Kind::Rule), id));
    cx.audited(outcome).await
}

fn may_view(gate: &Gate, cx: &Cx, rule: Rule) -> bool {
    gate.may_view(&cx.caller, &RuleEntry(rule).facts())
}
