//! Tables of cases: who may do what to which objects. Everything that a table does not allow, it refuses.
//!
//! ```yaml
//! objects:
//!   - { name: acme, kind: organization }
//!   - { name: scans, kind: project, in: acme, entitlements: [public] }
//!   - { name: first, kind: task, in: job, assignee: ann }
//! principals:
//!   - { name: anonymous }
//!   - { name: ann, home: acme, grants: [{ role: annotator, at: scans }] }
//! allowed:
//!   - { who: [ann], may: [view, edit], on: [first] }
//!   - { who: [ann], may: ["comment:create"], on: [first] }
//! ```

mod world;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use bailiwick_domain::gate::{Gate, Judgement};
use bailiwick_domain::ports::PolicyError;
use bailiwick_domain::{Kind, Operation, Policy};
use time::OffsetDateTime;

use self::world::{Allowed, Table, World, line, unknown};
use crate::faults::{Faults, refuse};

/// What is asked of an object: an operation on itself, or to make something under it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Asked {
    Itself(Operation),
    Of(Kind, Operation),
}

impl Asked {
    /// `view`, `edit`, `delete`; or `kind:create`, `event:send`, `event:receive`.
    fn from_word(word: &str) -> Option<Self> {
        let Some((kind, operation)) = word.split_once(':') else {
            let operation = Operation::from_word(word)?;
            return matches!(operation, Operation::View | Operation::Edit | Operation::Delete)
                .then_some(Self::Itself(operation));
        };
        let (kind, operation) = (Kind::from_word(kind)?, Operation::from_word(operation)?);
        let fits = match operation {
            Operation::Create => kind != Kind::Event,
            Operation::Send | Operation::Receive => kind == Kind::Event,
            _ => false,
        };
        fits.then_some(Self::Of(kind, operation))
    }

    /// Whether it can be asked of an object of this kind.
    const fn is_of(self, object: Kind) -> bool {
        match self {
            Self::Itself(_) => true,
            Self::Of(kind, Operation::Create) => kind.hangs_under(object),
            Self::Of(..) => !matches!(object, Kind::Server),
        }
    }

    const fn question(self, object: Kind) -> (Kind, Operation) {
        match self {
            Self::Itself(operation) => (object, operation),
            Self::Of(kind, operation) => (kind, operation),
        }
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Itself(operation) => write!(f, "{operation}"),
            Self::Of(kind, operation) => write!(f, "{kind}:{operation}"),
        }
    }
}

/// How a table came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Principals, each asked for everything.
    pub principals: usize,
    /// Objects, each asked about.
    pub objects: usize,
    /// Questions asked.
    pub asked: usize,
    /// Of them, allowed by the policy.
    pub allowed: usize,
    /// Where policy and table differ, a line each: `-` what the table allows and the policy does not, `+` the reverse.
    pub differing: Vec<String>,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { principals, objects, asked, allowed, differing } = self;
        write!(f, "{principals} principals, {objects} objects, {asked} questions, {allowed} allowed")?;
        match differing.len() {
            0 => write!(f, ", all as the table says"),
            count => write!(f, ", {count} not as the table says"),
        }
    }
}

/// Asks a policy everything that a table speaks of: of every principal, view, edit and delete of every object, and what
/// else stands under `may` wherever it can be done. `name` is what errors call the file.
///
/// # Errors
/// Every fault of the table with its line.
pub fn test(policy: Arc<Policy>, name: &str, text: &str) -> Result<Outcome, PolicyError> {
    let table: Table = serde_saphyr::from_str(text).map_err(|error| {
        let line = error.location().map_or(1, |location| location.line());
        PolicyError(vec![format!("{name}:{line}: {}", error.without_snippet())])
    })?;
    let mut faults = Faults::of(name);
    let world = World::of(&table, &policy, &mut faults);
    let expected = expected(&table, &world, &mut faults);
    if !faults.is_empty() {
        return Err(PolicyError(faults.into_messages()));
    }
    if table.objects.is_empty() || table.principals.is_empty() {
        return Err(refuse(name, "it asks nothing: objects and principals make questions"));
    }
    Ok(compare(&Gate::new(policy, OffsetDateTime::UNIX_EPOCH), &world, &expected))
}

/// A question: whose, what, of which object; and the line of the table that allows it.
type Cells = BTreeMap<(String, Asked, String), usize>;

fn expected(table: &Table, world: &World, faults: &mut Faults<'_>) -> Cells {
    let mut cells = Cells::new();
    for Allowed { who, may, on } in &table.allowed {
        let mut asked = Vec::new();
        for word in may {
            match Asked::from_word(&word.value) {
                Some(what) => asked.push(what),
                None => faults.at(
                    line(word),
                    format!(
                        "`{}` is nothing to be done: view, edit, delete, or such as `task:create` or `event:send`",
                        word.value
                    ),
                ),
            }
        }
        for name in who {
            if !world.principals.iter().any(|(known, _)| *known == name.value) {
                faults.at(line(name), unknown("principal", name));
            }
        }
        for object in on {
            let Some(facts) = world.known(object, None, faults) else { continue };
            for what in asked.iter().filter(|what| !what.is_of(facts.kind)) {
                faults.at(line(object), format!("`{what}` can't be done to a {}", facts.kind));
            }
            for (name, what) in who.iter().flat_map(|name| asked.iter().map(move |what| (name, *what))) {
                let cell = (name.value.clone(), what, object.value.clone());
                if cells.insert(cell, line(name)).is_some() {
                    faults.at(
                        line(name),
                        format!("`{}` {what} `{}` stands here twice", name.value, object.value),
                    );
                }
            }
        }
    }
    cells
}

fn compare(gate: &Gate, world: &World, expected: &Cells) -> Outcome {
    let mut all: Vec<Asked> = [Operation::View, Operation::Edit, Operation::Delete].map(Asked::Itself).into();
    all.extend(expected.keys().map(|(_, asked, _)| *asked));
    all.sort_unstable();
    all.dedup();
    let mut outcome = Outcome {
        principals: world.principals.len(),
        objects: world.objects.len(),
        asked: 0,
        allowed: 0,
        differing: Vec::new(),
    };
    for (name, caller) in &world.principals {
        for (object, facts) in &world.objects {
            for asked in all.iter().copied().filter(|asked| asked.is_of(facts.kind)) {
                outcome.asked += 1;
                let (kind, operation) = asked.question(facts.kind);
                let judgement = gate.judge_operation(caller, operation, kind, facts);
                outcome.allowed += usize::from(judgement.is_allowed());
                let line = expected.get(&(name.clone(), asked, object.clone()));
                let told = match (line, judgement) {
                    (Some(_), Judgement::Allowed(_)) | (None, Judgement::Missing | Judgement::Guarded(_)) => {
                        continue;
                    }
                    (Some(line), Judgement::Missing) => {
                        format!("-{name} {asked} {object} (line {line}): nothing allows it")
                    }
                    (Some(line), Judgement::Guarded(guard)) => {
                        format!("-{name} {asked} {object} (line {line}): {}", guard.says())
                    }
                    (None, Judgement::Allowed(because)) => {
                        format!("+{name} {asked} {object}: {}", why(because))
                    }
                };
                outcome.differing.push(told);
            }
        }
    }
    outcome
}

fn why(because: bailiwick_domain::Because<'_>) -> String {
    use bailiwick_domain::Because;
    match because {
        Because::Grant { held, rule } => format!("by a grant of {}, which gives {rule}", held.role_name),
        Because::Access { opening, word, .. } => format!(
            "by {}: entitlement {} opens {} to {word}",
            opening.line,
            opening.entitlement.name(),
            opening.action
        ),
        Because::Being(_) => "by being it".to_owned(),
    }
}
