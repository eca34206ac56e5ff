//! The form of secrets: what scanners look for, and what is refused before storage is asked.

use bailiwick_domain::ports::Random;
use uuid::Uuid;

use super::world::{Counted, altered};
use crate::{base62, secrets};

#[test]
fn a_secret_has_its_prefix_256_bits_and_a_checksum() {
    let new = secrets::generate(secrets::API_KEY, &Counted::default());
    let text = new.secret.reveal();
    assert_eq!(text.len(), 4 + 43 + 6);
    assert!(text.starts_with("bwk_") && text[4..].bytes().all(|byte| byte.is_ascii_alphanumeric()));
    assert_eq!(new.prefix, text[..12]);
    assert_eq!(new.hash, secrets::hash(text));
    assert!(secrets::is(text, &new.hash) && secrets::is_sound(secrets::API_KEY, text));
    assert_eq!(format!("{:?}", new.secret), "[secret]");
}

#[test]
fn the_checksum_is_what_is_documented() {
    let body = "bwk_0000000000000000000000000000000000000000000";
    let check = base62::encode(&crc32fast::hash(body.as_bytes()).to_be_bytes(), 6);
    assert!(secrets::is_sound(secrets::API_KEY, &format!("{body}{check}")));
    assert_eq!(crc32fast::hash(b"123456789"), 0xcbf4_3926);
}

#[test]
fn every_typo_is_found_without_asking_storage() {
    let random = Counted::default();
    let secret = secrets::generate(secrets::API_KEY, &random).secret;
    let token = secrets::generate_token(secrets::ACCESS, Uuid::from_u128(7), &random);
    let mut wrong = altered(secret.reveal());
    wrong.extend((0..secret.reveal().len()).map(|length| secret.reveal()[..length].to_owned()));
    wrong.push(format!("{}0", secret.reveal()));
    assert!(wrong.len() > 300);
    for wrong in wrong {
        assert!(!secrets::is_sound(secrets::API_KEY, &wrong), "{wrong}");
    }
    for wrong in altered(token.reveal()) {
        assert_eq!(secrets::session_of(secrets::ACCESS, &wrong), None, "{wrong}");
    }
    assert!(!secrets::is_sound(secrets::ONE_TIME, secret.reveal()));
}

#[test]
fn a_token_names_its_session() {
    let random = Counted::default();
    for id in [Uuid::nil(), Uuid::max(), random.id(super::world::NOW)] {
        let token = secrets::generate_token(secrets::REFRESH, id, &random);
        assert_eq!(secrets::session_of(secrets::REFRESH, token.reveal()), Some(id));
        assert_eq!(secrets::session_of(secrets::ACCESS, token.reveal()), None);
    }
}

#[test]
fn base62_keeps_every_number_and_no_more() {
    assert_eq!(base62::encode(&[0, 61], 2), "0z");
    assert_eq!(base62::encode(&[0, 62], 2), "10");
    assert_eq!(base62::decode(&base62::encode(&[0xff; 32], 43)), Some([0xff; 32]));
    assert_eq!(base62::decode::<1>("48"), None);
    assert_eq!(base62::decode::<1>("47"), Some([255]));
    assert_eq!(base62::decode::<4>("a-b"), None);
    let random = Counted::default();
    for _ in 0..200 {
        let mut number = [0; 32];
        random.fill(&mut number);
        assert_eq!(base62::decode(&base62::encode(&number, 43)), Some(number));
    }
}
