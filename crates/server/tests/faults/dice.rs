//! Choices that can be repeated: `FAULTS_SEED` names where they begin.

/// A generator of numbers (splitmix64).
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Begins where `FAULTS_SEED` says, else at the number of this process; says so.
    pub fn new() -> Self {
        let named = std::env::var("FAULTS_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = named.unwrap_or_else(|| u64::from(std::process::id()));
        super::tell(format_args!("FAULTS_SEED={seed}"));
        Self(seed)
    }

    /// Another one that begins elsewhere.
    pub fn fork(&mut self) -> Self {
        Self(self.next())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below this one.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// One of these.
    pub fn pick<'t, T>(&mut self, from: &'t [T]) -> Option<&'t T> {
        (!from.is_empty()).then(|| &from[usize::try_from(self.below(from.len() as u64)).unwrap()])
    }
}
