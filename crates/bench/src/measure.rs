//! Two measured in turns in one process: noise of the machine falls on both, and the ratio of a round is worth more
//! than either time.

use std::time::Instant;

/// How often each is run.
#[derive(Debug, Clone, Copy)]
pub struct Rounds {
    /// Rounds that are not counted, before the others.
    pub warm_up: usize,
    /// Rounds that are.
    pub counted: usize,
}

impl Default for Rounds {
    fn default() -> Self {
        Self { warm_up: 3, counted: 31 }
    }
}

/// What came out. Times are in seconds an operation.
#[derive(Debug, Clone, Copy)]
pub struct Pair {
    /// The median of our times.
    pub ours: f64,
    /// The median of the baseline's.
    pub baseline: f64,
    /// The median over rounds of our time divided by the baseline's in the same round.
    pub ratio: f64,
    /// The same at the first and the last decile.
    pub spread: (f64, f64),
}

/// Runs both in turns, each first in every second round. One run of either is one round and does `operations`
/// operations; use [`std::hint::black_box`] on what they make.
///
/// # Errors
/// That of either.
pub fn alternate(
    rounds: Rounds,
    operations: usize,
    mut ours: impl FnMut() -> anyhow::Result<()>,
    mut baseline: impl FnMut() -> anyhow::Result<()>,
) -> anyhow::Result<Pair> {
    let mut times = Vec::with_capacity(rounds.counted);
    for round in 0..rounds.warm_up + rounds.counted {
        let pair = if round % 2 == 0 {
            let ours = timed(&mut ours)?;
            (ours, timed(&mut baseline)?)
        } else {
            let baseline = timed(&mut baseline)?;
            (timed(&mut ours)?, baseline)
        };
        if round >= rounds.warm_up {
            times.push(pair);
        }
    }
    let each = |seconds: f64| seconds / operations.max(1) as f64;
    let ratios = sorted(times.iter().map(|(ours, baseline)| ours / baseline));
    Ok(Pair {
        ours: each(quantile(&sorted(times.iter().map(|pair| pair.0)), 0.5)),
        baseline: each(quantile(&sorted(times.iter().map(|pair| pair.1)), 0.5)),
        ratio: quantile(&ratios, 0.5),
        spread: (quantile(&ratios, 0.1), quantile(&ratios, 0.9)),
    })
}

fn timed(run: &mut impl FnMut() -> anyhow::Result<()>) -> anyhow::Result<f64> {
    let begun = Instant::now();
    run()?;
    Ok(begun.elapsed().as_secs_f64())
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

/// The value below which a share of the sorted ones lies; not a number where there are none.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1) as f64;
    sorted.get((last * share).round() as usize).copied().unwrap_or(f64::NAN)
}
