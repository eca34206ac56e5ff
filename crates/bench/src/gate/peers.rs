//! The gate beside other engines, on the same pairs.

use std::hint::black_box;

#[cfg(feature = "peers")]
use anyhow::Context;
use bailiwick_domain::Gate;

use super::Scene;
use super::asks::Ask;
use super::by_casbin::{self, ByCasbin};
#[cfg(feature = "peers")]
use super::by_cedar::{self, ByCedar};
use crate::measure::{Rounds, Side, alternate};
use crate::table::{Table, Target};

/// How many of the pairs the others are timed on: they take a thousand times as long.
const TIMED: usize = 360;

const ROUNDS: Rounds = Rounds { warm_up: 2, counted: 31 };

/// What the gate must be, in decisions a second.
const TARGET: Target = Target::TimesTheSpeed(100.0);

/// Measures and prints.
///
/// # Errors
/// They do not decide alike.
pub fn run(table: &mut Table, gate: &Gate, scene: &Scene, asks: &[Ask]) -> anyhow::Result<()> {
    let timed = asks.get(..TIMED).unwrap_or(asks);
    let casbin = ByCasbin::of(&scene.world, gate.policy())?;
    let question = |ask: Ask| {
        scene.with(ask, &scene.callers, |caller, facts| by_casbin::question(gate, caller, ask, facts))?
    };
    scene.agree(gate, asks, "casbin", |ask| casbin.allows(&question(ask)?))?;
    let questions: Vec<_> = timed.iter().map(|ask| question(*ask)).collect::<anyhow::Result<_>>()?;
    let enforce = Side(questions.len(), || {
        for question in &questions {
            black_box(casbin.allows(question)?);
        }
        Ok(())
    });
    let pair = alternate(ROUNDS, scene.gate(gate, timed), enforce)?;
    table.pair("gate: a decision beside casbin's enforce", &pair, TARGET)?;
    cedar(table, gate, scene, asks)
}

#[cfg(feature = "peers")]
fn cedar(table: &mut Table, gate: &Gate, scene: &Scene, asks: &[Ask]) -> anyhow::Result<()> {
    let cedar = ByCedar::of(&scene.world, gate.policy())?;
    let request = |ask: Ask| {
        let who = scene.world.callers.get(ask.caller).context("caller")?.id;
        scene.with(ask, &scene.callers, |_, facts| by_cedar::request(who, ask, facts))?
    };
    scene.agree(gate, asks, "cedar", |ask| Ok(cedar.allows(&request(ask)?)))?;
    let timed = asks.get(..TIMED).unwrap_or(asks);
    let requests: Vec<_> = timed.iter().map(|ask| request(*ask)).collect::<anyhow::Result<_>>()?;
    let authorize = Side(requests.len(), || {
        for request in &requests {
            black_box(cedar.allows(request));
        }
        Ok(())
    });
    let pair = alternate(ROUNDS, scene.gate(gate, timed), authorize)?;
    table.pair("gate: a decision beside cedar-policy's is_authorized", &pair, TARGET)?;
    Ok(())
}

#[cfg(not(feature = "peers"))]
fn cedar(table: &mut Table, _: &Gate, _: &Scene, _: &[Ask]) -> anyhow::Result<()> {
    table.figure("gate: a decision beside cedar-policy", "not built: feature `peers`", "", None)?;
    Ok(())
}
