//! What slows guessing: marks in storage, which every server shares. A mark says until when so many attempts are used up
//! (the generic cell rate algorithm), so one time is all there is to keep.
//!
//! Nobody is locked out by a stranger: where an account has signed in before, its attempts are counted apart from those
//! of everywhere else.

use bailiwick_domain::ports::{AuthError, PeopleLookup, PeopleRecord, Secret, Unit};
use time::{Duration, OffsetDateTime};

use super::settings::Limit;
use crate::cx::Cx;
use crate::error::AppError;

/// For how long a place where an account has signed in is known.
const KNOWN: Duration = Duration::days(90);

/// What is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    /// Signing in.
    SignIn,
    /// Asking for a letter.
    Letter,
    /// A code of the second factor, by who knows the password.
    Code,
    /// Proving the password once more, signed in.
    Proof,
    /// Proving a code once more, signed in.
    OwnCode,
}

impl Of {
    const fn word(self) -> &'static str {
        match self {
            Self::SignIn => "in",
            Self::Letter => "letter",
            Self::Code => "code",
            Self::Proof => "proof",
            Self::OwnCode => "own-code",
        }
    }

    fn limits(self, cx: &Cx) -> (Limit, Limit) {
        let set = cx.app.people.throttle;
        match self {
            Self::SignIn => (set.account, set.address),
            Self::Letter => (set.letters, set.letters_address),
            Self::Proof => (set.account, Limit::NONE),
            Self::Code | Self::OwnCode => (set.code, Limit::NONE),
        }
    }
}

/// An attempt that has been counted already, as if it failed: so many at once are not cheaper than one by one.
#[derive(Debug)]
pub(crate) struct Attempt {
    /// The mark that was moved, and how it stood.
    counted: Option<(String, Limit)>,
    /// The mark of the network address, which a failure moves.
    address: Option<(String, Limit)>,
    /// What is noted of the place when the attempt was good.
    known: Option<String>,
}

/// Until when attempts are used up when one more is made, or how long to wait for it.
fn one_more(
    mark: Option<OffsetDateTime>,
    now: OffsetDateTime,
    limit: Limit,
) -> Result<OffsetDateTime, Duration> {
    let used = mark.filter(|mark| *mark > now).unwrap_or(now) + limit.every;
    let wait = used - limit.every.saturating_mul(i32::try_from(limit.burst).unwrap_or(i32::MAX)) - now;
    if wait.is_positive() { Err(wait) } else { Ok(used) }
}

/// The marks of one sort of attempts at one account from one address: their limits and keys.
struct Marks {
    per_account: Limit,
    per_address: Limit,
    account: String,
    place: String,
    known: String,
    from: Option<String>,
}

impl Marks {
    /// Nothing, where nothing is limited.
    fn of(cx: &Cx, of: Of, account: &str, address: &str) -> Option<Self> {
        let (per_account, per_address) = of.limits(cx);
        if per_account.burst == 0 && per_address.burst == 0 {
            return None;
        }
        let hash = |text: String| cx.app.auth.hash_secret(&Secret::new(text));
        let pair = hash(format!("{account}\0{address}"));
        Some(Self {
            per_account,
            per_address,
            account: format!("{}:account:{}", of.word(), hash(account.to_owned())),
            place: format!("{}:place:{pair}", of.word()),
            known: format!("known:{pair}"),
            from: (!address.is_empty()).then(|| format!("{}:from:{}", of.word(), hash(address.to_owned()))),
        })
    }

    /// One more attempt, not counted yet, and until when it would use up the account's.
    ///
    /// # Errors
    /// There have been too many; how long to wait.
    async fn judge(
        &self,
        from: &dyn PeopleLookup,
        now: OffsetDateTime,
    ) -> Result<(Attempt, Option<OffsetDateTime>), AppError> {
        let keys = [&self.account, &self.place, &self.known].into_iter().chain(&self.from);
        let marks = from.marks(&keys.cloned().collect::<Vec<_>>()).await?;
        let mark = |key: &String| marks.iter().find(|(found, _)| found == key).map(|(_, at)| *at);
        let is_known = self.from.is_some() && mark(&self.known).is_some_and(|until| now < until);
        let known = self.from.as_ref().map(|_| self.known.clone());
        let mut attempt = Attempt { counted: None, address: None, known };
        if !is_known && let Some(from) = self.from.as_ref().filter(|_| self.per_address.burst > 0) {
            one_more(mark(from), now, self.per_address).map_err(AppError::TooMany)?;
            attempt.address = Some((from.clone(), self.per_address));
        }
        if self.per_account.burst == 0 {
            return Ok((attempt, None));
        }
        let key = if is_known { &self.place } else { &self.account };
        let used = one_more(mark(key), now, self.per_account).map_err(AppError::TooMany)?;
        attempt.counted = Some((key.clone(), self.per_account));
        Ok((attempt, Some(used)))
    }
}

/// Whether an attempt may be made now; it is not counted yet. Who has made too many waits for nothing, and takes nobody's
/// place.
///
/// # Errors
/// There have been too many; how long to wait.
pub(crate) async fn check(cx: &Cx, of: Of, account: &str, address: &str) -> Result<(), AppError> {
    match Marks::of(cx, of, account, address) {
        Some(marks) => marks.judge(&*cx.store, cx.gate.now()).await.map(|_| ()),
        None => Ok(()),
    }
}

/// Counts an attempt, before anything is done for it.
///
/// # Errors
/// There have been too many; how long to wait.
pub(crate) async fn begin(cx: &Cx, of: Of, account: &str, address: &str) -> Result<Attempt, AppError> {
    let Some(marks) = Marks::of(cx, of, account, address) else { return Ok(Attempt::NOT_LIMITED) };
    cx.write_in_earnest(async |unit: &dyn Unit| count(cx, unit, &marks).await).await.map_err(busy)
}

/// Counts a code of the second factor, before it is looked at, in the unit that takes it.
///
/// # Errors
/// There have been too many; how long to wait. Nothing is written then.
pub(crate) async fn begin_code(cx: &Cx, unit: &dyn Unit, account: &str) -> Result<Attempt, AppError> {
    match Marks::of(cx, Of::Code, account, "") {
        Some(marks) => count(cx, unit, &marks).await,
        None => Ok(Attempt::NOT_LIMITED),
    }
}

async fn count(cx: &Cx, unit: &dyn Unit, marks: &Marks) -> Result<Attempt, AppError> {
    let (attempt, used) = marks.judge(unit, cx.gate.now()).await?;
    if let (Some((key, _)), Some(used)) = (&attempt.counted, used) {
        PeopleRecord::set_mark(unit, key, used).await?;
    }
    Ok(attempt)
}

/// Those who sign in to one account at once get in each other's way: when there are too many of them, the server is busy.
pub(crate) fn busy(error: AppError) -> AppError {
    if matches!(error, AppError::Contention) { AppError::Auth(AuthError::Busy) } else { error }
}

impl Attempt {
    /// Where nothing is limited, nothing is counted.
    const NOT_LIMITED: Self = Self { counted: None, address: None, known: None };

    /// Moves the mark of the network address: what was tried was wrong, or was a thing to be counted whatever comes of it.
    pub(crate) async fn failed(&self, cx: &Cx, unit: &dyn Unit) -> Result<(), AppError> {
        let Some((key, limit)) = &self.address else { return Ok(()) };
        let now = cx.gate.now();
        let marks = PeopleLookup::marks(unit, std::slice::from_ref(key)).await?;
        let mark = marks.first().map(|(_, at)| *at).filter(|at| *at > now).unwrap_or(now);
        Ok(PeopleRecord::set_mark(unit, key, mark + limit.every).await?)
    }

    /// Takes back what was counted.
    pub(crate) async fn refund(&self, cx: &Cx, unit: &dyn Unit) -> Result<(), AppError> {
        let now = cx.gate.now();
        if let Some((key, limit)) = &self.counted {
            let marks = PeopleLookup::marks(unit, std::slice::from_ref(key)).await?;
            if let Some((_, at)) = marks.first() {
                PeopleRecord::set_mark(unit, key, (*at - limit.every).max(now)).await?;
            }
        }
        Ok(())
    }

    /// Takes back what was counted, and notes the place as known.
    pub(crate) async fn succeeded(&self, cx: &Cx, unit: &dyn Unit) -> Result<(), AppError> {
        self.refund(cx, unit).await?;
        if let Some(known) = &self.known {
            PeopleRecord::set_mark(unit, known, cx.gate.now() + KNOWN).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn so_many_at_once_and_one_more_after_each_such_time() {
        let now = datetime!(2026-11-01 12:00 UTC);
        let limit = Limit { burst: 3, every: Duration::minutes(1) };
        let mut mark = None;
        for _ in 0..3 {
            mark = Some(one_more(mark, now, limit).unwrap());
        }
        assert_eq!(one_more(mark, now, limit), Err(Duration::minutes(1)));
        let later = now + Duration::seconds(59);
        assert_eq!(one_more(mark, later, limit), Err(Duration::seconds(1)));
        let later = now + Duration::minutes(1);
        mark = Some(one_more(mark, later, limit).unwrap());
        assert_eq!(one_more(mark, later, limit), Err(Duration::minutes(1)));
        let much_later = now + Duration::hours(1);
        for _ in 0..3 {
            mark = Some(one_more(mark, much_later, limit).unwrap());
        }
        assert!(one_more(mark, much_later, limit).is_err(), "rest does not add up beyond the burst");
    }
}
