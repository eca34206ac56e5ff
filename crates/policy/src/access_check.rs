//! What the entries of `access_rules.json` get wrong together: names that nothing declares, entries without effect.

use bailiwick_domain::{Kind, Operation};

use crate::access_file::{AccessFile, AccessRule, Named, Need, WORDS};
use crate::faults::{Faults, one_of};

/// Kinds whose objects carry the entitlements of a project or source.
const CARRIERS: [Kind; 13] = [
    Kind::Project,
    Kind::Job,
    Kind::Task,
    Kind::Run,
    Kind::File,
    Kind::Dataset,
    Kind::Annotation,
    Kind::Comment,
    Kind::Export,
    Kind::Label,
    Kind::Source,
    Kind::Content,
    Kind::ManagedEntity,
];

/// Checks the file as a whole. `roles` are the built-in roles, which rules may name.
pub(crate) fn check(file: &AccessFile, roles: &[&str], faults: &mut Faults<'_>) {
    // What has no effect can be said only of a file whose entries could all be read.
    if faults.is_empty() {
        without_effect(file, faults);
    }
    for opened in &file.opened {
        if !is_declared(&file.entitlements, &opened.name) {
            faults.at(opened.line, undeclared("entitlement", &opened.name, &file.entitlements));
        }
    }
    for need in &file.needs {
        need_is_sound(file, need, faults);
    }
    for rule in &file.rules {
        rule_is_sound(file, rule, roles, faults);
    }
}

fn without_effect(file: &AccessFile, faults: &mut Faults<'_>) {
    for tag in &file.tags {
        if !file.needs.iter().any(|need| need.tag == tag.name) {
            faults.at(
                tag.line,
                format!("no operation uses the tag `{}`: an entry under `apps` does", tag.name),
            );
        }
    }
    for opened in &file.opened {
        if !file.rules.iter().any(|rule| rule.entitlement == opened.name) {
            faults.at(
                opened.line,
                format!("entitlement `{}` grants nothing: leave it out, or open a tag", opened.name),
            );
        }
    }
}

fn need_is_sound(file: &AccessFile, need: &Need, faults: &mut Faults<'_>) {
    let asked = format!("{}:{}", need.kind, need.operation);
    if !CARRIERS.contains(&need.kind) {
        let right = one_of(CARRIERS.iter().map(|kind| kind.word()));
        faults.at(need.line, format!("`{asked}`: a {} carries no entitlement; {right} does", need.kind));
    } else if matches!(need.operation, Operation::Send | Operation::Receive)
        || (need.kind, need.operation) == (Kind::Run, Operation::Create)
    {
        faults.at(need.line, format!("`{asked}` is nothing that can be done"));
    } else if (need.kind, need.operation) == (Kind::Project, Operation::Create) {
        faults.at(need.line, format!("`{asked}` is judged on an organization, which carries no entitlement"));
    }
    if !is_declared(&file.tags, &need.tag) {
        faults.at(need.line, undeclared("tag", &need.tag, &file.tags));
    }
}

fn rule_is_sound(file: &AccessFile, rule: &AccessRule, roles: &[&str], faults: &mut Faults<'_>) {
    if !is_declared(&file.tags, &rule.tag) {
        faults.at(rule.line, undeclared("tag", &rule.tag, &file.tags));
    }
    if rule.to.is_empty() {
        faults.at(
            rule.line,
            format!("`{}` is opened to nobody: leave it out, or name a role or word", rule.tag),
        );
    }
    for (at, name) in rule.to.iter().enumerate() {
        if rule.to.iter().take(at).any(|before| before == name) {
            faults.at(rule.line, format!("`{name}` stands here twice"));
        }
        if !WORDS.contains(&name.as_str()) && !roles.contains(&name.as_str()) {
            let right = one_of(WORDS.iter().chain(roles).copied());
            faults.at(rule.line, format!("`{name}` is no built-in role and no word: {right} would be right"));
        }
    }
}

fn is_declared(names: &[Named], name: &str) -> bool {
    names.iter().any(|known| known.name == name)
}

fn undeclared(what: &str, name: &str, names: &[Named]) -> String {
    let right = one_of(names.iter().map(|known| known.name.as_str()));
    format!("there is no {what} `{name}`: {right} would be right, or a new one under `{what}s`")
}
