//! What applying a world file makes, changes and removes.

use std::fmt;

use bailiwick_domain::Kind;

use super::effect::Effect;

/// One object that is made, changed or removed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    /// What it is.
    pub kind: Kind,
    /// Where it is found; of a grant: who, which role and where.
    pub path: String,
    /// What changes about it; empty for what is made or removed.
    pub what: String,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.path)?;
        if self.what.is_empty() { Ok(()) } else { write!(f, ": {}", self.what) }
    }
}

/// All that applying a file does. Printed as lines that begin with `+` (made), `~` (changed) or `-` (removed), then
/// who gains or loses what by it, then the numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// What was not there.
    pub made: Vec<Line>,
    /// What was otherwise.
    pub changed: Vec<Line>,
    /// What the file does not name.
    pub removed: Vec<Line>,
    /// Who gains or loses what by it.
    pub effect: Vec<Effect>,
}

impl Plan {
    /// Whether the world is as the file says already.
    pub const fn is_empty(&self) -> bool {
        self.made.is_empty() && self.changed.is_empty() && self.removed.is_empty()
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (sign, lines) in [('+', &self.made), ('~', &self.changed), ('-', &self.removed)] {
            for line in lines {
                writeln!(f, "{sign} {line}")?;
            }
        }
        if !self.effect.is_empty() {
            writeln!(f, "\nWho gains or loses what by it:")?;
            for effect in &self.effect {
                writeln!(f, "{effect}")?;
            }
        }
        let (made, changed, removed) = (self.made.len(), self.changed.len(), self.removed.len());
        writeln!(f, "{made} made, {changed} changed, {removed} removed")
    }
}
