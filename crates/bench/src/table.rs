//! What was measured, as a table that can be pasted into docs/benchmarks.md.

use std::fmt;
use std::io::{self, Write};

use crate::measure::Pair;

/// What a row must reach.
#[derive(Debug, Clone, Copy)]
pub enum Target {
    /// Our time, at most so many times the baseline's.
    TimesTheTime(f64),
    /// Our operations a second, at least so many times the baseline's.
    TimesTheSpeed(f64),
    /// None: the row is there to be read.
    Told,
}

impl Target {
    /// The ratio that the target speaks of, from our time divided by the baseline's.
    fn ratio(self, time: f64) -> f64 {
        match self {
            Self::TimesTheTime(_) | Self::Told => time,
            Self::TimesTheSpeed(_) => 1.0 / time,
        }
    }

    fn reached(self, ratio: f64) -> Option<bool> {
        match self {
            Self::TimesTheTime(most) => Some(ratio <= most),
            Self::TimesTheSpeed(least) => Some(ratio >= least),
            Self::Told => None,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimesTheTime(most) => write!(f, "time at most {most}x"),
            Self::TimesTheSpeed(least) => write!(f, "speed at least {least}x"),
            Self::Told => write!(f, ""),
        }
    }
}

/// The table; each row is printed when it has been measured.
pub struct Table {
    out: io::Stdout,
    all_reached: bool,
}

impl Table {
    /// Prints the head.
    ///
    /// # Errors
    /// Nobody takes what is printed.
    pub fn begin() -> io::Result<Self> {
        let mut out = io::stdout();
        writeln!(out, "| what | ours | baseline | ratio (spread) | target | reached |")?;
        writeln!(out, "|---|---|---|---|---|---|")?;
        Ok(Self { out, all_reached: true })
    }

    /// A row of two that were measured in turns.
    ///
    /// # Errors
    /// As [`Self::begin`].
    pub fn pair(&mut self, what: &str, pair: &Pair, target: Target) -> io::Result<()> {
        let ratio = target.ratio(pair.ratio);
        let (a, b) = (target.ratio(pair.spread.0), target.ratio(pair.spread.1));
        let ratio_told = format!("{} ({} to {})", figure(ratio), figure(a.min(b)), figure(a.max(b)));
        let reached = target.reached(ratio);
        self.row(
            what,
            &seconds(pair.ours),
            &seconds(pair.baseline),
            &ratio_told,
            &target.to_string(),
            reached,
        )
    }

    /// A row of a figure that has a limit of its own and no baseline.
    ///
    /// # Errors
    /// As [`Self::begin`].
    pub fn figure(&mut self, what: &str, ours: &str, target: &str, reached: Option<bool>) -> io::Result<()> {
        self.row(what, ours, "", "", target, reached)
    }

    fn row(
        &mut self,
        what: &str,
        ours: &str,
        baseline: &str,
        ratio: &str,
        target: &str,
        reached: Option<bool>,
    ) -> io::Result<()> {
        self.all_reached &= reached.unwrap_or(true);
        let reached = reached.map_or("", |reached| if reached { "yes" } else { "**no**" });
        writeln!(self.out, "| {what} | {ours} | {baseline} | {ratio} | {target} | {reached} |")
    }

    /// Whether every row with a target reached it.
    pub const fn all_reached(&self) -> bool {
        self.all_reached
    }
}

/// A time in a unit that suits it.
pub fn seconds(seconds: f64) -> String {
    [(1.0, "s"), (1e-3, "ms"), (1e-6, "µs")].into_iter().find(|(unit, _)| seconds >= *unit).map_or_else(
        || format!("{} ns", figure(seconds / 1e-9)),
        |(unit, name)| format!("{} {name}", figure(seconds / unit)),
    )
}

/// Three digits that count.
fn figure(value: f64) -> String {
    match value {
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}
