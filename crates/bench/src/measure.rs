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

/// One of the two: how many operations one run of it does, and the run. Use [`std::hint::black_box`] on what it makes.
pub struct Side<R>(pub usize, pub R);

impl<R: FnMut() -> anyhow::Result<()>> Side<R> {
    /// Seconds an operation.
    fn timed(&mut self) -> anyhow::Result<f64> {
        let begun = Instant::now();
        (self.1)()?;
        Ok(begun.elapsed().as_secs_f64() / self.0.max(1) as f64)
    }
}

/// Runs both in turns, each first in every second round.
///
/// # Errors
/// That of either.
pub fn alternate(
    rounds: Rounds,
    mut ours: Side<impl FnMut() -> anyhow::Result<()>>,
    mut baseline: Side<impl FnMut() -> anyhow::Result<()>>,
) -> anyhow::Result<Pair> {
    let mut times = Vec::with_capacity(rounds.counted);
    for round in 0..rounds.warm_up + rounds.counted {
        let pair = if round % 2 == 0 {
            let ours = ours.timed()?;
            (ours, baseline.timed()?)
        } else {
            let baseline = baseline.timed()?;
            (ours.timed()?, baseline)
        };
        if round >= rounds.warm_up {
            times.push(pair);
        }
    }
    Ok(Pair::of(&times))
}

impl Pair {
    /// What comes out of the two figures of each round, ours first.
    pub fn of(rounds: &[(f64, f64)]) -> Self {
        let ratios = sorted(rounds.iter().map(|(ours, baseline)| ours / baseline));
        Self {
            ours: quantile(&sorted(rounds.iter().map(|pair| pair.0)), 0.5),
            baseline: quantile(&sorted(rounds.iter().map(|pair| pair.1)), 0.5),
            ratio: quantile(&ratios, 0.5),
            spread: (quantile(&ratios, 0.1), quantile(&ratios, 0.9)),
        }
    }
}

/// The median time of what has no baseline, in seconds an operation.
///
/// # Errors
/// That of the run.
pub fn alone(rounds: Rounds, mut run: Side<impl FnMut() -> anyhow::Result<()>>) -> anyhow::Result<f64> {
    let mut times = Vec::with_capacity(rounds.counted);
    for round in 0..rounds.warm_up + rounds.counted {
        let time = run.timed()?;
        if round >= rounds.warm_up {
            times.push(time);
        }
    }
    Ok(quantile(&sorted(times.into_iter()), 0.5))
}

/// From the least to the greatest.
pub fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

/// The value below which a share of the sorted ones lies; not a number where there are none.
pub fn quantile(sorted: &[f64], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1) as f64;
    sorted.get((last * share).round() as usize).copied().unwrap_or(f64::NAN)
}
