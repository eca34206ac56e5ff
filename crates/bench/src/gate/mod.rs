//! A decision in the gate: an object with a lineage of four levels, a principal with twenty grants.

mod asks;
mod by_casbin;
#[cfg(feature = "peers")]
mod by_cedar;
mod ideal;
mod peers;
mod world;

use std::collections::BTreeSet;
use std::hint::black_box;

use anyhow::{Context, ensure};
use bailiwick_domain::access::{App, Entitlement};
use bailiwick_domain::ports::{Identity, PolicySource};
use bailiwick_domain::{Caller, Facts, Gate, Kind, Operation, Policy, Rule};
use bailiwick_policy::FilePolicy;
use time::OffsetDateTime;

use self::asks::{Ask, allows, asks};
use self::ideal::Ideal;
use self::world::World;
use crate::measure::{Rounds, Side, alone, alternate};
use crate::table::{Table, Target, seconds};

/// How many grants there are in the system: the caller always has twenty of them.
const SIZES: [usize; 5] = [100, 1_000, 10_000, 100_000, 1_000_000];

/// Short rounds and many: on a busy machine most of them are left alone.
const ROUNDS: Rounds = Rounds { warm_up: 20, counted: 301 };

/// The measured callers, resolved from a system.
struct Scene {
    world: World,
    callers: Vec<Caller>,
    ideals: Vec<Ideal>,
}

impl Scene {
    fn of(grants: usize, gate: &Gate) -> anyhow::Result<Self> {
        let world = World::of(grants)?;
        ensure!(world.count() == grants, "{} grants instead of {grants}", world.count());
        let callers: anyhow::Result<Vec<Caller>> =
            world.callers.iter().map(|person| resolved(&world.identity(person)?, gate)).collect();
        let callers = callers?;
        let ideals: anyhow::Result<Vec<Ideal>> =
            callers.iter().map(|caller| Ideal::of(caller, gate.policy())).collect();
        Ok(Self { world, callers, ideals: ideals? })
    }

    /// The gate, asked all of them once.
    fn gate<'s>(&'s self, gate: &'s Gate, asks: &'s [Ask]) -> Side<impl FnMut() -> anyhow::Result<()> + 's> {
        let decide = |ask: Ask| {
            self.with(ask, &self.callers, |caller, facts| {
                black_box(gate.judge_operation(caller, ask.operation, ask.kind, facts));
            })
        };
        sweep(asks, decide)
    }

    /// The ideal, asked the same.
    fn ideal<'s>(&'s self, asks: &'s [Ask]) -> Side<impl FnMut() -> anyhow::Result<()> + 's> {
        let decide = |ask: Ask| {
            self.with(ask, &self.ideals, |ideal, facts| {
                black_box(ideal.allows(ask.operation, ask.kind, facts));
            })
        };
        sweep(asks, decide)
    }

    /// Does something with who asks and what about.
    fn with<C, R>(&self, ask: Ask, callers: &[C], with: impl FnOnce(&C, &Facts) -> R) -> anyhow::Result<R> {
        let caller = callers.get(ask.caller).context("caller")?;
        Ok(with(caller, self.world.objects.get(ask.object).context("object")?))
    }

    /// # Errors
    /// The gate and another do not decide alike.
    fn agree(
        &self,
        gate: &Gate,
        asks: &[Ask],
        with: &str,
        mut other: impl FnMut(Ask) -> anyhow::Result<bool>,
    ) -> anyhow::Result<()> {
        for ask in asks.iter().copied() {
            let ours = self.with(ask, &self.callers, |caller, facts| allows(gate, caller, ask, facts))?;
            ensure!(ours == other(ask)?, "the gate and {with} differ about {ask:?}: the gate says {ours}");
        }
        Ok(())
    }
}

fn resolved(identity: &Identity, gate: &Gate) -> anyhow::Result<Caller> {
    identity.caller(gate.policy(), gate.now()).context("the caller is active")
}

/// Goes through all asks.
fn sweep(
    asks: &[Ask],
    mut decide: impl FnMut(Ask) -> anyhow::Result<()>,
) -> Side<impl FnMut() -> anyhow::Result<()>> {
    Side(asks.len(), move || asks.iter().try_for_each(|ask| decide(*ask)))
}

/// Measures and prints.
///
/// # Errors
/// The policy files are not good, or two do not decide alike.
pub fn run(table: &mut Table) -> anyhow::Result<()> {
    let gate = Gate::new(FilePolicy::built_in()?.current(), OffsetDateTime::UNIX_EPOCH);
    let scenes: Vec<Scene> =
        SIZES.iter().map(|&grants| Scene::of(grants, &gate)).collect::<anyhow::Result<_>>()?;
    let (Some(small), Some(large)) = (scenes.first(), scenes.last()) else { return Ok(()) };
    let all = asks(&gate, &small.callers, &small.world.objects)?;
    for scene in &scenes {
        scene.agree(&gate, &all, "the ideal", |ask| {
            scene.with(ask, &scene.ideals, |ideal, facts| ideal.allows(ask.operation, ask.kind, facts))
        })?;
    }

    let pair = alternate(ROUNDS, small.ideal(&all), small.ideal(&all))?;
    table.pair("gate: the ideal beside itself, to show the noise", &pair, Target::Told)?;
    for (scene, grants) in [(small, "100"), (large, "1,000,000")] {
        let pair = alternate(ROUNDS, scene.gate(&gate, &all), scene.ideal(&all))?;
        let what = format!("gate: a decision beside the hand-written ideal, {grants} grants in the system");
        table.pair(&what, &pair, Target::TimesTheTime(3.0))?;
    }
    let (allowed, denied): (Vec<Ask>, Vec<Ask>) = all.iter().partition(|ask| {
        small
            .with(**ask, &small.callers, |caller, facts| allows(&gate, caller, **ask, facts))
            .unwrap_or(false)
    });
    for (asks, which) in [(&allowed, "allowed"), (&denied, "denied")] {
        let pair = alternate(ROUNDS, small.gate(&gate, asks), small.ideal(asks))?;
        table.pair(&format!("gate: of these, the {which}"), &pair, Target::Told)?;
    }
    for ((less, more), (few, many)) in
        scenes.iter().zip(scenes.iter().skip(1)).zip(SIZES.iter().zip(&SIZES[1..]))
    {
        let pair = alternate(ROUNDS, more.gate(&gate, &all), less.gate(&gate, &all))?;
        table.pair(
            &format!("gate: {many} grants in the system beside {few}"),
            &pair,
            Target::TimesTheTime(1.2),
        )?;
    }
    preparing(table, &gate, large)?;
    peers::run(table, &gate, small, &all)
}

/// Kinds and operations that access rules open to everybody on what is public.
fn opened(policy: &Policy) -> BTreeSet<(Kind, Operation)> {
    let opens = |rule: &Rule| {
        let openings = policy.access().openings(&App::DEFAULT, rule.kind, rule.operation);
        openings.iter().any(|opening| opening.entitlement == Entitlement::PUBLIC && opening.words.everybody)
    };
    Rule::catalogue().filter(opens).map(|rule| (rule.kind, rule.operation)).collect()
}

fn is_public(facts: &Facts) -> bool {
    facts.entitlements.contains(&Entitlement::PUBLIC)
}

/// What it costs to make a caller of what storage knows.
fn preparing(table: &mut Table, gate: &Gate, scene: &Scene) -> anyhow::Result<()> {
    let identities: Vec<Identity> = scene
        .world
        .callers
        .iter()
        .map(|person| scene.world.identity(person))
        .collect::<anyhow::Result<_>>()?;
    let prepare = || {
        for _ in 0..10 {
            for identity in &identities {
                black_box(resolved(identity, gate)?);
            }
        }
        Ok(())
    };
    let time = alone(ROUNDS, Side(10 * identities.len(), prepare))?;
    table.figure("gate: making a caller of twenty grants", &seconds(time), "", None)?;
    Ok(())
}
