//! API keys: how long they last, and what a new secret leaves of the old one.

use bailiwick_domain::entities::{Addresses, ApiKey, Standing};
use bailiwick_domain::gate::{Denial, Denied};
use bailiwick_domain::guards::{self, Concern};
use bailiwick_domain::{Caller, Edit, Guard, Kind, PrincipalId};
use time::OffsetDateTime;

use crate::fixture::{at, gate, grant, id, key, organization, sealed, sealed_organization, standing, user};

const KEYS: &str = "api_key:edit:organization api_key:create:organization";

fn data(expires_at: Option<OffsetDateTime>) -> ApiKey {
    ApiKey {
        name: "ci".to_owned(),
        status: Standing::Active,
        prefix: "one".to_owned(),
        secret_hash: "first".to_owned(),
        old_secret: None,
        addresses: Addresses::EVERYWHERE,
        client_app_id: None,
        expires_at,
        last_used_at: None,
    }
}

fn guard_of(denial: &Denial) -> Guard {
    match denial.answer {
        Denied::Guarded(guard) => guard,
        _ => panic!("{denial:?}"),
    }
}

/// What forbids this caller to give a key that ends at 200 another end.
fn forbids(caller: &Caller, concern: Concern, to: Option<OffsetDateTime>) -> Option<Guard> {
    let mut target = standing(30, Vec::new());
    target.principal = PrincipalId::api_key(id(30));
    let row = sealed(organization().child(Kind::ApiKey, id(30), None), data(Some(at(200))));
    let gate = gate();
    let granted = gate.open::<Edit, ApiKey>(caller, Some(row)).unwrap();
    let changed = guards::change_api_key(&gate, granted, &target, concern, |key| key.expires_at = to);
    changed.err().map(|denial| guard_of(&denial))
}

fn forbids_new(caller: &Caller, expires_at: Option<OffsetDateTime>) -> Option<Guard> {
    let gate = gate();
    let permit = gate.create::<ApiKey, _>(caller, Some(sealed_organization())).unwrap();
    let made = guards::make_api_key(&gate, permit, None, id(31), data(expires_at));
    made.err().map(|denial| guard_of(&denial))
}

/// "The end that is given to a key is never later than that of the key that gives it"
#[test]
fn a_key_gives_no_time_that_it_does_not_have() {
    let held = [grant(10, organization(), KEYS)];
    let person = user(10, &held);
    let mut short = key(11, &held, user(10, &held));
    short.ends_at = Some(at(300));
    for (to, refused) in [(Some(at(250)), false), (Some(at(300)), false), (Some(at(301)), true), (None, true)]
    {
        let guard = refused.then_some(Guard::Escalation);
        assert_eq!(forbids(&short, Concern::Edit, to), guard, "{to:?}");
        assert_eq!(forbids_new(&short, to), guard, "{to:?}");
        assert_eq!(forbids(&person, Concern::Edit, to), None, "{to:?}");
        assert_eq!(forbids_new(&person, to), None, "{to:?}");
    }
    // What it leaves as it was may end later.
    short.ends_at = Some(at(150));
    assert_eq!(forbids(&short, Concern::Edit, Some(at(200))), None);
    let endless = key(11, &held, user(10, &held));
    assert_eq!((forbids(&endless, Concern::Edit, None), forbids_new(&endless, None)), (None, None));
}

#[test]
fn a_new_secret_leaves_the_old_one_as_long_as_is_said() {
    let mut key = data(None);
    key.renew("second", "two", Some(at(200)));
    let old = key.old_secret.clone().unwrap();
    assert_eq!((key.secret_hash.as_str(), key.prefix.as_str()), ("second", "two"));
    assert_eq!((old.hash.as_str(), old.expires_at), ("first", at(200)));
    key.renew("third", "three", Some(at(150)));
    assert_eq!(key.old_secret.as_ref().unwrap().hash, "second", "the first has ended");
    key.stand(Standing::Active);
    assert!(key.old_secret.is_some());
    key.stand(Standing::Suspended);
    key.stand(Standing::Active);
    assert_eq!((key.old_secret.as_ref(), key.secret_hash.as_str()), (None, "third"));
    key.renew("fourth", "four", Some(at(200)));
    key.renew("fifth", "five", None);
    assert_eq!(key.old_secret, None);
}

#[test]
fn the_log_tells_of_a_key_without_its_secrets() {
    use bailiwick_domain::Entity;
    let mut key = data(Some(at(0)));
    key.renew("second", "two", Some(at(200)));
    let told = key.record();
    assert_eq!(told["expires_at"], "1970-01-01T00:00:00Z");
    assert_eq!(told["old_secret_expires_at"], "1970-01-01T00:03:20Z");
    assert!(!told.to_string().contains("first") && !told.to_string().contains("second"));
}
