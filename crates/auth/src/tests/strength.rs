//! Which passwords may be set.

use bailiwick_domain::ports::{AuthError, Secret};

use crate::strength::check;

fn refusal(password: &str) -> Option<&'static str> {
    match check(&Secret::new(password), &["Ada Lovelace", "north-clinic"]) {
        Ok(()) => None,
        Err(AuthError::WeakPassword(why)) => Some(why),
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn a_good_password_is_taken_whatever_it_is_made_of() {
    for good in
        ["correct horse", "Ünïcödé!", "пароль-из-слов", "        x", "tr0ub4dor&3", "north-clinic-2026"]
    {
        assert_eq!(refusal(good), None, "{good}");
    }
    assert_eq!(refusal(&"ab".repeat(256)), None);
}

#[test]
fn length_is_counted_in_characters_at_least_and_bytes_at_most() {
    let short = Some("a password has at least 8 characters");
    assert_eq!(refusal(""), short);
    assert_eq!(refusal("1234xyz"), short);
    assert_eq!(refusal("ééééééé"), short);
    assert_eq!(refusal(&"ab".repeat(257)), Some("a password has at most 512 bytes"));
}

#[test]
fn common_passwords_are_refused_in_any_case() {
    let common = Some("this is one of the most common passwords");
    for password in ["password", "PassWord1", "12345678", "iloveyou", "aaaaaaaa", "ÄäÄäÄäÄä", "zzzzzzzzzzzz"]
    {
        assert_eq!(refusal(password), common, "{password}");
    }
}

#[test]
fn names_that_others_know_are_refused_in_any_case() {
    let known = Some("a password is not a name that others know");
    assert_eq!(refusal("ada lovelace"), known);
    assert_eq!(refusal("NORTH-CLINIC"), known);
}

#[test]
fn the_list_holds_nothing_that_its_length_refuses_already() {
    for line in include_str!("../common_passwords.txt").lines() {
        assert!(line.len() >= 8 && line == line.to_lowercase() && line.trim() == line, "{line}");
    }
}
