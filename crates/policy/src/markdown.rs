//! The policy as tables that people read.

use std::collections::BTreeSet;

use bailiwick_domain::access::Opening;
use bailiwick_domain::{Kind, Operation, Policy, Rule};

/// Roles, the role x kind x operation table and what access rules open, as Markdown.
pub fn markdown(policy: &Policy) -> String {
    let mut page = String::from("## Built-in roles\n\n| role | what it is for | includes |\n|---|---|---|\n");
    for role in policy.roles() {
        let includes = role.includes.join(", ");
        page.push_str(&row([role.name.as_str(), role.description.as_str(), includes.as_str()]));
    }
    page.push_str("\n## What each role may do\n\n");
    page.push_str(&rights(policy));
    page.push_str("\n## What access rules open\n\n| entitlement | operation | action | to | line | apps |\n|---|---|---|---|---|---|\n");
    for (cells, apps) in opened(policy) {
        let apps = apps.join(", ");
        page.push_str(&row(cells.iter().map(String::as_str).chain([apps.as_str()])));
    }
    page
}

/// Each opening of an operation, with the apps in which it is open.
fn opened(policy: &Policy) -> Vec<([String; 5], Vec<&str>)> {
    let mut rows: Vec<([String; 5], Vec<&str>)> = Vec::new();
    for (kind, operation) in asked() {
        for app in policy.access().apps() {
            for opening in policy.access().openings(app, kind, operation) {
                let Opening { entitlement, action, line, .. } = opening;
                let asked = format!("{kind}:{operation}");
                let to = opened_to(policy, opening);
                let cells = [entitlement.name().to_owned(), asked, action.clone(), to, line.clone()];
                match rows.iter_mut().find(|(known, _)| *known == cells) {
                    Some((_, apps)) => apps.push(app.name()),
                    None => rows.push((cells, vec![app.name()])),
                }
            }
        }
    }
    rows
}

/// Rows: kind and operation. Columns: roles. Cells: the widest scope.
fn rights(policy: &Policy) -> String {
    let names = policy.roles().iter().map(|role| role.name.as_str());
    let mut table = row(["kind", "operation"].into_iter().chain(names));
    table.push_str(&"|---".repeat(policy.roles().len() + 2));
    table.push_str("|\n");
    for (kind, operation) in asked() {
        let scopes = policy.roles().iter().map(|role| role.rights.scope(kind, operation));
        let cells = scopes.map(|scope| scope.map_or("", |scope| scope.word()));
        table.push_str(&row([kind.word(), operation.word()].into_iter().chain(cells)));
    }
    table
}

/// Every kind and operation that some rule speaks of, in order.
fn asked() -> BTreeSet<(Kind, Operation)> {
    Rule::catalogue().map(|rule| (rule.kind, rule.operation)).collect()
}

fn opened_to(policy: &Policy, opening: &Opening) -> String {
    let words = opening.words;
    let words = [
        (words.everybody, "everybody"),
        (words.registered_user, "registeredUser"),
        (words.created_user, "createdUser"),
    ];
    let words = words.into_iter().filter(|(is, _)| *is).map(|(_, word)| word);
    let mut rest = opening.roles;
    let roles = std::iter::from_fn(|| {
        let index = rest.first()?;
        rest = rest.without(bailiwick_domain::access::RoleSet::default().with(index));
        policy.role_at(index).map(|role| role.name.as_str())
    });
    words.chain(roles).collect::<Vec<_>>().join(", ")
}

fn row<'c>(cells: impl IntoIterator<Item = &'c str>) -> String {
    let mut row = String::from("|");
    for cell in cells {
        row.push(' ');
        row.push_str(cell);
        row.push_str(if cell.is_empty() { "|" } else { " |" });
    }
    row.push('\n');
    row
}
