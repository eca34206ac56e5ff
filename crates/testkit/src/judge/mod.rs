//! The judge: a row's world put into the domain's types, and its questions put to the domain's gate and guards.
//!
//! Here is no rule about who may do what: only where a row says what, which function of the domain answers what, and
//! which answer a denial is.

mod create;
mod edit;
mod facts;
mod holders;
mod links;
mod roles;

use std::collections::BTreeMap;
use std::sync::Arc;

use bailiwick_domain as domain;
use domain::{Caller, Denied, Facts, Gate, Guard, Judgement, Reach};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::decisions::{Answer, Ask, DEFAULT_NOW, Kind, Object, SERVER, World};
use crate::oracle::Verdict;

pub use roles::rules;

/// A world in the domain's types.
#[derive(Debug)]
pub struct Scene<'w> {
    world: &'w World,
    facts: BTreeMap<&'w str, Facts>,
    gate: Gate,
}

/// What the domain says to a question. `None` asks as anonymous.
#[must_use]
pub fn answer(world: &World, caller: Option<&str>, ask: &Ask) -> Verdict {
    Scene::new(world).answer(caller, ask)
}

impl<'w> Scene<'w> {
    /// The world, ready for any number of questions.
    #[must_use]
    pub fn new(world: &'w World) -> Self {
        let facts =
            world.objects.iter().map(|object| (object.id.as_str(), facts::of(world, object))).collect();
        let policy = Arc::new(roles::policy(world));
        Self { world, facts, gate: Gate::new(policy, instant(world.now.unwrap_or(DEFAULT_NOW))) }
    }

    /// What the domain says to a question.
    #[must_use]
    pub fn answer(&self, caller: Option<&str>, ask: &Ask) -> Verdict {
        match self.caller(caller) {
            Some(caller) => self.answer_to(&caller, ask),
            None => Verdict::Deny(Answer::Unauthenticated),
        }
    }

    /// What the domain says to a question of this caller.
    #[must_use]
    pub fn answer_to(&self, caller: &Caller, ask: &Ask) -> Verdict {
        if let Ask::List { kind } = ask {
            let reach = Reach::of(caller, self.gate.policy(), domain::Operation::View, kind_of(*kind));
            let of_kind = self.world.objects.iter().filter(|object| object.kind == *kind);
            let seen = of_kind.filter(|object| reach.holds(self.facts(object)));
            return Verdict::List(seen.map(|object| object.id.clone()).collect());
        }
        match self.judge(caller, ask) {
            Ok(()) => Verdict::Allow,
            Err(answer) => Verdict::Deny(answer),
        }
    }

    /// The caller that an id stands for: anonymous for none, nobody where its credentials are not good.
    #[must_use]
    pub fn caller(&self, id: Option<&str>) -> Option<Caller> {
        match id {
            None => Some(Caller::anonymous()),
            Some(id) => self.find(id).and_then(|principal| holders::caller(self, principal)),
        }
    }

    /// The gate over this world.
    #[must_use]
    pub const fn gate(&self) -> &Gate {
        &self.gate
    }

    /// What the gate needs to know of the object of this name.
    #[must_use]
    pub fn facts_of(&self, id: &str) -> Option<&Facts> {
        self.facts.get(id)
    }

    /// The principal of this name.
    #[must_use]
    pub fn principal(&self, id: &str) -> Option<domain::PrincipalId> {
        facts::principal(self.world, id)
    }

    /// What a role gives while it is active, and what it counts as.
    #[must_use]
    pub fn closures(&self, role: &Object) -> (domain::role::Closure, domain::role::Closure) {
        roles::closures(self.world, role)
    }

    /// Every object's facts.
    pub fn all_facts(&self) -> impl Iterator<Item = &Facts> {
        self.facts.values()
    }

    fn judge(&self, caller: &Caller, ask: &Ask) -> Result<(), Answer> {
        match ask {
            Ask::List { .. } => Ok(()),
            Ask::View { object, kind } => {
                let facts = self.facts(self.named_by_path(caller, object, *kind)?);
                settle(self.asked(caller, domain::Operation::View, facts.kind, facts)?)
            }
            Ask::Edit { object, kind, payload } => {
                let object = self.named_by_path(caller, object, *kind)?;
                edit::edit(self, caller, object, payload.as_ref())
            }
            Ask::Delete { object, kind } => {
                edit::delete(self, caller, self.named_by_path(caller, object, *kind)?)
            }
            Ask::Create { kind, parent, payload } => {
                create::create(self, caller, *kind, parent, payload.as_ref())
            }
            Ask::Link { object, names } => links::link(self, caller, object, names),
            Ask::Unlink { object, names } => links::unlink(self, caller, object, names),
        }
    }

    /// The guard that forbids what the rules allow, if one does; the denial where they do not.
    fn asked(
        &self,
        caller: &Caller,
        operation: domain::Operation,
        kind: domain::Kind,
        facts: &Facts,
    ) -> Result<Option<Guard>, Answer> {
        match self.gate.judge_operation(caller, operation, kind, facts) {
            Judgement::Allowed(_) => Ok(None),
            Judgement::Guarded(guard) => Ok(Some(guard)),
            Judgement::Missing => Err(shown(&self.gate.missing(caller, operation, kind, facts).answer)),
        }
    }

    fn named_by_path(&self, caller: &Caller, id: &str, kind: Option<Kind>) -> Result<&'w Object, Answer> {
        let found = self.find(id).filter(|object| kind.is_none_or(|kind| object.kind == kind));
        found.ok_or_else(|| self.absent(caller))
    }

    /// The answer where nothing is.
    fn absent(&self, caller: &Caller) -> Answer {
        let opened = self.gate.open::<domain::View, domain::entities::Project>(caller, None);
        opened.map_or_else(|denial| shown(&denial.answer), |_| Answer::Hidden)
    }

    fn find(&self, id: &str) -> Option<&'w Object> {
        find(self.world, id)
    }

    fn facts(&self, object: &Object) -> &Facts {
        self.facts.get(object.id.as_str()).unwrap_or_else(|| unreachable!("every object has facts"))
    }

    /// The facts of a place: the server, or an object that exists.
    fn place(&self, id: &str) -> Option<Facts> {
        if id == SERVER { Some(Facts::server()) } else { self.facts.get(id).cloned() }
    }
}

fn find<'w>(world: &'w World, id: &str) -> Option<&'w Object> {
    world.objects.iter().find(|object| object.id == id)
}

fn find_kind<'w>(world: &'w World, kind: Kind, id: &str) -> Option<&'w Object> {
    find(world, id).filter(|object| object.kind == kind)
}

/// What the caller sees of a denial.
const fn shown(denied: &Denied) -> Answer {
    match denied {
        Denied::Unauthenticated => Answer::Unauthenticated,
        Denied::Hidden => Answer::Hidden,
        Denied::Forbidden(_) => Answer::Forbidden,
        Denied::Guarded(guard) => guarded(*guard),
    }
}

const fn guarded(guard: Guard) -> Answer {
    if guard.is_state() { Answer::Conflict } else { Answer::Forbidden }
}

/// The answer where these guards forbid.
fn settle(guards: impl IntoIterator<Item = Guard>) -> Result<(), Answer> {
    Guard::foremost(guards).map_or(Ok(()), |guard| Err(guarded(guard)))
}

/// The guard that a guard function named.
fn named<T>(outcome: Result<T, domain::gate::Denial>) -> Option<Guard> {
    match outcome.map_err(|denial| denial.answer) {
        Err(Denied::Guarded(guard)) => Some(guard),
        _ => None,
    }
}

fn kind_of(kind: Kind) -> domain::Kind {
    domain::Kind::from_word(kind.name()).unwrap_or_else(|| unreachable!("both name the same kinds"))
}

/// The id of an object: of a built-in role the one that the domain derives, else one that follows from its name.
#[must_use]
pub fn id_of(object: &Object) -> Uuid {
    match object.kind {
        Kind::Role if object.builtin => domain::rule::id_of_name("role", &object.id),
        _ => Uuid::new_v5(&Uuid::NAMESPACE_OID, object.id.as_bytes()),
    }
}

fn instant(moment: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(moment).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}
