//! The second factor: codes by time (RFC 6238), each taken once, and recovery codes, each good once.

use bailiwick_domain::ports::{AuthError, NewFactor, Random, SecondFactor, Secret};
use subtle::ConstantTimeEq;
use time::OffsetDateTime;
use totp_rs::{Algorithm, Builder, Totp};

use crate::{base62, secrets};

/// Bytes of a shared secret: as many as SHA-1 has.
const SECRET: usize = 20;
/// How many recovery codes there are.
const CODES: usize = 10;
/// Digits of a recovery code: 95 bits, so that a fast hash keeps it.
const DIGITS: usize = 16;
/// How many steps a clock may be off.
const SKEW: u16 = 1;

/// A new factor for this account, which counts when a first code has confirmed it.
pub(crate) fn generate(account: &str, random: &dyn Random) -> Result<NewFactor, AuthError> {
    let mut bytes = [0; SECRET];
    random.fill(&mut bytes);
    let secret = totp_rs::Secret::from(bytes.as_slice());
    let text = secret.to_base32();
    // A colon parts the issuer from the account.
    let totp = builder()
        .with_secret(secret)
        .with_issuer(Some("Bailiwick"))
        .with_account_name(account.replace(':', " "));
    let uri = totp.build().and_then(|totp| totp.to_url()).map_err(|_| AuthError::NotGood)?;
    let factor = SecondFactor { secret: text, confirmed_at: None, last_step: 0, recovery: Vec::new() };
    Ok(NewFactor { factor, uri: Secret::new(uri) })
}

fn builder() -> Builder {
    Builder::new().with_algorithm(Algorithm::SHA1).with_digits(6).with_skew(SKEW).with_step_duration(30)
}

fn totp(factor: &SecondFactor) -> Option<Totp> {
    let secret = totp_rs::Secret::try_from_base32(&factor.secret).ok()?;
    builder().with_secret(secret).build().ok()
}

/// New recovery codes in place of all that there were.
pub(crate) fn renew_recovery(factor: &mut SecondFactor, random: &dyn Random) -> Vec<Secret> {
    let codes: Vec<String> = (0..CODES)
        .map(|_| {
            let mut bytes = [0; 16];
            random.fill(&mut bytes);
            let digits = base62::encode(&bytes, 22);
            digits.chars().rev().take(DIGITS).collect()
        })
        .collect();
    factor.recovery = codes.iter().map(|code| secrets::hash(code)).collect();
    codes.into_iter().map(Secret::new).collect()
}

/// Whether this is a code of now that was not taken before, or a recovery code that is left. What was good is used up
/// in `factor`, which is to be stored in the unit that goes by it.
pub(crate) fn take(factor: &mut SecondFactor, code: &Secret, now: OffsetDateTime) -> bool {
    let code: String = code.reveal().chars().filter(|char| !char.is_whitespace() && *char != '-').collect();
    let seconds = u64::try_from(now.unix_timestamp()).unwrap_or(0);
    if let Some(totp) = totp(factor)
        && let Some(step) = fresh_step(&totp, &code, seconds, factor.last_step)
    {
        factor.last_step = step;
        return true;
    }
    let hash = secrets::hash(&code);
    let before = factor.recovery.len();
    factor.recovery.retain(|left| !bool::from(left.as_bytes().ct_eq(hash.as_bytes())));
    factor.recovery.len() < before
}

/// The step of a code, if it is later than the last one taken. Two steps of a window rarely have the same code; then
/// the later one counts.
fn fresh_step(totp: &Totp, code: &str, seconds: u64, last: i64) -> Option<i64> {
    let found = totp.check(code, seconds)?;
    i64::try_from(found).ok().filter(|step| *step > last)
}

#[cfg(test)]
mod tests {
    use time::Duration;
    use time::macros::datetime;

    use super::*;
    use crate::SystemRandom;

    const NOW: OffsetDateTime = datetime!(2026-11-01 12:00 UTC);

    fn code(factor: &SecondFactor, at: OffsetDateTime) -> Secret {
        let seconds = u64::try_from(at.unix_timestamp()).unwrap();
        Secret::new(totp(factor).unwrap().generate(seconds).to_string())
    }

    fn factor() -> SecondFactor {
        generate("north/ada", &SystemRandom).unwrap().factor
    }

    #[test]
    fn a_code_of_rfc_6238_is_taken() {
        let secret = totp_rs::Secret::from(b"12345678901234567890".as_slice()).to_base32();
        let mut factor = SecondFactor { secret, confirmed_at: None, last_step: 0, recovery: Vec::new() };
        let at = OffsetDateTime::from_unix_timestamp(1_111_111_109).unwrap();
        // The eight digits of the RFC end in these six.
        assert!(take(&mut factor, &Secret::new("081804"), at));
        assert_eq!(factor.last_step, 1_111_111_109 / 30);
    }

    #[test]
    fn a_code_is_taken_once_and_no_code_before_it() {
        let mut factor = factor();
        let (before, now) = (code(&factor, NOW - Duration::seconds(30)), code(&factor, NOW));
        assert!(take(&mut factor, &now, NOW));
        assert!(!take(&mut factor, &now, NOW));
        assert!(!take(&mut factor, &now, NOW + Duration::seconds(29)));
        assert!(!take(&mut factor, &before, NOW), "one that came before the last one is used up too");
        let next = code(&factor, NOW + Duration::seconds(30));
        assert!(take(&mut factor, &next, NOW + Duration::seconds(30)));
    }

    #[test]
    fn a_clock_may_be_one_step_off_and_no_more() {
        for (off, good) in [(-60, false), (-30, true), (0, true), (30, true), (60, false)] {
            let mut factor = factor();
            let code = code(&factor, NOW + Duration::seconds(off));
            assert_eq!(take(&mut factor, &code, NOW), good, "{off} seconds");
        }
    }

    #[test]
    fn a_recovery_code_is_good_once() {
        let mut factor = factor();
        let codes = renew_recovery(&mut factor, &SystemRandom);
        assert_eq!((codes.len(), factor.recovery.len()), (CODES, CODES));
        assert!(codes.iter().all(|code| code.reveal().len() == DIGITS));
        assert!(take(&mut factor, &codes[3], NOW));
        assert_eq!(factor.recovery.len(), CODES - 1);
        assert!(!take(&mut factor, &codes[3], NOW));
        let renewed = renew_recovery(&mut factor, &SystemRandom);
        assert!(!take(&mut factor, &codes[4], NOW), "the codes before are no longer good");
        assert!(take(&mut factor, &renewed[4], NOW));
        assert!(!take(&mut factor, &Secret::new(""), NOW));
    }

    #[test]
    fn the_address_for_the_app_holds_the_secret_and_no_log_does() {
        let new = generate("north:west/ada", &SystemRandom).unwrap();
        let uri = new.uri.reveal();
        assert!(uri.starts_with("otpauth://totp/Bailiwick:north%20west%2Fada?secret="), "{uri}");
        assert!(uri.contains(&new.factor.secret));
        assert!(!format!("{new:?}").contains(&new.factor.secret));
    }
}
