//! What operators may set about people.

use time::Duration;

/// What operators may set about people. By default no mail is sent, nobody registers, and guessing is not slowed.
#[derive(Debug, Clone, Default)]
pub struct People {
    /// Whether letters can be sent.
    pub mail: bool,
    /// The page of the operator's client that mailed links lead to; without one, letters hold the bare token.
    pub page: Option<String>,
    /// Who may register, if anybody.
    pub registration: Option<Registration>,
    /// What slows guessing.
    pub throttle: Throttle,
}

/// Where newcomers land.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// The name of their home.
    pub organization: String,
    /// The name of a built-in role that they get, if any.
    pub role: Option<String>,
    /// Where: `server`, an organization, or `organization/project`; their home where absent.
    pub at: Option<String>,
}

/// So many at once, and one more after each such time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// How many at once; 0 for no limit.
    pub burst: u32,
    /// After how long there is one more.
    pub every: Duration,
}

impl Limit {
    /// No limit.
    pub const NONE: Self = Self { burst: 0, every: Duration::ZERO };
}

/// What slows guessing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Throttle {
    /// Failed sign-ins of one account, from everywhere where it has not signed in before, and again from each place where
    /// it has.
    pub account: Limit,
    /// Failed sign-ins from one address.
    pub address: Limit,
    /// Wrong codes of the second factor of one account.
    pub code: Limit,
    /// Letters that a stranger asks for to one account or address, and proofs by who is signed in.
    pub letters: Limit,
    /// Letters that strangers ask for from one address.
    pub letters_address: Limit,
}

impl Default for Throttle {
    fn default() -> Self {
        Self {
            account: Limit::NONE,
            address: Limit::NONE,
            code: Limit::NONE,
            letters: Limit::NONE,
            letters_address: Limit::NONE,
        }
    }
}
