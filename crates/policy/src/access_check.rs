//! What the entries of `access_rules.json` get wrong together: names that nothing declares, entries without effect.

use std::collections::{HashMap, HashSet};

use bailiwick_domain::access::Entitlement;
use bailiwick_domain::{Kind, Operation, Rule, Scope};

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
    let entitlements = names(&file.entitlements);
    for opened in &file.opened {
        if !entitlements.contains(opened.name.as_str()) {
            faults.at(opened.line, undeclared("entitlement", &opened.name, &file.entitlements));
        }
    }
    let (tags, known) = (names(&file.tags), roles.iter().copied().collect());
    for need in &file.needs {
        need_is_sound(need, faults);
        if !tags.contains(need.tag.as_str()) {
            faults.at(need.line, undeclared("tag", &need.tag, &file.tags));
        }
    }
    for rule in &file.rules {
        if !tags.contains(rule.tag.as_str()) {
            faults.at(rule.line, undeclared("tag", &rule.tag, &file.tags));
        }
        to_is_sound(rule, &known, roles, faults);
    }
    // And what is dead, of one that is otherwise good.
    if faults.is_empty() {
        dead_needs(file, faults);
        dead_rules(file, faults);
    }
}

fn without_effect(file: &AccessFile, faults: &mut Faults<'_>) {
    let needed: HashSet<&str> = file.needs.iter().map(|need| need.tag.as_str()).collect();
    for tag in &file.tags {
        if !needed.contains(tag.name.as_str()) {
            faults.at(
                tag.line,
                format!("no operation uses the tag `{}`: an entry under `apps` does", tag.name),
            );
        }
    }
    let ruled: HashSet<&str> = file.rules.iter().map(|rule| rule.entitlement.as_str()).collect();
    for opened in &file.opened {
        if !ruled.contains(opened.name.as_str()) {
            faults.at(
                opened.line,
                format!("entitlement `{}` grants nothing: leave it out, or open a tag", opened.name),
            );
        }
    }
}

/// Why access rules can't open an operation on a kind, if they can't.
pub(crate) fn cannot_be_opened(kind: Kind, operation: Operation) -> Option<String> {
    let asked = format!("{kind}:{operation}");
    if !CARRIERS.contains(&kind) {
        let right = one_of(CARRIERS.iter().map(|kind| kind.word()));
        Some(format!("`{asked}`: a {kind} carries no entitlement; {right} does"))
    } else if Rule::new(kind, operation, Scope::Global).absent_because().is_some() {
        Some(format!("`{asked}` is nothing that can be done"))
    } else if (kind, operation) == (Kind::Project, Operation::Create) {
        Some(format!("`{asked}` is judged on an organization, which carries no entitlement"))
    } else {
        None
    }
}

fn need_is_sound(need: &Need, faults: &mut Faults<'_>) {
    if let Some(fault) = cannot_be_opened(need.kind, need.operation) {
        faults.at(need.line, fault);
    }
}

fn to_is_sound(rule: &AccessRule, known: &HashSet<&str>, roles: &[&str], faults: &mut Faults<'_>) {
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
        if !WORDS.contains(&name.as_str()) && !known.contains(name.as_str()) {
            let right = one_of(WORDS.iter().chain(roles).copied());
            faults.at(rule.line, format!("`{name}` is no built-in role and no word: {right} would be right"));
        }
    }
}

/// Whether what an operation is judged on may carry an entitlement: projects and their work carry their visibility,
/// sources and contents their own as well.
pub(crate) fn may_carry(kind: Kind, operation: Operation, entitlement: &str) -> bool {
    let visibility = [Entitlement::PUBLIC, Entitlement::PRIVATE];
    visibility.iter().any(|known| known.name() == entitlement)
        || kind == Kind::Content
        || (kind == Kind::Source && operation != Operation::Create)
}

/// Operations that no rule opens.
fn dead_needs(file: &AccessFile, faults: &mut Faults<'_>) {
    let mut openers: HashMap<&str, Vec<&str>> = HashMap::new();
    for rule in &file.rules {
        openers.entry(&rule.tag).or_default().push(&rule.entitlement);
    }
    for Need { app, kind, operation, tag, line } in &file.needs {
        let openers = openers.get(tag.as_str()).map_or(&[][..], Vec::as_slice);
        if openers.is_empty() {
            faults.warn(
                *line,
                format!("`{kind}:{operation}` of `{app}` is opened to nobody: no rule opens `{tag}`"),
            );
        } else if !openers.iter().any(|entitlement| may_carry(*kind, *operation, entitlement)) {
            faults.warn(
                *line,
                format!(
                    "`{kind}:{operation}` of `{app}` is opened to nobody: it is judged on what carries public or \
                     private, and no rule opens `{tag}` on these"
                ),
            );
        }
    }
}

/// Rules that no operation comes to, and names that a rule opens a tag to anyhow.
fn dead_rules(file: &AccessFile, faults: &mut Faults<'_>) {
    // Whether some operation that needs the tag is judged on what carries more than a visibility.
    let mut needed: HashMap<&str, bool> = HashMap::new();
    for need in &file.needs {
        *needed.entry(&need.tag).or_default() |= may_carry(need.kind, need.operation, "");
    }
    for AccessRule { entitlement, tag, to, line } in &file.rules {
        let visibility = may_carry(Kind::Project, Operation::View, entitlement);
        if !visibility && needed.get(tag.as_str()) == Some(&false) {
            faults.warn(
                *line,
                format!(
                    "`{tag}` on `{entitlement}` opens nothing: all that needs it is judged on what carries public \
                     or private alone"
                ),
            );
        }
        for name in to {
            if let Some(wider) = wider(name, to) {
                faults.warn(*line, format!("`{name}` changes nothing beside `{wider}`, which means it too"));
            }
        }
    }
}

/// The word of the same rule that means all whom this name means.
pub(crate) fn wider(name: &str, to: &[String]) -> Option<&'static str> {
    let [everybody, registered, _] = WORDS;
    let says = |word: &str| to.iter().any(|other| other == word);
    if name != everybody && says(everybody) {
        return Some(everybody);
    }
    (name != everybody && name != registered && says(registered)).then_some(registered)
}

fn names(declared: &[Named]) -> HashSet<&str> {
    declared.iter().map(|named| named.name.as_str()).collect()
}

fn undeclared(what: &str, name: &str, names: &[Named]) -> String {
    let right = one_of(names.iter().map(|known| known.name.as_str()));
    format!("there is no {what} `{name}`: {right} would be right, or a new one under `{what}s`")
}
