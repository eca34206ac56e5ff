//! A reach holds the same objects as a condition as it holds one by one.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_domain::access::Entitlement;
use bailiwick_domain::caller::Confinement;
use bailiwick_domain::entities as of;
use bailiwick_domain::ports::{Random, Read};
use bailiwick_domain::{
    Anchor, Caller, Facts, Kind, Operation, PrincipalId, PrincipalKind, Reach, Scope, Term,
};
use bailiwick_testkit::fixture::{SeededRandom, World, held};
use sea_orm::DbBackend;
use sea_orm::sea_query::Query;
use uuid::Uuid;

use super::filled;
use crate::SeaStore;
use crate::cells::Cells;
use crate::table::{SELF, Table};
use crate::{reach, run};

/// Every object: its kind, id and facts.
type Population = Vec<Facts>;

async fn all<T: Table>(world: &World, population: &mut Population)
where
    dyn bailiwick_domain::ports::Store: Read<T>,
{
    population.extend(world.all::<T>().await.into_iter().map(|object| object.facts));
}

async fn population(world: &World) -> Population {
    let mut found = Vec::new();
    all::<of::Organization>(world, &mut found).await;
    all::<of::Collaboration>(world, &mut found).await;
    all::<of::Proposal>(world, &mut found).await;
    all::<of::User>(world, &mut found).await;
    all::<of::Node>(world, &mut found).await;
    all::<of::Role>(world, &mut found).await;
    all::<of::Grant>(world, &mut found).await;
    all::<of::ApiKey>(world, &mut found).await;
    all::<of::Project>(world, &mut found).await;
    all::<of::Job>(world, &mut found).await;
    all::<of::Task>(world, &mut found).await;
    all::<of::Run>(world, &mut found).await;
    all::<of::File>(world, &mut found).await;
    all::<of::Dataset>(world, &mut found).await;
    all::<of::Label>(world, &mut found).await;
    all::<of::Annotation>(world, &mut found).await;
    all::<of::Comment>(world, &mut found).await;
    all::<of::Export>(world, &mut found).await;
    all::<of::Source>(world, &mut found).await;
    all::<of::Content>(world, &mut found).await;
    all::<of::AuditEvent>(world, &mut found).await;
    found
}

/// The ids that the database finds for a reach.
async fn found(store: &SeaStore, reach: &Reach<'_>) -> BTreeSet<Uuid> {
    async fn ids<T: Table>(store: &SeaStore, reach: &Reach<'_>) -> BTreeSet<Uuid> {
        let mut select = Query::select();
        select
            .column((SELF, "id"))
            .from_as(T::TABLE, SELF)
            .cond_where(reach::part::<T>(reach).condition(DbBackend::Sqlite));
        let rows = run::all(store.conn(), &select).await.unwrap();
        rows.iter().map(|row| Cells::new(row).id().unwrap()).collect()
    }
    match reach.kind {
        Kind::Organization => ids::<of::Organization>(store, reach).await,
        Kind::Collaboration => ids::<of::Collaboration>(store, reach).await,
        Kind::Proposal => ids::<of::Proposal>(store, reach).await,
        Kind::User => ids::<of::User>(store, reach).await,
        Kind::Node => ids::<of::Node>(store, reach).await,
        Kind::Role => ids::<of::Role>(store, reach).await,
        Kind::Grant => ids::<of::Grant>(store, reach).await,
        Kind::ApiKey => ids::<of::ApiKey>(store, reach).await,
        Kind::Project => ids::<of::Project>(store, reach).await,
        Kind::Job => ids::<of::Job>(store, reach).await,
        Kind::Task => ids::<of::Task>(store, reach).await,
        Kind::Run => ids::<of::Run>(store, reach).await,
        Kind::File => ids::<of::File>(store, reach).await,
        Kind::Dataset => ids::<of::Dataset>(store, reach).await,
        Kind::Label => ids::<of::Label>(store, reach).await,
        Kind::Annotation => ids::<of::Annotation>(store, reach).await,
        Kind::Comment => ids::<of::Comment>(store, reach).await,
        Kind::Export => ids::<of::Export>(store, reach).await,
        Kind::Source => ids::<of::Source>(store, reach).await,
        Kind::Content => ids::<of::Content>(store, reach).await,
        _ => ids::<of::AuditEvent>(store, reach).await,
    }
}

/// Proposals apart, which no term reaches.
const KINDS: [Kind; 20] = [
    Kind::Organization,
    Kind::Collaboration,
    Kind::User,
    Kind::Node,
    Kind::Role,
    Kind::Grant,
    Kind::ApiKey,
    Kind::Project,
    Kind::Job,
    Kind::Task,
    Kind::Run,
    Kind::File,
    Kind::Dataset,
    Kind::Label,
    Kind::Annotation,
    Kind::Comment,
    Kind::Export,
    Kind::Source,
    Kind::Content,
    Kind::AuditEvent,
];
const OPERATIONS: [Operation; 4] = [Operation::View, Operation::Edit, Operation::Delete, Operation::Receive];

/// Random choices over what there is.
struct Dice<'p> {
    random: SeededRandom,
    population: &'p [Facts],
}

impl<'p> Dice<'p> {
    fn below(&self, bound: usize) -> usize {
        let mut bytes = [0; 4];
        self.random.fill(&mut bytes);
        u32::from_le_bytes(bytes) as usize % bound
    }

    fn one<V: Copy>(&self, of: &[V]) -> V {
        of[self.below(of.len())]
    }

    fn some(&self, kind: Kind) -> &'p Facts {
        let of_kind: Vec<&Facts> = self.population.iter().filter(|facts| facts.kind == kind).collect();
        self.one(&of_kind)
    }

    fn some_task_with_runs(&self) -> &'p Facts {
        let of = self.some(Kind::Run).lineage.task;
        self.population.iter().find(|facts| facts.kind == Kind::Task && Some(facts.id) == of).unwrap()
    }

    fn several(&self, kind: Kind) -> Vec<Uuid> {
        (0..self.below(3)).map(|_| self.some(kind).id).collect()
    }

    /// A point of the cascade, now and then one that is not there.
    fn at(&self) -> Facts {
        match self.below(6) {
            0 => Facts::server(),
            1 => Facts::new(Kind::Organization, Uuid::from_u128(7), Default::default()),
            _ => self.some(self.one(&[Kind::Organization, Kind::Project, Kind::Job, Kind::Task])).clone(),
        }
    }

    fn anchor(&self) -> Anchor {
        self.at().lineage.lowest()
    }

    fn caller(&self, may_be_bound: bool) -> Caller {
        let mut caller = Caller::anonymous();
        caller.principal = match self.below(10) {
            0 => None,
            1 | 2 => Some(PrincipalId::api_key(self.some(Kind::ApiKey).id)),
            // An id of one kind under the name of another must find nothing.
            3 => Some(PrincipalId::node(self.some(Kind::User).id)),
            4 | 5 => Some(PrincipalId::node(self.some(Kind::Node).id)),
            _ => Some(PrincipalId::user(self.some(Kind::User).id)),
        };
        caller.home = (self.below(4) > 0).then(|| self.some(Kind::Organization).id);
        caller.collaborations = self.several(Kind::Collaboration).into();
        caller.peers = self.several(Kind::Organization);
        caller.grants = (0..self.below(3)).map(|_| held(&self.at(), Scope::Own)).collect();
        if self.below(4) == 0 {
            // A task of which there may be a run, at a node that may be its.
            let task = match self.below(3) {
                0 => self.some(Kind::Task),
                _ => self.some_task_with_runs(),
            };
            caller.confinement = Some(Confinement {
                node: self.some(Kind::Node).id,
                task: task.id,
                job: task.lineage.job.unwrap(),
                project: task.lineage.project.unwrap(),
                collaboration: self.several(Kind::Collaboration).first().copied(),
            });
        }
        if may_be_bound && self.below(4) == 0 {
            caller.bound = Some(Box::new(self.caller(false)));
        }
        caller
    }

    fn term<'t>(&self, which: usize, entitlement: &'t Entitlement) -> Term<'t> {
        match which {
            0 => Term::Everything,
            1 => Term::Home(self.some(Kind::Organization).id),
            2 => Term::Collaborating,
            3 => Term::Peers,
            4 => Term::Inside(self.anchor()),
            5 => Term::Own { within: Anchor::SERVER },
            6 => Term::Own { within: self.anchor() },
            7 => Term::Entitled { entitlement, within: Anchor::SERVER },
            8 => Term::Entitled { entitlement, within: self.anchor() },
            9 => Term::EntitledMade { entitlement },
            10 => Term::Itself,
            11 => Term::Named,
            _ => Term::BuiltIn,
        }
    }
}

/// How many shapes of term [`Dice::term`] knows.
const TERMS: usize = 13;

fn reach<'c>(caller: &'c Caller, operation: Operation, kind: Kind, granted: Vec<Term<'c>>) -> Reach<'c> {
    Reach { caller, operation, kind, being: Vec::new(), granted, bound: None, sides: Vec::new() }
}

/// Compares, and says of how many objects of the kind it holds, and of how many it does not.
async fn agree(store: &SeaStore, population: &[Facts], reach: &Reach<'_>) -> (usize, usize) {
    let of_kind = || population.iter().filter(|facts| facts.kind == reach.kind);
    let held: BTreeSet<Uuid> = of_kind().filter(|facts| reach.holds(facts)).map(|facts| facts.id).collect();
    assert_eq!(found(store, reach).await, held, "{reach:#?}");
    (held.len(), of_kind().count() - held.len())
}

#[tokio::test]
async fn every_term_holds_the_same_objects() {
    let (store, world, _sample) = filled().await;
    let population = population(&world).await;
    let dice = Dice { random: SeededRandom::new(2), population: &population };
    let named = |name: &str| Entitlement::new(name);
    let entitlements =
        [Entitlement::PUBLIC, Entitlement::PRIVATE, named("nobody has it"), named("open"), named("closed")];
    let mut told: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
    for which in 0..TERMS {
        for kind in KINDS {
            for operation in OPERATIONS {
                for round in 0..10 {
                    let caller = dice.caller(false);
                    let term = dice.term(which, &entitlements[round % 5]);
                    let (held, not) =
                        agree(&store, &population, &reach(&caller, operation, kind, vec![term])).await;
                    let told = told.entry(which).or_default();
                    *told = (told.0 + held, told.1 + not);
                }
            }
        }
    }
    // Each term told objects apart, so a condition that is always or never true would have been found out.
    for (which, (held, not)) in told {
        assert!(held > 0 && (not > 0 || which == 0), "term {which} held {held}, not {not}");
    }
}

#[tokio::test]
async fn terms_together_hold_the_same_objects() {
    let (store, world, _sample) = filled().await;
    let population = population(&world).await;
    let dice = Dice { random: SeededRandom::new(3), population: &population };
    let named = |name: &str| Entitlement::new(name);
    let [public, private, open, closed] =
        [Entitlement::PUBLIC, Entitlement::PRIVATE, named("open"), named("closed")];
    let mut told = (0, 0);
    for _ in 0..1_500 {
        let caller = dice.caller(true);
        let (operation, kind) = (dice.one(&OPERATIONS), dice.one(&KINDS));
        // Everything and built in would drown the others out.
        let terms = |most: usize| -> Vec<Term<'_>> {
            (0..dice.below(most))
                .map(|_| dice.term(1 + dice.below(11), dice.one(&[&public, &private, &open, &closed])))
                .collect()
        };
        let mut reach = reach(&caller, operation, kind, terms(5));
        reach.being = terms(2);
        if let Some(maker) = &caller.bound {
            reach.bound = Some(Box::new(self::reach(maker, operation, kind, terms(5))));
        }
        let (held, not) = agree(&store, &population, &reach).await;
        told = (told.0 + held, told.1 + not);
    }
    assert!(told.0 > 500 && told.1 > 500, "{told:?}");
}

/// By a grant on the task or on its job, also where other terms reach some of them.
#[tokio::test]
async fn what_tasks_lend_is_the_same() {
    let (store, world, sample) = filled().await;
    let population = population(&world).await;
    let dice = Dice { random: SeededRandom::new(5), population: &population };
    let nobody = Entitlement::new("nobody has it");
    let mut told = (0, 0);
    for round in 0..400 {
        let kind = dice.one(&[Kind::File, Kind::Label]);
        let user = dice.one(&[&sample.ada, &sample.bob]);
        let mut caller = Caller::new(PrincipalId::user(user.id), sample.north.id);
        if round % 3 == 0 {
            let key = PrincipalId::api_key(sample.north_key.id);
            let maker = std::mem::replace(&mut caller, Caller::new(key, sample.north.id));
            caller.bound = Some(Box::new(maker));
        }
        let at = dice.some(dice.one(&[Kind::Job, Kind::Task])).lineage;
        let mut terms = vec![Term::Lent { job: at.job.unwrap(), task: at.task }];
        terms.extend((0..dice.below(2)).map(|_| dice.term(4 + dice.below(3), &nobody)));
        let (held, not) = agree(&store, &population, &reach(&caller, Operation::View, kind, terms)).await;
        told = (told.0 + held, told.1 + not);
    }
    assert!(told.0 > 100 && told.1 > 100, "{told:?}");
}

#[tokio::test]
async fn proposals_are_reached_from_either_side() {
    let (store, world, _sample) = filled().await;
    let population = population(&world).await;
    let dice = Dice { random: SeededRandom::new(4), population: &population };
    let entitlements = [Entitlement::PUBLIC, Entitlement::PRIVATE];
    let mut told = (0, 0);
    for _ in 0..600 {
        let caller = dice.caller(true);
        let operation = dice.one(&[Operation::View, Operation::Edit]);
        let terms = |most: usize| -> Vec<Term<'_>> {
            (0..dice.below(most))
                .map(|_| dice.term(dice.below(12), dice.one(&[&entitlements[0], &entitlements[1]])))
                .collect()
        };
        // What reaches a proposal itself reaches nothing.
        let mut reach = reach(&caller, operation, Kind::Proposal, terms(3));
        reach.sides = [Kind::Collaboration, Kind::Organization]
            .map(|kind| {
                let mut side = self::reach(&caller, Operation::Edit, kind, terms(3));
                side.being = terms(2);
                if let Some(maker) = &caller.bound {
                    side.bound = Some(Box::new(self::reach(maker, Operation::Edit, kind, terms(4))));
                }
                side
            })
            .into();
        let (held, not) = agree(&store, &population, &reach).await;
        told = (told.0 + held, told.1 + not);
    }
    assert!(told.0 > 200 && told.1 > 200, "{told:?}");
    for operation in [Operation::Delete, Operation::Receive] {
        let caller = Caller::operator();
        let (held, _) =
            agree(&store, &population, &Reach::of(&caller, &world.policy, operation, Kind::Proposal)).await;
        assert_eq!(held, 0);
    }
}

#[tokio::test]
async fn a_reach_of_thousands_of_anchors_is_one_condition() {
    let (store, world, sample) = filled().await;
    let population = population(&world).await;
    let mut caller =
        Caller::new(PrincipalId { kind: PrincipalKind::User, id: sample.ada.id }, sample.north.id);
    let mut terms = Vec::new();
    for number in 0..3_000 {
        let anchor = Anchor::at(bailiwick_domain::Level::Project, Uuid::from_u128(number));
        terms.extend([Term::Inside(anchor), Term::Own { within: anchor }]);
        caller
            .grants
            .push(held(&Facts::new(Kind::Project, Uuid::from_u128(number), Default::default()), Scope::Own));
    }
    terms.push(Term::Inside(sample.alpha.facts.anchor().unwrap()));
    let (held, not) = agree(&store, &population, &reach(&caller, Operation::View, Kind::Task, terms)).await;
    assert!(held > 0 && not > 0);
}
