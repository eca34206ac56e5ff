//! `roles.csv`, line by line: what each says, with the reason that it must have.

use bailiwick_domain::access::RoleSet;
use bailiwick_domain::{Kind, Operation, Rule, Scope};

use crate::access_file::WORDS;
use crate::faults::{Faults, one_of};

/// A role, as its heading `# [name] description` says.
#[derive(Debug)]
pub(crate) struct Heading {
    pub name: String,
    pub description: String,
    pub line: usize,
}

/// What a line gives to its role.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Gives {
    Rule(Rule),
    Role(String),
}

/// A `p` or `g` line.
#[derive(Debug)]
pub(crate) struct Line {
    pub line: usize,
    pub role: String,
    pub gives: Gives,
    /// As it stands in the file: what casbin reads.
    pub text: String,
}

/// The file as a whole.
#[derive(Debug, Default)]
pub(crate) struct RolesFile {
    pub headings: Vec<Heading>,
    pub lines: Vec<Line>,
}

impl RolesFile {
    /// Reads the file; what a line gets wrong by itself goes to `faults`, and the line is left out.
    pub(crate) fn parse(text: &str, faults: &mut Faults<'_>) -> Self {
        let mut file = Self::default();
        let mut reason = false;
        for (at, text) in text.lines().map(str::trim).enumerate().map(|(at, text)| (at + 1, text)) {
            if let Some(comment) = text.strip_prefix('#') {
                let comment = comment.trim();
                reason = !comment.is_empty() && !comment.starts_with('[');
                if comment.starts_with('[') {
                    file.heading(at, comment, faults);
                }
                continue;
            }
            if !text.is_empty() {
                if !reason {
                    faults.at(
                        at,
                        format!("`{text}` has no reason: a comment right above it says why it is there"),
                    );
                }
                file.line(at, text, faults);
            }
            reason = false;
        }
        if let Some(heading) = file.headings.get(RoleSet::CAPACITY) {
            faults.at(heading.line, format!("there are more than {} roles", RoleSet::CAPACITY));
        }
        file
    }

    fn heading(&mut self, line: usize, comment: &str, faults: &mut Faults<'_>) {
        let Some((name, description)) = comment.strip_prefix('[').and_then(|rest| rest.split_once(']'))
        else {
            faults.at(line, format!("`{comment}` begins no role: `[name] what the role is for` does"));
            return;
        };
        let (name, description) = (name.trim(), description.trim());
        if !is_name(name) {
            faults.at(line, format!("`{name}` is no name for a role: letters, digits, `_` and `-` make one"));
        }
        if WORDS.contains(&name) {
            faults.at(line, format!("`{name}` is a word of access rules, so no role may have this name"));
        }
        if description.is_empty() {
            faults.at(
                line,
                format!("role `{name}` has no reason: a sentence behind its name says what it is for"),
            );
        }
        if let Some(first) = self.headings.iter().find(|heading| heading.name == name) {
            faults.at(line, format!("role `{name}` begins again; it began on line {}", first.line));
        } else {
            self.headings.push(Heading { name: name.to_owned(), description: description.to_owned(), line });
        }
    }

    fn line(&mut self, line: usize, text: &str, faults: &mut Faults<'_>) {
        let fields: Vec<&str> = text.split(',').map(str::trim).collect();
        let (role, gives) = match fields.as_slice() {
            ["p", role, kind, operation, scope] => {
                let Some(rule) = rule(line, kind, operation, scope, faults) else { return };
                (*role, Gives::Rule(rule))
            }
            ["g", role, included] => (*role, Gives::Role((*included).to_owned())),
            ["p", others @ ..] => {
                return faults.at(line, arity("p, role, kind, operation, scope", 4, others));
            }
            ["g", others @ ..] => return faults.at(line, arity("g, role, included role", 2, others)),
            [other, ..] => return faults.at(line, format!("`{other}` begins no line: `p` or `g` does")),
            [] => return,
        };
        match self.headings.last() {
            Some(heading) if heading.name == role => {}
            _ if self.headings.iter().any(|heading| heading.name == role) => {
                faults.at(line, format!("`{role}` does not stand under its heading `# [{role}]`"));
            }
            _ => faults.at(
                line,
                format!("there is no role `{role}`: a heading `# [{role}] what it is for` begins one"),
            ),
        }
        self.lines.push(Line { line, role: role.to_owned(), gives, text: text.to_owned() });
    }
}

fn arity(form: &str, words: usize, found: &[&str]) -> String {
    format!("{words} words belong here, as in `{form}`; there are {}", found.len())
}

fn rule(line: usize, kind: &str, operation: &str, scope: &str, faults: &mut Faults<'_>) -> Option<Rule> {
    let mut word = |what: &str, word: &str, known: bool, right: String| {
        if !known {
            faults.at(line, format!("`{word}` is no {what}: {right} would be right"));
        }
    };
    let (k, o, s) = (Kind::from_word(kind), Operation::from_word(operation), Scope::from_word(scope));
    word("kind", kind, k.is_some(), one_of(Kind::ALL.iter().map(|kind| kind.word())));
    word(
        "operation",
        operation,
        o.is_some(),
        one_of(Operation::ALL.iter().map(|operation| operation.word())),
    );
    word("scope", scope, s.is_some(), one_of(Scope::ALL.iter().map(|scope| scope.word())));
    let rule = Rule::new(k?, o?, s?);
    if let Some(why) = rule.absent_because() {
        faults.at(line, format!("there is no rule `{rule}`: {why}"));
        return None;
    }
    Some(rule)
}

/// Whether a text may name a role.
pub(crate) fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-'))
}
