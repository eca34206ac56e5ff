//! What the lines of `roles.csv` get wrong together: unknown includes, cycles, duplicates, dead lines.

use std::collections::{BTreeSet, HashMap};

use bailiwick_domain::Rights;

use crate::faults::{Faults, one_of};
use crate::roles_file::{Gives, Line, RolesFile};

/// Checks the file as a whole. `named` are the roles that access rules name, which mean something without a rule;
/// absent when the access rules could not be read.
pub(crate) fn check(file: &RolesFile, named: Option<&BTreeSet<&str>>, faults: &mut Faults<'_>) {
    unknown_includes(file, faults);
    duplicates(file, faults);
    if faults.is_empty() {
        cycles(file, faults);
    }
    // What is dead can be said only of files that are otherwise good.
    if let (Some(named), true) = (named, faults.is_empty()) {
        idle_roles(file, named, faults);
        for line in &file.lines {
            if let Some(fault) = dead(file, line, named) {
                faults.at(line.line, fault);
            }
        }
    }
}

fn unknown_includes(file: &RolesFile, faults: &mut Faults<'_>) {
    for line in &file.lines {
        if let Gives::Role(included) = &line.gives
            && !file.headings.iter().any(|heading| heading.name == *included)
        {
            let right = one_of(file.headings.iter().map(|heading| heading.name.as_str()));
            faults.at(line.line, format!("there is no role `{included}` to include: {right} would be right"));
        }
    }
}

fn duplicates(file: &RolesFile, faults: &mut Faults<'_>) {
    let mut first = HashMap::new();
    for line in &file.lines {
        if let Some(before) = first.insert((&line.role, &line.gives), line.line) {
            first.insert((&line.role, &line.gives), before);
            faults.at(line.line, format!("`{}` says what line {before} says already", line.text));
        }
    }
}

fn idle_roles(file: &RolesFile, named: &BTreeSet<&str>, faults: &mut Faults<'_>) {
    for heading in &file.headings {
        let name = heading.name.as_str();
        if !named.contains(name) && !file.lines.iter().any(|line| line.role == name) {
            faults.at(
                heading.line,
                format!("role `{name}` gives nothing: a p or g line, or an access rule, gives it something"),
            );
        }
    }
}

fn cycles(file: &RolesFile, faults: &mut Faults<'_>) {
    for line in &file.lines {
        if let Gives::Role(included) = &line.gives
            && closure(file, included, None).contains(line.role.as_str())
        {
            let role = &line.role;
            faults.at(line.line, format!("`{role}` would include itself: `{included}` includes it already"));
        }
    }
}

/// Why a line changes nothing, if it does not.
fn dead(file: &RolesFile, line: &Line, named: &BTreeSet<&str>) -> Option<String> {
    match &line.gives {
        Gives::Rule(rule) => {
            let by = file.lines.iter().filter(|other| other.line != line.line).find(|other| {
                let Gives::Rule(given) = &other.gives else { return false };
                (given.kind, given.operation) == (rule.kind, rule.operation)
                    && given.scope >= rule.scope
                    && closure(file, &line.role, None).contains(other.role.as_str())
            })?;
            let how = if by.role == line.role { "with a wider scope" } else { "through an include" };
            Some(format!("`{}` is dead: line {} gives this already, {how}", line.text, by.line))
        }
        Gives::Role(included) => {
            let holds = |without| {
                let roles = closure(file, &line.role, without);
                let named: BTreeSet<&str> = roles.intersection(named).copied().collect();
                (rights(file, &roles), named)
            };
            (holds(None) == holds(Some(line.line))).then(|| {
                format!("`{}` is dead: `{}` holds all of `{included}` without it", line.text, line.role)
            })
        }
    }
}

/// A role and all that it includes, leaving out one line.
fn closure<'f>(file: &'f RolesFile, role: &'f str, without: Option<usize>) -> BTreeSet<&'f str> {
    let mut found = BTreeSet::from([role]);
    let mut next = vec![role];
    while let Some(role) = next.pop() {
        for line in file.lines.iter().filter(|line| line.role == role && Some(line.line) != without) {
            if let Gives::Role(included) = &line.gives
                && found.insert(included)
            {
                next.push(included);
            }
        }
    }
    found
}

fn rights(file: &RolesFile, roles: &BTreeSet<&str>) -> Rights {
    Rights::of(file.lines.iter().filter(|line| roles.contains(line.role.as_str())).filter_map(|line| {
        match line.gives {
            Gives::Rule(rule) => Some(rule),
            Gives::Role(_) => None,
        }
    }))
}
