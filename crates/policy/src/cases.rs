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

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use bailiwick_domain::access::{App, Entitlement};
use bailiwick_domain::caller::HeldGrant;
use bailiwick_domain::gate::{Gate, Judgement};
use bailiwick_domain::ports::PolicyError;
use bailiwick_domain::role::Closure;
use bailiwick_domain::rule::id_of_name;
use bailiwick_domain::{Caller, Facts, Kind, Operation, Policy, PrincipalId};
use serde::Deserialize;
use serde_saphyr::Spanned;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::faults::{Faults, one_of, refuse};

type Text = Spanned<String>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    objects: Vec<Object>,
    principals: Vec<Principal>,
    allowed: Vec<Allowed>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Object {
    name: Text,
    kind: Text,
    #[serde(rename = "in")]
    parent: Option<Text>,
    #[serde(default)]
    entitlements: Vec<Text>,
    maker: Option<Text>,
    assignee: Option<Text>,
    /// Of a project: the one that it is shared in.
    collaboration: Option<Text>,
    /// Of a collaboration: organizations.
    #[serde(default)]
    members: Vec<Text>,
    #[serde(default)]
    archived: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Principal {
    name: Text,
    /// Its organization; who has none is not signed in.
    home: Option<Text>,
    app: Option<Text>,
    #[serde(default)]
    grants: Vec<GrantLine>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GrantLine {
    role: Text,
    at: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Allowed {
    who: Vec<Text>,
    may: Vec<Text>,
    on: Vec<Text>,
}

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
    if expected.is_empty()
        && table.allowed.is_empty()
        && (table.objects.is_empty() || table.principals.is_empty())
    {
        return Err(refuse(name, "it asks nothing: objects and principals make questions"));
    }
    Ok(compare(&Gate::new(policy, OffsetDateTime::UNIX_EPOCH), &world, &expected))
}

/// What a table lays out, ready to be judged.
struct World {
    objects: BTreeMap<String, Facts>,
    principals: Vec<(String, Caller)>,
}

/// A question: whose, what, of which object; and the line of the table that allows it.
type Cells = BTreeMap<(String, Asked, String), usize>;

impl World {
    fn of(table: &Table, policy: &Policy, faults: &mut Faults<'_>) -> Self {
        let mut by_name = BTreeMap::new();
        for object in &table.objects {
            if by_name.insert(object.name.value.as_str(), object).is_some() {
                faults.at(line(&object.name), twice("object", &object.name));
            }
        }
        let mut world = Self { objects: BTreeMap::new(), principals: Vec::new() };
        for object in &table.objects {
            world.place(object, &by_name, &mut Vec::new(), faults);
        }
        for principal in &table.principals {
            let known = world.principals.iter().any(|(name, _)| *name == principal.name.value);
            if known {
                faults.at(line(&principal.name), twice("principal", &principal.name));
            }
            let caller = world.caller(principal, policy, faults);
            world.principals.push((principal.name.value.clone(), caller));
        }
        world
    }

    /// The facts of an object, those of what it hangs under first.
    fn place<'t>(
        &mut self,
        object: &'t Object,
        all: &BTreeMap<&'t str, &'t Object>,
        on_the_way: &mut Vec<&'t str>,
        faults: &mut Faults<'_>,
    ) -> Option<Facts> {
        let name = object.name.value.as_str();
        if let Some(placed) = self.objects.get(name) {
            return Some(placed.clone());
        }
        if on_the_way.contains(&name) {
            faults.at(line(&object.name), format!("`{name}` hangs under itself"));
            return None;
        }
        on_the_way.push(name);
        let Some(kind) = Kind::from_word(&object.kind.value) else {
            let right = one_of(Kind::ALL.iter().map(|kind| kind.word()));
            faults.at(
                line(&object.kind),
                format!("`{}` is no kind: {right} would be right", object.kind.value),
            );
            return None;
        };
        let above = match &object.parent {
            None => Facts::server(),
            Some(parent) => match all.get(parent.value.as_str()) {
                Some(above) => self.place(above, all, on_the_way, faults)?,
                None => {
                    faults.at(line(parent), unknown("object", parent));
                    return None;
                }
            },
        };
        let made_by_the_server = matches!(kind, Kind::Run | Kind::AuditEvent | Kind::Proposal);
        if !kind.hangs_under(above.kind) && !made_by_the_server {
            let stands = object.parent.as_ref().map_or("the server", |parent| parent.value.as_str());
            faults.at(line(&object.name), format!("a {kind} does not hang under {stands}, a {}", above.kind));
            return None;
        }
        let facts = self.facts(object, kind, &above, faults);
        self.objects.insert(name.to_owned(), facts.clone());
        Some(facts)
    }

    fn facts(&self, object: &Object, kind: Kind, above: &Facts, faults: &mut Faults<'_>) -> Facts {
        let user = |name: &Text| PrincipalId::user(id(&name.value));
        let mut facts = above.child(kind, id(&object.name.value), object.maker.as_ref().map(user));
        facts.assignee = object.assignee.as_ref().map(user);
        facts.archived |= object.archived;
        for entitlement in &object.entitlements {
            facts.entitlements.push(Entitlement::new(&entitlement.value));
        }
        if kind == Kind::Project && facts.entitlements.is_empty() {
            facts.entitlements.push(Entitlement::PRIVATE);
        }
        if let Some(collaboration) = &object.collaboration {
            facts.collaboration = Some(id(&collaboration.value));
        }
        if kind == Kind::Collaboration {
            facts.collaboration = Some(facts.id);
            facts.homes = object.members.iter().map(|member| id(&member.value)).collect();
        } else if let Some(member) = object.members.first() {
            faults.at(line(member), format!("a {kind} has no members: a collaboration does"));
        }
        facts
    }

    fn caller(&self, principal: &Principal, policy: &Policy, faults: &mut Faults<'_>) -> Caller {
        let me = PrincipalId::user(id(&principal.name.value));
        let mut caller = match &principal.home {
            Some(home) => {
                self.known(home, Some(Kind::Organization), faults);
                Caller::new(me, id(&home.value))
            }
            None => Caller::anonymous(),
        };
        if let Some(app) = &principal.app {
            caller.app = App::new(&app.value);
        }
        let home = caller.home;
        let joined = self.objects.values().filter(|facts| facts.kind == Kind::Collaboration);
        for joined in joined.filter(|facts| home.is_some_and(|home| facts.is_home(home))) {
            caller.collaborations.push(joined.id);
            caller.peers.extend(&joined.homes);
        }
        let mut held = Vec::new();
        for grant in &principal.grants {
            if principal.home.is_none() {
                faults.at(line(&grant.role), "who has no `home` is not signed in, and holds no grant");
            }
            let Some(role) = policy.role(&grant.role.value) else {
                let right = one_of(policy.roles().iter().map(|role| role.name.as_str()));
                faults.at(
                    line(&grant.role),
                    format!("`{}` is no built-in role: {right} would be right", grant.role.value),
                );
                continue;
            };
            let at = match grant.at.value.as_str() {
                "server" => Some(Facts::server()),
                _ => self.known(&grant.at, None, faults).cloned(),
            };
            let Some(at) = at else { continue };
            if at.anchor().is_none() {
                faults.at(line(&grant.at), format!("a grant is not tied to a {}", at.kind));
                continue;
            }
            let closure = Closure::built_in(&role.name);
            let grant = HeldGrant {
                grant: id(&format!("{} {}", grant.role.value, grant.at.value)),
                principal: me,
                role: id_of_name("role", &role.name),
                role_name: role.name.clone(),
                at,
                live: closure.clone(),
                full: closure,
                in_force: true,
                starts_at: None,
                ends_at: None,
            };
            held.push(grant.held(policy));
        }
        caller.grants = held.into();
        caller
    }

    fn known(&self, name: &Text, kind: Option<Kind>, faults: &mut Faults<'_>) -> Option<&Facts> {
        let found = self.objects.get(&name.value);
        match found {
            Some(facts) if kind.is_none_or(|kind| facts.kind == kind) => return found,
            Some(facts) => faults.at(line(name), format!("`{}` is a {}", name.value, facts.kind)),
            None => faults.at(line(name), unknown("object", name)),
        }
        None
    }
}

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

fn id(name: &str) -> Uuid {
    id_of_name("case", name)
}

fn line(text: &Text) -> usize {
    usize::try_from(text.referenced.line()).unwrap_or(1)
}

fn unknown(what: &str, name: &Text) -> String {
    format!("there is no {what} `{}`: its name stands under `{what}s`", name.value)
}

fn twice(what: &str, name: &Text) -> String {
    format!("there is another {what} `{}`", name.value)
}
